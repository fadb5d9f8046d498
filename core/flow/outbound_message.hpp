// The message as a connector's send gets it (sdk/schema/outbound-message.json).
#pragma once

#include <string>
#include <vector>

#include "flow/environment.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// Without its last brace, so that references can be added outside the transaction.
std::string open_outbound_message(store::Unit& unit, const Environment& env, const Message& message);
void close_outbound_message(std::string& json, const std::vector<std::string>& references);

}  // namespace jackfield::flow
