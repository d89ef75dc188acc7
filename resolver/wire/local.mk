libresolver_a_SOURCES += \
	resolver/wire/answer.c resolver/wire/answer.h \
	resolver/wire/cookie.c resolver/wire/cookie.h \
	resolver/wire/edns.c resolver/wire/edns.h \
	resolver/wire/msg.c resolver/wire/msg.h \
	resolver/wire/query.c resolver/wire/question.c \
	resolver/wire/rdata.c resolver/wire/rdata.h \
	resolver/wire/reader.c resolver/wire/reader.h \
	resolver/wire/writer.c resolver/wire/writer.h
