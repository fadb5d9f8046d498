#include "smtp_link.hpp"

#include <utility>

namespace jackfield::email {
namespace {

constexpr std::uint64_t window = 16 * 1024;
constexpr std::size_t piece = 256 * 1024;
constexpr std::int64_t patience_ms = 60 * 1000;
constexpr int most_mails = 100;  // of a connection: servers have such limits, and this is below them

}  // namespace

SmtpLink::SmtpLink(SmtpPool& pool, SmtpClientOptions options, std::uint32_t tls_flags, std::string secret)
    : pool_(pool),
      client_(std::move(options), {.ready =
                                       [this] {
                                         answers_ = true;
                                         pool_.opened(*this);
                                       },
                                   .done =
                                       [this](const SmtpResult& result) {
                                         ++mails_;
                                         SmtpPool::Job job = std::move(*job_);
                                         job_.reset();
                                         pool_.done(*this, std::move(job), result);
                                       },
                                   .failed = [this](const SmtpResult& result) { pool_.failed(this, result); }}),
      tls_flags_(tls_flags),
      secret_(std::move(secret)) {}

bool SmtpLink::is_worn() const { return mails_ >= most_mails; }

void SmtpLink::send(SmtpPool::Job job) {
  ++idle_since_;
  job_ = std::move(job);
  client_.send(job_->mail);
  act();
}

void SmtpLink::give_up() {
  const auto self = shared_from_this();
  client_.give_up();
  close();
}

void SmtpLink::quit() {
  client_.quit();
  act();
}

void SmtpLink::close_when_idle(std::int64_t ms) {
  pool_.host_.after(ms, [weak = weak_from_this(), since = ++idle_since_] {
    const auto self = weak.lock();
    if (self && self->idle_since_ == since && self->is_idle()) self->quit();
  });
}

void SmtpLink::expect_answer() {
  pool_.host_.after(patience_ms, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->answers_ || !self->is_open()) return;
    self->client_.lost("it does not answer");
    self->close();
  });
}

void SmtpLink::on_open(std::string_view) { read(window); }

void SmtpLink::on_data(std::string_view bytes) {
  const auto self = shared_from_this();
  client_.receive(bytes);
  act();
}

void SmtpLink::on_tls(std::string_view) {
  client_.tls_started();
  read(window);
  act();
}

void SmtpLink::on_close(jf_status, std::string_view why) {
  const auto self = shared_from_this();
  client_.lost(why.empty() ? "the connection was closed" : why);
  pool_.remove(this);
}

// Sends what is to be said while there is room, then does what the dialogue wants.
void SmtpLink::act() {
  if (!is_open()) return;
  while (backlog() == 0) {
    const std::string output = client_.take_output(piece);
    if (output.empty()) break;
    write(output);
  }
  if (client_.wants() == SmtpClient::Want::tls) {
    read(0);
    start_tls(tls_flags_);
  }
  if (client_.wants() == SmtpClient::Want::close) close();
}

}  // namespace jackfield::email
