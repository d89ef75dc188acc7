libresolver_a_SOURCES += \
	%D%/backlog.c %D%/backlog.h \
	%D%/control.c %D%/control.h \
	%D%/control_bind.c \
	%D%/control_commands.c %D%/control_commands.h \
	%D%/control_events.c %D%/control_events.h \
	%D%/control_filter.c %D%/control_filter.h \
	%D%/control_queue.c %D%/control_queue.h \
	%D%/control_request.c %D%/control_request.h \
	%D%/daemon.c %D%/daemon.h \
	%D%/doors.c %D%/doors.h \
	%D%/notify.c %D%/notify.h \
	%D%/privileges.c %D%/privileges.h \
	%D%/reload.c %D%/reload.h \
	%D%/state.c %D%/state.h
