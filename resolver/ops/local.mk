libresolver_a_SOURCES += \
	%D%/advice.c %D%/advice.h \
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
	%D%/ctl_trust.c %D%/ctl_trust.h \
	%D%/crew.c %D%/crew.h \
	%D%/daemon.c %D%/daemon.h \
	%D%/doors.c %D%/doors.h \
	%D%/ground.c %D%/ground.h \
	%D%/keeper.c %D%/keeper.h \
	%D%/notify.c %D%/notify.h \
	%D%/privileges.c %D%/privileges.h \
	%D%/reload.c %D%/reload.h \
	%D%/show.c %D%/show.h \
	%D%/control_trust.c %D%/control_trust.h \
	%D%/state.c %D%/state.h \
	%D%/statefile.c %D%/statefile.h \
	%D%/status.c %D%/status.h \
	%D%/trust.c %D%/trust.h \
	%D%/trust_json.c \
	%D%/trust_negative.c \
	%D%/trust_points.c \
	%D%/trust_private.h \
	%D%/trust_store.c

dist_man_MANS += doc/man/sekishod.8 doc/man/sekishoctl.8

EXTRA_DIST += dist/sekishod.service.in dist/sekisho.conf dist/sekishoctl.bash dist/sekisho.logrotate \
	dist/stopped.html
bashcompletiondir = $(datadir)/bash-completion/completions
logrotatedir = $(sysconfdir)/logrotate.d
install-data-hook: ops-install
ops-install:
	$(MKDIR_P) "$(DESTDIR)$(bashcompletiondir)" "$(DESTDIR)$(logrotatedir)" \
		"$(DESTDIR)$(docdir)/examples"
	$(INSTALL_DATA) $(srcdir)/dist/sekishoctl.bash "$(DESTDIR)$(bashcompletiondir)/sekishoctl"
	$(INSTALL_DATA) $(srcdir)/dist/stopped.html "$(DESTDIR)$(docdir)/examples/stopped.html"
	$(INSTALL_DATA) $(srcdir)/dist/sekisho.logrotate "$(DESTDIR)$(logrotatedir)/sekisho"
uninstall-hook: ops-uninstall
ops-uninstall:
	rm -f "$(DESTDIR)$(bashcompletiondir)/sekishoctl" "$(DESTDIR)$(logrotatedir)/sekisho" \
		"$(DESTDIR)$(docdir)/examples/stopped.html"
.PHONY: ops-install ops-uninstall
CLEANFILES += dist/sekishod.service
if WITH_SYSTEMD_UNIT
systemdsystemunit_DATA = dist/sekishod.service
sysusersdir = $(prefix)/lib/sysusers.d
sysusers_DATA = dist/sekisho.conf
endif
dist/sekishod.service: dist/sekishod.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) dist && sed -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
		$(srcdir)/dist/sekishod.service.in > $@-t && mv $@-t $@
