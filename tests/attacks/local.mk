# attacks: each test of a class shown to fail without its defence (run by runtests, or by hand)
EXTRA_DIST += %D%/classes %D%/preface.md %D%/prove
