// The seam between the connector and the ways to reach phones: Twilio-compatible HTTP, Vonage-compatible HTTP, SMPP.
//
// The connector (connector.cpp) reads what the host sends, holds the rules that are the same everywhere (numbers,
// opt-out, reassembly, the shape of events) and owns one Provider and the Inbox it hands things up to. All [strand].
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <jackfield/jackfield.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::sms {

struct OutboundMedia {
  std::string media_type, name;
  std::string url;   // signed, good for a day; empty without server.public_url
  std::string blob;  // its bytes at the host
  std::uint64_t size = 0;
};

// A message to send, read from schema/outbound-message.json and allowed by the connector's rules.
struct Outbound {
  std::string id;    // ours: Send::key
  std::string to;    // E.164 with its plus, or a short code
  std::string text;  // UTF-8
  std::vector<OutboundMedia> media;
  bool automatic = false;    // no person wrote it
  std::string callback_url;  // where a provider may post receipts; empty without server.public_url
};

// Which part of a split message a short message is.
struct PartOf {
  std::uint32_t reference = 0;
  std::uint8_t reference_bits = 8;     // 8 or 16: part of what identifies the set
  std::uint8_t total = 1, number = 1;  // number from 1
};

struct InboundMedia {
  std::string media_type, url, id;
};

// A short message, or a part of one, that came in.
struct Inbound {
  std::string id;        // the provider's; where it gives none, one of the provider class's own making
  std::string from, to;  // +digits when known to be international; else as it came (national, short code, name)
  std::string text;      // UTF-8
  std::string binary;    // octets, for what is no text (data_coding 4)
  std::optional<PartOf> part;
  std::vector<InboundMedia> media;
  std::string language, name;
  std::string sent_at;  // RFC 3339, where the provider says so
  std::string keyword;  // "stop", "start" or "help" where the provider has recognised it; else the connector looks
  bool suspected_redelivery = false;  // its like was unconfirmed at a disconnect; goes into the event's `extra`
  // More members of the event's `extra`: name and value, as text.
  std::vector<std::pair<std::string, std::string>> extra;
};

// What became of something sent.
struct Receipt {
  std::string id;      // as it was given to Send::accepted or Send::note
  std::string status;  // sent, delivered, read, failed
  sdk::ErrorClass error = sdk::ErrorClass::none;
  std::string code, detail;
  std::string at = {};           // RFC 3339, where the provider says so
  std::string correlation = {};  // our message's id, where the provider gives it back
  std::string to = {};           // whom it was for, where the provider says so: may be known as opted out now
};

// Durable state to be written in the transaction of a delivery. A value left out deletes.
using KvWrites = std::vector<std::pair<std::string, std::optional<std::string>>>;

// What a provider hands up; the connector implements it. done is called once, on the strand, maybe within the call.
// OK: it is durable, and only then may the provider's peer be told so. BUSY: the host is full, nothing was taken, the
// peer should come again a little later. Anything else: nothing was taken.
class Inbox {
 public:
  virtual ~Inbox() = default;
  virtual void receive(Inbound&& message, KvWrites&& writes, sdk::Host::Done done) = 0;
  virtual void receive(Receipt&& receipt, KvWrites&& writes, sdk::Host::Done done) = 0;
  // The provider refuses to send to them because they do not want messages: becomes the contact's state.
  virtual void opted_out(std::string_view number, std::string_view reason) = 0;
  // Authentic, but not to be decoded: kept raw, counted and shown. raw is what Provider::replay gets.
  virtual void undecodable(std::string_view reason, std::string_view raw, sdk::Host::Done done) = 0;
};

// One configured way to reach phones. Its constructor keeps references to host and inbox, which outlive it.
class Provider {
 public:
  virtual ~Provider() = default;  // Sends that it keeps answer UNKNOWN

  // May throw sdk::Error; called again by the host after a failure. Says the channel's state itself.
  virtual void start() = 0;
  // Owes the Send's answer, and keeps no view of it.
  virtual void send(sdk::Send&& send, Outbound&& message) = 0;
  virtual void cancel(std::uint64_t /*token*/) {}
  // As Connector: a request below /channels/CHANNEL/.
  virtual void on_webhook(sdk::Webhook&& request) { request.reply(404); }
  virtual void fetch_media(sdk::Fetch&& fetch) { fetch.failed("this provider has no media"); }
  // A durable timer that the connector does not know.
  virtual void on_timer(std::uint64_t /*timer*/, std::string_view /*payload*/) {}
  virtual void drain(std::int64_t /*deadline_ms*/) {}
  virtual void stop() {}
  // What would become of the message: a JSON object (preview/1 of the SDK). Calls nothing of the host.
  virtual std::string preview(const Outbound& message) const = 0;
  // The messages in what was given to Inbox::undecodable; nothing when it still cannot be read.
  virtual std::optional<std::vector<Inbound>> replay(std::string_view /*raw*/) { return std::nullopt; }
};

// Makes the provider that the settings name. Throws sdk::Error (CONFIG) for what cannot be worked with.
std::unique_ptr<Provider> provider_from_settings(sdk::Host& host, Inbox& inbox, std::string_view settings);

}  // namespace jackfield::sms
