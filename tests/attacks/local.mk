# attacks: each test of a class shown to fail without its defence (run by runtests, or by hand)
dist_check_SCRIPTS += %D%/check.sh
EXTRA_DIST += %D%/classes %D%/preface.md %D%/prove
TESTS += %D%/check.sh
