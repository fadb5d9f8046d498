#include "app/listeners.hpp"

#include <boost/json/value.hpp>

#include "app/setting_values.hpp"
#include "net/tls_files.hpp"

namespace jackfield::app {
namespace {

constexpr std::chrono::days kSoon{14};

// Somebody who listens.
struct Listener {
  std::string who;  // "server", "the channel support-mail"
  std::string address, certificate, key;
  Place address_place, certificate_place, key_place;
};

std::string text_at(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string(*text) : std::string();
}

std::optional<Listener> listener_of(const ChannelSpec& channel) {
  const auto* listen = channel.settings.if_contains("listen");
  if (!listen) return std::nullopt;
  Listener out{.who = "the channel " + channel.name};
  if (const auto* address = listen->if_string()) {
    out.address = *address;
    out.address_place = place_of(channel, "/listen");
  } else if (const auto* object = listen->if_object()) {
    out.address = text_at(*object, "address");
    out.certificate = text_at(*object, "certificate");
    out.key = text_at(*object, "key");
    out.address_place = place_of(channel, "/listen/address");
    out.certificate_place = place_of(channel, "/listen/certificate");
    out.key_place = place_of(channel, "/listen/key");
  }
  return out;
}

std::vector<Listener> listeners_of(const Config& config) {
  const ServerSpec& server = config.server;
  std::vector<Listener> out;
  out.push_back({"server", server.listen, server.tls_certificate, server.tls_key, server.listen_place,
                 server.tls_certificate_place, server.tls_key_place});
  for (const auto& channel : config.channels)
    if (auto one = listener_of(channel)) out.push_back(std::move(*one));
  return out;
}

// --- addresses

struct HostPort {
  std::string host, port;
};

HostPort split(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return {address, {}};
  std::string host = address.substr(0, colon);
  return {host == "localhost" ? "127.0.0.1" : host, address.substr(colon + 1)};
}

bool is_every_address(const std::string& host) {
  return host.empty() || host == "0.0.0.0" || host == "[::]" || host == "*";
}

bool collide(const Listener& a, const Listener& b) {
  const HostPort one = split(a.address), other = split(b.address);
  if (one.port.empty() || one.port == "0" || one.port != other.port) return false;
  return one.host == other.host || is_every_address(one.host) || is_every_address(other.host);
}

void check_addresses(const std::vector<Listener>& listeners, Problems& problems) {
  for (std::size_t i = 1; i < listeners.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (!collide(listeners[i], listeners[k])) continue;
      problems.error(listeners[i].address_place, listeners[k].who + " listens on " + listeners[k].address +
                                                     " already: two cannot have the same address");
      break;
    }
  }
}

// --- certificates

std::string day_of(Time at) { return to_rfc3339(at).substr(0, 10); }

void check_term(const Listener& listener, Time now, Problems& problems) {
  const auto term = net::certificate_term(listener.certificate);
  if (!term) return problems.error(listener.certificate_place, term.error().message);
  const std::string named = "certificate " + listener.certificate;
  if (term->until <= now)
    problems.error(listener.certificate_place, named + ": it expired on " + day_of(term->until));
  else if (term->from > now)
    problems.warning(listener.certificate_place, named + ": it holds from " + day_of(term->from) + " only");
  else if (term->until - now < kSoon)
    problems.warning(listener.certificate_place, named + ": it expires soon, on " + day_of(term->until));
}

void check_certificate(const Listener& listener, Time now, Problems& problems) {
  if (listener.certificate.empty() || listener.key.empty()) return;  // told where the file is read
  const auto fits = net::check_tls_files(listener.certificate, listener.key);
  if (fits) return check_term(listener, now, problems);
  const bool of_the_key = fits.error().message.starts_with("key ");
  problems.error(of_the_key ? listener.key_place : listener.certificate_place, fits.error().message);
}

}  // namespace

void check_listeners(const Config& config, Time now, Problems& problems) {
  const auto listeners = listeners_of(config);
  check_addresses(listeners, problems);
  for (const auto& listener : listeners) check_certificate(listener, now, problems);
}

}  // namespace jackfield::app
