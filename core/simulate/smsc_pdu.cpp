#include "simulate/smsc_pdu.hpp"

namespace jackfield::simulate {
namespace {

constexpr std::size_t head_bytes = 16, longest = 1 << 20;

std::uint32_t read32(std::string_view at) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value * 256 + static_cast<unsigned char>(at[static_cast<std::size_t>(i)]);
  return value;
}

void put32(std::string& out, std::uint32_t value) {
  for (int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 0xFF);
}

// Fields of a body, in order. A field that is not there makes the whole of it bad.
struct Fields {
  std::string_view rest;
  bool bad = false;

  unsigned byte() {
    if (rest.empty()) return bad = true, 0;
    const auto value = static_cast<unsigned char>(rest[0]);
    rest.remove_prefix(1);
    return value;
  }
  std::string string() {
    const auto zero = rest.find('\0');
    if (zero == rest.npos) return bad = true, std::string();
    std::string value(rest.substr(0, zero));
    rest.remove_prefix(zero + 1);
    return value;
  }
  std::string bytes(std::size_t count) {
    if (rest.size() < count) return bad = true, std::string();
    std::string value(rest.substr(0, count));
    rest.remove_prefix(count);
    return value;
  }
};

}  // namespace

std::optional<SmscPdu> take_pdu(std::string& bytes, bool& broken) {
  if (bytes.size() < head_bytes) return std::nullopt;
  const auto length = read32(bytes);
  broken = length < head_bytes || length > longest;
  if (broken || bytes.size() < length) return std::nullopt;
  const std::string_view view(bytes);
  SmscPdu pdu{read32(view.substr(4)), read32(view.substr(8)), read32(view.substr(12)),
              bytes.substr(head_bytes, length - head_bytes)};
  bytes.erase(0, length);
  return pdu;
}

std::string pdu_bytes(const SmscPdu& pdu) {
  std::string out;
  put32(out, static_cast<std::uint32_t>(head_bytes + pdu.body.size()));
  put32(out, pdu.command);
  put32(out, pdu.status);
  put32(out, pdu.sequence);
  return out + pdu.body;
}

std::optional<SmscMessage> parse_message(std::string_view body) {
  Fields in{body};
  SmscMessage out;
  out.service_type = in.string();
  out.from_ton = in.byte(), out.from_npi = in.byte(), out.from = in.string();
  out.to_ton = in.byte(), out.to_npi = in.byte(), out.to = in.string();
  out.esm_class = in.byte();
  in.byte(), in.byte();  // protocol id, priority
  out.schedule = in.string(), out.validity = in.string();
  out.registered = in.byte();
  in.byte();  // replace if present
  out.coding = in.byte();
  in.byte();  // default message
  out.text = in.bytes(in.byte());
  while (!in.bad && !in.rest.empty()) {
    const unsigned tag = in.byte() * 256 + in.byte();
    const unsigned length = in.byte() * 256 + in.byte();
    out.parameters.emplace_back(tag, in.bytes(length));
  }
  if (in.bad) return std::nullopt;
  return out;
}

std::string message_body(const SmscMessage& message) {
  std::string out;
  const auto byte = [&](std::size_t value) { out += static_cast<char>(value & 0xFF); };
  const auto string = [&](const std::string& value) { out += value, out += '\0'; };
  string(message.service_type);
  byte(message.from_ton), byte(message.from_npi), string(message.from);
  byte(message.to_ton), byte(message.to_npi), string(message.to);
  byte(message.esm_class), byte(0), byte(0);
  string(message.schedule), string(message.validity);
  byte(message.registered), byte(0), byte(message.coding), byte(0);
  byte(message.text.size()), out += message.text;
  for (const auto& [tag, value] : message.parameters) {
    byte(tag >> 8), byte(tag), byte(value.size() >> 8), byte(value.size());
    out += value;
  }
  return out;
}

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

std::optional<std::string> bytes_of_hex(std::string_view text) {
  std::string out;
  const auto digit = [](char c) { return std::string_view("0123456789abcdef").find(c | 0x20); };
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    if (digit(text[i]) > 15 || digit(text[i + 1]) > 15) return std::nullopt;
    out += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  }
  return text.size() % 2 ? std::nullopt : std::optional(out);
}

}  // namespace jackfield::simulate
