// The API's form of whether somebody can answer (flow/availability.hpp).
#pragma once

#include <string>

#include "api/context.hpp"
#include "api/json_object.hpp"
#include "flow/availability.hpp"

namespace jackfield::api {

// Of all channels that the host has.
Result<std::vector<flow::Availability>> availability_of_all(Context& context, store::Reader& reader);

// answered_now, state, expected_wait_seconds, opens_at, closes_at.
void add_availability(JsonObject& object, const flow::Availability& availability);

}  // namespace jackfield::api
