// SMPP 3.4 on the wire: PDUs read from bytes and written to them. Pure. Sections are those of the specification,
// "Short Message Peer to Peer Protocol, v3.4, issue 1.2".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::sms::smpp {

inline constexpr std::uint32_t response_bit = 0x80000000;
inline constexpr std::size_t header_size = 16;

enum Command : std::uint32_t {  // 5.1.2.1
  generic_nack = 0x80000000,
  bind_receiver = 0x01,
  bind_transmitter = 0x02,
  query_sm = 0x03,
  submit_sm = 0x04,
  deliver_sm = 0x05,
  unbind = 0x06,
  bind_transceiver = 0x09,
  outbind = 0x0B,
  enquire_link = 0x15,
  alert_notification = 0x102,
  data_sm = 0x103
};

enum Tag : std::uint16_t {  // 5.3.2
  additional_status_info_text = 0x001D,
  receipted_message_id = 0x001E,
  sar_msg_ref_num = 0x020C,
  sar_total_segments = 0x020E,
  sar_segment_seqnum = 0x020F,
  sc_interface_version = 0x0210,
  network_error_code = 0x0423,
  message_payload = 0x0424,
  message_state = 0x0427
};

struct Tlv {
  std::uint16_t tag = 0;
  std::string value;
  bool operator==(const Tlv&) const = default;
};

struct Pdu {
  std::uint32_t command = 0, status = 0, sequence = 0;
  std::string body;
};

struct Address {
  std::uint8_t ton = 0, npi = 0;
  std::string digits;
  bool operator==(const Address&) const = default;
};

struct BindRequest {
  std::string system_id, password, system_type;
  Address range;
};

// submit_sm and deliver_sm, which have one layout, and data_sm, which has some of it.
struct ShortMessage {
  std::string service_type;
  Address source, destination;
  std::uint8_t esm_class = 0, protocol_id = 0, priority = 0;
  std::string schedule_time, validity_period;
  std::uint8_t registered_delivery = 0, replace_if_present = 0, data_coding = 0, default_message = 0;
  std::string short_message;  // octets: up to 254
  std::vector<Tlv> tlvs;

  const std::string* tlv(std::uint16_t tag) const;
  // The octets of the text with its header: message_payload where it is given.
  const std::string& user_data() const;
  bool operator==(const ShortMessage&) const = default;
};

// Cuts a stream of bytes into PDUs.
class Framer {
 public:
  explicit Framer(std::size_t longest = 128 * 1024) : longest_(longest) {}
  void add(std::string_view bytes) { bytes_.append(bytes); }
  // The next whole PDU.
  std::optional<Pdu> next();
  // A length came that cannot be; nothing after it can be understood. bytes(): from there on.
  bool is_lost() const { return lost_; }
  std::string_view bytes() const { return std::string_view(bytes_).substr(taken_); }

 private:
  std::size_t longest_, taken_ = 0;
  std::string bytes_;
  bool lost_ = false;
};

// Nothing when the body breaks the layout: a string without its end or longer than allowed, too few octets.
std::optional<BindRequest> read_bind(std::string_view body);
std::optional<ShortMessage> read_short_message(std::string_view body);  // submit_sm, deliver_sm
std::optional<ShortMessage> read_data_sm(std::string_view body);
// Of a submit_sm_resp or data_sm_resp; empty for a body that is absent, as it may be. Some peers leave the zero out.
std::optional<std::string> read_message_id(std::string_view body);

std::string write(std::uint32_t command, std::uint32_t status, std::uint32_t sequence, std::string_view body = {});
std::string write_bind(const BindRequest& request);
std::string write_short_message(const ShortMessage& message);
std::string write_data_sm(const ShortMessage& message);
std::string write_c_string(std::string_view text);

std::string two_octets(std::uint16_t value);

// Lower-case hex, cut after so many octets: for the log.
std::string hex(std::string_view bytes, std::size_t most = 512);
std::optional<std::string> from_hex(std::string_view text);

}  // namespace jackfield::sms::smpp
