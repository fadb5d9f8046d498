#include "record.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace jackfield::testkit {
namespace json = boost::json;
namespace {

constexpr std::array<std::string_view, 5> kOutcomes = {"accepted", "retry", "rejected", "unknown", "cancelled"};
constexpr std::array<std::string_view, 10> kClasses = {"none",        "config",    "auth",          "content",
                                                       "recipient",   "opted-out", "window-closed", "throttled",
                                                       "unavailable", "internal"};
constexpr std::array<std::string_view, 3> kScopes = {"message", "recipient", "channel"};
constexpr std::array<std::string_view, 4> kStates = {"starting", "ready", "degraded", "failed"};
constexpr std::array<std::string_view, 11> kStatuses = {"ok",        "busy",        "invalid", "config",
                                                        "not_found", "unsupported", "state",   "timeout",
                                                        "denied",    "internal",    "conflict"};

template <std::size_t N>
std::string_view name_of(const std::array<std::string_view, N>& names, std::uint32_t index) {
  return index < N ? names[index] : std::string_view("out of range");
}

void put(json::object& out, std::string_view key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

json::value parsed_or_text(std::string_view text) {
  boost::system::error_code bad;
  auto value = json::parse(text, bad);
  return bad ? json::value(text) : value;
}

json::object headers_json(std::string_view lines) {
  json::object out;
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    const auto line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 2);
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos) out[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return out;
}

json::value http_json(const HttpCall& call) {
  json::object out{{"method", call.method}, {"url", call.url}};
  if (!call.headers.empty()) out["headers"] = headers_json(call.headers);
  if (!call.body.empty()) out["body"] = body_json(call.body);
  put(out, "body_blob", call.body_blob);
  if (!call.form.empty()) out["form"] = parsed_or_text(call.form);
  json::array flags;
  if ((call.flags & JF_HTTP_BODY_TO_BLOB) != 0) flags.emplace_back("blob");
  if ((call.flags & JF_HTTP_UNTRUSTED_URL) != 0) flags.emplace_back("untrusted");
  if ((call.flags & JF_HTTP_FOLLOW) != 0) flags.emplace_back("follow");
  if (!flags.empty()) out["flags"] = std::move(flags);
  return out;
}

json::value outcome_json(const SendAnswer& answer) {
  json::object out{{"outcome", name_of(kOutcomes, answer.outcome)}};
  if (!answer.provider_ids.empty()) out["ids"] = parsed_or_text(answer.provider_ids);
  if (answer.outcome != JF_OUTCOME_ACCEPTED) out["error"] = name_of(kClasses, answer.error_class);
  put(out, "code", answer.code);
  put(out, "detail", answer.detail);
  if (answer.retry_after_ms != 0) out["after_ms"] = answer.retry_after_ms;
  if (answer.retry_scope != JF_SCOPE_MESSAGE) out["scope"] = name_of(kScopes, answer.retry_scope);
  return out;
}

json::value reply_json(const WebhookAnswer& answer) {
  json::object out{{"status", answer.http_status}};
  put(out, "content_type", answer.content_type);
  if (!answer.body.empty()) out["body"] = body_json(answer.body);
  return out;
}

json::value fetch_json(const FetchAnswer& answer) {
  json::object out{{"outcome", name_of(kOutcomes, answer.outcome)}};
  put(out, "blob", answer.blob);
  put(out, "media_type", answer.media_type);
  put(out, "detail", answer.detail);
  if (answer.retry_after_ms != 0) out["after_ms"] = answer.retry_after_ms;
  return out;
}

// One as itself, several as an array.
template <class Items, class Write>
void put_each(json::object& out, std::string_view key, const Items& items, std::size_t from, Write write) {
  if (items.size() <= from) return;
  if (items.size() == from + 1) {
    out[key] = write(items[from]);
    return;
  }
  json::array all;
  for (std::size_t i = from; i < items.size(); ++i) all.push_back(write(items[i]));
  out[key] = std::move(all);
}

json::array events_since(const FakeHost& host, std::size_t from) {
  json::array out;
  for (std::size_t i = from; i < host.deliveries.size(); ++i) {
    json::value delivered = json::parse(host.deliveries[i]);
    if (delivered.is_object()) {
      out.push_back(std::move(delivered));
    } else {
      for (auto& event : delivered.get_array()) out.push_back(std::move(event));
    }
  }
  return out;
}

json::object kv_changes(const std::map<std::string, std::string>& before,
                        const std::map<std::string, std::string>& now) {
  json::object out;
  for (const auto& [key, value] : now) {
    const auto found = before.find(key);
    if (found == before.end() || found->second != value) out[key] = value;
  }
  for (const auto& [key, value] : before) {
    if (now.count(key) == 0) out[key] = nullptr;
  }
  return out;
}

}  // namespace

Mark::Mark(const FakeHost& host)
    : http(host.http_calls.size()),
      deliveries(host.deliveries.size()),
      sends(host.send_answers.size()),
      webhooks(host.webhook_answers.size()),
      fetches(host.fetch_answers.size()),
      notes(host.notes.size()),
      state(host.state),
      state_detail(host.state_detail),
      kv(host.kv) {}

json::object record_since(const FakeHost& host, const Mark& mark) {
  json::object out;
  put_each(out, "reply", host.webhook_answers, mark.webhooks, reply_json);
  if (auto events = events_since(host, mark.deliveries); !events.empty()) out["events"] = std::move(events);
  put_each(out, "http", host.http_calls, mark.http, http_json);
  put_each(out, "notes", host.notes, mark.notes, parsed_or_text);
  put_each(out, "outcome", host.send_answers, mark.sends, outcome_json);
  put_each(out, "fetch", host.fetch_answers, mark.fetches, fetch_json);
  if (host.state != mark.state || host.state_detail != mark.state_detail) {
    json::object state{{"is", name_of(kStates, host.state)}};
    put(state, "detail", host.state_detail);
    out["state"] = std::move(state);
  }
  if (auto kv = kv_changes(mark.kv, host.kv); !kv.empty()) out["kv"] = std::move(kv);
  return out;
}

std::string header_lines(const json::object& headers) {
  std::string out;
  for (const auto& [name, value] : headers)
    out.append(name)
        .append(": ")
        .append(value.is_string() ? std::string(value.get_string()) : json::serialize(value))
        .append("\r\n");
  return out;
}

std::string body_text(const json::value& body) {
  return body.is_string() ? std::string(body.get_string()) : json::serialize(body);
}

// Only what reads back the same becomes JSON, so that a body's exact text is still compared.
json::value body_json(std::string_view body) {
  auto value = parsed_or_text(body);
  return value.is_structured() && json::serialize(value) == body ? value : json::value(body);
}

std::string_view status_name(jf_status status) { return name_of(kStatuses, static_cast<std::uint32_t>(status)); }

jf_status status_of(std::string_view name) {
  for (std::size_t i = 0; i < kStatuses.size(); ++i) {
    if (kStatuses[i] == name) return static_cast<jf_status>(i);
  }
  return JF_INTERNAL;
}

}  // namespace jackfield::testkit
