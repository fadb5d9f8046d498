// The channel's secret for signing Message-IDs and plus-addresses: made once, kept in the channel's durable state.
#pragma once

#include <functional>
#include <string>

#include "jackfield/jackfield.hpp"

namespace jackfield::email {

// then gets the key (64 hex digits) on the strand once it is durable; or the empty string when it could neither be read
// nor stored. [strand]
void with_mail_key(sdk::Host& host, std::function<void(std::string key)> then);

}  // namespace jackfield::email
