/*
 * Preloaded into a program under test: the name slow.test takes
 * $SLOW_DNS_SECONDS to be looked up, and is this machine.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int lookup_fn(const char *, const char *, const struct addrinfo *,
    struct addrinfo **);

int
getaddrinfo(const char *node, const char *service,
    const struct addrinfo *hints, struct addrinfo **found)
{
	lookup_fn *real = (lookup_fn *)dlsym(RTLD_NEXT, "getaddrinfo");
	const char *seconds = getenv("SLOW_DNS_SECONDS");
	struct timespec wait = {0};

	if (node == NULL || seconds == NULL || strcmp(node, "slow.test") != 0)
		return real(node, service, hints, found);
	wait.tv_sec = atoi(seconds);
	nanosleep(&wait, NULL);
	return real("127.0.0.1", service, hints, found);
}
