#include "api/token_book.hpp"

namespace jackfield::api {
namespace {

constexpr Millis kLook{1000};

std::string random_key(Random& random) {
  std::string key(32, '\0');
  random.fill(key.data(), key.size());
  return key;
}

std::vector<Token> without_secrets(std::vector<Token> tokens) {
  for (Token& token : tokens) {
    if (!token.secret.empty()) token.hash = sha256_hex(token.secret);
    token.secret.clear();
  }
  return tokens;
}

}  // namespace

TokenBook::TokenBook(std::vector<Token> configured, Random& random)
    : key_(random_key(random)), configured_(without_secrets(std::move(configured))) {
  put_together();
}

void TokenBook::put_together() {
  const auto before = tokens();
  std::atomic_store(&tokens_, std::make_shared<const Tokens>(configured_, made_, key_, before.get()));
}

void TokenBook::configured(std::vector<Token> tokens) {
  {
    std::lock_guard lock(mutex_);
    configured_ = without_secrets(std::move(tokens));
    put_together();
  }
  tell();
}

Result<void> TokenBook::made() {
  {
    std::lock_guard lock(mutex_);
    auto rows = reader_->api_tokens();
    if (!rows) return rows.error();
    made_ = std::move(*rows);
    put_together();
  }
  tell();
  return {};
}

void TokenBook::tell() {
  std::lock_guard lock(telling_);
  if (changed_) changed_();
}

void TokenBook::start(net::IoContext& io, const Clock& clock, std::function<void()> changed) {
  {
    std::lock_guard lock(telling_);
    changed_ = std::move(changed);
    looked_ = clock.now();
  }
  look_for_expired(io, clock);
}

void TokenBook::stop() {
  std::lock_guard lock(telling_);
  changed_ = {};
  timer_.cancel();
}

void TokenBook::look_for_expired(net::IoContext& io, const Clock& clock) {
  std::lock_guard lock(telling_);
  if (!changed_) return;
  const Time now = clock.now();
  if (tokens()->any_expires(looked_, now)) changed_();
  looked_ = now;
  timer_ = io.after(kLook, [weak = weak_from_this(), &io, &clock] {
    if (const auto self = weak.lock()) self->look_for_expired(io, clock);
  });
}

}  // namespace jackfield::api
