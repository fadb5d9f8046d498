// Any text as a mail's: the new text is the beginning of the whole.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "charset.hpp"
#include "plain_text.hpp"
#include "quotes.hpp"
#include "uuencode.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield::email;
  std::string text = clean_text(std::string_view(reinterpret_cast<const char*>(data), size));
  const std::string fresh = new_text_of(text);
  if (!text.starts_with(fresh) || (!fresh.empty() && fresh.size() == text.size())) std::abort();
  unflow(text, true);
  const std::size_t before = text.size();
  take_uuencoded(text);
  if (text.size() > before) std::abort();
  return 0;
}
