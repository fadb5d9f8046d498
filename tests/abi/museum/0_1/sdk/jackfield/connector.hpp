// SPDX-License-Identifier: Apache-2.0
//
// connector.hpp: the class a connector derives from, and the macro that makes a library of it.
#ifndef JACKFIELD_CONNECTOR_HPP
#define JACKFIELD_CONNECTOR_HPP

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "jackfield/replies.hpp"

namespace jackfield::sdk {

// What a connector is made with. The views live until its constructor returns.
struct Setup {
  Host& host;
  std::string_view channel;   // the configured name
  std::string_view settings;  // JSON object, defaults filled in, secrets left out (see Host::secret)
};

// One instance serves one channel. Every function is [strand] and must not block. An exception never leaves the
// library:
//  - constructor, start: the channel fails with the exception's text (see Error)
//  - send: RETRY with the text when no call was made since that could have reached a provider, else UNKNOWN; a Send
//  that
//    was moved away answers for itself
//  - on_webhook: the reply is 500; fetch_media: retry; replay: cannot be decoded; signal, preview: unsupported
//  - the rest, and callbacks: logged
class Connector {
 public:
  explicit Connector(const Setup& setup) : host_(setup.host), channel_(setup.channel) {}
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  // Runs at the end of stop(), still with the host at hand: Sends that the object keeps answer UNKNOWN here.
  virtual ~Connector() = default;

  // Begins work. Says State::ready now or later; the default says it at once. After a failure the host calls it again.
  virtual void start() { host_.set_state(State::ready); }

  // A message to send. Answer it here, or move it to where the answer will be known.
  virtual void send(Send&& send) = 0;
  // The deadline of that token has come: answer its Send soon, after 5 s the host takes it as UNKNOWN.
  virtual void cancel(std::uint64_t /*token*/) {}

  // A durable timer (Host::durable_timer).
  virtual void on_timer(std::uint64_t /*timer*/, std::string_view /*payload*/) {}
  // A request to a route of the manifest, also before start has worked.
  virtual void on_webhook(Webhook&& request) { request.reply(404); }

  // Finish what is open by then and take no new work.
  virtual void drain(std::int64_t /*deadline_ms*/) {}
  // Join own threads. The object is destroyed right after.
  virtual void stop() {}

  // Optional; override to have the extension. Fetches the bytes of a part that was delivered with state "pending".
  virtual void fetch_media(Fetch&& fetch) { fetch.failed("this connector fetches no media"); }
  // Optional; override to have the extension. The events of a raw item that could not be decoded before, as a JSON
  // array.
  virtual std::optional<std::string> replay(std::string_view /*raw*/) { return std::nullopt; }
  // Optional; override to have the extension. A sign to the customer (JSON, see jf_signal_handler); false: this channel
  // has no such sign.
  virtual bool signal(std::string_view /*signal*/) { return false; }
  // Optional; override to have the extension. What would become of a message (JSON, as send gets it), as a JSON object;
  // without a call of the host.
  virtual std::string preview(std::string_view /*message*/) { return "{}"; }

 protected:
  Host& host() noexcept { return host_; }
  const std::string& channel() const noexcept { return channel_; }

 private:
  Host& host_;
  std::string channel_;
};

// What a validate function reports problems of the settings through.
class Problems {
 public:
  Problems(jf_sink sink, void* user) : sink_(sink), user_(user) {}
  // pointer: the JSON pointer of the setting ("/imap/url").
  void add(std::string_view pointer, std::string_view message, std::string_view help = {}) {
    std::string json = "{\"pointer\":";
    append_json(json, pointer);
    json.append(",\"message\":");
    append_json(json, message);
    json.append(",\"help\":");
    append_json(json, help);
    json.push_back('}');
    sink_(user_, str(json));
    found_ = true;
  }
  bool found() const noexcept { return found_; }

 private:
  jf_sink sink_;
  void* user_;
  bool found_ = false;
};

}  // namespace jackfield::sdk

#include "jackfield/module.hpp"

// Makes a library of a connector class: JACKFIELD_CONNECTOR(Class, manifest) or (Class, manifest, validate), where
// manifest is a zero-terminated string that lives for ever and validate a function void(std::string_view settings,
// jackfield::sdk::Problems &). Stands once, at global scope.
#define JACKFIELD_CONNECTOR(Class, manifest, ...)                                                         \
  extern "C" JF_EXPORT const jf_module* jackfield_plugin_v0(void) {                                       \
    static const jf_module module = ::jackfield::sdk::module<Class __VA_OPT__(, ) __VA_ARGS__>(manifest); \
    return &module;                                                                                       \
  }

#endif
