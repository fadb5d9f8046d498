// Any text and any parameters: a receipt has an id, and its id is matched without end or loss.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "receipt_ids.hpp"
#include "receipts.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield::sms::smpp;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ShortMessage message;
  message.short_message = bytes;
  if (size > 4 && size % 2 == 0) {
    message.tlvs = {{receipted_message_id, std::string(bytes.substr(0, size / 2))},
                    {message_state, std::string(bytes.substr(size / 2, 1))},
                    {network_error_code, std::string(bytes.substr(size - 3))}};
  }
  const auto receipt = read_receipt(message);
  if (!receipt) return 0;
  if (receipt->id.empty() || receipt->state > MessageState::skipped) std::abort();
  const std::string plain = plain_id(receipt->id);
  if (plain.empty() || plain_id(plain) != plain) std::abort();
  if (const auto hex_id = decimal_to_hex(plain); hex_id && hex_to_decimal(*hex_id) != plain) std::abort();
  ReceiptIdMatcher matcher(ReceiptIds::automatic);
  matcher.taken(plain);
  const auto match = matcher.match(receipt->id);
  if (!match.certain || match.id != plain) std::abort();
  return 0;
}
