libresolver_a_SOURCES += \
	%D%/loop.c %D%/loop.h \
	%D%/out.c %D%/out.h %D%/out_private.h \
	%D%/out_tcp.c %D%/out_udp.c \
	%D%/places.c %D%/places.h \
	%D%/sock.c %D%/sock.h \
	%D%/tcp.c %D%/tcp.h %D%/tcp_private.h \
	%D%/tcp_conn.c %D%/tcp_debts.c %D%/tcp_out.c \
	%D%/udp.c %D%/udp.h \
	%D%/wheel.c %D%/wheel.h
