// What operators say of the public availability (public_availability.hpp).
#pragma once

#include <string>
#include <vector>

namespace jackfield::api {

struct PublicChannel {
  std::string channel;
  std::string name;  // for people
};

struct PublicAvailability {
  std::vector<PublicChannel> channels;  // in the order in which they are shown; empty: nothing is public
  int per_minute = 60;                  // of one client
  std::vector<std::string> cors;  // origins whose pages may ask; empty: all, since it is public and takes no token
};

}  // namespace jackfield::api
