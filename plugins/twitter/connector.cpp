// The X (Twitter) connector: webhooks or the activity stream in, API calls out. What it decides is in the files beside
// this one.
#include <jackfield/jackfield.hpp>
#include <memory>

#include "activity_stream.hpp"
#include "api.hpp"
#include "decode.hpp"
#include "fetching.hpp"
#include "health.hpp"
#include "intake.hpp"
#include "manifest.hpp"
#include "open_sends.hpp"
#include "recovery.hpp"
#include "registration.hpp"
#include "sending.hpp"
#include "settings.hpp"
#include "signature.hpp"

namespace jackfield::twitter {
namespace {

constexpr std::int64_t kGapWait = 30'000;    // after a webhook that could not be stored
constexpr std::int64_t kBackfill = 300'000;  // what the stream brings along when it is opened

std::vector<std::string> secrets_of(sdk::Host& host, std::string_view pointer) {
  auto values = host.secret(pointer);
  std::erase(values, std::string());
  if (values.empty()) throw sdk::Error(JF_CONFIG, "settings", std::string(pointer.substr(1)) + " is not set");
  return values;
}

class Twitter : public sdk::Connector {
 public:
  explicit Twitter(const sdk::Setup& setup);

  void start() override;
  void stop() override { stream_.stop(); }
  void send(sdk::Send&& send) override { sending_.send(std::move(send)); }
  void cancel(std::uint64_t token) override { sending_.cancel(token); }
  void fetch_media(sdk::Fetch&& fetch) override { fetching_.fetch(std::move(fetch)); }
  std::optional<std::string> replay(std::string_view raw) override { return twitter::replay(raw); }
  std::string preview(std::string_view message) override { return twitter::preview(message, settings_); }
  void on_webhook(sdk::Webhook&& request) override;

 private:
  void challenge(sdk::Webhook& request);
  void receive(sdk::Webhook&& request);
  void missed_one();
  void registered();
  void revoked(const std::string& user_id);

  Settings settings_;
  std::vector<std::string> consumer_secrets_;
  Health health_;
  Api api_;
  OpenSends open_sends_;
  Intake intake_;
  Sending sending_;
  Fetching fetching_;
  Registration registration_;
  Recovery recovery_;
  ActivityStream stream_;
  bool loaded_ = false, recovered_ = false;
};

Twitter::Twitter(const sdk::Setup& setup)
    : Connector(setup),
      settings_(parse_settings(setup.settings)),
      consumer_secrets_(secrets_of(setup.host, "/consumer_secret")),
      health_(setup.host),
      api_(setup.host, settings_),
      open_sends_(setup.host),
      intake_(setup.host, open_sends_),
      sending_(setup.host, api_, settings_, health_, open_sends_),
      fetching_(setup.host, api_),
      registration_(setup.host, api_, settings_, health_, std::string(setup.channel)),
      recovery_(setup.host, api_, settings_, health_, intake_),
      stream_(setup.host, api_, health_, intake_, settings_.stream_connections) {
  intake_.on_revoked = [this](const std::string& user) { revoked(user); };
  registration_.on_registered = [this] { registered(); };
  stream_.on_gap = [this] { recovery_.run({}); };
}

void Twitter::start() {
  if (std::exchange(loaded_, true)) return registration_.start();  // once more, after a failure
  intake_.load([this] {
    open_sends_.load([this] {
      // what was on its way when the process ended
      for (const auto& each : open_sends_.all()) sending_.look_for(each);
      registration_.start();
    });
  });
}

// Each round of it says that X posts to us, or that we may read: then nothing is missed but what was missed before.
void Twitter::registered() {
  if (settings_.stream) stream_.start();
  const bool by_stream = settings_.stream;
  if (!std::exchange(recovered_, true)) {
    // the stream makes up for minutes by itself, and says when it cannot
    const bool short_gap = by_stream && host().now_ms() - intake_.cursor_ms() <= kBackfill;
    if (short_gap) return intake_.complete_until(intake_.cursor_ms());
    if (!by_stream || intake_.cursor_ms() == 0) recovery_.run(registration_.webhook_id());
    return;
  }
  if (!recovery_.is_running() && (!by_stream || stream_.is_connected()))
    intake_.complete_until(host().now_ms() - 60'000);
}

void Twitter::on_webhook(sdk::Webhook&& request) {
  if (request.method() == "GET") return challenge(request);
  if (request.method() == "POST") return receive(std::move(request));
  request.reply(405);
}

// X asks when the webhook is registered, and again every hour or so.
void Twitter::challenge(sdk::Webhook& request) {
  const auto token = request.parameter("crc_token").value_or("");
  if (token.empty()) return request.reply(400);
  request.reply(200, crc_answer(consumer_secrets_, token), "application/json; charset=utf-8");
}

void Twitter::receive(sdk::Webhook&& request) {
  if (!is_signed(consumer_secrets_, request.body(), request.header("x-twitter-webhooks-signature"))) {
    host().count("bad_signatures");
    return request.reply(401);
  }
  auto open = std::make_shared<sdk::Webhook>(std::move(request));
  intake_.take(open->body(), [this, open](bool durable) {
    open->reply(durable ? 200 : 503);
    if (!durable) missed_one();
  });
}

// X does not promise to post it again by itself.
void Twitter::missed_one() {
  intake_.note_gap();
  host().after(kGapWait, [this] {
    if (!settings_.stream && recovered_) recovery_.run(registration_.webhook_id());
  });
}

void Twitter::revoked(const std::string& user_id) {
  if (user_id != settings_.user_id) return host().warn("another account took the app's rights back: " + user_id);
  registration_.distrust();
  health_.complain("revoked", sdk::State::failed,
                   "the account took the app's rights back: authorise it again and set the new token");
}

}  // namespace
}  // namespace jackfield::twitter

JACKFIELD_CONNECTOR(jackfield::twitter::Twitter, jackfield::twitter::kManifest, jackfield::twitter::check_settings)
