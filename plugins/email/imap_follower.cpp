#include "imap_follower.hpp"

#include <algorithm>
#include <utility>

namespace jackfield::email {
namespace {

constexpr std::int64_t first_pause_ms = 1000, longest_pause_ms = 2 * 60 * 1000;
constexpr std::int64_t first_pause_of_login_ms = 15 * 1000, longest_pause_of_login_ms = 15 * 60 * 1000;  // lock-outs
constexpr std::int64_t feed_pause_ms = 200;
constexpr std::size_t literal_slack = 512 * 1024;  // sizes that servers tell are not always exact

std::string key_of(const ImapSettings& settings, const std::string& folder) {
  return ("imap/" + settings.user + "@" + settings.server.host + "/" + folder).substr(0, 500);
}

}  // namespace

ImapFollower::ImapFollower(Wiring wiring)
    : at_(std::move(wiring)),
      feed_(std::make_shared<ImapFeed>(at_.host, at_.reading, key_of(at_.settings, at_.folder))) {}

void ImapFollower::start() {
  if (std::exchange(started_, true)) return;
  at_.health.starting(part());
  load();
}

void ImapFollower::load() {
  feed_->load([this](bool loaded) {
    if (loaded) return connect();
    at_.health.ill(part(), "how far it was read cannot be found out");
    at_.host.after(first_pause_ms, [this] { load(); });
  });
}

// What the last connection fetched is on its way still: first it arrives.
void ImapFollower::connect() {
  if (draining_) return;
  if (feed_->is_busy()) {
    at_.host.after(feed_pause_ms, [this] { connect(); });
    return;
  }
  if (!at_.tokens) return open(at_.settings.password);
  at_.tokens->get([this](const OauthTokens::Token& token) {
    token_ = token.value;
    if (!token.value.empty()) return open(token.value);
    ended(ImapFault::auth, token.problem);
  });
}

void ImapFollower::open(const std::string& secret) {
  if (draining_) return;
  link_ = ImapLink::open(at_.host, at_.settings, secret, at_.max_size + literal_slack,
                         {.ready = [this] { visit(); },
                          .untagged =
                              [this](ImapResponse& response) {
                                if (const auto visit = visit_) visit->untagged(response);
                              },
                          .ended = [this](ImapFault fault, const std::string& why) { ended(fault, why); }});
}

void ImapFollower::visit() {
  visit_ = std::make_shared<ImapVisit>(ImapVisit::Wiring{
      .host = at_.host,
      .settings = at_.settings,
      .folder = at_.folder,
      .max_size = at_.max_size,
      .budget = at_.budget,
      .feed = feed_,
      .link = link_,
      .broke_off = broke_off_,
      .opened =
          [this] {
            token_refused_ = false;
            at_.health.well(part());
          },
      .progress = [this] { failures_ = broke_off_ = 0; },
      .trouble = [this](const std::string& why) { at_.health.ill(part(), why); },
      .broken = [this](const std::string& why) { ended(ImapFault::unavailable, why); },
  });
  visit_->begin();
}

void ImapFollower::ended(ImapFault fault, const std::string& why) {
  if (visit_ && visit_->is_fetching()) ++broke_off_;
  let_go();
  if (draining_) return;
  at_.health.ill(part(), why);
  if (fault != ImapFault::auth && fault != ImapFault::tls) return come_back(first_pause_ms, longest_pause_ms);
  const std::string token = std::exchange(token_, {});
  if (at_.tokens) at_.tokens->refused(token);
  const bool another_may_do = fault == ImapFault::auth && !token.empty() && !std::exchange(token_refused_, true);
  if (another_may_do) return come_back(first_pause_ms, first_pause_ms);
  come_back(first_pause_of_login_ms, longest_pause_of_login_ms);
}

// Up to a quarter longer, so that not all come at once.
void ImapFollower::come_back(std::int64_t first_ms, std::int64_t longest_ms) {
  std::int64_t pause = first_ms;
  for (int i = 0; i < failures_ && pause < longest_ms; ++i) pause *= 2;
  pause = std::min(pause, longest_ms);
  ++failures_;
  std::uint8_t chance = 0;
  at_.host.random({&chance, 1});
  at_.host.after(pause + pause * chance / 1024, [this] { connect(); });
}

void ImapFollower::let_go() {
  visit_.reset();
  if (const auto link = std::exchange(link_, nullptr)) link->drop();
}

void ImapFollower::drain() {
  draining_ = true;
  if (visit_) visit_->leave();
  let_go();
}

}  // namespace jackfield::email
