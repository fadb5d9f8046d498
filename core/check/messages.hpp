// Messages to send, built from what the manifest says the connector can carry.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "check/context.hpp"

namespace jackfield::check {

inline constexpr const char* kKey = "01JFCHECK0000000000000001";
inline constexpr std::uint64_t kToken = JF_ID_HOST + 1'000'000;

// The case whose settings sends are tried with: the first that has a "send" and an "http_answer", else the first with a
// "send"; without any, one that says nothing.
Sample send_sample(const Context& context);

// A message with this one part, to the address of a case, else one made up for the scheme.
std::string message_with(Context& context, const boost::json::value& part, std::string_view key = kKey);
// One part of every type in the manifest's parts_out; blobs are put where the host has them.
std::vector<boost::json::object> parts_of(Context& context, testkit::FakeHost& host);
// The simplest message: a text where it can carry one.
std::string text_message(Context& context, std::string_view key = kKey);

std::string outcome_name(std::uint32_t outcome);

}  // namespace jackfield::check
