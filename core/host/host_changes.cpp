// Other channels while the host runs: which come, change, stay and go, and each change step by step.
#include "base/log.hpp"
#include "host/connector_copy.hpp"
#include "host/host_state.hpp"

namespace jackfield::host {
namespace {

constexpr Millis kStep{10};

// The connector aside.
bool same_settings(const ChannelConfig& a, const ChannelConfig& b) {
  return a.isolation == b.isolation && a.settings == b.settings;
}

bool same_file(const PluginFile& a, const PluginFile& b) { return a.path == b.path && a.sha256 == b.sha256; }

bool same(const ChannelConfig& a, const ChannelConfig& b) {
  return same_settings(a, b) && same_file(a.plugin, b.plugin) && a.plugin.error == b.plugin.error;
}

// What is mapped stays what it is: without a copy another content needs another process.
bool would_run_the_old_code(const Channel& before, const Channel& next) {
  return next.config().isolation == Isolation::none && before.file() == next.file() &&
         before.config().plugin.sha256 != next.config().plugin.sha256;
}

}  // namespace

std::shared_ptr<Channel> Host::State::make(const ChannelConfig& config) {
  std::string file = config.plugin.path;
  if (!ports.copies.empty() && config.plugin.error.empty()) {
    const auto copy = copy_connector(config.plugin, ports.copies);
    if (copy) file = *copy;
    if (!copy) log::warn("channel/" + config.name, file + " " + copy.error().message + "; it runs from where it is");
  }
  return Channel::make(config, std::move(file), ports, limits, workers);
}

void Host::State::index_accounts() {
  by_account.clear();
  for (const auto& channel : channels)
    if (!channel->account().empty())
      by_account.try_emplace({channel->manifest().id, channel->account()}, channel->name());
}

void Host::State::place(const std::string& name, const std::shared_ptr<Channel>& next) {
  {
    std::lock_guard lock(mutex);
    std::shared_ptr<Channel> before = std::exchange(by_name[name], next);
    std::erase(channels, before);
    if (next) channels.push_back(next);
    if (!next) by_name.erase(name);
    if (next && before) next->add_counts_of(before->info());
    const auto rank = [this](const auto& channel) { return std::find(order.begin(), order.end(), channel->name()); };
    std::stable_sort(channels.begin(), channels.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
    index_accounts();
  }
  changed();
}

void Host::State::refused(const std::string& name, const std::string& why) {
  const auto current = find(name);
  if (!current) return;
  log::error("channel/" + name, "goes on with the connector as it was (version " + current->manifest().version +
                                    "); the new file is not used: " + why);
  current->note_upgrade(why);
}

std::shared_ptr<Succession> Host::State::begun_by(Succession::Parts parts, const std::string& name) {
  auto next = parts.next;
  return std::make_shared<Succession>(
      std::move(parts), [this, name, next] { place(name, next); },
      [this, name](const std::string& why) { refused(name, why); });
}

// What must happen for the channel to be as wanted; null: nothing.
std::shared_ptr<Succession> Host::State::succession(std::shared_ptr<Channel> before, const ChannelConfig* wanted,
                                                    Millis drain) {
  const auto name = before ? before->name() : wanted->name;
  if (!wanted) {
    log::info("channel/" + name, "is not in the configuration any more: it is drained and ended");
    return begun_by({before, nullptr, false, drain}, name);
  }
  if (!before) return begun_by({nullptr, make(*wanted), false, drain}, name);
  const auto& running = before->config();
  if (same(running, *wanted)) return before->note_upgrade(""), nullptr;
  if (!wanted->plugin.error.empty() && running.plugin.error.empty())
    return refused(name, wanted->plugin.path + " " + wanted->plugin.error), nullptr;
  auto next = make(*wanted);
  if (would_run_the_old_code(*before, *next))
    return refused(name, wanted->plugin.path + " is mapped into this process; restart the daemon to use it"), nullptr;
  const bool upgrade = same_settings(running, *wanted) && running.plugin.error.empty();
  log::info("channel/" + name, upgrade ? "its connector's file is another: version " + running.plugin.manifest.version +
                                             " gives way to " + wanted->plugin.manifest.version
                                       : "its configuration has changed: it is started anew");
  return begun_by({before, std::move(next), upgrade, drain}, name);
}

void Host::State::step() {
  std::vector<std::shared_ptr<Succession>> todo, over;
  {
    std::lock_guard lock(mutex);
    if (stopped) return;
    todo = successions;
  }
  for (const auto& one : todo)
    if (one->step(ports.clock.now())) over.push_back(one);
  for (const auto& one : over) {
    std::lock_guard lock(mutex);
    std::erase(successions, one);
  }
  if (!over.empty()) changed();
  if (over.size() == todo.size()) return;
  next_step = ports.io.after(kStep, strand, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->step();
  });
}

Result<void> Host::apply(std::vector<ChannelConfig> wanted, Millis drain) {
  if (changing()) return fail(Errc::conflict, "the channels are still changing");
  std::vector<std::string> names;
  for (const auto& config : wanted) names.push_back(config.name);
  std::vector<std::shared_ptr<Succession>> begun;
  for (const auto& channel : state_->all())
    if (std::find(names.begin(), names.end(), channel->name()) == names.end())
      begun.push_back(state_->succession(channel, nullptr, drain));
  for (const auto& config : wanted)
    if (auto made = state_->succession(state_->find(config.name), &config, drain)) begun.push_back(std::move(made));
  {
    std::lock_guard lock(state_->mutex);
    if (state_->stopped) return fail(Errc::unavailable, "the host stops");
    state_->order = std::move(names);
    state_->successions = begun;
  }
  state_->strand.post([state = state_, begun = std::move(begun)] {
    for (const auto& one : begun) one->begin(state->ports.clock.now());
    state->step();
  });
  return {};
}

bool Host::changing() const {
  std::lock_guard lock(state_->mutex);
  return !state_->successions.empty();
}

void Host::on_change(std::function<void()> changed) { state_->changed = std::move(changed); }

std::map<std::string, Manifest> Host::manifests() const {
  std::map<std::string, Manifest> out;
  for (const auto& channel : state_->every()) out.emplace(channel->name(), channel->manifest());
  return out;
}

std::vector<ChannelConfig> Host::configs() const {
  std::vector<ChannelConfig> out;
  for (const auto& channel : state_->all()) out.push_back(channel->config());
  return out;
}

}  // namespace jackfield::host
