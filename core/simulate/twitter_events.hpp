// What happens on the simulated X, and who is told: webhooks, signed, or the open streams.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/io.hpp"
#include "simulate/twitter.hpp"

namespace jackfield::simulate {

// How events reach their subscriber. `lost`: not at all; they can be replayed and read.
enum class Delivery : std::uint8_t { once, twice, reversed, lost };
bool parse(std::string_view text, Delivery& out);

// All on the strand it is given.
class TwitterEvents {
 public:
  using Done = std::function<void(int status)>;  // of the webhook; 0: none, or no answer

  TwitterEvents(net::IoContext& io, net::Strand strand, const Clock& clock, const TwitterOptions& options);

  // --- webhooks
  // Asks the URL the challenge first; done("") when it answered right, else why not. id: an existing one to ask again.
  void add_webhook(std::string url, std::string id, std::function<void(std::string id, std::string why)> done);
  boost::json::array webhooks() const;
  bool has_webhook(std::string_view id) const;
  std::string webhook_url(std::string_view id) const;
  bool remove_webhook(std::string_view id) { return webhooks_.erase(std::string(id)) > 0; }

  // --- subscriptions
  bool subscribe(const boost::json::object& body, boost::json::object& made);  // false: it is there already
  bool change(const std::string& id, const boost::json::object& body);
  bool unsubscribe(const std::string& id) { return subscriptions_.erase(id) > 0; }
  boost::json::array subscriptions() const;

  // --- events
  void emit(std::string_view type, boost::json::object payload, boost::json::object includes = {}, Done done = {});
  // Bytes as they are, to the first webhook; signature empty: the right one.
  void post_raw(std::string body, std::string signature, Done done);
  void replay(const std::string& webhook_id, std::int64_t from_ms, std::int64_t to_ms);

  // --- streams
  void open_stream(std::shared_ptr<net::Responder> reply, int backfill_minutes);
  void cut_streams();
  std::size_t streams() const { return streams_.size(); }

  Delivery delivery = Delivery::once;
  void flush_held();  // of `reversed`, the one that waits for a second
  boost::json::array results() const;
  void stop();

 private:
  struct Webhook {
    std::string url;
    bool valid = false;
  };
  struct Told {
    std::int64_t at_ms;
    std::string type, body;
  };
  void tell(const std::string& type, const std::string& body, Done done);
  void post(const std::string& url, const std::string& body, const std::string& signature, Done done);
  void keep_alive();
  const boost::json::object* subscription_for(std::string_view type) const;

  net::IoContext& io_;
  net::Strand strand_;
  const Clock& clock_;
  const TwitterOptions& options_;
  std::map<std::string, Webhook> webhooks_;
  std::map<std::string, boost::json::object> subscriptions_;
  std::map<int, std::shared_ptr<net::BodyStream>> streams_;
  std::deque<Told> log_;
  std::deque<boost::json::object> results_;
  std::function<void()> held_;
  std::uint64_t last_id_ = 0;
  int last_stream_ = 0;
  net::TimerHandle timer_;
  net::HttpClient client_{64};
};

}  // namespace jackfield::simulate
