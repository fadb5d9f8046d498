#include "simulate/whatsapp_poster.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <cstdio>

#include "base/crypto.hpp"

namespace jackfield::simulate {
namespace {

constexpr std::size_t kMostTries = 1000;
constexpr int kMostAttempts = 120;
constexpr Millis kFirstWait{100}, kLongestWait{5000};

Millis wait_after(int attempt) {
  auto wait = kFirstWait;
  for (int i = 1; i < attempt && wait < kLongestWait; ++i) wait *= 2;
  return std::min(wait, kLongestWait);
}

std::string signature_of(const std::string& secret, const std::string& body) {
  const auto mac = hmac_sha256(secret, body);
  return "sha256=" + to_hex(mac.data(), mac.size());
}

// What a person must mend is not tried again; what passes is.
bool worth_another(int status) { return status == 0 || status == 408 || status == 429 || status >= 500; }

}  // namespace

void WebhookPoster::post(std::vector<Post> posts, std::function<void(int)> done) {
  if (posts.empty() || (options_.url.empty() && posts.front().url.empty())) {
    if (done) done(0);
    return;
  }
  const auto id = ++last_chain_;
  auto& chain = chains_[id];
  std::move(posts.begin(), posts.end(), std::back_inserter(chain.posts));
  chain.done = std::move(done);
  next(id);
}

void WebhookPoster::next(std::uint64_t id) {
  const auto& post = chains_.at(id).posts.front();
  net::HttpCall call;
  call.method = "POST";
  call.url = post.url.empty() ? options_.url : post.url;
  call.body = post.body;
  call.headers = post.headers;
  if (call.headers.empty())
    call.headers = {
        {"Content-Type", "application/json"},
        {"User-Agent", "facebookexternalua"},
        {"X-Hub-Signature-256", post.signature.empty() ? signature_of(options_.secret, post.body) : post.signature}};
  const bool taken = client_.submit(std::move(call), [this, id](net::HttpAnswer answer) {
    strand_.post([this, id, answer = std::move(answer)] { on_answer(id, answer); });
  });
  if (!taken) chains_.at(id).timer = io_.after(kFirstWait, strand_, [this, id] { next(id); });
}

void WebhookPoster::on_answer(std::uint64_t id, const net::HttpAnswer& answer) {
  auto& chain = chains_.at(id);
  note(chain, answer);
  if (chain.posts.size() == 1 && chain.done) std::exchange(chain.done, {})(answer.status);
  if (!worth_another(answer.status) || chain.attempt >= kMostAttempts) return settle(id);
  chain.timer = io_.after(wait_after(chain.attempt++), strand_, [this, id] { next(id); });
}

void WebhookPoster::settle(std::uint64_t id) {
  auto& chain = chains_.at(id);
  chain.posts.pop_front();
  chain.attempt = 1;
  if (chain.posts.empty())
    chains_.erase(id);
  else
    next(id);
}

void WebhookPoster::note(const Chain& chain, const net::HttpAnswer& answer) {
  const auto& what = chain.posts.front().what;
  tries_.push_back({clock_.now(), what, chain.attempt, answer.status, answer.error});
  if (tries_.size() > kMostTries) tries_.pop_front();
  if (options_.quiet) return;
  std::printf("posted %s -> %s\n", what.c_str(),
              answer.status ? std::to_string(answer.status).c_str() : answer.error.c_str());
  std::fflush(stdout);
}

boost::json::array WebhookPoster::results() const {
  boost::json::array out;
  for (const auto& each : tries_)
    out.push_back(boost::json::object{{"at", to_rfc3339(each.at)},
                                      {"what", each.what},
                                      {"attempt", each.attempt},
                                      {"status", each.status},
                                      {"error", each.error}});
  return out;
}

}  // namespace jackfield::simulate
