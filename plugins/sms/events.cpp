#include "events.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "digest.hpp"
#include "valid_text.hpp"

namespace jackfield::sms {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostDetail = 4000;  // the host takes 4096 bytes

void append(std::string& items, const json::object& event) {
  if (!items.empty()) items += ',';
  items += json::serialize(event);
}

// Only a full number names one person; a short code or a name can be anybody's.
std::string_view evidence_of(const Number& number) {
  return number.kind == NumberKind::international ? "attested" : "asserted";
}

json::array parts_of(const Inbound& message) {
  json::array parts;
  if (!message.text.empty()) parts.push_back(json::object{{"type", "text"}, {"text", valid_text(message.text)}});
  for (const auto& media : message.media)
    parts.push_back(json::object{{"type", "media"},
                                 {"media_type", valid_text(media.media_type)},
                                 {"state", "pending"},
                                 {"source", {{"id", valid_text(media.id)}, {"url", valid_text(media.url)}}}});
  if (!message.binary.empty()) parts.push_back(json::object{{"type", "unsupported"}, {"what", "binary"}});
  if (parts.empty()) parts.push_back(json::object{{"type", "text"}, {"text", ""}});
  return parts;
}

json::object extra_of(const Whole& whole, const std::optional<Keyword>& keyword) {
  const auto& message = whole.message;
  json::object extra;
  for (const auto& [name, value] : message.extra) extra[valid_text(name)] = valid_text(value);
  if (!message.binary.empty()) extra["binary"] = hex(message.binary);
  if (message.suspected_redelivery) extra["suspected_redelivery"] = true;
  if (keyword) extra["keyword"] = name_of(*keyword);
  if (whole.missing.empty()) return extra;
  json::array missing;
  for (const auto number : whole.missing) missing.push_back(number);
  extra["parts"] = {{"total", whole.total}, {"missing", std::move(missing)}};
  return extra;
}

std::optional<Keyword> keyword_of(const Whole& whole, const OptOutWords& words) {
  const auto& said = whole.message.keyword;
  for (const auto each : {Keyword::stop, Keyword::start, Keyword::help})
    if (said == name_of(each)) return each;
  return whole.missing.empty() && whole.message.media.empty() ? words.keyword(whole.message.text) : std::nullopt;
}

// Without a time of ours: the same request gives the same event.
json::object contact(const Number& number, bool opted_out, std::string reason, std::string dedupe) {
  return {{"type", "contact"},
          {"from", {{"address", number.address()}, {"evidence", evidence_of(number)}}},
          {"opted_out", opted_out},
          {"reason", std::move(reason)},
          {"dedupe", std::move(dedupe)}};
}

}  // namespace

std::string_view class_name(sdk::ErrorClass error) {
  switch (error) {
    case sdk::ErrorClass::config: return "config";
    case sdk::ErrorClass::auth: return "auth";
    case sdk::ErrorClass::content: return "content";
    case sdk::ErrorClass::recipient: return "recipient";
    case sdk::ErrorClass::opted_out: return "opted-out";
    case sdk::ErrorClass::window_closed: return "window-closed";
    case sdk::ErrorClass::throttled: return "throttled";
    case sdk::ErrorClass::unavailable: return "unavailable";
    default: return "internal";
  }
}

void append_message(std::string& items, const Whole& whole, const EventContext& context) {
  const auto& message = whole.message;
  const auto from = context.numbers.read(message.from), to = context.numbers.read(message.to);
  const auto keyword = keyword_of(whole, context.words);
  json::object sender{{"address", from.address()}, {"evidence", evidence_of(from)}};
  if (!message.name.empty()) sender["name"] = valid_text(message.name);
  json::object event{{"type", "message"},         {"id", valid_text(message.id)},
                     {"from", std::move(sender)}, {"to", json::array{json::object{{"address", to.address()}}}},
                     {"visibility", "private"},   {"parts", parts_of(message)}};
  if (!message.sent_at.empty()) event["sent_at"] = valid_text(message.sent_at);
  if (!message.language.empty()) event["language"] = valid_text(message.language);
  if (auto extra = extra_of(whole, keyword); !extra.empty()) event["extra"] = std::move(extra);
  append(items, event);
  if (!keyword || *keyword == Keyword::help) return;
  const bool out = *keyword == Keyword::stop;
  auto wish =
      contact(from, out, "they wrote " + valid_text(message.text), valid_text(message.id) + (out ? ":stop" : ":start"));
  if (!message.sent_at.empty()) wish["at"] = valid_text(message.sent_at);
  append(items, wish);
}

void append_receipt(std::string& items, const Receipt& receipt, const EventContext& context) {
  json::object event{{"type", "status"}, {"id", valid_text(receipt.id)}, {"status", receipt.status}};
  if (!receipt.at.empty()) event["at"] = valid_text(receipt.at);
  if (!receipt.correlation.empty()) event["correlation"] = valid_text(receipt.correlation);
  if (receipt.status == "failed")
    event["error"] = {{"class", class_name(receipt.error)},
                      {"code", valid_text(receipt.code)},
                      {"detail", valid_text(receipt.detail.substr(0, kMostDetail))}};
  append(items, event);
  if (receipt.error == sdk::ErrorClass::opted_out && !receipt.to.empty())
    append_opted_out(items, receipt.to, receipt.detail, receipt.id + ":opted-out", context);
}

void append_opted_out(std::string& items, std::string_view number, std::string_view reason, std::string_view dedupe,
                      const EventContext& context) {
  append(items, contact(context.numbers.read(number), true, valid_text(reason), valid_text(dedupe)));
}

void append_undecodable(std::string& items, std::string_view reason, std::string_view raw) {
  append(items, {{"type", "undecodable"}, {"reason", valid_text(reason)}, {"raw", valid_text(raw)}});
}

}  // namespace jackfield::sms
