# tools
dist_check_SCRIPTS += tests/tools/check-layers.sh tests/tools/check-layers-fails.sh tests/tools/check-pure.sh \
	tests/tools/check-symbols.sh tests/tools/check-dist.sh
EXTRA_DIST += tests/tools/layers tests/tools/need-packages tests/tools/packages
TESTS += tests/tools/check-layers.sh tests/tools/check-layers-fails.sh tests/tools/check-pure.sh \
	tests/tools/check-symbols.sh tests/tools/check-dist.sh
