// Phone numbers to E.164 (ITU-T E.164, by libphonenumber); short codes and senders' names stay as they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace jackfield::sms {

enum class NumberKind : std::uint8_t {
  international,  // E.164 with its plus: the same person everywhere
  short_code,     // "12345": means something only with one operator or country
  name            // "Acme": an alphanumeric sender, to which nothing can be sent
};

struct Number {
  std::string text;  // 1 to 64 bytes, no control characters; "unknown" for a sender who hides
  NumberKind kind = NumberKind::short_code;

  std::string address() const { return "tel:" + text; }
};

// Not for two threads at once.
class Numbers {
 public:
  // region: the country of numbers written without one, as in "FR" (ISO 3166-1); empty: such numbers stay as they are.
  explicit Numbers(std::string region = {}) : region_(std::move(region)) {}

  const Number& read(std::string_view written);

 private:
  std::string region_;
  std::unordered_map<std::string, Number> known_;  // the same few come again and again
};

bool is_region(std::string_view region);  // one that libphonenumber knows

}  // namespace jackfield::sms
