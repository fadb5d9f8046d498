// Webhook body → events (sdk/schema/README.md). Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::whatsapp {

struct Decoded {
  std::string events = "[]";        // JSON array, in the order of the body
  std::size_t count = 0;            // how many, undecodable ones included
  std::size_t undecodable = 0;      // of them
  std::size_t ignored = 0;          // changes and objects of a kind that is not ours
  std::vector<std::string> errors;  // what Meta reports about the account itself, for the log
};

// Never throws for what the body holds. The body is authentic, so nothing of it may be lost: an item that makes no
// sense becomes {"type": "undecodable"} whose raw is that item alone in an envelope of its own, a body that is no JSON
// one with the whole body.
// portfolio: the scope of business-scoped ids; empty: the business account that the webhook names.
Decoded decode(std::string_view body, std::string_view portfolio = {});

// The events of an undecodable one's raw; nullopt while it still makes no sense.
std::optional<std::string> replay(std::string_view raw, std::string_view portfolio = {});

}  // namespace jackfield::whatsapp
