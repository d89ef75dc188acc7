#!/bin/sh
# The pure folders ask the system for nothing: no clock, no randomness, no socket,
# no log. Includes alone cannot show that (pthread.h brings time.h), so this looks
# at what their libraries call. Run in the build folder.
set -eu

NM=${NM:-nm}
clock='time|gettimeofday|clock_gettime|clock|timespec_get|localtime|localtime_r|nanosleep|usleep|sleep|timer_create|alarm'
random='rand|rand_r|random|random_r|drand48|lrand48|arc4random.*|getrandom|getentropy|RAND_.*'
socket='socket|socketpair|connect|bind|listen|accept|accept4|send|sendto|sendmsg|sendmmsg|recv|recvfrom|recvmsg|recvmmsg|getaddrinfo|poll|ppoll|select|epoll_.*'
log='syslog|vsyslog|openlog|perror|printf|vprintf|puts|putchar|stdout|stderr|event_.*|evbuffer_.*|bufferevent_.*'
failures=0

# calls LIBRARY: "object: symbol" of every undefined symbol that is on the list
calls() {
	$NM -A -u "$1" | sed -n 's/^[^:]*:\([^:]*\):.* U \([A-Za-z0-9_]*\).*/\1: \2/p' |
		grep -E ": (__)?($clock|$random|$socket|$log)(_chk)?\$" || true
}

for library in libbase.a libcache.a libconf.a libdetect.a; do
	if [ ! -f "$library" ]; then
		echo "check-pure: $library is not there"
		failures=1
		continue
	fi
	found=$(calls "$library")
	if [ -n "$found" ]; then
		printf '%s\n' "$found" | sed "s|^|$library: |"
		failures=1
	fi
done

# The check has to see what is certainly there: the resolver asks for the time and for sockets.
if [ -z "$(calls libresolver.a)" ]; then
	echo "check-pure: sees nothing in libresolver.a either, so it is blind"
	failures=1
fi
exit "$failures"
