libresolver_a_SOURCES += \
	resolver/iter/agent.c resolver/iter/agent.h \
	resolver/iter/address.c resolver/iter/address.h \
	resolver/iter/ask.c resolver/iter/ask.h \
	resolver/iter/budget.c resolver/iter/budget.h \
	resolver/iter/choose.c resolver/iter/choose.h \
	resolver/iter/classify.c resolver/iter/classify.h \
	resolver/iter/cookies.c resolver/iter/cookies.h \
	resolver/iter/deleg.c resolver/iter/deleg.h \
	resolver/iter/event.c resolver/iter/event.h \
	resolver/iter/finish.c resolver/iter/finish.h \
	resolver/iter/frame.c resolver/iter/frame.h \
	resolver/iter/iter.c resolver/iter/iter.h \
	resolver/iter/keytable.c resolver/iter/keytable.h \
	resolver/iter/lookup.c resolver/iter/lookup.h \
	resolver/iter/minimise.c resolver/iter/minimise.h \
	resolver/iter/load.c resolver/iter/load.h \
	resolver/iter/prime.c resolver/iter/prime.h \
	resolver/iter/referral.c resolver/iter/referral.h \
	resolver/iter/rebinding.c resolver/iter/rebinding.h \
	resolver/iter/result.c resolver/iter/result.h \
	resolver/iter/scrub.c resolver/iter/scrub.h \
	resolver/iter/spent.c resolver/iter/spent.h \
	resolver/iter/steps.c resolver/iter/steps.h \
	resolver/iter/task.h \
	resolver/iter/trust.c resolver/iter/trust.h \
	resolver/iter/validate.c resolver/iter/validate.h \
	resolver/iter/zone.c resolver/iter/zone.h
