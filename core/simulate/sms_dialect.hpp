// What one provider's HTTP API for short messages looks like. The stand-in around it is sms_simulator.hpp.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_server.hpp"
#include "simulate/whatsapp_poster.hpp"

namespace jackfield::simulate {

// A message that was sent through the API.
struct SentSms {
  std::string id, to;
  std::string correlation;  // what the sender wants back with receipts
  std::string callback;     // where receipts go; empty: to the webhook
  boost::json::object body;
};

// A request, read: a message to send, or what is answered to anything else.
struct SmsRequest {
  std::optional<SentSms> send;
  net::HttpResponse otherwise;
};

// All on one strand.
class SmsDialect {
 public:
  virtual ~SmsDialect() = default;

  virtual bool is_signed_in(const net::HttpRequest& request) const = 0;
  virtual SmsRequest read(const net::HttpRequest& request) = 0;
  virtual net::HttpResponse accepted(const SentSms& sms) const = 0;
  virtual net::HttpResponse refusal(int status, std::int64_t code, std::string_view message) const = 0;

  virtual std::string make_id(std::uint64_t number) const = 0;
  virtual std::vector<std::string> steps() const = 0;  // of a message that arrives

  // A signed post of a message that came, from what a control call says: {"from", "to", "text"}; media: the URLs and
  // types of its files.
  struct Media {
    std::string url, media_type;
  };
  virtual WebhookPoster::Post inbound(const boost::json::object& call, const std::string& id,
                                      const std::vector<Media>& media, const std::string& url) = 0;
  // A signed post of a receipt. call: {"status", "code"}.
  virtual WebhookPoster::Post receipt(const SentSms& sms, const boost::json::object& call, const std::string& url) = 0;
};

std::string sms_text_at(const boost::json::object& in, std::string_view key);  // empty: it is not there

}  // namespace jackfield::simulate
