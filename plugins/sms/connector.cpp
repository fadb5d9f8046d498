// The SMS connector: what is the same whichever way phones are reached. The ways are behind provider.hpp.
#include <boost/json/serialize.hpp>
#include <jackfield/jackfield.hpp>

#include "events.hpp"
#include "manifest.hpp"
#include "numbers.hpp"
#include "outbound.hpp"
#include "preview.hpp"
#include "provider.hpp"
#include "reassembly.hpp"
#include "settings.hpp"

namespace jackfield::sms {
namespace {

std::string json_of(const KvWrites& writes) {
  if (writes.empty()) return {};
  boost::json::object out;
  for (const auto& [key, value] : writes) out[key] = value ? boost::json::value(*value) : boost::json::value();
  return boost::json::serialize(out);
}

class Sms : public sdk::Connector, public Inbox {
 public:
  explicit Sms(const sdk::Setup& setup)
      : Connector(setup),
        settings_(parse_settings(setup.settings)),
        numbers_(settings_.region),
        words_(settings_.opt_out),
        reassembly_(setup.host, {.wait_ms = settings_.reassemble_within_ms},
                    [this](std::string& items, const Whole& whole) { append_message(items, whole, context()); }),
        provider_(provider_from_settings(setup.host, *this, setup.settings)) {}

  // --- Connector
  void start() override {
    reassembly_.start();
    provider_->start();
  }
  void send(sdk::Send&& send) override;
  void cancel(std::uint64_t token) override { provider_->cancel(token); }
  void on_timer(std::uint64_t timer, std::string_view payload) override { provider_->on_timer(timer, payload); }
  void on_webhook(sdk::Webhook&& request) override { provider_->on_webhook(std::move(request)); }
  void drain(std::int64_t deadline_ms) override { provider_->drain(deadline_ms); }
  void stop() override { provider_->stop(); }
  void fetch_media(sdk::Fetch&& fetch) override { provider_->fetch_media(std::move(fetch)); }
  std::optional<std::string> replay(std::string_view raw) override;
  std::string preview(std::string_view message) override;

  // --- Inbox
  void receive(Inbound&& message, KvWrites&& writes, sdk::Host::Done done) override;
  void receive(Receipt&& receipt, KvWrites&& writes, sdk::Host::Done done) override;
  void opted_out(std::string_view number, std::string_view reason) override;
  void undecodable(std::string_view reason, std::string_view raw, sdk::Host::Done done) override;

 private:
  EventContext context() { return {numbers_, words_}; }
  void deliver(const std::string& items, const KvWrites& writes, sdk::Host::Done done) {
    host().deliver('[' + items + ']', json_of(writes), std::move(done));
  }

  Settings settings_;
  Numbers numbers_;
  OptOutWords words_;
  Reassembly reassembly_;
  std::unique_ptr<Provider> provider_;
};

// ------------------------------------------------------------ out

void Sms::send(sdk::Send&& send) {
  auto read = read_outbound(send.message(), numbers_);
  if (read.problem) return send.rejected({.error = read.problem->error, .detail = read.problem->detail});
  read.message.id = send.key();
  provider_->send(std::move(send), std::move(read.message));
}

std::string Sms::preview(std::string_view message) {
  const auto read = read_outbound(message, numbers_);
  return read.problem ? preview_of_problem(*read.problem) : provider_->preview(read.message);
}

// ------------------------------------------------------------ in

void Sms::receive(Inbound&& message, KvWrites&& writes, sdk::Host::Done done) {
  if (message.part && message.part->total > 1)
    return reassembly_.add(std::move(message), std::move(writes), std::move(done));
  std::string items;
  append_message(items, Whole{std::move(message), 1, {}}, context());
  deliver(items, writes, std::move(done));
}

void Sms::receive(Receipt&& receipt, KvWrites&& writes, sdk::Host::Done done) {
  std::string items;
  append_receipt(items, receipt, context());
  deliver(items, writes, std::move(done));
}

void Sms::opted_out(std::string_view number, std::string_view reason) {
  std::string items;
  append_opted_out(items, number, reason, std::string(number) + ":refused:" + std::to_string(host().now_ms()),
                   context());
  deliver(items, {}, [this](jf_status status) {
    if (status != JF_OK) host().warn("that a contact is opted out could not be stored; the next refusal says it again");
  });
}

void Sms::undecodable(std::string_view reason, std::string_view raw, sdk::Host::Done done) {
  host().count("undecodable_items");
  std::string items;
  append_undecodable(items, reason, raw);
  deliver(items, {}, std::move(done));
}

std::optional<std::string> Sms::replay(std::string_view raw) {
  auto messages = provider_->replay(raw);
  if (!messages || messages->empty()) return std::nullopt;
  std::string items;
  for (auto& message : *messages) append_message(items, Whole{std::move(message), 1, {}}, context());
  return '[' + items + ']';
}

}  // namespace
}  // namespace jackfield::sms

JACKFIELD_CONNECTOR(jackfield::sms::Sms, jackfield::sms::kManifest, jackfield::sms::check_settings)
