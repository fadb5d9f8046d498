// What a connector may deliver: whatever read_event takes can be stored, read back the same, and shown as JSON.
#include <boost/json/parse.hpp>
#include <cstdint>
#include <cstdlib>

#include "model/json.hpp"

namespace {

using namespace jackfield;

void must_be_json(std::string_view text) {
  boost::system::error_code error;
  boost::json::parse(text, error, {}, {.max_depth = 64});
  if (error) std::abort();
}

void must_come_back(const Content& content) {
  const auto stored = content_to_json(content);
  const auto again = content_from_json(stored);
  if (!again || content_to_json(*again) != stored) std::abort();
}

void show(Inbound event) {
  must_come_back(event.content);
  Message message;
  message.channel = "fuzz";
  message.content = std::move(event.content);
  message.track.provider_ids = {event.id, event.dedupe};
  message.track.errors = {event.error};
  const auto track = track_to_json(message.track);
  const auto again = track_from_json(track);
  if (!again || track_to_json(*again) != track) std::abort();
  must_be_json(message_to_json(message));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  content_from_json(text);
  track_from_json(text);
  channel_uses_from_json(text);
  strings_from_json(text);
  attributes_from_json(text);
  std::int64_t cursor = 0, same = 0;
  if (parse_cursor(text, cursor) && (!parse_cursor(to_cursor(cursor), same) || same != cursor)) std::abort();

  boost::system::error_code error;
  const auto value = boost::json::parse(text, error);
  if (error) return 0;
  const auto one = [](const boost::json::value& item) {
    if (auto event = read_event(item)) show(std::move(*event));
  };
  one(value);
  if (const auto* list = value.if_array())
    for (const auto& item : *list) one(item);
  return 0;
}
