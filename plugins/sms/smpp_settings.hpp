// What the settings say with provider: smpp. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "smpp_pdu.hpp"

namespace jackfield::sms::smpp {

enum class LongMessages : std::uint8_t { udh, udh16, sar, message_payload };
// What data_coding 0 means to the carrier.
enum class DefaultAlphabet : std::uint8_t { gsm, latin1, ascii };
// How the ids of receipts are written, next to those of the answers to submits.
enum class ReceiptIds : std::uint8_t { automatic, as_is, response_hex_receipt_decimal, response_decimal_receipt_hex };

struct SmppSettings {
  std::string host;
  std::uint16_t port = 2775;
  bool tls = true, tls_verify = true;
  std::string system_id, system_type;  // the password is a secret: /password
  bool transceiver = true;             // else a transmitter and a receiver
  std::size_t binds = 1;
  Address source;
  std::size_t window = 10;
  std::int64_t enquire_link_ms = 30000, response_timeout_ms = 25000;
  std::uint8_t registered_delivery = 1;
  bool guess_receipts = false;  // a receipt's text without the bit that says so
  DefaultAlphabet charset = DefaultAlphabet::gsm;
  LongMessages long_messages = LongMessages::udh;
  ReceiptIds receipt_ids = ReceiptIds::automatic;
  bool transliterate = false;
  std::size_t max_segments = 10;
  std::string service_type;
};

// report(JSON pointer, message) for each problem that the schema cannot tell; what could be read is returned all the
// same. The text is the connector's settings as JSON.
using Report = std::function<void(std::string_view pointer, std::string_view message)>;
SmppSettings read_smpp_settings(std::string_view json, const Report& report);

// "500ms", "30s", "5m", "1h".
std::optional<std::int64_t> parse_duration_ms(std::string_view text);

// A number or a name as an address: +digits is international (1/1), a short number is the network's own (3/0), a name
// is alphanumeric (5/0).
Address address_of(std::string_view text);

}  // namespace jackfield::sms::smpp
