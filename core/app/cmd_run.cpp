// jackfield run: the daemon, from the configuration to the signal that ends it.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <iostream>
#include <set>

#include "app/app.hpp"
#include "app/connectors.hpp"
#include "app/reload.hpp"
#include "app/systemd_talk.hpp"
#include "app/verbs.hpp"
#include "base/log.hpp"

namespace jackfield::app {
namespace {

constexpr unsigned most_seconds_to_stop = 29;

void tell(std::string_view line) { std::cout << line << std::endl; }

// Signals of the daemon are taken by the main thread alone, when it asks for them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the write, not the end of the process
  return set;
}

// While it stops: a second signal ends it at once, and so does the time.
void end_at_once_from_now_on() {
  const auto end = [](int signal) {
    static constexpr char late[] = "jackfield: did not stop in time\n",
                          again[] = "jackfield: a second signal, ending at once\n";
    const bool is_late = signal == SIGALRM;
    [[maybe_unused]] const auto written =
        write(STDERR_FILENO, is_late ? late : again, (is_late ? sizeof late : sizeof again) - 1);
    _exit(exit_failed);
  };
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGALRM}) {
    std::signal(signal, end);
    sigaddset(&set, signal);
  }
  alarm(most_seconds_to_stop);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// One line a channel, once it is known how its start went; those that take their time are told as they come.
class ChannelLines {
 public:
  explicit ChannelLines(const App& app) : app_(app) {}

  bool all_told() const { return told_.size() == app_.channels().size(); }

  void tell_new(bool also_starting) {
    for (const auto& channel : app_.channels()) {
      if (channel.state == host::ChannelState::starting && !also_starting) continue;
      if (!told_.insert(channel.name).second) continue;
      std::string line = "channel " + channel.name + " (" + (channel.manifest ? channel.manifest->id : "no connector") +
                         "): " + std::string(host::name_of(channel.state));
      if (!channel.detail.empty() && channel.state != host::ChannelState::ready) line += ": " + channel.detail;
      tell(line);
    }
  }

 private:
  const App& app_;
  std::set<std::string> told_;
};

// The next signal, or 0 after that time.
int wait_for_signal(const sigset_t& set, Millis wait) {
  const timespec time{wait.count() / 1000, (wait.count() % 1000) * 1'000'000};
  const int signal = sigtimedwait(&set, nullptr, &time);
  return signal < 0 ? 0 : signal;
}

// Until SIGTERM or SIGINT.
void serve(App& app, const sigset_t& signals, SystemdTalk& systemd, Reloads& reloads) {
  ChannelLines lines(app);
  constexpr Millis look_again{20};
  Millis patience{10'000};
  while (true) {
    if (patience.count() > 0) lines.tell_new(patience <= look_again || app.tried_all_channels());
    if (lines.all_told()) patience = Millis{0};
    const bool looking = patience.count() > 0;
    const bool soon = reloads.look() || looking;
    const int signal = wait_for_signal(signals, std::min(systemd.tell(), soon ? look_again : Millis{60'000}));
    if (signal == SIGTERM || signal == SIGINT) return;
    if (signal == SIGHUP) reloads.ask();
    if (looking && signal == 0) patience -= look_again;
  }
}

int failed(const Error& error) {
  std::cerr << "jackfield: " << error.message << '\n';
  return error.code == Errc::invalid ? exit_wrong : exit_failed;
}

}  // namespace

int cmd_run(const std::string& config_file) {
  const Notify notify;
  Problems problems(config_file);
  auto config = load_config(config_file, problems);
  log::set_level(config.log_level);
  const auto found = find_connectors(config);
  auto channels = match_connectors(config, found, Missing::is_warning, problems);
  check_rules(config, problems);
  std::cerr << problems.text();
  if (problems.has_errors()) return exit_wrong;

  const auto signals = block_signals();
  raise_file_limit();
  umask(S_IRWXG | S_IRWXO);  // the store holds what people wrote: for its own user only
  for (const auto& token : config.server.tokens) log::add_secret(token.token);
  for (const auto& webhook : config.webhooks) log::add_secret(webhook.secret);

  App app(std::move(config), std::move(channels));
  if (const auto started = app.start(); !started) return failed(started.error());
  tell("listening on " + app.url());
  SystemdTalk systemd(notify, app);
  {
    Reloads reloads(app, config_file, notify);
    serve(app, signals, systemd, reloads);
  }
  notify.tell("STOPPING=1");
  tell("stopping");
  end_at_once_from_now_on();
  app.stop();
  return exit_fine;
}

}  // namespace jackfield::app
