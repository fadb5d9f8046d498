#include "outcome.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "json_read.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostDetail = 1000;
constexpr std::uint64_t kCreditsWait = 600'000, kTokenWait = 60'000;

json::object parsed(std::string_view body) {
  boost::system::error_code error;
  auto value = json::parse(body, error);
  return error || !value.is_object() ? json::object() : std::move(value.get_object());
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool says(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

Outcome made(std::uint32_t outcome, std::uint32_t error_class, std::string detail) {
  Outcome out;
  out.outcome = outcome;
  out.error_class = error_class;
  out.detail = std::move(detail);
  return out;
}

Outcome refused_token(std::string detail) {
  auto out = made(JF_OUTCOME_RETRY, JF_ERROR_AUTH, std::move(detail));
  out.scope = JF_SCOPE_CHANNEL;
  out.retry_after_ms = kTokenWait;
  out.token = true;
  return out;
}

Outcome no_credits(std::string detail) {
  auto out = made(JF_OUTCOME_RETRY, JF_ERROR_CONFIG, "credits are used up: " + detail);
  out.scope = JF_SCOPE_CHANNEL;
  out.retry_after_ms = kCreditsWait;
  out.credits = true;
  return out;
}

// X says by words alone what a 403 means; what is not known goes to the agent as it is.
Outcome forbidden(const std::string& body, std::string detail, const Sent& sent) {
  const auto words = lower(body);
  if (says(words, {"duplicate content"})) {
    if (sent.attempt > 1)
      return made(JF_OUTCOME_UNKNOWN, JF_ERROR_CONTENT, "X has this text already, maybe from the try before");
    return made(JF_OUTCOME_REJECTED, JF_ERROR_CONTENT, std::move(detail));
  }
  if (says(words, {"client-forbidden", "unsupported-authentication", "oauth1-permissions", "unsupported authentication",
                   "account is suspended"}))
    return refused_token(std::move(detail));
  const bool reply = sent.is_public && says(words, {"reply", "replies", "summon", "mentioned"});
  if (reply && !sent.enterprise) detail += " (" + std::string(kSummonedRule) + ')';
  const bool person = reply || says(words, {"cannot dm", "not follow", "cannot send", "blocked", "not permitted",
                                            "not allowed", "protected"});
  return made(JF_OUTCOME_REJECTED, person ? JF_ERROR_RECIPIENT : JF_ERROR_CONTENT, std::move(detail));
}

Outcome failed(const sdk::HttpResponse& http, const Sent& sent) {
  const auto status = http.http_status;
  auto detail = detail_of(http.body);
  if (says_credits_are_used_up(http)) return no_credits(std::move(detail));
  if (status == 401) return refused_token(std::move(detail));
  if (status == 403) return forbidden(std::string(http.body), std::move(detail), sent);
  if (status == 404) return made(JF_OUTCOME_REJECTED, JF_ERROR_RECIPIENT, std::move(detail));
  if (status == 429) return made(JF_OUTCOME_RETRY, JF_ERROR_THROTTLED, std::move(detail));
  // the gateway gave up waiting for a server that may well have done it
  if (status == 408 || status == 504) return made(JF_OUTCOME_UNKNOWN, JF_ERROR_UNAVAILABLE, std::move(detail));
  if (status >= 500) return made(JF_OUTCOME_RETRY, JF_ERROR_UNAVAILABLE, std::move(detail));
  return made(JF_OUTCOME_REJECTED, JF_ERROR_CONTENT, std::move(detail));
}

Outcome without_answer(const sdk::HttpResponse& http) {
  const bool not_sent = http.progress == JF_HTTP_NOT_SENT;
  return made(not_sent ? JF_OUTCOME_RETRY : JF_OUTCOME_UNKNOWN, JF_ERROR_UNAVAILABLE, std::string(http.error));
}

Outcome without_id(const json::object& body, std::string_view raw) {
  // a 200 may carry nothing but errors
  if (body.contains("errors")) return made(JF_OUTCOME_REJECTED, JF_ERROR_CONTENT, detail_of(raw));
  return made(JF_OUTCOME_UNKNOWN, JF_ERROR_INTERNAL, "the answer names no message");
}

std::string id_in(const json::object& body) {
  const auto* data = object_at(body, "data");
  if (!data) return {};
  for (const auto key : {"dm_event_id", "id"})
    if (const auto id = text_at(*data, key); !id.empty()) return std::string(id);
  return {};
}

}  // namespace

std::string detail_of(std::string_view body) {
  const auto root = parsed(body);
  std::string_view detail = text_at(root, "detail");
  const auto* errors = array_at(root, "errors");
  const auto* first = errors && !errors->empty() ? errors->front().if_object() : nullptr;
  for (const auto key : {"message", "detail", "title"})
    if (detail.empty() && first) detail = text_at(*first, key);
  for (const auto key : {"title", "error_description", "error"})
    if (detail.empty()) detail = text_at(root, key);
  if (detail.empty()) detail = "the answer gives no reason";
  return std::string(detail.substr(0, kMostDetail));
}

bool says_credits_are_used_up(const sdk::HttpResponse& answer) {
  if (!answer.answered() || answer.http_status < 400 || answer.http_status >= 500) return false;
  return answer.http_status == 402 ||
         says(lower(answer.body), {"usage-capped", "usagecapexceeded", "credits", "spend cap"});
}

Outcome outcome_of_send(const sdk::HttpResponse& http, const Sent& sent) {
  if (!http.answered()) return without_answer(http);
  const auto code = "http " + std::to_string(http.http_status);
  Outcome out;
  if (http.ok()) {
    const auto body = parsed(http.body);
    if (auto id = id_in(body); !id.empty()) {
      out.outcome = JF_OUTCOME_ACCEPTED;
      out.ids.push_back(std::move(id));
      return out;
    }
    out = without_id(body, http.body);
  } else {
    out = failed(http, sent);
  }
  out.code = code;
  return out;
}

Outcome outcome_of_upload(const sdk::HttpResponse& http) {
  auto out = outcome_of_send(http, {});
  if (http.ok() && out.outcome == JF_OUTCOME_UNKNOWN && http.http_status == 204) out.outcome = JF_OUTCOME_ACCEPTED;
  if (out.outcome == JF_OUTCOME_UNKNOWN) out.outcome = JF_OUTCOME_RETRY;
  if (out.outcome != JF_OUTCOME_ACCEPTED) out.detail.insert(0, "media upload: ");
  return out;
}

std::string_view class_name(std::uint32_t error_class) {
  switch (error_class) {
    case JF_ERROR_CONFIG: return "config";
    case JF_ERROR_AUTH: return "auth";
    case JF_ERROR_CONTENT: return "content";
    case JF_ERROR_RECIPIENT: return "recipient";
    case JF_ERROR_OPTED_OUT: return "opted-out";
    case JF_ERROR_WINDOW_CLOSED: return "window-closed";
    case JF_ERROR_THROTTLED: return "throttled";
    case JF_ERROR_UNAVAILABLE: return "unavailable";
    default: return "internal";
  }
}

}  // namespace jackfield::twitter
