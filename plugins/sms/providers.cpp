#include "provider.hpp"
#include "settings.hpp"
#include "smpp_provider.hpp"
#include "twilio.hpp"
#include "vonage.hpp"

namespace jackfield::sms {

std::unique_ptr<Provider> provider_from_settings(sdk::Host& host, Inbox& inbox, std::string_view settings) {
  const auto provider = parse_settings(settings).provider;
  if (provider == "twilio") return std::make_unique<Twilio>(host, inbox, settings);
  if (provider == "vonage") return std::make_unique<Vonage>(host, inbox, settings);
  if (provider == "smpp") return std::make_unique<smpp::SmppProvider>(host, inbox, settings);
  throw sdk::Error(JF_CONFIG, "settings", "no provider is called " + provider);
}

}  // namespace jackfield::sms
