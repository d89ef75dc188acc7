libresolver_a_SOURCES += \
	%D%/blocklog.c %D%/blocklog.h %D%/context.h %D%/counters.c %D%/counters.h \
	%D%/deep.c %D%/deep.h %D%/figures.c %D%/figures.h %D%/front.c %D%/front.h %D%/jobs.c %D%/jobs.h %D%/jobs_private.h %D%/jobs_share.c \
	%D%/probes.c %D%/probes.h %D%/report.c %D%/report.h %D%/reply.c %D%/reply.h %D%/shared.c %D%/shared.h %D%/strangers.c %D%/strangers.h \
	%D%/weigh.c %D%/weigh.h %D%/worker.c %D%/worker.h
