// The bytes of a customer's file.
#pragma once

#include <jackfield/jackfield.hpp>

#include "api.hpp"
#include "media.hpp"
#include "rate_limits.hpp"

namespace jackfield::twitter {

// On the strand. Files of direct messages are asked from the API with the user's token, which goes nowhere else; those
// of posts are open to everybody.
class Fetching {
 public:
  Fetching(sdk::Host& host, Api& api) : host_(host), api_(api) {}

  void fetch(sdk::Fetch&& fetch);

 private:
  void answer(sdk::Fetch& fetch, const sdk::HttpResponse& response);

  sdk::Host& host_;
  Api& api_;
};

}  // namespace jackfield::twitter
