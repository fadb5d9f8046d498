#include "host/isolated_process.hpp"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <deque>

#include "host/child_process.hpp"
#include "host/output_lines.hpp"
#include "net/asio.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace jackfield::host {
namespace {

namespace asio = boost::asio;
using error_code = boost::system::error_code;

// Between the end of a process and the end of its connection, whichever comes first.
constexpr Millis kOtherEnd{500};

int open_pidfd(pid_t pid) {
#ifdef SYS_pidfd_open
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
#else
  return -1;
#endif
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    const char* name = ::strsignal(WTERMSIG(status));
    return "was ended by signal " + std::to_string(WTERMSIG(status)) + " (" + (name ? name : "?") + ")";
  }
  return "ended by itself with exit status " + std::to_string(WEXITSTATUS(status));
}

// Reads and writes complete on any io thread and go on on the strand, one of each at a time.
class LiveProcess final : public IsolatedProcess, public std::enable_shared_from_this<LiveProcess> {
 public:
  LiveProcess(const Spawned& spawned, net::IoContext& io, net::Strand strand, Events events)
      : pid_(spawned.pid),
        io_(io),
        strand_(std::move(strand)),
        events_(std::move(events)),
        socket_(io.state().io, asio::local::stream_protocol(), spawned.socket),
        output_(io.state().io, spawned.output),
        exit_(io.state().io) {
    if (const int fd = open_pidfd(pid_); fd >= 0) exit_.assign(fd);
  }
  ~LiveProcess() override {
    if (reaped_) return;
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  void begin() {
    read();
    read_output();
    watch_exit();
  }

  void write(std::string frame) override {
    if (ended_) return;
    unwritten_ += frame.size();
    queue_.push_back(std::move(frame));
    if (!writing_) write_next();
  }
  std::size_t unwritten() const override { return unwritten_; }
  bool held() const override { return held_; }
  void hold(bool on) override {
    held_ = on;
    if (!on) strand_.post([self = shared_from_this()] { self->take_frames(); });
  }

  void end(std::string why) override {
    if (ended_) return;
    close();
    if (events_.ended) std::exchange(events_, {}).ended(std::move(why));
  }
  void forget() override {
    events_ = {};
    close();
  }
  int pid() const override { return pid_; }

 private:
  void close() {
    if (std::exchange(ended_, true)) return;
    late_.cancel();
    error_code ignored;
    socket_.close(ignored);
    output_.close(ignored);
    // Also what it has started. The id is ours until it has been waited for.
    if (!reaped_) ::kill(-pid_, SIGKILL);
    queue_.clear();
  }

  void read() {
    reading_ = true;
    socket_.async_read_some(asio::buffer(bytes_), [self = shared_from_this()](error_code failed, std::size_t n) {
      self->strand_.dispatch([self, failed, n] { self->on_read(failed, n); });
    });
  }
  void on_read(error_code failed, std::size_t n) {
    reading_ = false;
    if (ended_) return;
    if (failed) return connection_closed();
    decoder_.add({bytes_.data(), n});
    take_frames();
  }
  void take_frames() {
    while (!ended_ && !held_) {
      auto next = decoder_.next();
      if (!next) return end("sent garbage: " + next.error().message);
      if (!*next) {
        if (!reading_) read();
        return;
      }
      const auto keep = events_.frame;  // it may end the process and with it the events
      keep(std::move(**next));
    }
  }

  void write_next() {
    writing_ = true;
    sending_.clear();
    while (!queue_.empty() && sending_.size() < 64 * 1024) {
      if (sending_.empty())
        sending_ = std::move(queue_.front());
      else
        sending_ += queue_.front();
      queue_.pop_front();
    }
    asio::async_write(socket_, asio::buffer(sending_), [self = shared_from_this()](error_code failed, std::size_t n) {
      self->strand_.dispatch([self, failed, n] { self->on_written(failed, n); });
    });
  }
  void on_written(error_code failed, std::size_t n) {
    writing_ = false;
    unwritten_ -= n;
    if (ended_ || failed) return;  // the reading side finds out why
    if (!queue_.empty()) write_next();
  }

  void read_output() {
    output_.async_read_some(asio::buffer(text_), [self = shared_from_this()](error_code failed, std::size_t n) {
      self->strand_.dispatch([self, failed, n] {
        if (self->ended_ || failed) return;
        self->lines_.add({self->text_.data(), n}, self->events_.output);
        self->read_output();
      });
    });
  }

  // Keeps this until the process has been waited for.
  void watch_exit() {
    if (!exit_.is_open()) return;
    exit_.async_wait(asio::posix::stream_descriptor::wait_read, [self = shared_from_this()](error_code failed) {
      if (failed) return;
      self->strand_.dispatch([self] { self->reap(); });
    });
  }
  void reap() {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG) != 0 || info.si_pid != pid_) return;
    ::kill(-pid_, SIGKILL);  // whatever of its group outlives it, while the id is still ours
    int status = 0;
    ::waitpid(pid_, &status, 0);
    reaped_ = true;
    exit_.close();
    how_ = how_it_ended(status);
    // What it said last may still be on its way.
    if (closed_) return end(how_);
    wait_for_other_end();
  }
  void connection_closed() {
    closed_ = true;
    if (reaped_) return end(how_);
    wait_for_other_end();
  }
  void wait_for_other_end() {
    if (ended_) return;
    late_ = io_.after(kOtherEnd, strand_, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self) self->end(self->reaped_ ? self->how_ : "closed its connection to the host");
    });
  }

  const pid_t pid_;
  net::IoContext& io_;
  const net::Strand strand_;
  Events events_;
  asio::local::stream_protocol::socket socket_;
  asio::posix::stream_descriptor output_, exit_;
  FrameDecoder decoder_;
  OutputLines lines_;
  std::array<char, 64 * 1024> bytes_;
  std::array<char, 4096> text_;
  std::deque<std::string> queue_;
  std::string sending_;
  std::size_t unwritten_ = 0;
  bool reading_ = false, writing_ = false, held_ = false, ended_ = false, closed_ = false, reaped_ = false;
  std::string how_;
  net::TimerHandle late_;
};

}  // namespace

Result<std::shared_ptr<IsolatedProcess>> IsolatedProcess::start(const std::string& file, const std::string& channel,
                                                                net::IoContext& io, net::Strand strand, Events events) {
  const auto spawned = spawn_isolated({"jackfield", "isolated-plugin", file, channel});
  if (spawned.pid < 0) return fail(Errc::unavailable, "its process cannot be started: " + std::string(strerror(errno)));
  auto process = std::make_shared<LiveProcess>(spawned, io, std::move(strand), std::move(events));
  process->begin();
  return std::shared_ptr<IsolatedProcess>(std::move(process));
}

}  // namespace jackfield::host
