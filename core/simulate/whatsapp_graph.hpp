// The Graph API's side of the simulator: what it was sent, the files it holds, and the faults it was told to make.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "net/http_server.hpp"
#include "simulate/whatsapp.hpp"

namespace jackfield::simulate {

// How one request to the API is to end otherwise than well.
struct Fault {
  int status = 0;  // 0: well
  std::int64_t code = 0;
  int retry_after = 0;  // seconds; 0: not said
  std::int64_t delay_ms = 0;
  bool drop = false;            // the connection is cut instead of an answer
  bool taken = false;           // with drop: the message was accepted all the same
  std::string on = "messages";  // or "upload", "media" (where a file is), "download"
};
Fault fault_from(const boost::json::object& call);

enum class Receipts : std::uint8_t { automatic, none, reversed, before_answer, twice };
bool parse(std::string_view text, Receipts& out);

// An answer, and when it was a send that was taken, its id.
struct GraphAnswer {
  net::HttpResponse response;
  std::int64_t delay_ms = 0;
  std::string accepted;  // id of the message
  std::string to;
  std::string correlation;  // biz_opaque_callback_data
  std::string link;         // of a file that Meta is to fetch
  bool to_user_id = false;  // to is a business-scoped id
  bool dropped = false;
};

class Graph {
 public:
  Graph(const WhatsAppOptions& options, const Clock& clock, std::string id_prefix);

  GraphAnswer handle(const net::HttpRequest& request);

  void add_faults(const boost::json::array& faults);
  std::string add_media(std::string bytes, std::string media_type);  // its id
  // Messages taken, from the after-th on, at most limit.
  boost::json::object sent(std::size_t after, std::size_t limit) const;
  const boost::json::object* find(std::string_view id) const;  // a sent message: {"id", "to", …}
  boost::json::array signs() const { return signs_; }  // read marks and signs of typing, {"message_id", "typing"}
  void fetched(const std::string& id, int status, std::string_view bytes);  // the file of a message sent by link
  void forget();
  std::string next_id() { return id_prefix_ + std::to_string(++last_id_); }

 private:
  GraphAnswer messages(const net::HttpRequest& request);
  GraphAnswer accept(const boost::json::object& body);
  GraphAnswer upload(const net::HttpRequest& request);
  GraphAnswer media_info(const net::HttpRequest& request, const std::string& id);
  GraphAnswer media_bytes(const std::string& id);
  bool bearer_is_right(const net::HttpRequest& request) const;
  Fault next_fault(std::string_view on);
  GraphAnswer or_fault(std::string_view on, GraphAnswer right);
  bool proof_is_right(const net::HttpRequest& request) const;

  struct Media {
    std::string bytes, media_type;
  };

  const WhatsAppOptions& options_;
  const Clock& clock_;
  std::string id_prefix_;
  std::uint64_t last_id_ = 0;
  std::deque<Fault> faults_;
  std::map<std::string, Media> media_;
  std::vector<boost::json::object> sent_;
  boost::json::array signs_;
  std::map<std::string, std::size_t, std::less<>> by_id_;
};

}  // namespace jackfield::simulate
