// Any bytes as a mail: an event comes out, valid JSON, and the same one twice.
#include <boost/json/parse.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "mime_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield::email;
  const std::string_view mail(reinterpret_cast<const char*>(data), size);
  const Envelope envelope{"ana@example.com", {"support@example.com"}};
  const auto put = [](std::string_view) { return std::string(64, 'a'); };
  const auto event = read_mail(mail, envelope, {}, 1795000000000, put);
  if (!event || event != read_mail(mail, envelope, {}, 1795000000000, put)) std::abort();
  boost::system::error_code error;
  boost::json::parse(*event, error);
  if (error) std::abort();
  return 0;
}
