// What a channel's rules say to a message before it is stored: what its connector declares it can do, its reply window,
// and whether the customer wants it. Every reason is found, so that a dry run can name them all; a reply is refused
// with the first.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "flow/environment.hpp"
#include "model/contact.hpp"

namespace jackfield::flow {

struct Refusal {
  std::string error_class;  // content, window-closed, opted-out
  Error error;
};

// contact: whom it goes to; null: not known yet.
std::vector<Refusal> refusals(const Channel& channel, const ChannelUse& use, const Contact* contact,
                              const Content& content, Time now);

}  // namespace jackfield::flow
