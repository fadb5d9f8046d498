#include "configuration.hpp"

namespace jackfield::bench {
namespace {

std::string whatsapp(int channel, int graph_port, bool isolated) {
  return "  wa" + std::to_string(channel) + ":\n    plugin: whatsapp\n" + (isolated ? "    isolation: process\n" : "") +
         "    settings: {phone_number_id: \"" + phone_number_id(channel) +
         "\", access_token: bench-access-token, app_secret: " + app_secret +
         ", verify_token: bench-verify-token, api_url: \"http://127.0.0.1:" + std::to_string(graph_port) + "\"}\n";
}

std::string mail(int channel) {
  const std::string number = std::to_string(channel);
  return "  mail" + number + ":\n    plugin: email\n    settings: {from: support" + number +
         "@example.com, listen: {address: \"127.0.0.1:0\", protocol: smtp}, smtp: {url: \"smtp://127.0.0.1:9\", tls: "
         "none}}\n";
}

std::string smpp(int port) {
  return "  smpp:\n    plugin: sms\n    settings: {provider: smpp, host: 127.0.0.1, port: " + std::to_string(port) +
         ", tls: false, system_id: bench, password: bench, window: 50, dlr: none, source: {address: \"+15550001\"}}\n";
}

std::string mailbox(int port, int folders) {
  std::string names = "F0";
  for (int i = 1; i < folders; ++i) names += ", F" + std::to_string(i);
  return "  mailbox:\n    plugin: email\n    settings: {from: support@example.com, imap: {url: \"imap://127.0.0.1:" +
         std::to_string(port) + "\", tls: none, user: bench, password: bench, folder: [" + names + "]}}\n";
}

constexpr const char* languages[] = {"pl", "de", "it", "es", "nl", "sv", "pt", "cs", "da", "fi"};

// None matches what is posted: each has to be tried. The first three can be read by every version.
std::string rule(int number) {
  const std::string n = std::to_string(number);
  std::string when;
  switch (number % 7) {
    case 0: when = "text: {any: [facture" + n + ", invoice" + n + ", faktura" + n + "]}"; break;
    case 1: when = "text: {matches: \"(?i)scandale" + n + "|arnaque" + n + "\"}"; break;
    case 2: when = "contact: {tier: [gold" + n + "]}"; break;
    case 3: when = "from: \"tel:+4477" + n + "*\", text: {any: [booking" + n + "]}"; break;
    case 4: when = std::string("language: ") + languages[number / 7 % 10]; break;
    case 5: when = "hours: {always" + std::to_string(number / 7 % 3) + ": closed}"; break;
    default: when = "queue: {general: {waiting: \"> " + std::to_string(10'000'000 + number) + "\"}}"; break;
  }
  return "  - {name: rule" + n + ", when: {" + when + "}, set: {priority: high, tags: [t" + n + "]}, to: special}\n";
}

}  // namespace

std::string phone_number_id(int channel) { return std::to_string(1000000 + channel); }

std::string to_yaml(const Configuration& configuration, const std::string& folder) {
  std::string out =
      "server:\n  listen: 127.0.0.1:0\n  tokens: [{name: bench, role: admin, token: " + std::string(api_token) +
      "}]\nlog: {level: warn}\nstore: {url: \"sqlite:" + folder + "/jackfield.db\", media: \"" + folder + "/media\"}\n";
  out += "channels:\n";
  for (int i = 0; i < configuration.whatsapp_channels; ++i)
    out += whatsapp(i, configuration.graph_port, configuration.isolated);
  for (int i = 0; i < configuration.mail_channels; ++i) out += mail(i);
  if (configuration.folders > 0) out += mailbox(configuration.imap_port, configuration.folders);
  if (configuration.smpp_port > 0) out += smpp(configuration.smpp_port);
  if (configuration.rules > 5) {
    out += "hours:\n";
    for (const char* name : {"always0", "always1", "always2"})
      out += std::string("  ") + name + ": {timezone: Europe/Paris, open: {mon-sun: \"00:00-24:00\"}}\n";
  }
  out += "queues: {general: {}, special: {}}\nrouting:\n";
  for (int i = 1; i < configuration.rules; ++i) out += rule(i);
  return out + "  - {name: rest, to: general}\n";
}

}  // namespace jackfield::bench
