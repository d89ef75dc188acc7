libresolver_a_SOURCES += \
	%D%/backlog.c %D%/backlog.h \
	%D%/control.c %D%/control.h \
	%D%/control_bind.c \
	%D%/control_commands.c %D%/control_commands.h \
	%D%/control_events.c %D%/control_events.h \
	%D%/control_filter.c %D%/control_filter.h \
	%D%/control_queue.c %D%/control_queue.h \
	%D%/control_request.c %D%/control_request.h \
	%D%/ctl_client.c %D%/ctl_client.h \
	%D%/ctl_explain.c %D%/ctl_explain.h \
	%D%/ctl_json.c %D%/ctl_json.h \
	%D%/ctl_reply.c %D%/ctl_reply.h \
	%D%/daemon.c %D%/daemon.h \
	%D%/doors.c %D%/doors.h \
	%D%/notify.c %D%/notify.h \
	%D%/privileges.c %D%/privileges.h \
	%D%/reload.c %D%/reload.h \
	%D%/show.c %D%/show.h \
	%D%/state.c %D%/state.h
