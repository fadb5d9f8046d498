#include "activity_stream.hpp"

#include <algorithm>
#include <charconv>

#include "outcome.hpp"
#include "rate_limits.hpp"

namespace jackfield::twitter {
namespace {

constexpr std::uint64_t kWindow = 256 * 1024;
constexpr std::size_t kMostBacklog = 1024 * 1024;
constexpr std::int64_t kSilence = 60'000;  // X sends an empty line every 20 s
constexpr std::int64_t kMinute = 60'000, kMostBackfill = 5;
constexpr std::int64_t kFirstWait = 250, kLongestCut = 16'000;               // after a cut
constexpr std::int64_t kFirstRefusedWait = 5000, kLongestRefused = 320'000;  // after an answer that is no 200
constexpr std::int64_t kNotStoredWait = 500;

}  // namespace

// One connection: bytes to lines. Tells its owner, which may be gone.
class ActivityStream::Connection : public sdk::Stream {
 public:
  Connection(ActivityStream& owner, std::size_t which, std::string request)
      : owner_(&owner), which_(which), request_(std::move(request)) {}

  void leave() {
    owner_ = nullptr;
    close();
  }

 protected:
  void on_open(std::string_view) override {
    heard_ms_ = now();
    read(kWindow);
    write(request_);
    watch();
  }

  void on_data(std::string_view bytes) override {
    heard_ms_ = now();
    const bool before = lines_.status() == 200;
    const bool fine = lines_.feed(bytes, [this](std::string_view line) {
      if (lines_.status() != 200) {
        if (error_.size() < 2000) error_ += line;
      } else if (owner_ && !line.empty()) {
        owner_->event(which_, line);
      }
    });
    if (owner_ && !before && lines_.status() == 200) owner_->opened(which_);
    if (owner_ && lines_.status() == 200) owner_->last_heard_ms_ = heard_ms_;
    if (!fine) why_ = "what it says is no stream";
    if (!fine || lines_.ended()) close();
  }

  void on_close(jf_status, std::string_view why) override {
    if (!owner_) return;
    if (why_.empty()) why_ = why;
    if (lines_.status() != 0 && lines_.status() != 200) {
      error_ += lines_.rest();
      why_ = "answer " + std::to_string(lines_.status()) + ": " + detail_of(error_);
    }
    owner_->closed(which_, lines_.status(), lines_.headers(), why_);
  }

 private:
  std::int64_t now() const { return owner_ ? owner_->host_.now_ms() : heard_ms_; }

  // A connection that says nothing for a minute is dead, whatever TCP thinks.
  void watch() {
    if (!owner_) return;
    owner_->host_.after(kSilence / 2, [weak = std::weak_ptr<Connection>(self())] {
      const auto self = weak.lock();
      if (!self || !self->owner_ || !self->is_open()) return;
      if (self->now() - self->heard_ms_ < kSilence) return self->watch();
      self->why_ = "it said nothing for a minute";
      self->close();
    });
  }
  std::shared_ptr<Connection> self() const { return owner_->lines_[which_].connection; }

