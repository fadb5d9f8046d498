// Any user data: the header is within it, its part within its whole, and a part's header is read as it was written.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "user_data_header.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield::sms;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto header = read_user_data_header(bytes);
  if (!header) return 0;
  if (header->length > size || header->length == 0) std::abort();
  if (!header->part) return 0;
  const PartOf& part = *header->part;
  if (part.number == 0 || part.number > part.total) std::abort();
  const auto again = read_user_data_header(write_part_header(part));
  if (!again || !again->part || again->part->reference != part.reference || again->part->number != part.number)
    std::abort();
  return 0;
}
