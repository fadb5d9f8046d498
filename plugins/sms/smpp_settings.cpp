#include "smpp_settings.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <initializer_list>
#include <utility>

namespace jackfield::sms::smpp {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_name = 11;    // of an alphanumeric sender
constexpr std::size_t longest_number = 20;  // octets of source_addr, its zero left out

std::string text_at(const json::object& object, std::string_view key, std::string_view otherwise = {}) {
  const json::value* value = object.if_contains(key);
  return std::string(value && value->is_string() ? std::string_view(value->get_string()) : otherwise);
}

std::int64_t number_at(const json::object& object, std::string_view key, std::int64_t otherwise) {
  const json::value* value = object.if_contains(key);
  if (!value || !value->is_number()) return otherwise;
  boost::system::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  return error ? otherwise : number;
}

bool flag_at(const json::object& object, std::string_view key, bool otherwise) {
  const json::value* value = object.if_contains(key);
  return value && value->is_bool() ? value->get_bool() : otherwise;
}

std::int64_t duration_at(const json::object& object, std::string_view key, std::int64_t otherwise,
                         const Report& report) {
  const std::string text = text_at(object, key);
  if (text.empty()) return otherwise;
  const auto duration = parse_duration_ms(text);
  if (duration && *duration >= 1000 && *duration <= 3600000) return *duration;
  report("/" + std::string(key), "must be a time between 1s and 1h");
  return otherwise;
}

template <class Choice>
Choice choice_at(const json::object& object, std::string_view key,
                 std::initializer_list<std::pair<std::string_view, Choice>> choices) {
  const std::string text = text_at(object, key);
  for (const auto& [name, choice] : choices)
    if (name == text) return choice;
  return choices.begin()->second;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Address read_source(const json::object& settings, const Report& report) {
  const json::value* value = settings.if_contains("source");
  const json::object* source = value ? value->if_object() : nullptr;
  if (!source) return {};
  Address address = address_of(text_at(*source, "address"));
  address.ton = static_cast<std::uint8_t>(number_at(*source, "ton", address.ton));
  address.npi = static_cast<std::uint8_t>(number_at(*source, "npi", address.npi));
  if (address.ton == 5 && address.digits.size() > longest_name)
    report("/source/address", "is too long: a name has at most 11 characters");
  if (address.digits.size() > longest_number) report("/source/address", "is too long: a number has at most 20 digits");
  return address;
}

void check_length(const std::string& text, std::string_view pointer, std::size_t most, const Report& report) {
  if (text.size() > most) report(pointer, "is too long: SMPP has room for " + std::to_string(most) + " characters");
}

void read_ways(SmppSettings& settings, const json::object& object) {
  settings.transceiver = choice_at<bool>(object, "bind", {{"transceiver", true}, {"transmitter_receiver", false}});
  settings.registered_delivery =
      choice_at<std::uint8_t>(object, "dlr", {{"final", 1}, {"none", 0}, {"failure", 2}, {"all", 0x11}});
  settings.charset = choice_at<DefaultAlphabet>(
      object, "charset",
      {{"gsm", DefaultAlphabet::gsm}, {"latin1", DefaultAlphabet::latin1}, {"ascii", DefaultAlphabet::ascii}});
  settings.long_messages = choice_at<LongMessages>(object, "long_messages",
                                                   {{"udh", LongMessages::udh},
                                                    {"udh16", LongMessages::udh16},
                                                    {"sar", LongMessages::sar},
                                                    {"message_payload", LongMessages::message_payload}});
  settings.receipt_ids = choice_at<ReceiptIds>(object, "receipt_ids",
                                               {{"auto", ReceiptIds::automatic},
                                                {"as_is", ReceiptIds::as_is},
                                                {"resp_hex_receipt_dec", ReceiptIds::response_hex_receipt_decimal},
                                                {"resp_dec_receipt_hex", ReceiptIds::response_decimal_receipt_hex}});
}

}  // namespace

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc() || number < 0 || number > 1'000'000'000) return std::nullopt;
  if (unit == "ms") return number;
  if (unit == "s") return number * 1000;
  if (unit == "m") return number * 60'000;
  if (unit == "h") return number * 3'600'000;
  return std::nullopt;
}

Address address_of(std::string_view text) {
  if (text.starts_with('+') && is_digits(text.substr(1))) return {1, 1, std::string(text.substr(1))};
  if (is_digits(text)) return {static_cast<std::uint8_t>(text.size() > 8 ? 0 : 3), 0, std::string(text)};
  return {static_cast<std::uint8_t>(text.empty() ? 0 : 5), 0, std::string(text)};
}

SmppSettings read_smpp_settings(std::string_view text, const Report& report) {
  SmppSettings settings;
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (!object) return report("", "the settings are no JSON object"), settings;
  settings.host = text_at(*object, "host");
  if (settings.host.empty()) report("/host", "must name the carrier's SMSC");
  settings.port = static_cast<std::uint16_t>(number_at(*object, "port", settings.port));
  settings.tls = flag_at(*object, "tls", true);
  settings.tls_verify = flag_at(*object, "tls_verify", true);
  settings.system_id = text_at(*object, "system_id");
  settings.system_type = text_at(*object, "system_type");
  settings.service_type = text_at(*object, "service_type");
  check_length(settings.system_id, "/system_id", 15, report);
  check_length(settings.system_type, "/system_type", 12, report);
  check_length(settings.service_type, "/service_type", 5, report);
  settings.binds = static_cast<std::size_t>(std::clamp<std::int64_t>(number_at(*object, "binds", 1), 1, 16));
  settings.window = static_cast<std::size_t>(std::clamp<std::int64_t>(number_at(*object, "window", 10), 1, 1000));
  settings.max_segments =
      static_cast<std::size_t>(std::clamp<std::int64_t>(number_at(*object, "max_segments", 10), 1, 255));
  settings.enquire_link_ms = duration_at(*object, "enquire_link", settings.enquire_link_ms, report);
  settings.response_timeout_ms = duration_at(*object, "response_timeout", settings.response_timeout_ms, report);
  settings.guess_receipts = flag_at(*object, "guess_receipts", false);
  settings.transliterate = flag_at(*object, "transliterate", false);
  settings.source = read_source(*object, report);
  read_ways(settings, *object);
  return settings;
}

}  // namespace jackfield::sms::smpp
