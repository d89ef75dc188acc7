noinst_LIBRARIES += libdetect.a
libdetect_a_SOURCES =
