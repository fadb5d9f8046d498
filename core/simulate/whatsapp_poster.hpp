// Posts signed webhooks as Meta does: again, later and later, while the host does not take them.
#pragma once

#include <boost/json/array.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/http_client.hpp"
#include "net/io.hpp"

namespace jackfield::simulate {

// All on the strand it is given.
class WebhookPoster {
 public:
  struct Options {
    std::string url, secret;
    bool quiet = false;
  };
  struct Post {
    std::string what;  // for people: "wamid.1 delivered"
    std::string body;
    std::string signature = {};                                     // instead of the right one
    std::string url = {};                                           // instead of the options'
    std::vector<std::pair<std::string, std::string>> headers = {};  // instead of Meta's, signature included
  };

  WebhookPoster(net::IoContext& io, net::Strand strand, const Clock& clock) : io_(io), strand_(strand), clock_(clock) {}

  void set(Options options) { options_ = std::move(options); }

  // One after the other, each once the one before is settled (taken, refused for good, or given up). first_status, when
  // given, gets the answer to the first try of the last post, 0 for none.
  void post(std::vector<Post> posts, std::function<void(int first_status)> done = {});

  boost::json::array results() const;  // the latest 1000 tries
  std::size_t waiting() const { return chains_.size(); }
  void stop() { client_.stop(); }

 private:
  struct Chain {
    std::deque<Post> posts;
    std::function<void(int)> done;
    int attempt = 1;
    net::TimerHandle timer;
  };
  struct Try {
    Time at;
    std::string what;
    int attempt, status;
    std::string error;
  };

  void next(std::uint64_t chain);
  void on_answer(std::uint64_t chain, const net::HttpAnswer& answer);
  void settle(std::uint64_t chain);
  void note(const Chain& chain, const net::HttpAnswer& answer);

  net::IoContext& io_;
  net::Strand strand_;
  const Clock& clock_;
  Options options_;
  std::map<std::uint64_t, Chain> chains_;
  std::uint64_t last_chain_ = 0;
  std::deque<Try> tries_;
  net::HttpClient client_{512};
};

}  // namespace jackfield::simulate
