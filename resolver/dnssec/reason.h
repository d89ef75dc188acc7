#ifndef DNSSEC_REASON_H
#define DNSSEC_REASON_H

#include "resolver/dnssec/rrsig.h"

/** reason_telling(a, b): the one of both that says more about why a set was not believed.
 */
enum dnssec_reason reason_telling(enum dnssec_reason a, enum dnssec_reason b);

#endif
