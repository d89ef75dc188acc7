noinst_LIBRARIES += libcache.a
libcache_a_SOURCES =
