#include "smpp_provider.hpp"

#include <algorithm>
#include <utility>

#include "smpp_inbound.hpp"
#include "smpp_status.hpp"
#include "smpp_submit.hpp"

namespace jackfield::sms::smpp {
namespace {

constexpr std::int64_t tick_ms = 1000;
constexpr std::size_t longest_password = 8;

SmppSettings settings_or_throw(std::string_view json) {
  std::string problem;
  SmppSettings settings = read_smpp_settings(json, [&](std::string_view pointer, std::string_view message) {
    if (problem.empty()) problem = std::string(pointer) + ": " + std::string(message);
  });
  if (!problem.empty()) throw sdk::Error(JF_CONFIG, "settings", problem);
  return settings;
}

std::string password_of(sdk::Host& host) {
  const auto values = host.secret("/password");
  const std::string password = values.empty() ? std::string() : values.front();
  if (password.size() > longest_password)
    throw sdk::Error(JF_CONFIG, "settings", "/password: is too long: SMPP has room for 8 characters");
  return password;
}

std::vector<std::string> notes_of(const Segmented& segmented, const Outbound& message) {
  std::vector<std::string> notes;
  if (segmented.transliterated) notes.push_back("characters are replaced, so that it stays in the GSM alphabet");
  if (!segmented.first_outside_gsm.empty())
    notes.push_back('"' + segmented.first_outside_gsm +
                    "\" is not in the GSM alphabet: a segment holds less than half as much");
  if (!message.media.empty()) notes.push_back("files go as links in the text");
  return notes;
}

}  // namespace

SmppProvider::SmppProvider(sdk::Host& host, Inbox& inbox, std::string_view settings)
    : host_(host),
      settings_(settings_or_throw(settings)),
      ids_(settings_.receipt_ids),
      receiving_(host, inbox, settings_, ids_, parts_,
                 [this](const Origin& origin, auto... rest) { binds_[origin.bind]->respond(origin, rest...); }),
      sending_(host, inbox, settings_, binds_, ids_, parts_) {}

void SmppProvider::start() {
  if (started_) return;
  const std::string password = password_of(host_);
  started_ = true;
  host_.set_capacity(0);
  std::vector<std::uint32_t> kinds{bind_transceiver};
  if (!settings_.transceiver) kinds = {bind_transmitter, bind_receiver};
  for (std::size_t i = 0; i < settings_.binds; ++i)
    for (const auto kind : kinds)
      binds_.push_back(
          std::make_unique<Bind>(host_, settings_, kind, binds_.size(), password, static_cast<BindOwner&>(*this)));
  receiving_.load([this] {
    for (const auto& bind : binds_) bind->open();
    tick();
  });
}

void SmppProvider::tick() {
  host_.after(tick_ms, [this] { tick(); });
  receiving_.tick();
}

// Binds take leave when all that is open on them has been answered; what comes meanwhile is to come again.
void SmppProvider::drain(std::int64_t) {
  draining_ = true;
  sending_.drain();
  for (const auto& bind : binds_) bind->leave();
}

void SmppProvider::on_bind_changed() {
  sending_.binds_changed();
  if (!draining_) tell_state();
}

void SmppProvider::tell_state() {
  std::size_t bound = 0;
  std::string trouble;
  for (const auto& bind : binds_) {
    bound += bind->is_bound();
    if (!bind->is_bound() && trouble.empty()) trouble = bind->trouble();
  }
  const std::string detail = bound == binds_.size() ? std::string()
                                                    : std::to_string(bound) + " of " + std::to_string(binds_.size()) +
                                                          " binds are up: " + trouble;
  if (detail == std::exchange(told_state_, detail)) return;
  host_.gauge("binds", static_cast<double>(bound));
  host_.set_state(detail.empty() ? sdk::State::ready : sdk::State::degraded, detail);
}

void SmppProvider::on_submit_answered(std::uint64_t ticket, std::uint32_t status, const std::string& id, bool late) {
  sending_.on_answered(ticket, status, id, late);
  receiving_.match_held();
}

void SmppProvider::on_submit_lost(std::uint64_t ticket, std::string_view why) { sending_.on_lost(ticket, why); }

void SmppProvider::on_message(const Origin& origin, std::uint32_t command, std::uint32_t sequence,
                              ShortMessage&& message) {
  if (draining_) return binds_[origin.bind]->respond(origin, command, sequence, ESME_RTHROTTLED, 0);
  // An unknown receipt may be of what is just being answered: then its id is to be learnt, or that it is a part's.
  const bool learning = ids_.way() == ReceiptIds::automatic;
  const bool may_wait = (learning ? sending_.open() : sending_.open_parted()) > 0;
  receiving_.take(origin, command, sequence, std::move(message), may_wait);
}

std::string SmppProvider::preview(const Outbound& message) const {
  std::string refusal;
  const Segmented segmented = segment_for(Sending::text_with_links(message, refusal), settings_);
  if (segmented.segments.size() > settings_.max_segments)
    refusal = "it needs " + std::to_string(segmented.segments.size()) + " short messages, more than max_segments";
  std::string json = refusal.empty() ? R"({"sendable":true,"problems":[])" : R"({"sendable":false,"problems":[)";
  if (!refusal.empty()) {
    json += R"({"class":"content","detail":)";
    sdk::append_json(json, refusal);
    json += "}]";
  }
  return json + R"(,"notes":)" + sdk::json_array(notes_of(segmented, message)) + R"(,"kind":"sms",)" +
         preview_members(segmented) + '}';
}

std::optional<std::vector<Inbound>> SmppProvider::replay(std::string_view raw) {
  const auto message = message_in(raw);
  std::string reason;
  auto inbound = message ? read_inbound(*message, settings_.charset, reason) : std::nullopt;
  if (!inbound) return std::nullopt;
  inbound->id = "smpp-raw-" + hex(std::to_string(fingerprint(*message)));
  return std::vector<Inbound>{std::move(*inbound)};
}

}  // namespace jackfield::sms::smpp
