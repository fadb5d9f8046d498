#include "flow/channel_rules.hpp"

#include <algorithm>

#include "flow/opt_out.hpp"
#include "flow/window.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

std::string text_in(const json::object& part, std::string_view name) {
  const auto* value = part.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

Result<void> check_media(const host::Manifest& manifest, const json::object& part) {
  if (manifest.media.empty()) return {};
  const std::string type = text_in(part, "media_type");
  const std::int64_t size = part.at("size").as_int64();
  for (const auto& limit : manifest.media) {
    const bool fits = std::any_of(limit.types.begin(), limit.types.end(), [&](const std::string& t) {
      return t == type || t == "*/*" || (t.ends_with("/*") && type.starts_with(t.substr(0, t.size() - 1)));
    });
    if (!fits) continue;
    if (limit.max_bytes > 0 && size > limit.max_bytes)
      return fail(Errc::too_large, manifest.name + " takes " + limit.kind + " up to " +
                                       std::to_string(limit.max_bytes) + " bytes; this has " + std::to_string(size));
    return {};
  }
  return fail(Errc::invalid, manifest.name + " cannot send media of type " + type);
}

Result<void> check_parts_of(const Channel& channel, const json::array& parts) {
  const auto& manifest = channel.manifest;
  if (!manifest.sends) return fail(Errc::conflict, "channel " + channel.policy.name + " only receives");
  for (const auto& entry : parts) {
    const auto& part = entry.get_object();
    const std::string type = text_in(part, "type");
    if (std::find(manifest.parts_out.begin(), manifest.parts_out.end(), type) == manifest.parts_out.end())
      return fail(Errc::invalid, "channel " + channel.policy.name + " cannot send parts of type " + type);
    if (type != "media") continue;
    if (auto checked = check_media(manifest, part); !checked) return checked;
  }
  return {};
}

// A unit of the connector's own (segments, weighted characters) is for it to count.
Result<void> check_length(const Channel& channel, const std::string& text) {
  const auto& manifest = channel.manifest;
  if (manifest.text_unit != "characters" && manifest.text_unit != "bytes") return {};
  const auto length = static_cast<std::int64_t>(manifest.text_unit == "bytes" ? text.size() : characters(text));
  if (manifest.text_limit > 0 && length > manifest.text_limit)
    return fail(Errc::too_large, "channel " + channel.policy.name + " takes texts of up to " +
                                     std::to_string(manifest.text_limit) + " " + manifest.text_unit + "; this has " +
                                     std::to_string(length));
  return {};
}

bool only_allowed_outside(const host::Manifest& manifest, const json::array& parts) {
  return std::all_of(parts.begin(), parts.end(), [&](const json::value& part) {
    const auto& allowed = manifest.outside_window;
    return std::find(allowed.begin(), allowed.end(), text_in(part.get_object(), "type")) != allowed.end();
  });
}

Result<void> check_window(const Channel& channel, const ChannelUse& use, const json::array& parts, Time now) {
  const ReplyWindow window = window_of(use, channel, now);
  if (window.open || only_allowed_outside(channel.manifest, parts)) return {};
  const std::string when =
      window.until == Time{} ? "the contact has not written there" : "it closed at " + to_rfc3339(window.until);
  std::string allowed;
  for (const auto& type : channel.manifest.outside_window) allowed += (allowed.empty() ? "" : ", ") + type;
  return fail(Errc::conflict, "the reply window of " + channel.policy.name + " is closed: " + when +
                                  (allowed.empty() ? "" : "; allowed outside it: " + allowed));
}

// Where answers have a window and it is open, they asked: an opt-out then only stops what is no plain answer.
Result<void> check_opt_out(const Contact* contact, const Channel& channel, const ChannelUse& use,
                           const json::array& parts, Time now) {
  const OptOut* said = contact ? opt_out_of(*contact, channel, {.uri = use.address, .scope = use.scope}) : nullptr;
  if (!said) return {};
  const bool plain = std::none_of(parts.begin(), parts.end(), [](const json::value& part) {
    return text_in(part.get_object(), "type") == "template";
  });
  if (channel.manifest.reply_window_seconds > 0 && plain && window_of(use, channel, now).open) return {};
  return fail(Errc::conflict, use.address + " wants no messages on " + channel.policy.name + " since " +
                                  to_rfc3339(said->at) + (said->reason.empty() ? "" : ": " + said->reason));
}

}  // namespace

std::vector<Refusal> refusals(const Channel& channel, const ChannelUse& use, const Contact* contact,
                              const Content& content, Time now) {
  std::vector<Refusal> out;
  const auto note = [&](std::string_view error_class, const Result<void>& checked) {
    if (!checked) out.push_back({std::string(error_class), checked.error()});
  };
  note("content", check_parts_of(channel, content.parts));
  note("content", check_length(channel, content.text));
  note("window-closed", check_window(channel, use, content.parts, now));
  note("opted-out", check_opt_out(contact, channel, use, content.parts, now));
  return out;
}

}  // namespace jackfield::flow
