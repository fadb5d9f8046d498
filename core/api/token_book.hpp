// Who gets in: the tokens of the configuration file and those made over the API, put together anew when either changes.
// Any thread.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "api/auth.hpp"
#include "base/random.hpp"
#include "net/io.hpp"
#include "store/reader.hpp"

namespace jackfield::api {

class TokenBook : public std::enable_shared_from_this<TokenBook> {
 public:
  TokenBook(std::vector<Token> configured, Random& random);
  void read_with(std::unique_ptr<store::Reader> reader) { reader_ = std::move(reader); }  // before the first made()

  std::shared_ptr<const Tokens> tokens() const { return std::atomic_load(&tokens_); }
  void configured(std::vector<Token> tokens);  // these are the file's from now on
  // Reads the others from the store again. After an Error those that were known stay.
  Result<void> made();

  // From now on `changed` is told whenever a token may have gone or has expired, within a second. io and clock must
  // outlive stop(); once that returns, nothing is told any more.
  void start(net::IoContext& io, const Clock& clock, std::function<void()> changed);
  void stop();  // not from within `changed`; safe twice and without start

 private:
  void put_together();  // under mutex_
  void tell();
  void look_for_expired(net::IoContext& io, const Clock& clock);

  const std::string key_;
  std::unique_ptr<store::Reader> reader_;
  std::mutex mutex_;
  std::vector<Token> configured_;  // with hashes, without secrets
  std::vector<store::ApiToken> made_;
  std::shared_ptr<const Tokens> tokens_;  // through std::atomic_load and _store

  std::mutex telling_;             // also of what follows
  std::function<void()> changed_;  // empty: stopped
  net::TimerHandle timer_;
  Time looked_{};
};

}  // namespace jackfield::api
