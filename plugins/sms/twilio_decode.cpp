#include "twilio_decode.hpp"

#include <algorithm>
#include <charconv>

#include "json_read.hpp"
#include "twilio_errors.hpp"

namespace jackfield::sms {
namespace {

constexpr int kMostMedia = 100;

int number_of(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string_view first_of(const Form& form, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (const auto value = value_at(form, name); !value.empty()) return value;
  return {};
}

std::string last_segment(std::string_view url) {
  const auto path = url.substr(0, url.find_first_of("?#"));
  return std::string(path.substr(path.rfind('/') + 1));
}

std::vector<InboundMedia> media_of(const Form& form) {
  std::vector<InboundMedia> media;
  const int count = std::clamp(number_of(value_at(form, "NumMedia")), 0, kMostMedia);
  for (int i = 0; i < count; ++i) {
    const auto url = value_at(form, "MediaUrl" + std::to_string(i));
    if (url.empty()) continue;
    media.push_back(
        {std::string(value_at(form, "MediaContentType" + std::to_string(i))), std::string(url), last_segment(url)});
  }
  return media;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return out;
}

TwilioEvent message_of(const Form& form, std::string_view sid) {
  TwilioEvent event;
  const auto from = value_at(form, "From");
  if (from.empty()) return event.problem = "From is missing", event;
  if (const auto colon = from.find(':'); colon != std::string_view::npos)
    return event.problem = "it came by " + std::string(from.substr(0, colon)) + ", not by SMS", event;
  Inbound message;
  message.id = sid;
  message.from = from;
  message.to = value_at(form, "To");
  message.text = value_at(form, "Body");
  message.media = media_of(form);
  message.keyword = lower(value_at(form, "OptOutType"));
  for (const auto* name : {"FromCity", "FromState", "FromZip", "FromCountry"})
    if (const auto value = value_at(form, name); !value.empty()) message.extra.emplace_back(name, value);
  event.message = std::move(message);
  return event;
}

// Twilio's steps before the network took it say nothing that we do not know.
std::string_view our_status(std::string_view status) {
  if (status == "sent" || status == "partially_delivered") return "sent";
  if (status == "delivered" || status == "read") return status;
  return status == "undelivered" || status == "failed" || status == "canceled" ? "failed" : "";
}

bool is_progress(std::string_view status) {
  return status == "accepted" || status == "scheduled" || status == "queued" || status == "sending";
}

TwilioEvent receipt_of(const Form& form, std::string_view sid, std::string_view status, std::string correlation) {
  TwilioEvent event;
  if (is_progress(status)) return event;
  const auto ours = our_status(status);
  if (ours.empty())
    return event.problem = "the status \"" + std::string(status.substr(0, 64)) + "\" is not known", event;
  Receipt receipt;
  receipt.id = sid;
  receipt.status = ours;
  receipt.correlation = std::move(correlation);
  receipt.to = value_at(form, "To");
  if (ours == "failed") {
    receipt.code = value_at(form, "ErrorCode");
    receipt.detail = first_of(form, {"ErrorMessage", "MessageStatus"});
    receipt.error = twilio_refusal(number_of(receipt.code)).error;
    if (status == "canceled") receipt.error = sdk::ErrorClass::content;
  }
  event.receipt = std::move(receipt);
  return event;
}

}  // namespace

TwilioEvent decode_twilio(const Form& form, std::string correlation) {
  const auto sid = first_of(form, {"MessageSid", "SmsSid", "SmsMessageSid"});
  const auto status = first_of(form, {"MessageStatus", "SmsStatus"});
  if (sid.empty()) return {{}, {}, "MessageSid is missing"};
  const bool inbound = status.empty() || status == "received" || status == "receiving";
  return inbound ? message_of(form, sid) : receipt_of(form, sid, status, std::move(correlation));
}

Form form_of_json(std::string_view body) {
  Form form;
  for (const auto& [name, value] : parsed_object(body)) {
    if (form.size() == kMostFormFields) break;
    if (value.is_string()) form.push_back({std::string(name), std::string(text_of(value))});
    if (value.is_int64()) form.push_back({std::string(name), std::to_string(value.get_int64())});
  }
  return form;
}

}  // namespace jackfield::sms
