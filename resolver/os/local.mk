libresolver_a_SOURCES += \
	%D%/clock.c %D%/clock.h \
	%D%/journal.c %D%/journal.h \
	%D%/log.c %D%/log.h \
	%D%/rng.c %D%/rng.h
