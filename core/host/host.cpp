#include "host/host.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>


#include "base/log.hpp"
#include "host/connector_copy.hpp"
#include "host/held_replies.hpp"
#include "host/host_state.hpp"

namespace jackfield::host {
namespace {

constexpr Millis kLook{5};
constexpr Millis kTimerAgain{60'000};

// Waits on the calling thread until it holds or the time is over.
template <class F>
bool wait_for(std::chrono::steady_clock::time_point end, F holds) {
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

}  // namespace

Host::Host(HostPorts ports, HostLimits limits) : state_(std::make_shared<State>(std::move(ports), limits)) {}

Host::~Host() { stop(Millis{0}); }

void Host::start(std::vector<ChannelConfig> configs) {
  std::vector<std::shared_ptr<Channel>> made;
  for (const auto& config : configs) made.push_back(state_->make(config));
  {
    std::lock_guard lock(state_->mutex);
    for (const auto& channel : made) {
      state_->channels.push_back(channel);
      state_->by_name[channel->name()] = channel;
    }
    state_->index_accounts();
  }
  if (!state_->ports.copies.empty()) {
    std::set<std::string> used;
    for (const auto& channel : made) used.insert(channel->file());
    remove_other_copies(state_->ports.copies, used);
  }
  for (const auto& channel : made) channel->begin();
}

bool Host::tried_all() const {
  const auto channels = state_->all();
  return std::all_of(channels.begin(), channels.end(), [](const auto& channel) { return channel->tried(); });
}

void Host::stop(Millis drain) {
  {
    std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->stopped, true)) return;
  }
  const auto channels = state_->every();
  const auto begin = std::chrono::steady_clock::now();
  const Time deadline = state_->ports.clock.now() + drain;
  for (auto at = channels.rbegin(); at != channels.rend(); ++at) (*at)->drain(deadline);
  wait_for(begin + drain,
           [&] { return std::all_of(channels.begin(), channels.end(), [](const auto& c) { return c->idle(); }); });
  const auto limit = std::chrono::steady_clock::now() + state_->limits.stop_limit;
  bool all_ended = true;
  for (auto at = channels.rbegin(); at != channels.rend(); ++at) {
    (*at)->finish();
    if (wait_for(limit, [&] { return (*at)->finished(); })) continue;
    log::error("channel/" + (*at)->name(), "the connector " + (*at)->manifest().id + " does not stop; left behind");
    all_ended = false;
  }
  if (all_ended) return state_->workers->stop();
  // Its work may still run: neither the pool nor the channels may go before the process does.
  static auto* left_behind = new std::vector<std::shared_ptr<void>>;
  left_behind->push_back(state_->workers);
  for (const auto& channel : channels) left_behind->push_back(channel);
}

void Host::send(const std::string& channel, SendRequest request) {
  if (const auto found = state_->find(channel)) return found->send(std::move(request));
  SendResult result;
  result.token = request.token;
  result.outcome = Outcome::retry;
  result.busy = true;
  result.error_class = "unavailable";
  result.scope = WaitScope::channel;
  result.retry_after = Millis{5000};
  result.detail = "there is no such channel";
  state_->ports.flow.send_done(channel, std::move(result));
}

void Host::cancel(const std::string& channel, std::uint64_t token) {
  if (const auto found = state_->find(channel)) found->cancel(token);
}

void Host::timer(const std::string& channel, std::uint64_t timer, std::string payload) {
  if (const auto found = state_->find(channel)) return found->fire(timer, std::move(payload));
  // Not started yet, or taken out of the configuration and perhaps put back.
  state_->ports.flow.timer_set(channel, timer, state_->ports.clock.now() + kTimerAgain, std::move(payload));
}

void Host::fetch_media(const std::string& channel, std::uint64_t token, std::string part) {
  if (const auto found = state_->find(channel)) return found->fetch(token, std::move(part));
  FetchResult result;
  result.token = token;
  result.retry_after = Millis{5000};
  result.detail = "there is no such channel";
  state_->ports.flow.fetch_done(channel, std::move(result));
}

void Host::replay(const std::string& channel, std::string raw, std::function<void(Result<std::string>)> done) {
  if (const auto found = state_->find(channel)) return found->replay(std::move(raw), std::move(done));
  done(fail(Errc::not_found, "there is no such channel"));
}

void Host::signal(const std::string& channel, std::string signal, std::function<void(Result<void>)> done) {
  if (const auto found = state_->find(channel)) return found->signal(std::move(signal), std::move(done));
  done(fail(Errc::not_found, "there is no such channel"));
}

void Host::preview(const std::string& channel, std::string message, std::function<void(Result<std::string>)> done) {
  if (const auto found = state_->find(channel)) return found->preview(std::move(message), std::move(done));
  done(fail(Errc::not_found, "there is no such channel"));
}

void Host::webhook(const std::string& channel, WebhookRequest request, std::function<void(WebhookReply)> reply) {
  if (const auto found = state_->find(channel)) return found->webhook(std::move(request), std::move(reply));
  WebhookReply none;
  none.status = 404;
  none.content_type = "text/plain; charset=utf-8";
  none.body = "there is no such channel\n";
  reply(std::move(none));
}

std::size_t Host::webhook_limit(const std::string& channel, const std::string& path) const {
  const auto found = state_->find(channel);
  return found ? found->webhook_limit(path) : 0;
}

Result<void> Host::restart(const std::string& channel) {
  const auto found = state_->find(channel);
  return found ? found->restart() : Result<void>(fail(Errc::not_found, "there is no such channel"));
}

std::vector<ChannelInfo> Host::channels() const {
  std::vector<ChannelInfo> out;
  for (const auto& channel : state_->all()) out.push_back(channel->info());
  return out;
}

std::optional<ChannelInfo> Host::channel(const std::string& name) const {
  const auto found = state_->find(name);
  return found ? std::optional(found->info()) : std::nullopt;
}

std::string Host::sibling(const std::string& channel, const std::string& account) const {
  const auto found = state_->find(channel);
  if (!found) return "";
  std::lock_guard lock(state_->mutex);
  const auto at = state_->by_account.find({found->manifest().id, account});
  return at == state_->by_account.end() ? "" : at->second;
}

}  // namespace jackfield::host
