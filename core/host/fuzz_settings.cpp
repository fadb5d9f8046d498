// A connector's manifest and a channel's settings, both of any bytes, one after the other with a zero between: what the
// schema check finds no problem with can be split, and no secret stays in the open part.
#include <boost/json/parse.hpp>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "host/manifest.hpp"
#include "host/settings.hpp"

namespace {

namespace json = boost::json;

// Settings are written in a file of a few levels; the parser's own bound is 32.
json::object object_of(std::string_view text) {
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  return error || !value.is_object() ? json::object{} : value.get_object();
}

void must_be_gone(const json::value& open, std::string_view pointer) {
  boost::system::error_code error;
  const auto* there = open.find_pointer(pointer, error);
  if (there && !there->is_null()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield::host;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto zero = bytes.find('\0');
  const auto first = bytes.substr(0, zero);
  const auto settings = object_of(zero == std::string_view::npos ? std::string_view{} : bytes.substr(zero + 1));

  auto schema = object_of(first);
  if (const auto manifest = parse_manifest(first)) schema = manifest->settings_schema;
  if (!schema_problem(schema).empty()) return 0;
  setting_text(settings, "account");
  if (!check_against_schema(schema, settings).empty()) return 0;
  const auto split = split_settings(schema, settings);
  blanked_settings(schema, settings);
  for (const auto& [pointer, values] : split.secrets) must_be_gone(split.open, pointer);
  return 0;
}
