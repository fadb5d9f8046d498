#include "child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

extern char** environ;

namespace jackfield::bench {
namespace {

double cpu_seconds_of(pid_t process) {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0)
    throw std::runtime_error("the process is gone");
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

Child::Child(const std::vector<std::string>& arguments, const std::string& error_file) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, error_file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  std::vector<char*> words;
  for (const auto& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const int failed = posix_spawn(&pid_, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  output_ = ends[0];
  if (failed) throw std::runtime_error("cannot start " + arguments.front());
}

Child::~Child() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(output_);
}

std::string Child::line() {
  char bytes[4096];
  auto end = read_.find('\n');
  while (end == std::string::npos) {
    const auto count = read(output_, bytes, sizeof bytes);
    if (count <= 0) throw std::runtime_error("the child ended; its last words: " + read_);
    read_.append(bytes, static_cast<std::size_t>(count));
    end = read_.find('\n');
  }
  std::string out = read_.substr(0, end);
  read_.erase(0, end + 1);
  return out;
}

double Child::cpu_seconds() const { return cpu_seconds_of(pid_); }

double Child::cpu_seconds_with_children() const {
  double sum = cpu_seconds();
  for (const pid_t child : children()) sum += cpu_seconds_of(child);
  return sum;
}

std::vector<pid_t> Child::children() const {
  std::vector<pid_t> out;
  const std::string tasks = "/proc/" + std::to_string(pid_) + "/task";
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
    std::ifstream in(task.path() / "children");
    for (pid_t child; in >> child;) out.push_back(child);
  }
  return out;
}

// The number behind a name in one of its files of /proc.
double Child::reading(const std::string& file, const std::string& name) const {
  std::ifstream in("/proc/" + std::to_string(pid_) + '/' + file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name)) return std::strtod(line.c_str() + name.size(), nullptr);
  throw std::runtime_error("the child is gone");
}

double Child::resident_mib() const { return reading("status", "VmRSS:") / 1024; }

double Child::written_bytes() const { return reading("io", "write_bytes:"); }

void Child::stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace jackfield::bench
