// What a reply and the start of a conversation have in common in their bodies.
#pragma once

#include "api/auth.hpp"
#include "api/request_body.hpp"
#include "flow/operations.hpp"

namespace jackfield::api {

// "text", "parts", … and those that only this kind has.
std::vector<std::string_view> reply_members(std::vector<std::string_view> further);
// What is wrong stands in body.error().
flow::ReplyRequest read_reply(RequestBody& body, const Caller& caller);

}  // namespace jackfield::api
