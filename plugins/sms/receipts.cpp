#include "receipts.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace jackfield::sms::smpp {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

constexpr std::array<std::string_view, 8> names = {"id",        "sub",  "dlvrd", "submit date",
                                                   "done date", "stat", "err",   "text"};

struct Named {
  std::string_view text;
  MessageState state;
};
constexpr Named states[] = {{"DELIVRD", MessageState::delivered},     {"DELIVERED", MessageState::delivered},
                            {"EXPIRED", MessageState::expired},       {"DELETED", MessageState::deleted},
                            {"UNDELIV", MessageState::undeliverable}, {"UNDELIVERABLE", MessageState::undeliverable},
                            {"ACCEPTD", MessageState::accepted},      {"ACCEPTED", MessageState::accepted},
                            {"REJECTD", MessageState::rejected},      {"REJECTED", MessageState::rejected},
                            {"ENROUTE", MessageState::enroute},       {"BUFFRED", MessageState::enroute},
                            {"BUFFERED", MessageState::enroute},      {"SCHEDULED", MessageState::scheduled},
                            {"FAILED", MessageState::undeliverable},  {"SKIPPED", MessageState::skipped},
                            {"UNKNOWN", MessageState::unknown}};

MessageState state_of(std::string_view text) {
  const auto* found = std::find_if(std::begin(states), std::end(states), [&](const auto& s) { return s.text == text; });
  return found == std::end(states) ? MessageState::unknown : found->state;
}

std::string_view usual_text(MessageState state) {
  const auto* found =
      std::find_if(std::begin(states), std::end(states), [&](const auto& s) { return s.state == state; });
  return found == std::end(states) ? "UNKNOWN" : found->text;
}

// Does "name:" stand there, in any case, at the start of a word?
bool name_stands(std::string_view text, std::size_t at, std::string_view name) {
  if (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\n' && text[at - 1] != '\r' && text[at - 1] != '\t')
    return false;
  if (text.size() - at <= name.size() || text[at + name.size()] != ':') return false;
  return std::equal(name.begin(), name.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char a, char b) { return a == lower(b); });
}

// The index in `names` of the name that stands there; names.size() for none.
std::size_t name_at(std::string_view text, std::size_t at) {
  const auto found = std::find_if(names.begin(), names.end(), [&](auto name) { return name_stands(text, at, name); });
  return static_cast<std::size_t>(found - names.begin());
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Each name's value, up to the next name; the first of each counts. Nothing after "text:" is looked at, it is the
// customer's.
std::array<std::string_view, names.size()> values_of(std::string_view text) {
  std::array<std::string_view, names.size()> values{};
  std::size_t current = names.size(), begin = 0;
  const auto end_at = [&](std::size_t at) {
    if (current < names.size() && values[current].empty()) values[current] = trimmed(text.substr(begin, at - begin));
  };
  for (std::size_t at = 0; at < text.size() && current != names.size() - 1; ++at) {
    const std::size_t name = name_at(text, at);
    if (name == names.size()) continue;
    end_at(at);
    current = name;
    begin = at + names[name].size() + 1;
    at = begin - 1;
  }
  end_at(text.size());
  return values;
}

std::string upper_word(std::string_view value) {
  std::string word(value.substr(0, value.find_first_of(" \t\r\n")));
  std::transform(word.begin(), word.end(), word.begin(), upper);
  return word;
}

std::string without_zero(std::string_view value) { return std::string(trimmed(value.substr(0, value.find('\0')))); }

// network_error_code: a type and a code of two octets (5.3.2.31).
std::string network_error(const std::string& value) {
  if (value.size() != 3) return {};
  return std::to_string(static_cast<std::uint8_t>(value[1]) << 8 | static_cast<std::uint8_t>(value[2]));
}

}  // namespace

std::optional<DeliveryReceipt> read_receipt_text(std::string_view text) {
  const auto values = values_of(text);
  const std::string_view id = values[0], stat = values[5], err = values[6];
  if (id.empty() || stat.empty()) return std::nullopt;
  DeliveryReceipt receipt;
  receipt.id = id.substr(0, id.find(' '));
  receipt.state_text = upper_word(stat).substr(0, 32);
  receipt.state = state_of(receipt.state_text);
  receipt.error = err.substr(0, std::min<std::size_t>(err.find(' '), 32));
  return receipt;
}

bool is_receipt(std::uint8_t esm_class) {
  const unsigned type = esm_class & 0x3C;
  return type == 0x04 || type == 0x20;
}

std::optional<DeliveryReceipt> read_receipt(const ShortMessage& message) {
  auto receipt = read_receipt_text(message.user_data());
  const std::string* id = message.tlv(receipted_message_id);
  const std::string* state = message.tlv(message_state);
  if (!receipt) {
    if (!id || !state) return std::nullopt;
    receipt.emplace();
  }
  if (id && !without_zero(*id).empty()) receipt->id = without_zero(*id);
  if (state && state->size() == 1) {
    receipt->state = static_cast<MessageState>(static_cast<std::uint8_t>((*state)[0]));
    if (receipt->state > MessageState::skipped) receipt->state = MessageState::unknown;
    if (receipt->state_text.empty() || state_of(receipt->state_text) != receipt->state)
      receipt->state_text = usual_text(receipt->state);
  }
  if (const std::string* code = message.tlv(network_error_code); code && receipt->error.empty())
    receipt->error = network_error(*code);
  return receipt->id.empty() ? std::nullopt : receipt;
}

}  // namespace jackfield::sms::smpp
