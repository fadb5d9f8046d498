#include "smpp_pdu.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace jackfield::sms::smpp {
namespace {

constexpr std::size_t longest_message_id = 65;  // 64 by the specification

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

// Takes fields from the front of a body. The first that does not fit makes all that follow fail.
class Reader {
 public:
  explicit Reader(std::string_view body) : rest_(body) {}

  void octet(std::uint8_t& value) {
    if (!has(1)) return;
    value = static_cast<std::uint8_t>(rest_[0]);
    rest_.remove_prefix(1);
  }
  // size: with its zero
  void c_string(std::string& text, std::size_t size) {
    const std::size_t end = fine_ ? rest_.find('\0') : std::string_view::npos;
    fine_ = fine_ && end < size;
    if (!fine_) return;
    text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
  }
  void octets(std::string& text, std::size_t size) {
    if (!has(size)) return;
    text = rest_.substr(0, size);
    rest_.remove_prefix(size);
  }
  void address(Address& address, std::size_t size) {
    octet(address.ton);
    octet(address.npi);
    c_string(address.digits, size);
  }
  void tlvs(std::vector<Tlv>& tlvs) {
    while (fine_ && !rest_.empty()) {
      std::uint8_t head[4] = {};
      for (auto& each : head) octet(each);
      Tlv tlv{static_cast<std::uint16_t>(head[0] << 8 | head[1]), {}};
      octets(tlv.value, static_cast<std::size_t>(head[2] << 8 | head[3]));
      if (fine_) tlvs.push_back(std::move(tlv));
    }
  }
  bool is_fine() const { return fine_; }

 private:
  bool has(std::size_t size) { return fine_ = fine_ && rest_.size() >= size; }
  std::string_view rest_;
  bool fine_ = true;
};

class Writer {
 public:
  Writer& octet(std::uint8_t value) { return text_.push_back(static_cast<char>(value)), *this; }
  Writer& c_string(std::string_view text) {
    return text_.append(text.substr(0, text.find('\0'))).push_back('\0'), *this;
  }
  Writer& octets(std::string_view text) { return text_.append(text), *this; }
  Writer& address(const Address& address) { return octet(address.ton).octet(address.npi).c_string(address.digits); }
  Writer& number(std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) octet(static_cast<std::uint8_t>(value >> shift));
    return *this;
  }
  Writer& tlvs(const std::vector<Tlv>& tlvs) {
    for (const Tlv& tlv : tlvs)
      octets(two_octets(tlv.tag)).octets(two_octets(static_cast<std::uint16_t>(tlv.value.size()))).octets(tlv.value);
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

const std::string* ShortMessage::tlv(std::uint16_t tag) const {
  const auto found = std::find_if(tlvs.begin(), tlvs.end(), [&](const Tlv& each) { return each.tag == tag; });
  return found == tlvs.end() ? nullptr : &found->value;
}

const std::string& ShortMessage::user_data() const {
  const std::string* payload = tlv(message_payload);
  return payload && short_message.empty() ? *payload : short_message;
}

std::optional<Pdu> Framer::next() {
  const std::string_view rest = bytes();
  if (lost_ || rest.size() < 4) return std::nullopt;
  const std::size_t length = number_at(rest, 0);
  lost_ = length < header_size || length > longest_;
  if (lost_ || rest.size() < length) {
    if (taken_ > 0) bytes_.erase(0, std::exchange(taken_, 0));
    return std::nullopt;
  }
  taken_ += length;
  return Pdu{number_at(rest, 4), number_at(rest, 8), number_at(rest, 12),
             std::string(rest.substr(header_size, length - header_size))};
}

std::optional<BindRequest> read_bind(std::string_view body) {
  BindRequest bind;
  Reader reader(body);
  std::uint8_t version = 0;
  reader.c_string(bind.system_id, 16);
  reader.c_string(bind.password, 9);
  reader.c_string(bind.system_type, 13);
  reader.octet(version);
  reader.address(bind.range, 41);
  return reader.is_fine() ? std::optional(std::move(bind)) : std::nullopt;
}

std::optional<ShortMessage> read_short_message(std::string_view body) {
  ShortMessage message;
  Reader reader(body);
  std::uint8_t length = 0;
  reader.c_string(message.service_type, 6);
  reader.address(message.source, 21);
  reader.address(message.destination, 21);
  for (auto* field : {&message.esm_class, &message.protocol_id, &message.priority}) reader.octet(*field);
  reader.c_string(message.schedule_time, 17);
  reader.c_string(message.validity_period, 17);
  for (auto* field : {&message.registered_delivery, &message.replace_if_present, &message.data_coding,
                      &message.default_message, &length})
    reader.octet(*field);
  reader.octets(message.short_message, length);
  reader.tlvs(message.tlvs);
  return reader.is_fine() ? std::optional(std::move(message)) : std::nullopt;
}

std::optional<ShortMessage> read_data_sm(std::string_view body) {
  ShortMessage message;
  Reader reader(body);
  reader.c_string(message.service_type, 6);
  reader.address(message.source, 65);
  reader.address(message.destination, 65);
  for (auto* field : {&message.esm_class, &message.registered_delivery, &message.data_coding}) reader.octet(*field);
  reader.tlvs(message.tlvs);
  return reader.is_fine() ? std::optional(std::move(message)) : std::nullopt;
}

std::optional<std::string> read_message_id(std::string_view body) {
  const std::string_view id = body.substr(0, body.find('\0'));
  if (id.size() > longest_message_id) return std::nullopt;
  return std::string(id);
}

std::string write(std::uint32_t command, std::uint32_t status, std::uint32_t sequence, std::string_view body) {
  const auto length = static_cast<std::uint32_t>(header_size + body.size());
  return Writer().number(length).number(command).number(status).number(sequence).octets(body).take();
}

std::string write_bind(const BindRequest& bind) {
  return Writer()
      .c_string(bind.system_id)
      .c_string(bind.password)
      .c_string(bind.system_type)
      .octet(0x34)
      .address(bind.range)
      .take();
}

std::string write_short_message(const ShortMessage& message) {
  return Writer()
      .c_string(message.service_type)
      .address(message.source)
      .address(message.destination)
      .octet(message.esm_class)
      .octet(message.protocol_id)
      .octet(message.priority)
      .c_string(message.schedule_time)
      .c_string(message.validity_period)
      .octet(message.registered_delivery)
      .octet(message.replace_if_present)
      .octet(message.data_coding)
      .octet(message.default_message)
      .octet(static_cast<std::uint8_t>(message.short_message.size()))
      .octets(message.short_message)
      .tlvs(message.tlvs)
      .take();
}

std::string write_data_sm(const ShortMessage& message) {
  return Writer()
      .c_string(message.service_type)
      .address(message.source)
      .address(message.destination)
      .octet(message.esm_class)
      .octet(message.registered_delivery)
      .octet(message.data_coding)
      .tlvs(message.tlvs)
      .take();
}

std::string write_c_string(std::string_view text) { return Writer().c_string(text).take(); }

std::string two_octets(std::uint16_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)}; }

std::string hex(std::string_view bytes, std::size_t most) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char each : bytes.substr(0, most)) {
    text.push_back(digits[static_cast<std::uint8_t>(each) >> 4]);
    text.push_back(digits[each & 15]);
  }
  if (bytes.size() > most) text += "…";
  return text;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned value = 0;
    const char* end = text.data() + i + 2;
    if (std::from_chars(text.data() + i, end, value, 16).ptr != end) return std::nullopt;
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

}  // namespace jackfield::sms::smpp
