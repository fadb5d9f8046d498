// SPDX-License-Identifier: Apache-2.0
//
// module.hpp: the C functions around a Connector. Included by connector.hpp; no connector needs to read it.
#ifndef JACKFIELD_MODULE_HPP
#define JACKFIELD_MODULE_HPP

#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "jackfield/connector.hpp"

namespace jackfield::sdk {
namespace detail {

// What `self` points to. The connector goes at the end of stop (or in destroy), before the host object.
struct Instance {
  explicit Instance(const jf_host_api* api) : host(api) {}
  Host host;
  std::unique_ptr<Connector> connector;
  bool fetches = false;
  bool replays = false;
  bool signals = false;
  bool previews = false;
};

inline Instance& instance(void* self) noexcept { return *static_cast<Instance*>(self); }

// Copies text, cut at a character's edge, into a fixed array with its zero.
template <std::size_t N>
void copy_text(char (&out)[N], std::string_view text) noexcept {
  std::size_t length = text.size() < N ? text.size() : N - 1;
  while (length < text.size() && length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  if (length > 0) std::memcpy(out, text.data(), length);
  out[length] = '\0';
}

inline jf_status fill(jf_error* error, jf_status status, std::string_view code, std::string_view text) noexcept {
  if (error != nullptr) {
    error->status = status;
    copy_text(error->code, code);
    copy_text(error->message, text);
  }
  return status;
}

// Runs call; an exception becomes a status and its text goes to on_throw.
template <class Call, class OnThrow>
void guard(Call call, OnThrow on_throw) noexcept {
  const auto tell = [&](jf_status status, std::string_view code, std::string_view text) noexcept {
    try {
      on_throw(status, code, text);
    } catch (...) {  // out of memory while telling: nothing more can be said
    }
  };
  try {
    call();
  } catch (const Error& problem) {
    tell(problem.status(), problem.code(), problem.what());
  } catch (const std::exception& problem) {
    tell(JF_INTERNAL, "exception", problem.what());
  } catch (...) {
    tell(JF_INTERNAL, "exception", "something that is no std::exception was thrown");
  }
}

template <class Call>
void logged(void* self, const char* where, Call call) noexcept {
  Instance& it = instance(self);
  if (it.connector == nullptr) return;
  guard([&] { call(it); },
        [&](jf_status, std::string_view, std::string_view text) {
          it.host.error(std::string(where).append(" threw: ").append(text));
        });
}

// Ends the connector while the host may still be called, so that what it kept open answers.
inline void end(Instance& it, bool call_stop) noexcept {
  if (it.connector == nullptr) return;
  if (call_stop) logged(&it, "stop", [](Instance& i) { i.connector->stop(); });
  guard(
      [&] {
        it.host.clear();
        it.connector.reset();
        it.host.clear();
      },
      [](jf_status, std::string_view, std::string_view) {});
}

inline jf_status on_start(void* self, jf_error* error) noexcept {
  Instance& it = instance(self);
  if (it.connector == nullptr) return fill(error, JF_STATE, "stopped", "start after stop");
  jf_status result = JF_OK;
  guard([&] { it.connector->start(); },
        [&](jf_status status, std::string_view code, std::string_view text) {
          result = fill(error, status == JF_OK ? JF_INTERNAL : status, code, text);
        });
  return result;
}

inline jf_status on_send(void* self, const jf_send* raw) noexcept {
  Instance& it = instance(self);
  if (it.connector == nullptr) return JF_STATE;
  Send send(it.host, *raw);
  const std::uint64_t before = it.host.outward_calls();
  guard([&] { it.connector->send(std::move(send)); },
        [&](jf_status, std::string_view code, std::string_view text) {
          it.host.error(std::string("send threw: ").append(text));
          if (it.host.outward_calls() != before) return send.unknown(text);
          send.retry({.error = ErrorClass::internal, .code = code, .detail = text});
        });
  return send.is_busy() ? JF_BUSY : JF_OK;
}

inline void on_cancel(void* self, std::uint64_t token) noexcept {
  logged(self, "cancel", [&](Instance& it) { it.connector->cancel(token); });
}
inline void on_delivered(void* self, std::uint64_t delivery, jf_status status) noexcept {
  logged(self, "the callback of a delivery", [&](Instance& it) { it.host.on_delivered(delivery, status); });
}
inline void on_timer(void* self, std::uint64_t timer, jf_str payload) noexcept {
  logged(self, "a timer", [&](Instance& it) {
    if (!it.host.on_timer(timer)) it.connector->on_timer(timer, view(payload));
  });
}
inline void on_http(void* self, std::uint64_t op, const jf_http_response* response) noexcept {
  logged(self, "the callback of an HTTP request", [&](Instance& it) { it.host.on_http(op, *response); });
}
inline void on_complete(void* self, std::uint64_t op, jf_status status, jf_str value) noexcept {
  logged(self, "a callback", [&](Instance& it) { it.host.on_complete(op, status, view(value)); });
}
inline void on_webhook(void* self, const jf_webhook* raw) noexcept {
  logged(self, "on_webhook", [&](Instance& it) { it.connector->on_webhook(Webhook(it.host, *raw)); });
}
inline void on_drain(void* self, std::int64_t deadline_ms) noexcept {
  logged(self, "drain", [&](Instance& it) { it.connector->drain(deadline_ms); });
}
inline void on_stop(void* self) noexcept { end(instance(self), true); }
inline void on_destroy(void* self) noexcept {
  end(instance(self), false);
  delete static_cast<Instance*>(self);
}

inline void on_stream(void* self, const jf_stream_event* event) noexcept {
  logged(self, "the callback of a listener", [&](Instance& it) { it.host.on_stream(*event); });
}
inline jf_status on_fetch(void* self, std::uint64_t token, jf_str part) noexcept {
  logged(self, "fetch_media", [&](Instance& it) { it.connector->fetch_media(Fetch(it.host, token, view(part))); });
  return JF_OK;
}
inline jf_status on_replay(void* self, jf_str raw, jf_sink events, void* user) noexcept {
  jf_status result = JF_UNSUPPORTED;
  logged(self, "replay", [&](Instance& it) {
    const std::optional<std::string> decoded = it.connector->replay(view(raw));
    if (!decoded) return;
    events(user, str(*decoded));
    result = JF_OK;
  });
  return result;
}
inline jf_status on_signal(void* self, jf_str signal) noexcept {
  jf_status result = JF_UNSUPPORTED;
  logged(self, "signal", [&](Instance& it) {
    if (it.connector->signal(view(signal))) result = JF_OK;
  });
  return result;
}
inline jf_status on_preview(void* self, jf_str message, jf_sink result, void* user) noexcept {
  jf_status status = JF_UNSUPPORTED;
  logged(self, "preview", [&](Instance& it) {
    const std::string told = it.connector->preview(view(message));
    result(user, str(told));
    status = JF_OK;
  });
  return status;
}

inline const void* get_extension(void* self, jf_str id) noexcept {
  static const jf_stream_handler stream{sizeof(jf_stream_handler), 0, &on_stream};
  static const jf_media_handler media{sizeof(jf_media_handler), 0, &on_fetch};
  static const jf_replay_handler replay{sizeof(jf_replay_handler), 0, &on_replay};
  static const jf_signal_handler signal{sizeof(jf_signal_handler), 0, &on_signal};
  static const jf_preview_handler preview{sizeof(jf_preview_handler), 0, &on_preview};
  if (view(id) == JF_EXT_STREAM) return &stream;
  if (view(id) == JF_EXT_MEDIA && instance(self).fetches) return &media;
  if (view(id) == JF_EXT_REPLAY && instance(self).replays) return &replay;
  if (view(id) == JF_EXT_SIGNAL && instance(self).signals) return &signal;
  if (view(id) == JF_EXT_PREVIEW && instance(self).previews) return &preview;
  return nullptr;
}

// Does the class override it? A function that cannot be named from here (private) is one of its own.
template <class Class>
constexpr bool overrides_fetch_media() {
  if constexpr (requires { &Class::fetch_media; }) {
    return !std::is_same_v<decltype(&Class::fetch_media), void (Connector::*)(Fetch &&)>;
  }
  return true;
}
template <class Class>
constexpr bool overrides_replay() {
  if constexpr (requires { &Class::replay; }) {
    return !std::is_same_v<decltype(&Class::replay), std::optional<std::string> (Connector::*)(std::string_view)>;
  }
  return true;
}
template <class Class>
constexpr bool overrides_signal() {
  if constexpr (requires { &Class::signal; }) {
    return !std::is_same_v<decltype(&Class::signal), bool (Connector::*)(std::string_view)>;
  }
  return true;
}
template <class Class>
constexpr bool overrides_preview() {
  if constexpr (requires { &Class::preview; }) {
    return !std::is_same_v<decltype(&Class::preview), std::string (Connector::*)(std::string_view)>;
  }
  return true;
}

template <class Class>
jf_status create(const jf_host_api* host, const jf_create* args, const jf_connector_api** api, void** self,
                 jf_error* error) noexcept {
  static const jf_connector_api table{sizeof(jf_connector_api),
                                      0,
                                      &on_start,
                                      &on_send,
                                      &on_cancel,
                                      &on_delivered,
                                      &on_timer,
                                      &on_http,
                                      &on_complete,
                                      &on_webhook,
                                      &on_drain,
                                      &on_stop,
                                      &on_destroy,
                                      &get_extension};
  jf_status result = JF_OK;
  guard(
      [&] {
        auto made = std::make_unique<Instance>(host);
        made->connector = std::make_unique<Class>(Setup{made->host, view(args->channel), view(args->settings)});
        made->fetches = overrides_fetch_media<Class>();
        made->replays = overrides_replay<Class>();
        made->signals = overrides_signal<Class>();
        made->previews = overrides_preview<Class>();
        *api = &table;
        *self = made.release();
      },
      [&](jf_status status, std::string_view code, std::string_view text) {
        result = fill(error, status == JF_OK ? JF_INTERNAL : status, code, text);
      });
  return result;
}

template <auto Validate>
jf_status validate(jf_str settings, jf_sink problem, void* user) noexcept {
  Problems problems(problem, user);
  guard([&] { Validate(view(settings), problems); },
        [&](jf_status, std::string_view, std::string_view text) { problems.add("", text); });
  return problems.found() ? JF_CONFIG : JF_OK;
}

}  // namespace detail

// The table of a connector class; what JACKFIELD_CONNECTOR exports. Tests that hold several connectors use it directly.
template <class Class, auto Validate = nullptr>
constexpr jf_module module(const char* manifest) noexcept {
  jf_module table{sizeof(jf_module), JF_ABI_MINOR, JF_ABI_MINOR, 0, manifest, nullptr, &detail::create<Class>};
  if constexpr (!std::is_null_pointer_v<decltype(Validate)>) table.validate = &detail::validate<Validate>;
  return table;
}

}  // namespace jackfield::sdk
#endif
