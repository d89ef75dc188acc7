# lab: the simulated Internet (Python, needs no build)
EXTRA_DIST += %D%/README.md %D%/differ %D%/differ-explained %D%/generate %D%/lab %D%/contents.py \
	%D%/crooked.py %D%/dns.py %D%/keys.py %D%/peers.py %D%/questions.py %D%/trust.py %D%/words.py \
	%D%/world.py
