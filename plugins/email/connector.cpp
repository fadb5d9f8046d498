// The email connector: mail in by SMTP or LMTP (intake), out by SMTP (dispatch).
#include <optional>
#include <string>

#include "dispatch.hpp"
#include "intake.hpp"
#include "jackfield/jackfield.hpp"
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

class EmailConnector : public sdk::Connector {
 public:
  explicit EmailConnector(const sdk::Setup& setup)
      : Connector(setup),
        settings_(settings_or_throw(setup.settings)),
        reading_(host(), settings_),
        intake_(host(), settings_, reading_),
        dispatch_(host(), channel(), settings_) {}

  void start() override {
    const auto passwords = host().secret("/smtp/password");
    dispatch_.connect_with(passwords.empty() ? std::string() : passwords.front());
    if (!settings_.listen) return host().set_state(sdk::State::ready);
    intake_.listen();
  }
  void send(sdk::Send&& send) override { dispatch_.send(std::move(send)); }
  void cancel(std::uint64_t token) override { dispatch_.cancel(token); }
  void drain(std::int64_t) override { intake_.drain(); }
  std::optional<std::string> replay(std::string_view raw) override {
    return read_raw(raw, host().now_ms(), [this](std::string_view bytes) { return host().put_blob(bytes); });
  }

 private:
  Settings settings_;
  MailReading reading_;
  Intake intake_;
  Dispatch dispatch_;
};

void check_settings(std::string_view json, sdk::Problems& problems) {
  read_settings(json, [&](std::string_view pointer, std::string_view message) { problems.add(pointer, message); });
}

}  // namespace
}  // namespace jackfield::email

JACKFIELD_CONNECTOR(jackfield::email::EmailConnector, jackfield::email::manifest, jackfield::email::check_settings)
