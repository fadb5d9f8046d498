// new-connector: a webhook becomes a message, a reply becomes a request.
#include <boost/json.hpp>
#include <jackfield/jackfield.hpp>

#include "manifest.hpp"

namespace json = boost::json;
using namespace jackfield::sdk;

namespace {

json::value parsed(std::string_view text) {
  boost::system::error_code bad;
  json::value value = json::parse(text, bad);
  return bad ? json::value() : value;
}

// The string member of that name, or empty.
std::string text_at(const json::value& object, std::string_view name) {
  const json::value* found = object.is_object() ? object.get_object().if_contains(name) : nullptr;
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

// Takes the same time wherever the first difference is, so that a token cannot be guessed byte by byte.
bool equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

// What the provider sent, as an event of ours. What cannot be understood is kept, so that nothing is lost silently.
std::string event_from(std::string_view body) {
  const json::value in = parsed(body);
  const std::string id = text_at(in, "id"), from = text_at(in, "from"), text = text_at(in, "text");
  if (id.empty() || from.empty()) {
    return json::serialize(json::object{{"type", "undecodable"}, {"reason", "it has no id or no from"}, {"raw", body}});
  }
  return json::serialize(json::object{{"type", "message"},
                                      {"id", id},
                                      {"from", {{"address", "new-connector:" + from}}},
                                      {"parts", {{{"type", "text"}, {"text", text}}}}});
}

// What the provider is sent.
std::string request_from(std::string_view key, std::string_view message) {
  const json::value out = parsed(message);
  const std::string to = text_at(out.at("to").at(0), "address");
  return json::serialize(
      json::object{{"id", key}, {"to", to.substr(to.find(':') + 1)}, {"text", text_at(out, "text")}});
}

// The provider's answer decides how the send ended.
void answer(Send& send, const std::string& key, const HttpResponse& response, std::int64_t now_ms) {
  if (!response.answered()) return send.unanswered(response);
  if (response.ok()) {
    const std::string id = text_at(parsed(response.body), "id");
    return send.accepted({id.empty() ? key : id});
  }
  const std::string code = std::to_string(response.http_status);
  Failure why{.code = code, .detail = "the provider refused it"};
  if (response.http_status == 429 || response.http_status >= 500) {
    why.error = response.http_status == 429 ? ErrorClass::throttled : ErrorClass::unavailable;
    why.after_ms = response.retry_after_ms(now_ms);
    why.scope = Scope::channel;
    return send.retry(why);
  }
  const bool is_auth = response.http_status == 401 || response.http_status == 403;
  why.error = is_auth ? ErrorClass::auth : ErrorClass::content;
  send.rejected(why);
}

class NewConnector : public Connector {
 public:
  explicit NewConnector(const Setup& setup) : Connector(setup), api_url_(text_at(parsed(setup.settings), "api_url")) {}

  void on_webhook(Webhook&& request) override {
    if (!is_allowed(request.header("authorization"))) return request.reply(401);
    request.deliver_and_reply(event_from(request.body()));  // 200 once it is on disk
  }

  void send(Send&& send) override {
    const std::string key(send.key()), body = request_from(key, send.message());
    Headers headers;
    headers.add("content-type", "application/json")
        .add("authorization", "Bearer " + token())
        .add("idempotency-key", key);
    host().http({.method = "POST", .url = api_url_ + "/messages", .headers = headers, .body = body},
                [this, key, send = std::move(send)](const HttpResponse& response) mutable {
                  answer(send, key, response, host().now_ms());
                });
  }

 private:
  std::string token() {
    const auto values = host().secret("/api_token");
    return values.empty() ? std::string() : values.front();
  }

  // A list of tokens lets the provider's be changed without a gap.
  bool is_allowed(std::string_view header) {
    bool allowed = false;
    for (const auto& token : host().secret("/webhook_token")) allowed |= equal(header, "Bearer " + token);
    return allowed;
  }

  std::string api_url_;
};

}  // namespace

JACKFIELD_CONNECTOR(NewConnector, kManifest)
