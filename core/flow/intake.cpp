#include "flow/intake.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.hpp"
#include "flow/media.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostBytes = 16 * 1024 * 1024;
constexpr std::size_t kMostEvents = 10000;

// One delivery: done when all its events are durable, failed when one is not.
class Progress {
 public:
  Progress(std::size_t parts, std::function<void(Result<void>)> done) : open_(parts), done_(std::move(done)) {}
  void end(const Result<void>& outcome) {
    if (!outcome && outcome.error().code != Errc::busy) failed_ = true;
    if (!outcome) refused_ = true;
    if (--open_ > 0 || !done_) return;
    if (!refused_) return done_({});
    done_(fail(failed_ ? Errc::unavailable : Errc::busy,
               failed_ ? "not all of it is durable" : "too much waits to be stored"));
  }

 private:
  std::atomic<std::size_t> open_;
  std::atomic<bool> refused_{false};
  std::atomic<bool> failed_{false};  // refused for more than being too much at once
  std::function<void(Result<void>)> done_;
};

void tell_dead(const Arrival& arrival) {
  const std::string& why = arrival.refused.empty() ? arrival.event.reason : arrival.refused;
  log::warn("channel/" + arrival.channel,
            "an event was kept as a dead letter: " + (why.empty() ? "it speaks of a message that is not here" : why));
}

void count(Intake::Counters& counters, Received received) {
  switch (received) {
    case Received::stored: ++counters.received; break;
    case Received::duplicate: ++counters.duplicates; break;
    case Received::dead_letter: ++counters.dead_letters; break;
  }
}

// Keeps raw an event that the store itself refuses, so that it spoils nothing and is not sent for ever.
class KeepCommand final : public store::Command {
 public:
  KeepCommand(std::shared_ptr<const Environment> env, Arrival arrival, std::string reason, Intake::Counters& counters,
              std::shared_ptr<Progress> progress)
      : env_(std::move(env)),
        arrival_(std::move(arrival)),
        reason_(std::move(reason)),
        counters_(counters),
        progress_(std::move(progress)) {}
  Result<void> decide(store::Unit& unit) override {
    keep_dead(unit, *env_, arrival_.channel, reason_, arrival_.raw, false);
    return {};
  }
  void finished(const Result<void>& outcome) noexcept override {
    if (outcome) ++counters_.dead_letters;
    progress_->end(outcome);
  }
  std::size_t weight() const override { return 512 + arrival_.raw.size(); }

 private:
  std::shared_ptr<const Environment> env_;
  Arrival arrival_;
  std::string reason_;
  Intake::Counters& counters_;
  std::shared_ptr<Progress> progress_;
};

class ReceiveCommand final : public store::Command {
 public:
  ReceiveCommand(store::Committer& committer, std::shared_ptr<const Environment> env, Arrival arrival,
                 Intake::Counters& counters, std::shared_ptr<Progress> progress)
      : committer_(committer),
        env_(std::move(env)),
        arrival_(std::move(arrival)),
        counters_(counters),
        progress_(std::move(progress)) {}

  Result<void> decide(store::Unit& unit) override {
    auto received = receive(unit, *env_, arrival_);
    if (!received) return received.error();
    received_ = *received;
    return {};
  }

  void finished(const Result<void>& outcome) noexcept override {
    if (outcome) {
      if (received_ == Received::dead_letter) tell_dead(arrival_);
      count(counters_, received_);
      return progress_->end(outcome);
    }
    if (outcome.error().transient()) return progress_->end(outcome);
    log::error("flow", "an event of channel " + arrival_.channel +
                           " cannot be stored and is kept raw: " + outcome.error().message);
    committer_.submit_or_refuse(std::make_unique<KeepCommand>(
        std::move(env_), std::move(arrival_), outcome.error().message, counters_, std::move(progress_)));
  }

  std::size_t weight() const override { return 2048 + 2 * arrival_.raw.size(); }

 private:
  store::Committer& committer_;
  std::shared_ptr<const Environment> env_;
  Arrival arrival_;
  Received received_ = Received::stored;
  Intake::Counters& counters_;
  std::shared_ptr<Progress> progress_;
};

