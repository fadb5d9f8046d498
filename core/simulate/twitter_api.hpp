// The X API's side of the simulator: messages, posts, files, limits, and the faults it was told to make.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "net/http_server.hpp"
#include "simulate/twitter.hpp"
#include "simulate/twitter_events.hpp"

namespace jackfield::simulate {

// How one request to a path is to end otherwise than well.
struct TwitterFault {
  std::string path;          // its beginning; empty: any
  int status = 0;            // 0: well
  std::string detail;        // of the problem
  std::int64_t reset_s = 0;  // x-rate-limit-reset, from now; 0: not said
  std::int64_t delay_ms = 0;
  bool drop = false;   // the connection is cut instead of an answer
  bool taken = false;  // with drop or a status: it was done all the same
};

struct TwitterAnswer {
  net::HttpResponse response;
  std::int64_t delay_ms = 0;
};

// All on the strand. Webhooks, subscriptions and the stream are the server's (twitter.cpp).
class TwitterApi {
 public:
  TwitterApi(const TwitterOptions& options, const Clock& clock, TwitterEvents& events)
      : options_(options), clock_(clock), events_(events) {}

  TwitterAnswer handle(const net::HttpRequest& request);
  TwitterFault take_fault(const net::HttpRequest& request);
  TwitterAnswer spoilt(const TwitterFault& fault) const;

  void add_faults(const boost::json::array& faults);
  void set_limit(const std::string& what, std::int64_t limit, std::int64_t window_s);
  std::string add_media(std::string bytes, std::string media_type);
  // Control calls: somebody writes to the account.
  std::string direct_message(const boost::json::object& call, TwitterEvents::Done done);
  std::string post(const boost::json::object& call, TwitterEvents::Done done);

  boost::json::object sent(std::size_t after, std::size_t limit) const;
  boost::json::object counts() const;
  void forget();
  bool echo = true;  // tell of what was sent: dm.sent, post.create

 private:
  struct Limit {
    std::int64_t most = 0, left = 0, reset_s = 0, window_s = 900;
  };
  struct Upload {
    std::string bytes, media_type;
    std::int64_t total = 0;
    bool whole = false;
    int looks = 0;  // how often it says that it still works on it
  };

  std::string next_id();
  bool limited(const std::string& what, TwitterAnswer& answer);
  TwitterAnswer send_direct(const net::HttpRequest& request, const std::string& to);
  TwitterAnswer send_post(const net::HttpRequest& request);
  TwitterAnswer direct_page(const net::HttpRequest& request, const std::string& with) const;
  TwitterAnswer mentions(const net::HttpRequest& request) const;
  TwitterAnswer media(const net::HttpRequest& request, const std::vector<std::string>& path);
  TwitterAnswer processed(const std::string& id);
  TwitterAnswer direct_media(const std::vector<std::string>& path) const;
  void keep(const std::string& kind, const std::string& id, const std::string& to, boost::json::object body);

  const TwitterOptions& options_;
  const Clock& clock_;
  TwitterEvents& events_;
  std::uint64_t last_id_ = 0;
  std::deque<TwitterFault> faults_;
  std::map<std::string, Limit> limits_;
  std::map<std::string, Upload> uploads_;
  std::vector<boost::json::object> sent_;
  std::deque<boost::json::object> directs_;   // both ways, as GET /2/dm_events has them
  std::deque<boost::json::object> mentions_;  // as GET /2/users/ID/mentions has them
  std::map<std::string, bool> summons_;       // posts of others: do they mention or quote the account?
  std::map<std::string, std::string> authors_;
  std::map<std::string, boost::json::object> users_;
  std::set<std::string> texts_;  // of posts: each may be said once
  std::map<std::string, std::int64_t> calls_;
};

// "/2/tweets" → {"2", "tweets"}
std::vector<std::string> path_pieces(std::string_view path);
TwitterAnswer json_answer(int status, const boost::json::value& body);
TwitterAnswer problem(int status, std::string_view detail);

}  // namespace jackfield::simulate
