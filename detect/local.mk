noinst_LIBRARIES += libdetect.a
libdetect_a_SOURCES = \
	%D%/bucket.c %D%/bucket.h \
	%D%/cost.c %D%/cost.h \
	%D%/detect.c %D%/detect.h \
	%D%/detect_answer.c \
	%D%/detect_base.c \
	%D%/detect_front.c \
	%D%/detect_learn.c \
	%D%/detect_operator.c \
	%D%/detect_state.c \
	%D%/detect_tables.c %D%/detect_tables.h \
	%D%/event.c %D%/event.h \
	%D%/eventring.c %D%/eventring.h \
	%D%/inquiry.c %D%/inquiry.h \
	%D%/inside.h \
	%D%/learn.c %D%/learn.h \
	%D%/level.c %D%/level.h \
	%D%/measure.c %D%/measure.h \
	%D%/namehash.c %D%/namehash.h \
	%D%/notes.c %D%/notes.h \
	%D%/ration.c %D%/ration.h \
	%D%/rhythm.c %D%/rhythm.h \
	%D%/wide.c %D%/wide.h \
	%D%/seen.c %D%/seen.h \
	%D%/signature.c %D%/signature.h \
	%D%/state.c %D%/state.h \
	%D%/tell.c %D%/tell.h \
	%D%/suffix.c %D%/suffix.h \
	%D%/weigh.c %D%/weigh.h \
	%D%/wellknown.c %D%/wellknown.h