  ActivityStream* owner_;
  std::size_t which_;
  std::string request_, why_, error_;
  HttpLines lines_;
  std::int64_t heard_ms_ = 0;
};

ActivityStream::ActivityStream(sdk::Host& host, Api& api, Health& health, Intake& intake, unsigned connections)
    : host_(host), api_(api), health_(health), intake_(intake), lines_(connections) {
  std::string_view url = api.base();
  const bool tls = url.starts_with("https://");
  url.remove_prefix(tls ? 8 : 7);
  host_header_ = url.substr(0, url.find('/'));
  path_ = url.substr(host_header_.size());
  const auto colon = host_header_.rfind(':');
  const bool has_port = colon != std::string::npos && host_header_.find(']', colon) == std::string::npos;
  address_ = has_port ? host_header_.substr(0, colon) : host_header_;
  if (address_.starts_with('[')) address_ = address_.substr(1, address_.size() - 2);
  port_ = tls ? 443 : 80;
  if (has_port) std::from_chars(host_header_.data() + colon + 1, host_header_.data() + host_header_.size(), port_);
  tls_ = tls ? JF_TLS_NOW : JF_TLS_NONE;
}

ActivityStream::~ActivityStream() { stop(); }

void ActivityStream::start() {
  if (std::exchange(running_, true)) return;
  last_heard_ms_ = intake_.cursor_ms();
  health_.complain("stream", sdk::State::degraded, "the activity stream is not connected yet");
  for (std::size_t i = 0; i < lines_.size(); ++i) connect(i);
}

void ActivityStream::stop() {
  running_ = false;
  for (auto& line : lines_) {
    if (line.timer != 0) host_.cancel_timer(std::exchange(line.timer, 0));
    if (line.connection) std::exchange(line.connection, nullptr)->leave();
    line.open = false;
  }
}

bool ActivityStream::is_connected() const {
  return std::any_of(lines_.begin(), lines_.end(), [](const Line& each) { return each.open; });
}

void ActivityStream::connect(std::size_t which) {
  lines_[which].timer = 0;
  if (!running_) return;
  api_.app_token([this, which](const std::string& token, const sdk::HttpResponse& why) {
    if (!running_) return;
    if (!token.empty()) return connect_with(which, token);
    const auto status = why.answered() ? static_cast<int>(why.http_status) : 0;
    closed(which, status, why.headers, "no token: " + (why.answered() ? detail_of(why.body) : std::string(why.error)));
  });
}

void ActivityStream::connect_with(std::size_t which, const std::string& token) {
  auto connection = std::make_shared<Connection>(*this, which, request(token));
  lines_[which].connection = connection;
  host_.connect({.host = address_, .port = port_, .tls = tls_, .timeout_ms = 20'000}, connection);
}

std::string ActivityStream::request(const std::string& token) const {
  std::string path = path_ + "/2/activity/stream";
  if (last_heard_ms_ > 0) {
    const auto missed = (host_.now_ms() - last_heard_ms_ + kMinute - 1) / kMinute;
    path += "?backfill_minutes=" + std::to_string(std::clamp<std::int64_t>(missed, 1, kMostBackfill));
  }
  return "GET " + path + " HTTP/1.1\r\nHost: " + host_header_ + "\r\nAuthorization: Bearer " + token +
         "\r\nUser-Agent: jackfield/0.1\r\nAccept: application/json\r\n\r\n";
}

void ActivityStream::opened(std::size_t which) {
  const bool first = !is_connected();
  const bool gap = first && last_heard_ms_ > 0 && host_.now_ms() - last_heard_ms_ > kMostBackfill * kMinute;
  lines_[which].open = true;
  lines_[which].failures = 0;
  health_.fine("stream");
  if (gap && on_gap) on_gap();
}

void ActivityStream::event(std::size_t which, std::string_view text) {
  auto& line = lines_[which];
  line.backlog.emplace_back(text);
  line.backlog_bytes += text.size();
  if (line.backlog_bytes > kMostBacklog && line.connection) line.connection->read(0);
  pump(which);
}

// One after the other, each only once the one before is durable; one that is not is given again.
void ActivityStream::pump(std::size_t which) {
  auto& line = lines_[which];
  if (line.delivering || line.backlog.empty()) return;
  line.delivering = true;
  intake_.take(line.backlog.front(), [this, which](bool durable) {
    auto& now = lines_[which];
    if (!durable) return try_later(which);
    now.delivering = false;
    now.backlog_bytes -= now.backlog.front().size();
    now.backlog.pop_front();
    if (now.backlog_bytes < kMostBacklog / 2 && now.connection) now.connection->read(kWindow);
    pump(which);
  });
}

// What comes meanwhile waits behind it.
void ActivityStream::try_later(std::size_t which) {
  host_.after(kNotStoredWait, [this, which] {
    lines_[which].delivering = false;
    pump(which);
  });
}

void ActivityStream::closed(std::size_t which, int status, std::string_view headers, const std::string& why) {
  auto& line = lines_[which];
  line.connection = nullptr;
  line.open = false;
  if (!running_) return;
  if (status == 401) api_.forget_app_token();
  host_.warn("activity stream " + std::to_string(which + 1) + ": " + why);
  if (!is_connected()) health_.complain("stream", sdk::State::degraded, "the activity stream is not connected: " + why);
  const auto growth = std::min(line.failures++, 12u);
  if (status == 0 || status == 200) return again(which, std::min(kFirstWait << growth, kLongestCut));
  sdk::HttpResponse answer;
  answer.progress = JF_HTTP_ANSWERED;
  answer.http_status = static_cast<unsigned>(status);
  answer.headers = headers;
  RateLimits limits;
  limits.note(Limited::reads, answer, host_.now_ms());
  const auto told = static_cast<std::int64_t>(limits.wait_ms(Limited::reads, host_.now_ms()));
  again(which, std::max(std::min(kFirstRefusedWait << growth, kLongestRefused), told));
}

void ActivityStream::again(std::size_t which, std::int64_t wait_ms) {
  std::uint8_t dice = 0;
  host_.random({&dice, 1});
  lines_[which].timer = host_.after(wait_ms + wait_ms * dice / 1024, [this, which] { connect(which); });
}

}  // namespace jackfield::twitter