// All events of a delivery and the connector's own state in one transaction, so that a cursor never runs ahead of its
// messages nor behind the parts that it has put together.
class ReceiveWithStateCommand final : public store::Command {
 public:
  ReceiveWithStateCommand(store::Committer& committer, std::shared_ptr<const Environment> env,
                          std::vector<Arrival> arrivals, std::string channel, json::object writes,
                          Intake::Counters& counters, std::shared_ptr<Progress> progress)
      : committer_(committer),
        env_(std::move(env)),
        arrivals_(std::move(arrivals)),
        channel_(std::move(channel)),
        writes_(std::move(writes)),
        counters_(counters),
        progress_(std::move(progress)) {}

  Result<void> decide(store::Unit& unit) override {
    received_.clear();
    for (const auto& arrival : arrivals_) {
      received_.push_back(Received::dead_letter);
      if (!refusal_.empty()) {
        keep_dead(unit, *env_, arrival.channel, refusal_, arrival.raw, false);
        continue;
      }
      auto received = receive(unit, *env_, arrival);
      if (!received)
        keep_dead(unit, *env_, arrival.channel, received.error().message, arrival.raw, false);
      else
        received_.back() = *received;
    }
    for (const auto& [key, value] : writes_)
      unit.set_kv(channel_, std::string_view(key),
                  value.is_string() ? std::optional<std::string>(value.get_string()) : std::nullopt);
    return {};
  }
  void finished(const Result<void>& outcome) noexcept override {
    if (outcome)
      for (const auto received : received_) count(counters_, received);
    if (outcome || outcome.error().transient() || !refusal_.empty()) return progress_->end(outcome);
    // The store refuses it as it is: kept raw, with the state, so that the connector does not bring it for ever.
    auto kept = std::make_unique<ReceiveWithStateCommand>(committer_, std::move(env_), std::move(arrivals_),
                                                          std::move(channel_), std::move(writes_), counters_,
                                                          std::move(progress_));
    kept->refusal_ = outcome.error().message;
    committer_.submit_or_refuse(std::move(kept));
  }
  std::size_t weight() const override {
    std::size_t bytes = 2048;
    for (const auto& arrival : arrivals_) bytes += 2 * arrival.raw.size();
    return bytes;
  }

 private:
  store::Committer& committer_;
  std::shared_ptr<const Environment> env_;
  std::string refusal_;
  std::vector<Arrival> arrivals_;
  std::string channel_;
  json::object writes_;
  std::vector<Received> received_;
  Intake::Counters& counters_;
  std::shared_ptr<Progress> progress_;
};

Arrival refused(std::string channel, std::string reason, std::string raw) {
  Arrival out;
  out.channel = std::move(channel);
  out.refused = std::move(reason);
  out.raw = std::move(raw);
  return out;
}

Arrival arrival_of(const Environment& env, const host::ConnectorPort& host, const std::string& channel,
                   const json::value& value, std::string raw) {
  auto event = read_event(value);
  if (!event)
    return refused(channel, "the connector's event breaks the schema: " + event.error().message, std::move(raw));
  Arrival out;
  out.channel = channel;
  out.event = std::move(*event);
  if (!out.event.account.empty()) {
    out.channel = host.sibling(channel, out.event.account);
    if (out.channel.empty()) return refused(channel, "no channel has the account " + out.event.account, std::move(raw));
  }
  if (out.event.kind == InboundKind::message) out.matches = look_at(env, out.event.content);
  out.raw = std::move(raw);
  return out;
}

std::vector<std::string> blobs_of(const std::vector<Arrival>& arrivals) {
  std::vector<std::string> out;
  for (const auto& arrival : arrivals)
    for (auto& blob : flow::blobs_of(arrival.event.content.parts)) out.push_back(std::move(blob));
  return out;
}

}  // namespace

Intake::Intake(store::Committer& committer, store::MediaStore& media, Counters& counters)
    : committer_(committer), media_(media), counters_(counters), files_(1, 256) {}

Intake::~Intake() = default;

void Intake::stop() { files_.stop(); }

