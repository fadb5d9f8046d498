#include "flow/phone_number.hpp"

namespace jackfield::flow {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

Result<std::string> callable_number(std::string_view written) {
  std::string_view value = trimmed(written);
  if (value.starts_with("tel:")) value.remove_prefix(4);
  std::string number(value);
  if (number.starts_with("00")) number.replace(0, 2, "+");
  if (!number.starts_with('+') || number.size() > 40)
    return fail(Errc::invalid, "a number to call is written with its country, as in tel:+33612345678");
  return normalize_address("tel:" + number);
}

std::string attested_number(const Contact& contact, std::string_view wrote_from) {
  std::string out;
  for (const auto& address : contact.addresses) {
    if (address.evidence != Evidence::attested || !address.uri.starts_with("tel:+")) continue;
    if (address.uri == wrote_from) return address.uri;
    if (out.empty()) out = address.uri;
  }
  return out;
}

}  // namespace jackfield::flow
