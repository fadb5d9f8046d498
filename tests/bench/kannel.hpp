// Yardstick: Kannel, bearerbox and smsbox, bound to the same SMSC, with HTTP behind it as its users have it.
#pragma once

#include <memory>
#include <string>

#include "child.hpp"

namespace jackfield::bench {

class Kannel {
 public:
  static bool is_installed();
  // Messages that come in are handed to http_port. Waits until it listens. Throws when it does not come up.
  Kannel(const std::string& folder, int smpp_port, int http_port);
  int send_port() const { return send_port_; }  // of /cgi-bin/sendsms

 private:
  int send_port_ = 0;
  std::unique_ptr<Child> bearerbox_, smsbox_;
};

}  // namespace jackfield::bench