Result<std::vector<Arrival>> Intake::arrivals(const Environment& env, const host::ConnectorPort& host,
                                              const std::string& channel, std::string_view events) {
  unsigned char buffer[32 * 1024];
  json::monotonic_resource memory(buffer, sizeof buffer);
  boost::system::error_code ec;
  const json::value value = json::parse(events, ec, &memory);
  if (ec) return fail(Errc::invalid, "the delivery is not JSON: " + ec.message());
  std::vector<Arrival> out;
  if (!value.is_array()) {
    out.push_back(arrival_of(env, host, channel, value, std::string(events)));
    return out;
  }
  if (value.get_array().size() > kMostEvents) return fail(Errc::too_large, "more than 10000 events in one delivery");
  out.reserve(value.get_array().size());
  for (const auto& entry : value.get_array())
    out.push_back(arrival_of(env, host, channel, entry, json::serialize(entry)));
  return out;
}

Result<void> Intake::deliver(std::shared_ptr<const Environment> env, const host::ConnectorPort& host,
                             host::Delivery delivery) {
  if (delivery.events.size() > kMostBytes) return fail(Errc::invalid, "the delivery is over 16 MiB");
  auto list = arrivals(*env, host, delivery.channel, delivery.events);
  if (!list) return list.error();
  leave_out_typing(*env, *list);
  auto blobs = blobs_of(*list);
  // What comes behind a delivery that waits for its files waits with it, so that it cannot overtake.
  if (blobs.empty() && waiting_for_files_ == 0) {
    submit(std::move(env), std::move(*list), std::move(delivery));
    return {};
  }
  auto shared =
      std::make_shared<std::pair<std::vector<Arrival>, host::Delivery>>(std::move(*list), std::move(delivery));
  if (!blobs.empty()) {
    shared->second.done = [&files = media_, blobs, done = std::move(shared->second.done)](Result<void> outcome) {
      if (outcome) files.settled(blobs);
      if (done) done(std::move(outcome));
    };
  }
  ++waiting_for_files_;
  const bool taken = files_.submit([this, env = std::move(env), shared, blobs = std::move(blobs)] {
    const std::unique_ptr<std::atomic<int>, void (*)(std::atomic<int>*)> done_with(&waiting_for_files_,
                                                                                   [](std::atomic<int>* n) { --*n; });
    if (auto synced = media_.sync(blobs); !synced) {
      log::error("flow", "media cannot be written: " + synced.error().message);
      if (shared->second.done) shared->second.done(fail(Errc::unavailable, synced.error().message));
      return;
    }
    submit(env, std::move(shared->first), std::move(shared->second));
  });
  if (!taken) {
    --waiting_for_files_;
    return fail(Errc::busy, "too many files wait to be written");
  }
  return {};
}

void Intake::leave_out_typing(const Environment& env, std::vector<Arrival>& arrivals) {
  std::erase_if(arrivals, [&](const Arrival& arrival) {
    return arrival.refused.empty() && arrival.event.kind == InboundKind::typing &&
           !typing_.take(arrival.channel, arrival.event.content.from.uri, env.clock.now());
  });
}

void Intake::submit(std::shared_ptr<const Environment> env, std::vector<Arrival> list, host::Delivery delivery) {
  if (!delivery.kv_writes.empty()) {
    boost::system::error_code ec;
    json::value writes = json::parse(delivery.kv_writes, ec);
    auto progress = std::make_shared<Progress>(1, std::move(delivery.done));
    if (ec || !writes.is_object()) return progress->end(fail(Errc::invalid, "kv_writes is not a JSON object"));
    return committer_.submit_or_refuse(
        std::make_unique<ReceiveWithStateCommand>(committer_, std::move(env), std::move(list), delivery.channel,
                                                  std::move(writes.get_object()), counters_, std::move(progress)));
  }
  if (list.empty()) {
    if (delivery.done) delivery.done({});
    return;
  }
  auto progress = std::make_shared<Progress>(list.size(), std::move(delivery.done));
  bool full = false;
  for (auto& arrival : list) {
    std::unique_ptr<store::Command> receive =
        std::make_unique<ReceiveCommand>(committer_, env, std::move(arrival), counters_, progress);
    // After one that was not taken none is: they come again together, in their order.
    full = full || !committer_.submit(receive);
    if (full) receive->finished(fail(Errc::busy, "too much waits to be stored"));
  }
}

}  // namespace jackfield::flow
