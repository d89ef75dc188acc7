libresolver_a_SOURCES += \
	%D%/local.c %D%/local.h \
	%D%/special.c %D%/special.h \
	%D%/tree.c %D%/tree.h
