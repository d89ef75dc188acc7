noinst_LIBRARIES += libconf.a
libconf_a_SOURCES = \
	%D%/anchorfile.c %D%/anchorfile.h \
	%D%/build.c %D%/build.h \
	%D%/builtin.h \
	%D%/conf.c %D%/conf.h \
	%D%/dump.c %D%/dump.h \
	%D%/jsonschema.c %D%/jsonschema.h \
	%D%/listfile.c %D%/listfile.h \
	%D%/load.c %D%/load.h \
	%D%/manual.c %D%/manual.h \
	%D%/namelist.c %D%/namelist.h \
	%D%/records.c %D%/records.h \
	%D%/report.c %D%/report.h \
	%D%/restart.c %D%/restart.h \
	%D%/schema.c %D%/schema.h \
	%D%/schema_find.c \
	%D%/scope.c %D%/scope.h \
	%D%/tree.c %D%/tree.h \
	%D%/value.c %D%/value.h \
	%D%/whole.c %D%/whole.h
nodist_libconf_a_SOURCES = %D%/builtin.c

# The shipped hints and known services are built in as well: one text, two ways to it.
CONF_BUILTIN = %D%/root.hints %D%/root.anchor %D%/known-services.list
CLEANFILES += %D%/builtin.c
EXTRA_DIST += %D%/builtin.awk
%D%/builtin.c: %D%/builtin.awk %D%/local.mk $(CONF_BUILTIN)
	$(AM_V_GEN)$(MKDIR_P) %D% && LC_ALL=C $(AWK) -f $(srcdir)/%D%/builtin.awk \
		$(srcdir)/%D%/root.hints $(srcdir)/%D%/root.anchor $(srcdir)/%D%/known-services.list > $@-t && mv $@-t $@

# An operator's own sekisho.yaml is never written over; the shipped one stands beside it.
sekishodir = $(sysconfdir)/sekisho
sekisholistsdir = $(sekishodir)/lists
dist_sekisholists_DATA = %D%/lists/example.list
dist_pkgdata_DATA += %D%/root.hints %D%/root.anchor %D%/known-services.list doc/sekisho.schema.json
EXTRA_DIST += %D%/sekisho.yaml
dist_man_MANS += doc/man/sekisho.yaml.5

install-data-hook: conf-install
conf-install:
	$(MKDIR_P) "$(DESTDIR)$(sekishodir)" "$(DESTDIR)$(docdir)/examples"
	$(INSTALL_DATA) $(srcdir)/%D%/sekisho.yaml "$(DESTDIR)$(docdir)/examples/sekisho.yaml"
	test -e "$(DESTDIR)$(sekishodir)/sekisho.yaml" || \
		$(INSTALL_DATA) $(srcdir)/%D%/sekisho.yaml "$(DESTDIR)$(sekishodir)/sekisho.yaml"
uninstall-hook: conf-uninstall
conf-uninstall:
	rm -f "$(DESTDIR)$(docdir)/examples/sekisho.yaml"
	cmp -s $(srcdir)/%D%/sekisho.yaml "$(DESTDIR)$(sekishodir)/sekisho.yaml" && \
		rm -f "$(DESTDIR)$(sekishodir)/sekisho.yaml" || true
.PHONY: conf-install conf-uninstall

# "make conf-doc" writes the option list of the manual and the JSON Schema anew from the
# table of options; tests/unit/test_conf_doc tells when that was forgotten.
noinst_PROGRAMS += %D%/writedoc
%C%_writedoc_SOURCES = %D%/writedoc.c
%C%_writedoc_LDADD = libconf.a libbase.a $(LDNS_LIBS) $(CRYPTO_LIBS) $(YAML_LIBS)
conf-doc: %D%/writedoc$(EXEEXT)
	%D%/writedoc manual < $(srcdir)/doc/man/sekisho.yaml.5 > manual-t
	%D%/writedoc schema > schema-t
	mv manual-t $(srcdir)/doc/man/sekisho.yaml.5
	mv schema-t $(srcdir)/doc/sekisho.schema.json
.PHONY: conf-doc
