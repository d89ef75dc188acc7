check_PROGRAMS += tests/unit/test_namelist
tests_unit_test_namelist_SOURCES = tests/unit/test_namelist.c
tests_unit_test_namelist_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_namelist

check_PROGRAMS += tests/unit/test_conf
tests_unit_test_conf_SOURCES = tests/unit/test_conf.c tests/unit/conf_fixture.h
tests_unit_test_conf_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_conf

check_PROGRAMS += tests/unit/test_conf_mistakes
tests_unit_test_conf_mistakes_SOURCES = tests/unit/test_conf_mistakes.c tests/unit/conf_fixture.h
tests_unit_test_conf_mistakes_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_conf_mistakes

check_PROGRAMS += tests/unit/test_conf_doc
tests_unit_test_conf_doc_SOURCES = tests/unit/test_conf_doc.c tests/unit/conf_fixture.h
tests_unit_test_conf_doc_CPPFLAGS = $(AM_CPPFLAGS) -DSOURCE_DIR='"$(abs_top_srcdir)"'
tests_unit_test_conf_doc_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_conf_doc

check_PROGRAMS += tests/unit/test_scope
tests_unit_test_scope_SOURCES = tests/unit/test_scope.c
tests_unit_test_scope_LDADD = $(UNIT_LIBS)
TESTS += tests/unit/test_scope
