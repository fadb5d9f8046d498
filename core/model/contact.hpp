// A contact: a person or a company behind one or more addresses.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "model/address.hpp"

namespace jackfield {

struct Contact {
  Id id;
  std::string name;
  std::string language;                           // BCP 47, or empty
  std::map<std::string, std::string> attributes;  // tier and free keys
  std::vector<std::string> tags;
  std::vector<Address> addresses;
  Id merged_into;  // when set, this contact lives on in that one
  Time created_at;
};

}  // namespace jackfield
