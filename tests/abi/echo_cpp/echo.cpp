// The smallest connector: a webhook becomes a message, a send is accepted.
#include <boost/json.hpp>
#include <jackfield/jackfield.hpp>

#include "manifest.hpp"

namespace json = boost::json;
using namespace jackfield::sdk;

class Echo : public Connector {
 public:
  explicit Echo(const Setup& setup)
      : Connector(setup), api_url_(json::parse(setup.settings).at("api_url").as_string()) {}

  void on_webhook(Webhook&& request) override {
    boost::system::error_code bad;
    const json::value in = json::parse(request.body(), bad);
    const auto text = [&](const char* key) { return in.is_object() ? in.get_object().if_contains(key) : nullptr; };
    if (bad || !text("id") || !text("from") || !text("text")) return request.reply(400);
    const json::object message{{"type", "message"},
                               {"id", *text("id")},
                               {"from", {{"address", "echo:" + json::value_to<std::string>(*text("from"))}}},
                               {"parts", {{{"type", "text"}, {"text", *text("text")}}}}};
    request.deliver_and_reply(json::serialize(message));
  }

  void send(Send&& send) override {
    const std::string id = "echo-" + std::string(send.key());
    if (api_url_.empty()) return send.accepted({id});
    host().http({.method = "POST", .url = api_url_ + "/messages", .body = send.message()},
                [this, id, send = std::move(send)](const HttpResponse& answer) mutable {
                  if (!answer.answered()) return send.unanswered(answer);
                  const auto after_ms = answer.retry_after_ms(host().now_ms());
                  if (!answer.ok()) return send.retry({.detail = "the provider said no", .after_ms = after_ms});
                  send.accepted({id});
                });
  }

 private:
  std::string api_url_;
};

JACKFIELD_CONNECTOR(Echo, kManifest)
