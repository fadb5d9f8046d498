#include "token_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

extern char** environ;

namespace jackfield::email {
namespace {

constexpr std::size_t most_output = 64 * 1024;

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

// A process group of its own, so that what it starts is killed with it.
int start(const std::vector<std::string>& command, int output, pid_t& child) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, 1);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int error = posix_spawnp(&child, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

// Until its end; false when it takes too long or says too much.
bool read_all(int from, std::int64_t end_ms, std::string& out) {
  for (;;) {
    const std::int64_t left = end_ms - now_ms();
    pollfd ready{from, POLLIN, 0};
    if (left <= 0 || poll(&ready, 1, static_cast<int>(left)) == 0) return false;
    char bytes[4096];
    const ssize_t count = read(from, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return true;
    out.append(bytes, static_cast<std::size_t>(count));
    if (out.size() > most_output) return false;
  }
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

// The end of its output may come before its own.
int wait_for(pid_t child, std::int64_t end_ms) {
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (now_ms() >= end_ms) {
      kill(-child, SIGKILL);
      waitpid(child, &status, 0);
      break;
    }
    poll(nullptr, 0, 5);
  }
  return status;
}

}  // namespace

CommandResult run_token_command(const std::vector<std::string>& command, std::int64_t timeout_ms) {
  int ends[2];
  if (command.empty() || pipe2(ends, O_CLOEXEC) != 0) return {{}, "the token command could not be started"};
  pid_t child = 0;
  const int error = start(command, ends[1], child);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    const char* hint = error == EPERM ? " (a connector in a process of its own may not start programs)" : "";
    return {{}, std::string("the token command could not be started: ") + std::strerror(error) + hint};
  }
  const std::int64_t end_ms = now_ms() + timeout_ms;
  CommandResult result;
  const bool whole = read_all(ends[0], end_ms, result.output);
  close(ends[0]);
  if (!whole) kill(-child, SIGKILL);
  const int status = wait_for(child, end_ms);
  if (!whole) return {{}, "the token command took too long or wrote too much"};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return {{}, "the token command failed"};
  result.output = trimmed(result.output);
  return result;
}

}  // namespace jackfield::email
