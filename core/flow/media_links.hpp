// Signed addresses of files, for providers that fetch what we send: /media/ID?expires=SECONDS&signature=HEX, the
// HMAC-SHA-256 of both with a key of the store's own. [any thread]
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace jackfield::flow {

class MediaLinks {
 public:
  MediaLinks(std::string public_url, std::string key) : public_url_(std::move(public_url)), key_(std::move(key)) {}

  // Good for a day, and the same for all that is asked within an hour.
  std::string url(Id media, Time now) const;
  bool allows(Id media, std::string_view expires, std::string_view signature, Time now) const;

 private:
  std::string signature(Id media, std::string_view expires) const;

  const std::string public_url_;  // without a slash at its end
  const std::string key_;
};

}  // namespace jackfield::flow
