// What the fake host saw, as the JSON of a case.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "fake_host.hpp"

namespace jackfield::testkit {

// Where the records stood before a step.
struct Mark {
  explicit Mark(const FakeHost& host);
  std::size_t http, deliveries, sends, webhooks, fetches, notes;
  std::uint32_t state;
  std::string state_detail;
  std::map<std::string, std::string> kv;
};

// What has happened since, only members that have something to say: reply, events, http, outcome, notes, fetch, state,
// kv.
boost::json::object record_since(const FakeHost& host, const Mark& mark);

// "name: value\r\n" lines from an object, and back.
std::string header_lines(const boost::json::object& headers);

// A body as a case writes it: a string, or JSON that is sent without spaces.
std::string body_text(const boost::json::value& body);
boost::json::value body_json(std::string_view body);

std::string_view status_name(jf_status status);
// The status of that name; JF_INTERNAL for a name that is none.
jf_status status_of(std::string_view name);

}  // namespace jackfield::testkit
