#include "vonage_decode.hpp"

#include <algorithm>

#include "json_read.hpp"

namespace jackfield::sms {
namespace {

namespace json = boost::json;
using enum sdk::ErrorClass;

// Vonage writes international numbers without their plus; what is shorter is a short code, what has letters a name.
std::string number_of(std::string_view written) {
  constexpr std::size_t kLongestShortCode = 7;
  const bool digits = std::all_of(written.begin(), written.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && written.size() > kLongestShortCode ? '+' + std::string(written) : std::string(written);
}

// {"message_type": "image", "image": {"url": …, "caption": …}}
void add_media(const json::object& body, std::string_view kind, Inbound& message) {
  const auto* file = object_at(body, kind);
  const auto url = file ? text_at(*file, "url") : std::string_view();
  if (url.empty()) return;
  const auto type = kind == "image" || kind == "audio" || kind == "video" ? std::string(kind) + "/*"
                                                                          : std::string("application/octet-stream");
  message.media.push_back({type, std::string(url), std::string(text_at(*file, "name"))});
  message.text = text_at(*file, "caption");
}

VonageEvent message_of(const json::object& body, std::string_view id) {
  VonageEvent event;
  const auto channel = text_at(body, "channel"), kind = text_at(body, "message_type");
  if (channel != "sms" && channel != "mms")
    return event.problem = "it came by " + std::string(channel.substr(0, 32)) + ", not by SMS", event;
  if (text_at(body, "from").empty()) return event.problem = "from is missing", event;
  Inbound message;
  message.id = id;
  message.from = number_of(text_at(body, "from"));
  message.to = number_of(text_at(body, "to"));
  message.text = text_at(body, "text");
  message.sent_at = text_at(body, "timestamp");
  if (!kind.empty() && kind != "text") add_media(body, kind, message);
  event.message = std::move(message);
  return event;
}

sdk::ErrorClass class_of_failure(std::string_view status) { return status == "undeliverable" ? recipient : content; }

VonageEvent receipt_of(const json::object& body, std::string_view id, std::string_view status) {
  VonageEvent event;
  Receipt receipt;
  receipt.id = id;
  receipt.status = status == "submitted" ? "sent" : status == "delivered" || status == "read" ? status : "failed";
  if (receipt.status == "failed" && status != "rejected" && status != "undeliverable")
    return event.problem = "the status \"" + std::string(status.substr(0, 64)) + "\" is not known", event;
  receipt.at = text_at(body, "timestamp");
  receipt.correlation = text_at(body, "client_ref");
  receipt.to = number_of(text_at(body, "to"));
  if (receipt.status == "failed") {
    receipt.error = class_of_failure(status);
    if (const auto* error = object_at(body, "error")) {
      const auto type = text_at(*error, "type");
      receipt.code = type.substr(type.find('#') + 1);
      receipt.detail = text_at(*error, "detail").empty() ? text_at(*error, "title") : text_at(*error, "detail");
    }
  }
  event.receipt = std::move(receipt);
  return event;
}

Refusal refusal_of(const sdk::HttpResponse& answer, const json::object& problem) {
  if (answer.http_status == 402) return another_try(auth, sdk::Scope::channel, 300);  // the account is empty
  if (answer.http_status != 422) return refusal_of_status(answer.http_status);
  if (const auto* invalid = array_at(problem, "invalid_parameters"))
    for (const auto& each : *invalid)
      if (const auto* one = each.if_object(); one && text_at(*one, "name") == "to") return rejection(recipient);
  return rejection(content);
}

std::string detail_of(const json::object& problem) {
  std::string text(text_at(problem, "title"));
  if (const auto more = text_at(problem, "detail"); !more.empty())
    text += (text.empty() ? "" : ": ") + std::string(more);
  return text.empty() ? "the answer does not say why" : text;
}

}  // namespace

VonageEvent decode_vonage(std::string_view text) {
  const auto body = parsed_object(text);
  const auto id = text_at(body, "message_uuid"), status = text_at(body, "status");
  if (id.empty()) return {{}, {}, body.empty() ? "it is no JSON object" : "message_uuid is missing"};
  return status.empty() ? message_of(body, id) : receipt_of(body, id, status);
}

HttpOutcome vonage_outcome(const sdk::HttpResponse& answer, std::uint32_t attempt, std::int64_t now_ms) {
  if (!answer.answered()) return unanswered(answer);
  const auto body = parsed_object(answer.body);
  if (answer.ok()) {
    const auto id = text_at(body, "message_uuid");
    return id.empty() ? not_understood("the answer names no message") : taken_as(id);
  }
  return refused(refusal_of(answer, body), answer, attempt, now_ms, "http " + std::to_string(answer.http_status),
                 detail_of(body));
}

}  // namespace jackfield::sms
