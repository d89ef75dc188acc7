#ifndef ITER_COOKIES_H
#define ITER_COOKIES_H

#include "resolver/iter/task.h"

/*
 * DNS cookies towards servers (RFC 7873 5.1, 5.3; wire/cookie.h, cache/servers.h).
 *
 * 1. A query with EDNS carries our part, and what the server gave us for it before.
 * 2. A reply with our part is the server's, or of one who sees our queries: as good as
 *    TCP for what is kept beyond this question (CVE-2025-40778). The host lets no UDP
 *    reply through that has another part, or none though the server has cookies: it tells
 *    of them (cookie_doubt), and the server is asked by TCP.
 * 3. By TCP it has none either: several servers share the address and not all of them do
 *    cookies. Or TCP does not work: UDP without a cookie, as for the case of names.
 * 4. BADCOOKIE: once more with the cookie that came with it, then by TCP.
 * 5. FORMERR or repeated silence to a cookie: the same server without it, then
 *    without EDNS; what helped is remembered.
 */

/** cookies_add(t, f): 1: fills the cookie of the query that goes out next. */
void cookies_add(struct iter_task *t, struct frame *f);
/** cookies_learn(t, f, e): 2 and 3: what the OPT ${e} of the reply in hand shows; says
 * whether it is proved in ${f->asked.proved}. */
void cookies_learn(struct iter_task *t, struct frame *f, const struct edns *e);
/** cookies_again(t, f, m): 4: true when the same server is to be asked again. */
bool cookies_again(struct iter_task *t, struct frame *f, const struct msg *m);
/** cookies_drop(t, f): 5: true when there was a cookie: now there is none. */
bool cookies_drop(struct iter_task *t, struct frame *f);

#endif
