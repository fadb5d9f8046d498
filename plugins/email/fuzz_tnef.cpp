// Any bytes as winmail.dat and as what may be in it: no more files than there can be, and texts that are UTF-8.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "charset.hpp"
#include "tnef.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield::email;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto message = read_tnef(bytes)) {
    if (message->files.size() > 500 || !is_utf8(message->text) || !is_utf8(message->html)) std::abort();
    for (const TnefFile& file : message->files)
      if (file.bytes.size() > bytes.size() || !is_utf8(file.name)) std::abort();
  }
  if (const auto rtf = uncompress_rtf(bytes, 1 << 20); rtf && rtf->size() > 1 << 20) std::abort();
  if (!is_utf8(rtf_to_text(bytes))) std::abort();
  return 0;
}
