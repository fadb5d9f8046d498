#include "host/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace jackfield::host {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

class Descriptor {
 public:
  Descriptor() = default;
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void close() {
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
  int fd = -1;
};

struct Pipe {
  Descriptor read, write;
  bool open() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) return false;
    read.fd = fds[0];
    write.fd = fds[1];
    return true;
  }
};

class SpawnSetup {
 public:
  SpawnSetup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    // A group of its own, so that what it starts is killed with it; signals as for a fresh process.
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

pid_t spawn(const std::vector<std::string>& command, int input, int output) {
  SpawnSetup setup;
  if (input >= 0)
    posix_spawn_file_actions_adddup2(&setup.actions, input, 0);
  else
    posix_spawn_file_actions_addopen(&setup.actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&setup.actions, output, 1);
  posix_spawn_file_actions_addopen(&setup.actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&setup.actions, 3);
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  return ::posix_spawn(&pid, argv[0], &setup.actions, &setup.attributes, argv.data(), environ) == 0 ? pid : -1;
}

int millis_until(SteadyTime end) {
  const auto left = std::chrono::ceil<Millis>(end - std::chrono::steady_clock::now()).count();
  return static_cast<int>(left < 0 ? 0 : left);
}

// Writes input and reads output until the child closes its side; false when the time is over.
bool exchange(Descriptor& to_child, std::string_view input, const Descriptor& from_child, std::string& output,
              std::size_t most, SteadyTime end) {
  for (;;) {
    pollfd fds[2] = {{from_child.fd, POLLIN, 0}, {to_child.fd, POLLOUT, 0}};
    const int ready = ::poll(fds, 2, millis_until(end));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    if (fds[1].revents != 0) {
      const ssize_t n = ::write(to_child.fd, input.data(), input.size());
      if (n > 0) input.remove_prefix(static_cast<std::size_t>(n));
      if (input.empty() || (n < 0 && errno != EAGAIN && errno != EINTR)) to_child.close();
    }
    if (fds[0].revents != 0) {
      char buffer[4096];
      const ssize_t n = ::read(from_child.fd, buffer, sizeof buffer);
      if (n == 0 || (n < 0 && errno != EINTR)) return true;
      if (n > 0) output.append(buffer, std::min(static_cast<std::size_t>(n), most - output.size()));
    }
  }
}

// A child may close its output and live on: waits with the rest of the time.
bool wait_until(pid_t pid, int& status, SteadyTime end) {
  for (;;) {
    const pid_t got = ::waitpid(pid, &status, WNOHANG);
    if (got == pid || (got < 0 && errno != EINTR)) return got == pid;
    if (millis_until(end) == 0) return false;
    ::poll(nullptr, 0, 2);
  }
}

// Far from those that the child gets by number.
bool out_of_the_way(Descriptor& descriptor) {
  const int moved = ::fcntl(descriptor.fd, F_DUPFD_CLOEXEC, 10);
  descriptor.close();
  descriptor.fd = moved;
  return moved >= 0;
}

}  // namespace

Spawned spawn_isolated(const std::vector<std::string>& arguments) {
  Spawned out;
  Pipe lines;
  Descriptor ours, theirs;
  int pair[2];
  if (!lines.open() || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return out;
  ours.fd = pair[0];
  theirs.fd = pair[1];
  if (!out_of_the_way(theirs) || !out_of_the_way(lines.write)) return out;

  SpawnSetup setup;
  posix_spawn_file_actions_addopen(&setup.actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&setup.actions, lines.write.fd, 1);
  posix_spawn_file_actions_adddup2(&setup.actions, lines.write.fd, 2);
  posix_spawn_file_actions_adddup2(&setup.actions, theirs.fd, 3);
  posix_spawn_file_actions_addclosefrom_np(&setup.actions, 4);
  std::vector<char*> argv;
  for (const auto& word : arguments) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  char path[] = "PATH=/usr/bin:/bin", language[] = "LANG=C.UTF-8", home[] = "HOME=/";
  char* const environment[] = {path, language, home, nullptr};
  pid_t pid = -1;
  const int failed =
      ::posix_spawn(&pid, "/proc/self/exe", &setup.actions, &setup.attributes, argv.data(), environment);
  if (failed != 0) return errno = failed, out;
  return {pid, std::exchange(ours.fd, -1), std::exchange(lines.read.fd, -1)};
}

ChildResult run_child(const std::vector<std::string>& command, Millis time_limit, std::size_t max_output,
                      bool pipe_input, const std::string& input) {
  ChildResult result;
  const auto end = std::chrono::steady_clock::now() + time_limit;
  Pipe in, out;
  if (!out.open() || (pipe_input && !in.open())) return result;
  if (pipe_input) ::fcntl(in.write.fd, F_SETFL, O_NONBLOCK);
  const pid_t pid = spawn(command, in.read.fd, out.write.fd);
  if (pid < 0) return result;
  result.started = true;
  in.read.close();
  out.write.close();
  if (input.empty()) in.write.close();

  int status = 0;
  // A child that ends without reading all would raise SIGPIPE here; main ignores it, tests need not.
  sigset_t pipe_signal, before;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const bool talked = exchange(in.write, input, out.read, result.output, max_output, end);
  const timespec now{};
  if (!sigismember(&before, SIGPIPE)) sigtimedwait(&pipe_signal, nullptr, &now);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);

  if (!talked || !wait_until(pid, status, end)) {
    result.timed_out = true;
    ::kill(-pid, SIGKILL);
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return result;
  }
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (WIFEXITED(status)) result.exit_status = WEXITSTATUS(status);
  return result;
}

}  // namespace jackfield::host
