# lab: the simulated Internet (Python, needs no build)
EXTRA_DIST += %D%/README.md %D%/generate %D%/lab %D%/contents.py %D%/dns.py %D%/keys.py \
	%D%/words.py %D%/world.py
