libresolver_a_SOURCES += \
	%D%/notify.c %D%/notify.h \
	%D%/privileges.c %D%/privileges.h \
	%D%/reload.c %D%/reload.h \
	%D%/state.c %D%/state.h
