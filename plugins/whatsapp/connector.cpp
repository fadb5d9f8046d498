// The WhatsApp connector: Meta's webhooks in, Graph API calls out. What it decides is in the files beside this one.
#include <jackfield/jackfield.hpp>

#include "decode.hpp"
#include "fetching.hpp"
#include "graph.hpp"
#include "manifest.hpp"
#include "sending.hpp"
#include "settings.hpp"
#include "signature.hpp"

namespace jackfield::whatsapp {
namespace {

std::vector<std::string> needed(sdk::Host& host, std::string_view pointer) {
  auto values = host.secret(pointer);
  std::erase(values, std::string());
  if (values.empty()) throw sdk::Error(JF_CONFIG, "settings", std::string(pointer.substr(1)) + " is not set");
  return values;
}

class WhatsApp : public sdk::Connector {
 public:
  explicit WhatsApp(const sdk::Setup& setup)
      : Connector(setup),
        signature_(needed(setup.host, "/app_secret")),
        verify_tokens_(needed(setup.host, "/verify_token")),
        settings_(parse_settings(setup.settings)),
        graph_(settings_, needed(setup.host, "/access_token").front(),
               settings_.appsecret_proof ? needed(setup.host, "/app_secret").front() : std::string()),
        sending_(setup.host, graph_, {settings_.preview_urls, settings_.link_media}),
        fetching_(setup.host, graph_) {}

  void send(sdk::Send&& send) override { sending_.send(std::move(send)); }
  void cancel(std::uint64_t token) override { sending_.cancel(token); }
  void fetch_media(sdk::Fetch&& fetch) override { fetching_.fetch(std::move(fetch)); }
  std::optional<std::string> replay(std::string_view raw) override {
    return whatsapp::replay(raw, settings_.portfolio_id);
  }
  bool signal(std::string_view signal) override { return sending_.sign(signal); }
  std::string preview(std::string_view message) override { return sending_.preview(message); }
  void on_webhook(sdk::Webhook&& request) override;

 private:
  void shake_hands(sdk::Webhook& request);
  void receive(sdk::Webhook& request);
  void report(const Decoded& decoded);

  Signature signature_;
  std::vector<std::string> verify_tokens_;
  Settings settings_;
  Graph graph_;
  Sending sending_;
  Fetching fetching_;
};

void WhatsApp::on_webhook(sdk::Webhook&& request) {
  if (request.method() == "GET") return shake_hands(request);
  if (request.method() == "POST") return receive(request);
  request.reply(405);
}

// Meta asks once, when the webhook is registered, whether this is ours.
void WhatsApp::shake_hands(sdk::Webhook& request) {
  const auto token = request.parameter("hub.verify_token").value_or("");
  bool known = false;
  for (const auto& each : verify_tokens_) known |= equal_constant_time(each, token);
  if (!known || request.parameter("hub.mode") != "subscribe") return request.reply(403);
  request.reply(200, request.parameter("hub.challenge").value_or(""), "text/plain");
}

void WhatsApp::receive(sdk::Webhook& request) {
  if (!signature_.verify(request.body(), request.header("x-hub-signature-256"))) {
    host().count("bad_signatures");
    return request.reply(401);
  }
  const auto decoded = decode(request.body(), settings_.portfolio_id);
  report(decoded);
  if (decoded.count == 0) return request.reply(200);
  request.deliver_and_reply(decoded.events);
}

void WhatsApp::report(const Decoded& decoded) {
  if (decoded.ignored > 0) host().count("ignored_changes", static_cast<double>(decoded.ignored));
  if (decoded.undecodable > 0) host().count("undecodable_items", static_cast<double>(decoded.undecodable));
  for (const auto& error : decoded.errors) host().warn("Meta reports: " + error.substr(0, 1000));
}

}  // namespace
}  // namespace jackfield::whatsapp

JACKFIELD_CONNECTOR(jackfield::whatsapp::WhatsApp, jackfield::whatsapp::kManifest, jackfield::whatsapp::check_settings)
