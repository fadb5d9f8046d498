#include "settings.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>

#include "json_read.hpp"
#include "numbers.hpp"
#include "smpp_settings.hpp"

namespace jackfield::sms {
namespace {

namespace json = boost::json;
constexpr std::size_t kLongestName = 11;  // of an alphanumeric sender: 3GPP TS 23.040, 9.1.2.5

[[noreturn]] void refuse(const std::string& why) { throw sdk::Error(JF_CONFIG, "settings", why); }

std::vector<std::string> strings_at(const json::object& in, std::string_view key) {
  std::vector<std::string> out;
  if (const auto* list = array_at(in, key))
    for (const auto& each : *list) out.emplace_back(text_of(each));
  return out;
}

OptOutSettings opt_out_of(const json::object& settings) {
  OptOutSettings out;
  const auto* object = object_at(settings, "opt_out");
  if (!object) return out;
  if (object->contains("languages")) out.languages = strings_at(*object, "languages");
  out.stop = strings_at(*object, "stop");
  out.start = strings_at(*object, "start");
  out.help = strings_at(*object, "help");
  return out;
}

std::string base_url(const json::object& settings, std::string otherwise) {
  std::string url(text_at(settings, "api_url"));
  if (url.empty()) url = std::move(otherwise);
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::string needed(const json::object& settings, std::string_view key) {
  std::string text(text_at(settings, key));
  if (text.empty()) refuse(std::string(key) + " is missing");
  return text;
}

// It becomes a piece of a URL's path.
bool is_id(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

bool is_sender(std::string_view from) {
  if (from.starts_with("MG") && from.size() == 34 && is_id(from)) return true;  // Messaging Service
  Numbers numbers;
  const auto number = numbers.read(from);
  if (number.kind == NumberKind::name) return from.size() <= kLongestName;
  return number.text == from;
}

void check_opt_out(const json::object& settings, sdk::Problems& problems) {
  const auto* object = object_at(settings, "opt_out");
  const auto languages = object ? strings_at(*object, "languages") : std::vector<std::string>();
  for (std::size_t i = 0; i < languages.size(); ++i) {
    if (has_words(languages[i])) continue;
    std::string known;
    for (const auto& each : languages_with_words()) known += (known.empty() ? "" : ", ") + each;
    problems.add("/opt_out/languages/" + std::to_string(i),
                 "there are no words of the language \"" + languages[i] + "\"",
                 "there are " + known + "; other words go into stop, start and help");
  }
}

void check_common(const json::object& settings, sdk::Problems& problems) {
  const auto region = text_at(settings, "region");
  if (!region.empty() && !is_region(region))
    problems.add("/region", "\"" + std::string(region) + "\" is no country with phone numbers",
                 "two letters of ISO 3166-1, as in FR or GB");
  if (const auto within = text_at(settings, "reassemble_within"); !within.empty() && !parse_duration(within))
    problems.add("/reassemble_within", "must be a duration", "as in 90s, 30m, 4h");
  const auto url = text_at(settings, "api_url");
  if (url.find_first_of("?# ") != std::string_view::npos)
    problems.add("/api_url", "must be a base URL without query", "https://api.twilio.com");
  check_opt_out(settings, problems);
}

void check_sender(const json::object& settings, sdk::Problems& problems) {
  const auto from = text_at(settings, "from");
  if (!from.empty() && !is_sender(from))
    problems.add("/from", "must be a number with its country, a short code or a name of at most 11 characters",
                 "+15005550006, 12345 or Acme");
}

}  // namespace

Settings parse_settings(std::string_view text) {
  const auto object = parsed_object(text);
  Settings settings;
  settings.provider = needed(object, "provider");
  settings.region = text_at(object, "region");
  settings.opt_out = opt_out_of(object);
  settings.text.max_segments =
      static_cast<std::size_t>(std::clamp<std::int64_t>(number_at(object, "max_segments", 10), 1, 255));
  settings.text.transliterate = true_at(object, "transliterate");
  const auto within = text_at(object, "reassemble_within");
  if (const auto ms = parse_duration(within)) settings.reassemble_within_ms = *ms;
  return settings;
}

TwilioSettings parse_twilio_settings(std::string_view text) {
  const auto object = parsed_object(text);
  TwilioSettings settings;
  settings.account_sid = needed(object, "account_sid");
  if (!is_id(settings.account_sid)) refuse("account_sid is no id");
  settings.from = needed(object, "from");
  settings.api_url = base_url(object, settings.api_url);
  settings.api_key_sid = text_at(object, "api_key_sid");
  return settings;
}

VonageSettings parse_vonage_settings(std::string_view text) {
  const auto object = parsed_object(text);
  VonageSettings settings;
  settings.api_key = needed(object, "api_key");
  settings.from = needed(object, "from");
  settings.api_url = base_url(object, settings.api_url);
  return settings;
}

std::vector<std::string> needed_secret(sdk::Host& host, std::string_view pointer) {
  auto values = host.secret(pointer);
  std::erase(values, std::string());
  if (values.empty()) refuse(std::string(pointer.substr(1)) + " is not set");
  return values;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc() || number <= 0 || number > 1'000'000) return std::nullopt;
  if (unit == "ms") return number;
  if (unit == "s") return number * 1000;
  if (unit == "m") return number * 60'000;
  if (unit == "h") return number * 3'600'000;
  return unit == "d" ? std::optional(number * 86'400'000) : std::nullopt;
}

void check_settings(std::string_view text, sdk::Problems& problems) {
  const auto object = parsed_object(text);
  check_common(object, problems);
  const auto provider = text_at(object, "provider");
  if (provider == "smpp")
    smpp::read_smpp_settings(text,
                             [&](std::string_view pointer, std::string_view what) { problems.add(pointer, what); });
  else
    check_sender(object, problems);
  if (provider != "twilio") return;
  const auto sid = text_at(object, "account_sid");
  if (!sid.empty() && !is_id(sid)) problems.add("/account_sid", "must be the account's id", "it begins with AC");
  if (object.contains("api_key_sid") != object.contains("api_key_secret"))
    problems.add("/api_key_sid", "api_key_sid and api_key_secret belong together",
                 "leave both out to use the Auth Token");
}

}  // namespace jackfield::sms
