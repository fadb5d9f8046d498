// `jackfield simulate smsc`: stands in for a carrier's SMSC (SMPP 3.4). docs/connectors/sms.md has its control calls.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace jackfield::simulate {

struct SmscOptions {
  std::string listen = "127.0.0.1:2775";
  std::string http_listen;          // "127.0.0.1:9002": control calls; empty: none
  std::string system_id, password;  // empty: any will do
  std::size_t window = 50;          // messages out to one bind without an answer
  std::string certificate, key;     // PEM files; with them it speaks TLS
  bool quiet = false;
};

struct SmscAddresses {
  std::string smpp, http;
};

// The SMSC with a thread of its own, for tests as well. Any thread.
class Smsc {
 public:
  explicit Smsc(SmscOptions options);
  ~Smsc();  // stop()

  Result<SmscAddresses> start();
  Result<void> behave(const boost::json::object& change);        // see SmscBehaviour
  Result<void> add_messages(const boost::json::object& wanted);  // see SmscExchange
  boost::json::object state() const;
  void stop();  // safe twice

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Until SIGINT or SIGTERM. The exit code: 0, or 1 with a line on stderr.
int simulate_smsc(const SmscOptions& options);

}  // namespace jackfield::simulate
