# live: the daemon in the simulated Internet (Python, needs no build; run by runtests)
EXTRA_DIST += %D%/README.md %D%/check_attacks.py %D%/check_cookies.py %D%/check_hostile.py %D%/hostile.py %D%/check_life.py %D%/check_names.py %D%/check_outside.py \
	%D%/check_policy.py %D%/check_rollover.py %D%/check_stale.py %D%/check_trust.py %D%/check_tools.py %D%/check_tunnels.py %D%/control %D%/emulated.py %D%/load %D%/player.py %D%/resolve_all \
	%D%/resolvers.py %D%/run %D%/send_file %D%/send_names %D%/show %D%/suite.py %D%/truth.py %D%/tunnel.py \
	%D%/tunnels
