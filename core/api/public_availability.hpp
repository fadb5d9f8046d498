// Availability for websites: without a token, for the channels that the operator names, and nothing but what a visitor
// may know. Worked out once in some seconds, whatever the number of those who ask.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/availability_config.hpp"
#include "api/call.hpp"
#include "api/client_rates.hpp"
#include "net/networks.hpp"

namespace jackfield::flow {
struct Availability;
}

namespace jackfield::api {

struct Context;

inline constexpr std::string_view kPublicPath = "/public/";

// Any thread.
class PublicDesk : public std::enable_shared_from_this<PublicDesk> {
 public:
  PublicDesk(PublicAvailability config, net::Networks proxies);
  // All channels, or the one that the path names.
  void answer(Context& context, const CallPtr& call);

 private:
  struct Pages {
    Time at{};
    std::string all;
    std::map<std::string, std::string, std::less<>> each;  // by channel
  };
  using PagesPtr = std::shared_ptr<const Pages>;

  bool may_ask(Context& context, Call& call);
  PagesPtr fresh_or_wait(const CallPtr& call, Time now, bool& first);
  void work_out(Context& context);
  void worked_out(Result<PagesPtr> pages);
  Pages write(const std::vector<flow::Availability>& all, Time now) const;
  std::string written(const PublicChannel& channel, const std::vector<flow::Availability>& all) const;

  const PublicAvailability config_;
  const net::Networks proxies_;
  ClientRates rates_;
  std::mutex mutex_;
  PagesPtr pages_;                // the last that were worked out; null: none yet
  std::vector<CallPtr> waiting_;  // for those that are being worked out; bounded by the server's connections
};

}  // namespace jackfield::api
