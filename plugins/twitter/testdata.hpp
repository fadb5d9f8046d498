// This connector's tests as files.
#pragma once

#include "testkit/json_cases.hpp"

namespace jackfield::twitter {

namespace json = boost::json;
using testkit::case_label;
using testkit::check_case;
using testkit::read_case;

inline std::vector<std::string> cases_in(const std::string& folder) {
  return testkit::cases_in(std::string(TWITTER_TESTDATA) + "/" + folder);
}

}  // namespace jackfield::twitter
