#include "app/reload.hpp"

#include <algorithm>
#include <ctime>
#include <sstream>

#include "app/connectors.hpp"
#include "base/log.hpp"

namespace jackfield::app {
namespace {

void tell(const Problems& problems) {
  std::istringstream lines(problems.text());
  for (std::string line; std::getline(lines, line);)
    line.find(": warning: ") == std::string::npos ? log::error("config", line) : log::warn("config", line);
}

void keep_secrets_out_of_the_log(const Config& config) {
  for (const auto& token : config.server.tokens) log::add_secret(token.token);
  for (const auto& webhook : config.webhooks) log::add_secret(webhook.secret);
}

bool runs_with_another_file(const host::ChannelConfig& wanted, const std::vector<host::ChannelConfig>& running) {
  return std::any_of(running.begin(), running.end(), [&](const auto& now) {
    return now.name == wanted.name && now.plugin.error.empty() && now.settings == wanted.settings &&
           now.plugin.sha256 != wanted.plugin.sha256;
  });
}

// Settings that the connector took as they stand and a newer file of it refuses are no fault of this file: the channel
// goes on with the connector that it has.
std::vector<host::ChannelConfig> match(Config& config, const std::vector<host::ChannelConfig>& running,
                                       Problems& problems) {
  std::vector<host::ChannelConfig> out;
  const auto found = find_connectors(config);
  for (auto& channel : config.channels) {
    Problems its(problems.file());
    auto wanted = match_connector(channel, found, Missing::is_warning, its);
    if (its.has_errors() && runs_with_another_file(wanted, running)) {
      wanted.plugin.error = "refuses these settings: " + its.text();
      while (wanted.plugin.error.ends_with('\n')) wanted.plugin.error.pop_back();
    } else {
      problems.add(its);
    }
    out.push_back(std::move(wanted));
  }
  return out;
}

long long monotonic_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
}

}  // namespace

bool reload(App& app, const std::string& config_file) {
  Problems problems(config_file);
  auto config = load_config(config_file, problems);
  keep_secrets_out_of_the_log(config);
  auto channels = match(config, app.running(), problems);
  check_rules(config, problems);
  tell(problems);
  if (problems.has_errors()) {
    log::error("app", "the configuration was not reloaded: " + config_file + " is wrong; all goes on as it was");
    return false;
  }
  log::set_level(config.log_level);
  if (const auto done = app.reload(std::move(config), std::move(channels)); !done) {
    log::error("app", "the configuration was not reloaded: " + done.error().message + "; all goes on as it was");
    return false;
  }
  log::info("app", "the configuration was reloaded");
  return true;
}

bool Reloads::look() {
  if (!under_way_ && wanted_) begin();
  if (under_way_) end();
  return under_way_ || wanted_;
}

void Reloads::begin() {
  wanted_ = false;
  under_way_ = true;
  notify_.tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()));
  reading_ = std::async(std::launch::async, [this] { return reload(app_, config_file_); });
}

// Over once it is read and the channels have changed.
void Reloads::end() {
  if (reading_.valid()) {
    if (reading_.wait_for(std::chrono::seconds{0}) != std::future_status::ready) return;
    in_force_ = reading_.get();
  }
  if (app_.changing()) return;
  under_way_ = false;
  notify_.tell(in_force_ ? "READY=1\nSTATUS=listening on " + app_.url()
                         : "READY=1\nSTATUS=the last reload was refused, see the log; listening on " + app_.url());
}

}  // namespace jackfield::app
