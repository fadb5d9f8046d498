// The email connector: mail in from mailboxes (followers) and by SMTP or LMTP (intake), out by SMTP (dispatch).
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dispatch.hpp"
#include "imap_append.hpp"
#include "imap_follower.hpp"
#include "intake.hpp"
#include "jackfield/jackfield.hpp"
#include "mail_key.hpp"
#include "manifest.hpp"
#include "mime_reader.hpp"
#include "settings.hpp"

namespace jackfield::email {
namespace {

Settings settings_or_throw(std::string_view json) {
  std::string problem;
  Settings settings = read_settings(json, [&](std::string_view pointer, std::string_view message) {
    if (problem.empty()) problem = std::string(pointer) + ": " + std::string(message);
  });
  if (!problem.empty()) throw sdk::Error(JF_CONFIG, "settings", problem);
  return settings;
}

constexpr std::size_t mails_at_once = 4;  // of the largest size, over all connections

class EmailConnector : public sdk::Connector {
 public:
  explicit EmailConnector(const sdk::Setup& setup)
      : Connector(setup),
        settings_(settings_or_throw(setup.settings)),
        budget_(std::make_shared<MailBudget>(settings_.max_size * mails_at_once)),
        health_(host()),
        reading_(host(), settings_),
        intake_({host(), settings_, reading_, budget_, health_}),
        dispatch_(host(), channel(), settings_, health_) {}

  void start() override {
    with_mail_key(host(), [this](std::string key) {
      if (key.empty()) return host().set_state(sdk::State::failed, "its key for signing mails could not be stored");
      const auto rules = std::make_shared<const ReadingRules>(ReadingRules{
          OwnMail(std::move(key), channel(), settings_.from, settings_.recipients), settings_.authserv_id});
      reading_.use(rules);
      dispatch_.use(rules);
      begin();
    });
  }
  void begin() {
    const Secret secret = [this](const std::string& pointer) {
      const auto values = host().secret(pointer);
      return values.empty() ? std::string() : values.front();
    };
    if (settings_.imap) add_secrets(*settings_.imap, secret);
    if (settings_.smtp) add_secrets(*settings_.smtp, secret);
    if (draining_) return;
    follow();
    intake_.listen();
    keep_copies();
    dispatch_.start(settings_.smtp
                        ? tokens_for(settings_.smtp->oauth)
                        : nullptr);  // last: nothing is ready before the others have said that they are starting
  }
  void send(sdk::Send&& send) override { dispatch_.send(std::move(send)); }
  void cancel(std::uint64_t token) override { dispatch_.cancel(token); }
  void drain(std::int64_t) override {
    draining_ = true;
    intake_.drain();
    dispatch_.drain();
    for (auto& follower : followers_) follower->drain();
  }
  std::optional<std::string> replay(std::string_view raw) override {
    return read_raw(raw, reading_.rules(), host().now_ms(),
                    [this](std::string_view bytes) { return host().put_blob(bytes); });
  }

 private:
  void follow() {
    if (!settings_.imap || !followers_.empty()) return;
    const auto tokens = tokens_for(settings_.imap->oauth);
    for (const std::string& folder : settings_.imap->folders)
      followers_.push_back(std::make_unique<ImapFollower>(ImapFollower::Wiring{
          host(), *settings_.imap, folder, settings_.max_size, budget_, tokens, reading_, health_}));
    for (auto& follower : followers_) follower->start();
  }

  void keep_copies() {
    if (!settings_.imap || settings_.imap->sent.empty() || append_) return;
    append_ = std::make_unique<ImapAppend>(host(), *settings_.imap, tokens_for(settings_.imap->oauth));
    dispatch_.keep_copies([this](std::shared_ptr<const std::string> mail) { append_->keep(std::move(mail)); });
  }

  // One for all who log in with the same: a refresh token that is replaced is replaced for all of them.
  std::shared_ptr<OauthTokens> tokens_for(const std::optional<OauthSettings>& oauth) {
    if (!oauth) return nullptr;
    for (const auto& tokens : tokens_)
      if (tokens->settings() == *oauth) return tokens;
    return tokens_.emplace_back(std::make_shared<OauthTokens>(host(), *oauth));
  }

  Settings settings_;
  std::shared_ptr<MailBudget> budget_;
  Health health_;
  MailReading reading_;
  std::vector<std::shared_ptr<OauthTokens>> tokens_;
  std::vector<std::unique_ptr<ImapFollower>> followers_;
  std::unique_ptr<ImapAppend> append_;
  Intake intake_;
  Dispatch dispatch_;
  bool draining_ = false;
};

void report_problems(std::string_view json, sdk::Problems& problems) {
  check_settings(json, [&](std::string_view pointer, std::string_view message) { problems.add(pointer, message); });
}

}  // namespace
}  // namespace jackfield::email

JACKFIELD_CONNECTOR(jackfield::email::EmailConnector, jackfield::email::manifest, jackfield::email::report_problems)
