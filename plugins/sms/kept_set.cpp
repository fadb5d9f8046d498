#include "kept_set.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "digest.hpp"
#include "json_read.hpp"
#include "valid_text.hpp"

namespace jackfield::sms {
namespace {

namespace json = boost::json;
constexpr std::string_view kGap = "[\u2026]";

// Not its id: a part that is sent again may have got another.
std::string digest_of(const Inbound& part) { return hex(sha256(part.text + '\0' + part.binary).substr(0, 8)); }

std::string unhexed(std::string_view text) {
  const auto digit = [](char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; };
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return out;
}

json::object object_of(const Inbound& part) {
  json::object out{{"id", part.id},
                   {"from", part.from},
                   {"to", part.to},
                   {"text", valid_text(part.text)},
                   {"reference", part.part->reference},
                   {"bits", part.part->reference_bits},
                   {"total", part.part->total},
                   {"number", part.part->number}};
  if (!part.binary.empty()) out["binary"] = hex(part.binary);
  if (!part.language.empty()) out["language"] = part.language;
  if (!part.name.empty()) out["name"] = part.name;
  if (!part.sent_at.empty()) out["sent_at"] = part.sent_at;
  if (part.suspected_redelivery) out["suspected"] = true;
  json::array extra;
  for (const auto& [name, value] : part.extra) extra.push_back(json::array{name, valid_text(value)});
  if (!extra.empty()) out["extra"] = std::move(extra);
  return out;
}

Inbound part_from(const json::object& in) {
  Inbound part;
  part.id = text_at(in, "id");
  part.from = text_at(in, "from");
  part.to = text_at(in, "to");
  part.text = text_at(in, "text");
  part.binary = unhexed(text_at(in, "binary"));
  part.language = text_at(in, "language");
  part.name = text_at(in, "name");
  part.sent_at = text_at(in, "sent_at");
  part.suspected_redelivery = true_at(in, "suspected");
  part.part =
      PartOf{static_cast<std::uint32_t>(number_at(in, "reference")), static_cast<std::uint8_t>(number_at(in, "bits")),
             static_cast<std::uint8_t>(number_at(in, "total")), static_cast<std::uint8_t>(number_at(in, "number"))};
  if (const auto* extra = array_at(in, "extra"))
    for (const auto& pair : *extra)
      if (const auto* two = pair.if_array(); two && two->size() == 2)
        part.extra.emplace_back(text_of(two->front()), text_of(two->back()));
  return part;
}

}  // namespace

bool KeptSet::knows(const Inbound& part) const {
  if (const auto held = parts.find(part.part->number); held != parts.end())
    return held->second.text == valid_text(part.text) && held->second.binary == part.binary;
  const auto done = delivered.find(part.part->number);
  return done != delivered.end() && done->second == digest_of(part);
}

bool KeptSet::contradicts(const Inbound& part) const { return parts.contains(part.part->number) && !knows(part); }

Whole KeptSet::whole() const {
  Whole out{parts.begin()->second, parts.begin()->second.part->total, {}};
  out.message.text.clear();
  out.message.binary.clear();
  out.message.part.reset();
  for (unsigned number = 1; number <= out.total; ++number) {
    const auto part = parts.find(static_cast<std::uint8_t>(number));
    if (part == parts.end()) {
      if (out.missing.empty() || out.missing.back() + 1u != number) out.message.text += kGap;
      out.missing.push_back(static_cast<std::uint8_t>(number));
      continue;
    }
    out.message.text += part->second.text;
    out.message.binary += part->second.binary;
    out.message.suspected_redelivery |= part->second.suspected_redelivery;
  }
  return out;
}

void KeptSet::finish() {
  delivered.clear();
  for (const auto& [number, part] : parts) delivered[number] = digest_of(part);
  parts.clear();
  over = true;
}

std::string key_of_set(const Inbound& part) {
  const auto& of = *part.part;
  return "parts/" + hex(sha256(part.from + '\n' + part.to).substr(0, 16)) + '/' + std::to_string(of.reference_bits) +
         '/' + std::to_string(of.reference) + '/' + std::to_string(of.total);
}

std::string to_json(const KeptSet& set) {
  json::object out{{"since", set.since_ms}};
  json::array parts;
  for (const auto& [number, part] : set.parts) parts.push_back(object_of(part));
  json::object delivered;
  for (const auto& [number, digest] : set.delivered) delivered[std::to_string(number)] = digest;
  if (!parts.empty()) out["parts"] = std::move(parts);
  if (set.over) out["delivered"] = std::move(delivered);
  return json::serialize(out);
}

std::optional<KeptSet> kept_set_from(std::string_view text) {
  const auto in = parsed_object(text);
  if (!in.contains("since")) return std::nullopt;
  KeptSet set;
  set.since_ms = number_at(in, "since");
  if (const auto* parts = array_at(in, "parts"))
    for (const auto& each : *parts)
      if (const auto* object = each.if_object()) {
        auto part = part_from(*object);
        const auto number = part.part->number;
        set.parts[number] = std::move(part);
      }
  if (const auto* delivered = object_at(in, "delivered")) {
    set.over = true;
    for (const auto& [number, digest] : *delivered)
      set.delivered[static_cast<std::uint8_t>(std::atoi(std::string(number).c_str()))] = text_of(digest);
  }
  return set;
}

}  // namespace jackfield::sms
