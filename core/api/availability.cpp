#include "api/availability.hpp"

namespace jackfield::api {

Result<std::vector<flow::Availability>> availability_of_all(Context& context, store::Reader& reader) {
  std::vector<flow::ChannelNow> channels;
  for (const auto& info : context.ports.host.channels()) {
    const bool works = info.state == host::ChannelState::ready || info.state == host::ChannelState::degraded;
    channels.push_back({info.name, works});
  }
  return flow::availability(reader, *context.ports.flow.environment(), channels);
}

void add_availability(JsonObject& object, const flow::Availability& availability) {
  object.boolean("answered_now", availability.answered_now());
  object.text("state", flow::name_of(availability.standing));
  const auto wait = availability.expected_wait;
  wait ? object.number("expected_wait_seconds", wait->count() / 1000) : object.raw("expected_wait_seconds", "null");
  object.time("opens_at", availability.opens_at);
  object.time("closes_at", availability.closes_at);
}

}  // namespace jackfield::api
