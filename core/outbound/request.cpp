#include "outbound/request.hpp"

#include <algorithm>
#include <charconv>

#include "outbound/signature.hpp"

namespace jackfield::outbound {
namespace {

constexpr std::size_t kMostAnswer = 64 * 1024;  // its body is not looked at

Millis retry_after(const net::HttpAnswer& answer, Millis longest) {
  for (const auto& [name, value] : answer.headers) {
    if (name != "retry-after") continue;
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (error != std::errc{} || seconds <= 0) return Millis{0};  // a date, or nonsense: the backoff will do
    return Millis{std::min<std::int64_t>(seconds, longest.count() / 1000) * 1000};
  }
  return Millis{0};
}

}  // namespace

std::string message_id(Id webhook, std::int64_t cursor) {
  return "msg_" + to_string(webhook) + "_" + to_cursor(cursor);
}

net::HttpCall request_of(const store::Webhook& webhook, std::int64_t cursor, std::string body, Time now,
                         Millis timeout) {
  const std::string id = message_id(webhook.id, cursor);
  const std::int64_t seconds = to_ms(now) / 1000;
  net::HttpCall call;
  call.method = "POST";
  call.url = webhook.url;
  call.headers = {{"Content-Type", "application/cloudevents+json; charset=utf-8"},
                  {"User-Agent", "jackfield"},
                  {"webhook-id", id},
                  {"webhook-timestamp", std::to_string(seconds)},
                  {"webhook-signature", sign(key_of(webhook.secret).value_or(""), id, seconds, body)}};
  call.body = std::move(body);
  call.timeout = timeout;
  call.max_bytes = kMostAnswer;
  call.guard = !webhook.fixed;  // what stands in the configuration file is the operator's own word
  return call;
}

Verdict verdict_of(const net::HttpAnswer& answer, Millis longest_pause) {
  using Kind = Verdict::Kind;
  if (answer.denied)
    return {Kind::failed, "the address is private or local, which only the configuration may name", {}};
  if (answer.status >= 200 && answer.status < 300) return {Kind::delivered, {}, {}};
  if (answer.status == 410) return {Kind::gone, "it answered 410 Gone", {}};
  if (answer.status == 0) return {Kind::failed, answer.error.empty() ? "no answer" : answer.error, {}};
  const bool asks_for_time = answer.status == 429 || answer.status == 503;
  return {Kind::failed, "it answered " + std::to_string(answer.status),
          asks_for_time ? retry_after(answer, longest_pause) : Millis{0}};
}

}  // namespace jackfield::outbound
