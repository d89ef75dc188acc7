#ifndef OPS_NOTIFY_H
#define OPS_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the service manager wants to know (sd_notify(3)): datagrams of VARIABLE=VALUE
 * lines to the socket that NOTIFY_SOCKET names. Without that variable every call is
 * harmless. A notice that cannot be sent changes nothing: nobody waits for it here.
 */

/** notify_ready(status): READY=1 and STATUS=${status}: at the end of the start and of
 * each reload. True when it was sent, as with the others. */
bool notify_ready(const char *status);
/** notify_reloading(mono_usec): RELOADING=1; ${mono_usec}: CLOCK_MONOTONIC in
 * microseconds (Type=notify-reload compares it). */
bool notify_reloading(uint64_t mono_usec);
bool notify_stopping(void);

#endif
