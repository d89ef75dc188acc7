libresolver_a_SOURCES += \
	%D%/local.c %D%/local.h \
	%D%/special.c %D%/special.h \
	%D%/nametree.c %D%/nametree.h
