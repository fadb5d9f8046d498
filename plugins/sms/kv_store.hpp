// Durable state that goes with no event. [strand]
#pragma once

#include "provider.hpp"

namespace jackfield::sms {

// done(OK): all of it is durable; else none is.
void store(sdk::Host& host, const KvWrites& writes, sdk::Host::Done done);

// As jf_delivery.kv_writes; empty for none.
std::string json_of(const KvWrites& writes);

}  // namespace jackfield::sms
