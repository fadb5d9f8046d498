// The channel's settings that are the same for every provider, and the check of all of them. Secrets are left out.
#pragma once

#include <cstdint>
#include <jackfield/jackfield.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "opt_out.hpp"
#include "preview.hpp"

namespace jackfield::sms {

struct Settings {
  std::string provider;  // twilio, vonage, smpp
  std::string region;    // of numbers without a country, "FR"; empty: none
  OptOutSettings opt_out;
  TextRules text;
  std::int64_t reassemble_within_ms = 3'600'000;
};

struct TwilioSettings {
  std::string account_sid;
  std::string from;  // a number, a short code, a name, or the id of a Messaging Service (MG…)
  std::string api_url = "https://api.twilio.com";  // no slash at the end
  std::string api_key_sid;                         // empty: the account and its Auth Token sign in
};

struct VonageSettings {
  std::string api_key;
  std::string from;
  std::string api_url = "https://api.nexmo.com";
};

// Each throws sdk::Error (CONFIG) for what cannot be worked with.
Settings parse_settings(std::string_view json);
TwilioSettings parse_twilio_settings(std::string_view json);
VonageSettings parse_vonage_settings(std::string_view json);

// The values of a secret; throws sdk::Error (CONFIG) when there is none.
std::vector<std::string> needed_secret(sdk::Host& host, std::string_view pointer);

// "90s", "5m", "4h", "7d" in milliseconds; nullopt: that is none.
std::optional<std::int64_t> parse_duration(std::string_view text);

// What the schema in the manifest cannot say.
void check_settings(std::string_view json, sdk::Problems& problems);

}  // namespace jackfield::sms
