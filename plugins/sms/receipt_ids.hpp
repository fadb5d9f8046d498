// The ids of messages, which many carriers write in one way when they take a message and in another in its receipt: as
// hexadecimal here and decimal there, with or without leading zeros. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "smpp_settings.hpp"

namespace jackfield::sms::smpp {

// Without leading zeros; in lower case when it is a hexadecimal number.
std::string plain_id(std::string_view id);
// Of numbers of up to 32 digits; nothing for what is no number.
std::optional<std::string> hex_to_decimal(std::string_view id);
std::optional<std::string> decimal_to_hex(std::string_view id);

// Finds the id under which a message was taken from the id that its receipt has. The way may be set; else (automatic)
// it is learnt from the first receipt that fits one way only.
class ReceiptIdMatcher {
 public:
  explicit ReceiptIdMatcher(ReceiptIds way) : way_(way) {}

  // The carrier took a message under that id (of plain_id).
  void taken(const std::string& id);

  struct Match {
    std::string id;       // as plain_id of the answer's; the likeliest when it is not certain
    bool certain = true;  // false: no message is known so; one may become so
  };
  Match match(std::string_view receipt_id);

  ReceiptIds way() const { return way_; }
  void set_way(ReceiptIds way) { way_ = way; }

 private:
  static constexpr std::size_t most = 32768;
  std::string rewritten(const std::string& id, ReceiptIds way) const;

  ReceiptIds way_;
  std::unordered_set<std::string> known_;
  std::deque<std::string> order_;
};

}  // namespace jackfield::sms::smpp
