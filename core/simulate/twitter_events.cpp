#include "simulate/twitter_events.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "base/crypto.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostLog = 10'000, kMostResults = 1000;
constexpr Millis kKeepAlive{5000};  // X's own are 20 s apart

std::string text_at(const json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::string signature_of(const std::string& secret, std::string_view bytes) {
  const auto mac = hmac_sha256(secret, bytes);
  return "sha256=" + to_base64({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

bool answers_right(const std::string& body, const std::string& expected) {
  boost::system::error_code error;
  const auto value = json::parse(body, error);
  return !error && value.is_object() && text_at(value.get_object(), "response_token") == expected;
}

}  // namespace

bool parse(std::string_view text, Delivery& out) {
  static constexpr std::pair<std::string_view, Delivery> kNames[] = {
      {"once", Delivery::once}, {"twice", Delivery::twice}, {"reversed", Delivery::reversed}, {"lost", Delivery::lost}};
  for (const auto& [name, delivery] : kNames)
    if (name == text) return out = delivery, true;
  return false;
}

TwitterEvents::TwitterEvents(net::IoContext& io, net::Strand strand, const Clock& clock, const TwitterOptions& options)
    : io_(io), strand_(strand), clock_(clock), options_(options) {
  if (!options.webhook.empty()) webhooks_["900"] = {options.webhook, true};
  keep_alive();
}

// ------------------------------------------------------------ webhooks

void TwitterEvents::add_webhook(std::string url, std::string id, std::function<void(std::string, std::string)> done) {
  const auto token = "challenge-" + std::to_string(++last_id_);
  if (id.empty()) id = std::to_string(1000 + last_id_);
  net::HttpCall call;
  call.url = url + "?crc_token=" + token;
  call.timeout = Millis{10000};
  const bool taken = client_.submit(std::move(call), [this, url, id, token, done](net::HttpAnswer answer) {
    strand_.post([this, url, id, token, done, answer = std::move(answer)] {
      const bool right =
          answer.status == 200 && answers_right(answer.body, signature_of(options_.consumer_secret, token));
      if (right || webhooks_.contains(id)) webhooks_[id] = {url, right};
      done(id, right ? "" : answer.status ? "CrcValidationFailed" : "UrlValidationFailed: " + answer.error);
    });
  });
  if (!taken) done(id, "too much is open");
}

json::array TwitterEvents::webhooks() const {
  json::array out;
  for (const auto& [id, webhook] : webhooks_)
    out.push_back(json::object{{"id", id}, {"url", webhook.url}, {"valid", webhook.valid}});
  return out;
}

bool TwitterEvents::has_webhook(std::string_view id) const { return webhooks_.contains(std::string(id)); }

std::string TwitterEvents::webhook_url(std::string_view id) const {
  const auto found = webhooks_.find(std::string(id));
  return found == webhooks_.end() ? std::string() : found->second.url;
}

// ------------------------------------------------------------ subscriptions

const json::object* TwitterEvents::subscription_for(std::string_view type) const {
  for (const auto& [id, each] : subscriptions_)
    if (text_at(each, "event_type") == type) return &each;
  return nullptr;
}

bool TwitterEvents::subscribe(const json::object& body, json::object& made) {
  if (subscription_for(text_at(body, "event_type"))) return false;
  const auto id = std::to_string(5000 + ++last_id_);
  made = body;
  made["subscription_id"] = id;
  subscriptions_[id] = made;
  return true;
}

bool TwitterEvents::change(const std::string& id, const json::object& body) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return false;
  for (const auto& member : body) found->second[member.key()] = member.value();
  return true;
}

json::array TwitterEvents::subscriptions() const {
  json::array out;
  for (const auto& [id, each] : subscriptions_) out.push_back(each);
  return out;
}

// ------------------------------------------------------------ events

void TwitterEvents::emit(std::string_view type, json::object payload, json::object includes, Done done) {
  const auto* subscription = subscription_for(type);
  json::object data{{"event_uuid", "-" + std::to_string(7'000'000 + ++last_id_)},
                    {"filter", {{"user_id", options_.user_id}}},
                    {"event_type", type},
                    {"tag", subscription ? text_at(*subscription, "tag") : ""},
                    {"payload", std::move(payload)}};
  if (!includes.empty()) data["includes"] = std::move(includes);
  const std::string kind(type), body = json::serialize(json::object{{"data", std::move(data)}});
  log_.push_back({to_ms(clock_.now()), kind, body});
  if (log_.size() > kMostLog) log_.pop_front();
  if (delivery == Delivery::lost) return done ? done(0) : void();
  if (delivery == Delivery::reversed && !held_) {
    held_ = [this, kind, body] { tell(kind, body, {}); };
    return done ? done(0) : void();
  }
  const bool again = delivery == Delivery::twice;
  tell(kind, body, [this, again, kind, body, done](int status) {
    if (done) done(status);
    if (again) tell(kind, body, {});
    flush_held();
  });
}

void TwitterEvents::flush_held() {
  if (auto held = std::exchange(held_, {})) held();
}

void TwitterEvents::tell(const std::string& type, const std::string& body, Done done) {
  const auto* subscription = subscription_for(type);
  const auto webhook = subscription ? webhook_url(text_at(*subscription, "webhook_id")) : std::string();
  if (!webhook.empty()) return post(webhook, body, signature_of(options_.consumer_secret, body), std::move(done));
  if (subscription)
    for (const auto& [id, stream] : streams_) stream->send(std::make_shared<const std::string>(body + "\r\n"));
  if (done) done(0);
}

void TwitterEvents::post_raw(std::string body, std::string signature, Done done) {
  if (webhooks_.empty()) return done(0);
  if (signature.empty()) signature = signature_of(options_.consumer_secret, body);
  post(webhooks_.begin()->second.url, body, signature, std::move(done));
}

// Once: X does not promise to post again.
void TwitterEvents::post(const std::string& url, const std::string& body, const std::string& signature, Done done) {
  net::HttpCall call;
  call.method = "POST";
  call.url = url;
  call.body = body;
  call.timeout = Millis{10000};
  call.headers = {{"Content-Type", "application/json"}, {"x-twitter-webhooks-signature", signature}};
  const bool taken = client_.submit(std::move(call), [this, body, done](net::HttpAnswer answer) {
    strand_.post([this, body, done, answer = std::move(answer)] {
      results_.push_back({{"status", answer.status}, {"error", answer.error}, {"body", body.substr(0, 200)}});
      if (results_.size() > kMostResults) results_.pop_front();
      if (!options_.quiet)
        std::printf("posted %zu bytes -> %d %s\n", body.size(), answer.status, answer.error.c_str()),
            std::fflush(stdout);
      if (done) done(answer.status);
    });
  });
  if (!taken && done) done(0);
}

void TwitterEvents::replay(const std::string& webhook_id, std::int64_t from_ms, std::int64_t to_ms) {
  const auto url = webhook_url(webhook_id);
  for (const auto& each : log_)
    if (each.at_ms >= from_ms && each.at_ms <= to_ms)
      post(url, each.body, signature_of(options_.consumer_secret, each.body), {});
}

json::array TwitterEvents::results() const {
  json::array out;
  for (const auto& each : results_) out.push_back(each);
  return out;
}

// ------------------------------------------------------------ streams

void TwitterEvents::open_stream(std::shared_ptr<net::Responder> reply, int backfill_minutes) {
  const int id = ++last_stream_;
  const auto since = to_ms(clock_.now()) - backfill_minutes * 60'000;
  net::BodyStreamHandler handler;
  handler.on_open = [this, id, since, backfill_minutes](std::shared_ptr<net::BodyStream> stream) {
    strand_.post([this, id, since, backfill_minutes, stream] {
      streams_[id] = stream;
      stream->send(std::make_shared<const std::string>("\r\n"));
      for (const auto& each : log_)
        if (backfill_minutes > 0 && each.at_ms >= since && subscription_for(each.type))
          stream->send(std::make_shared<const std::string>(each.body + "\r\n"));
    });
  };
  handler.on_drain = [] {};
  handler.on_close = [this, id] { strand_.post([this, id] { streams_.erase(id); }); };
  reply->stream({200, "application/json", {}, {}, {}}, std::move(handler));
}

void TwitterEvents::cut_streams() {
  for (const auto& [id, stream] : streams_) stream->close();
  streams_.clear();
}

void TwitterEvents::keep_alive() {
  timer_ = io_.after(kKeepAlive, strand_, [this] {
    for (const auto& [id, stream] : streams_) stream->send(std::make_shared<const std::string>("\r\n"));
    keep_alive();
  });
}

void TwitterEvents::stop() {
  timer_.cancel();
  client_.stop();
}

}  // namespace jackfield::simulate
