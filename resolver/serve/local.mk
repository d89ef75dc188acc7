libresolver_a_SOURCES += \
	%D%/blocklog.c %D%/blocklog.h %D%/context.h %D%/counters.c %D%/counters.h %D%/deep.c \
	%D%/deep.h %D%/deliver.c %D%/deliver.h %D%/figures.c %D%/figures.h %D%/front.c \
	%D%/front.h %D%/job.c %D%/job.h %D%/jobs.c %D%/jobs.h %D%/idle.c %D%/idle.h \
	%D%/later.c %D%/later.h \
	%D%/own.c %D%/own.h %D%/patience.c %D%/patience.h %D%/probes.c %D%/probes.h \
	%D%/reply.c %D%/reply.h %D%/report.c %D%/report.h %D%/room.c %D%/room.h \
	%D%/share.c %D%/share.h \
	%D%/shared.c %D%/shared.h %D%/strangers.c %D%/strangers.h %D%/waiter.c %D%/waiter.h \
	%D%/weigh.c %D%/weigh.h %D%/worker.c %D%/worker.h
