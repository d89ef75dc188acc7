#include "resolver/net/sock.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum err
sock_set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) == 0 ? ERR_OK
									 : ERR_IO;
}

void
sock_try(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

void
sock_close(int fd)
{
	int saved_errno = errno;

	close(fd);
	errno = saved_errno;
}

enum err
sock_open(enum addr_family family, int type, int *out_fd)
{
	int domain = family == ADDR_V6 ? AF_INET6 : AF_INET;
	int fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return ERR_IO;
	if (family == ADDR_V6 && sock_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) != ERR_OK) {
		sock_close(fd);
		return ERR_IO;
	}
	*out_fd = fd;
	return ERR_OK;
}

enum err
sock_bind(int fd, const struct addr *at)
{
	struct sockaddr_storage sa;
	socklen_t len = addr_to_sockaddr(at, &sa);

	return bind(fd, (const struct sockaddr *)&sa, len) == 0 ? ERR_OK : ERR_IO;
}

bool
sock_is_shortage(int number)
{
	return number == EMFILE || number == ENFILE || number == ENOBUFS ||
	       number == ENOMEM || number == EADDRINUSE;
}

void
sock_local(int fd, struct addr *out)
{
	struct sockaddr_storage sa = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(sa);

	(void)getsockname(fd, (struct sockaddr *)&sa, &len);
	addr_from_sockaddr(out, (const struct sockaddr *)&sa);
}

/*
 * PROBE sets DF on every IPv4 datagram and looks at the interface's MTU alone. The
 * kernel's default (WANT) would believe any ICMP "fragmentation needed", which is easily
 * forged, and from then on cut our datagrams into the fragments that make poisoning
 * possible (RFC 9715 3.1). Nothing we send by default (1232 bytes) needs a path MTU above
 * IPv6's 1280.
 */
void
sock_no_fragments(int fd, enum addr_family family)
{
	if (family == ADDR_V6) {
		sock_try(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
		sock_try(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
	} else {
		sock_try(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
	}
}
