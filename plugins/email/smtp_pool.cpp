#include "smtp_pool.hpp"

#include <algorithm>
#include <utility>

#include "smtp_link.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_links = 4;
constexpr std::int64_t idle_ms = 30 * 1000;
constexpr std::uint32_t connect_timeout_ms = 20000;

}  // namespace

SmtpPool::SmtpPool(sdk::Host& host, SmtpServer server, std::shared_ptr<OauthTokens> tokens)
    : host_(host), server_(std::move(server)), tokens_(std::move(tokens)) {}

SmtpPool::~SmtpPool() = default;

void SmtpPool::send(std::uint64_t id, SmtpMail mail, Done done) {
  waiting_.push_back(std::make_shared<Job>(Job{id, std::move(mail), std::move(done)}));
  serve();
}

void SmtpPool::cancel(std::uint64_t id) {
  for (const auto& link : links_)
    if (link->works_on(id)) return std::shared_ptr(link)->give_up();
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& job) { return job->id == id; });
  if (found == waiting_.end()) return;
  const auto job = *found;
  waiting_.erase(found);
  job->done({.outcome = SendOutcome::cancelled, .fault = SendFault::none, .code = {}, .detail = "cancelled"});
}

// Gives waiting mails to idle connections, and opens more while there are too few.
void SmtpPool::serve() {
  while (!waiting_.empty()) {
    const auto idle = std::find_if(links_.begin(), links_.end(), [](const auto& link) { return link->is_idle(); });
    if (idle == links_.end()) break;
    const auto job = waiting_.front();
    waiting_.pop_front();
    const auto link = *idle;
    link->send(std::move(*job));
  }
  while (opening_ < waiting_.size() && links_.size() + opening_ < most_links) open();
}

void SmtpPool::open() {
  ++opening_;
  if (!tokens_) return open_with(server_.password);
  tokens_->get([weak = weak_from_this()](const OauthTokens::Token& token) {
    const auto self = weak.lock();
    if (!self) return;
    if (!token.value.empty()) return self->open_with(token.value);
    self->failed(nullptr, {.outcome = SendOutcome::retry,
                           .fault = SendFault::auth,
                           .code = {},
                           .detail = token.problem,
                           .server_fault = true});
  });
}

void SmtpPool::open_with(const std::string& secret) {
  SmtpClientOptions options;
  options.login = {server_.user, secret, tokens_ != nullptr, server_.server.host, server_.server.port};
  options.tls = server_.tls;
  options.encrypted = server_.server.encrypted;
  options.hello_name = server_.hello_name;
  const std::uint32_t flags = server_.tls == TlsPolicy::opportunistic ? JF_TLS_INSECURE : 0;
  sdk::Connect to;
  to.host = server_.server.host;
  to.port = server_.server.port;
  to.tls = server_.server.encrypted ? JF_TLS_NOW | flags : JF_TLS_NONE;
  to.timeout_ms = connect_timeout_ms;
  const auto link = std::make_shared<SmtpLink>(*this, std::move(options), flags, secret);
  link->expect_answer();
  host_.connect(to, link);
}

void SmtpPool::opened(SmtpLink& link) {
  const auto self = link.shared_from_this();
  if (std::find(links_.begin(), links_.end(), self) == links_.end()) {
    links_.push_back(self);
    --opening_;
  }
  if (link.is_worn()) return link.quit();
  serve();
  if (!link.is_idle()) return;
  if (draining_) return link.quit();
  link.close_when_idle(idle_ms);
}

// It never became ready: that is the end of the mail that it was opened for, unless another token may do.
void SmtpPool::failed(SmtpLink* link, const SmtpResult& result) {
  --opening_;
  const bool refused = link && tokens_ && result.fault == SendFault::auth && result.code.starts_with('5');
  if (refused) tokens_->refused(link->secret());
  if (waiting_.empty()) return;
  const auto job = waiting_.front();
  if (refused && !std::exchange(job->tried_again, true)) return serve();
  waiting_.pop_front();
  job->done(result);
  serve();
}

// A connection that was kept may have been closed by the server just then: that is nobody's fault.
void SmtpPool::done(SmtpLink& link, Job job, const SmtpResult& result) {
  const bool stale =
      result.outcome == SendOutcome::retry && result.code.empty() && link.was_used_again() && !job.tried_again;
  if (!stale) return job.done(result);
  job.tried_again = true;
  waiting_.push_front(std::make_shared<Job>(std::move(job)));
}

void SmtpPool::remove(SmtpLink* link) {
  std::erase_if(links_, [&](const auto& entry) { return entry.get() == link; });
  serve();
}

void SmtpPool::drain() {
  draining_ = true;
  const auto links = links_;
  for (const auto& link : links)
    if (link->is_idle()) link->quit();
}

}  // namespace jackfield::email
