#include "receipt_ids.hpp"

#include <algorithm>
#include <vector>

namespace jackfield::sms::smpp {
namespace {

constexpr std::size_t longest_number = 32;

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

bool is_number(std::string_view id, int base) {
  return !id.empty() && id.size() <= longest_number &&
         std::all_of(id.begin(), id.end(), [&](char c) { return digit_of(c) < base; });
}

// Digits of one base as digits of another, by long division; both most significant first.
std::string rebase(std::string_view id, int from, int to) {
  std::vector<int> digits;
  for (const char each : id) digits.push_back(digit_of(each));
  std::string out;
  while (!digits.empty()) {
    int rest = 0;
    std::vector<int> quotient;
    for (const int digit : digits) {
      const int value = rest * from + digit;
      rest = value % to;
      if (!quotient.empty() || value >= to) quotient.push_back(value / to);
    }
    out.push_back("0123456789abcdef"[rest]);
    digits = std::move(quotient);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace

std::string plain_id(std::string_view id) {
  while (id.size() > 1 && id.front() == '0') id.remove_prefix(1);
  std::string plain(id);
  if (is_number(id, 16))
    std::transform(plain.begin(), plain.end(), plain.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return plain;
}

std::optional<std::string> hex_to_decimal(std::string_view id) {
  if (!is_number(id, 16)) return std::nullopt;
  return plain_id(rebase(id, 16, 10));
}

std::optional<std::string> decimal_to_hex(std::string_view id) {
  if (!is_number(id, 10)) return std::nullopt;
  return plain_id(rebase(id, 10, 16));
}

void ReceiptIdMatcher::taken(const std::string& id) {
  if (id.empty() || !known_.insert(id).second) return;
  order_.push_back(id);
  if (order_.size() <= most) return;
  known_.erase(order_.front());
  order_.pop_front();
}

std::string ReceiptIdMatcher::rewritten(const std::string& id, ReceiptIds way) const {
  if (way == ReceiptIds::response_hex_receipt_decimal) return decimal_to_hex(id).value_or(id);
  if (way == ReceiptIds::response_decimal_receipt_hex) return hex_to_decimal(id).value_or(id);
  return id;
}

ReceiptIdMatcher::Match ReceiptIdMatcher::match(std::string_view receipt_id) {
  const std::string plain = plain_id(receipt_id);
  if (way_ != ReceiptIds::automatic) {
    const std::string id = rewritten(plain, way_);
    return {id, known_.contains(id)};
  }
  std::vector<ReceiptIds> ways;
  for (const auto way :
       {ReceiptIds::as_is, ReceiptIds::response_hex_receipt_decimal, ReceiptIds::response_decimal_receipt_hex}) {
    const std::string id = rewritten(plain, way);
    if (known_.contains(id) && (way == ReceiptIds::as_is || id != plain)) ways.push_back(way);
  }
  if (ways.empty()) return {plain, false};
  const std::string id = rewritten(plain, ways.front());
  // Small numbers fit several ways, and those below ten are written alike in all.
  const bool telling = ways.size() == 1 && decimal_to_hex(plain) != plain && hex_to_decimal(plain) != plain;
  if (telling) way_ = ways.front();
  return {id};
}

}  // namespace jackfield::sms::smpp
