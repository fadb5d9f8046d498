// SPDX-License-Identifier: Apache-2.0
//
// values.hpp: small values of the C++ wrapper: names for the constants of jackfield.h, text of the boundary, the
// exception with which a connector refuses to start, and a callback that may own what cannot be copied.
#ifndef JACKFIELD_VALUES_HPP
#define JACKFIELD_VALUES_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "jackfield/jackfield.h"

namespace jackfield::sdk {

enum class Level : std::uint32_t { debug = JF_LOG_DEBUG, info = JF_LOG_INFO, warn = JF_LOG_WARN, error = JF_LOG_ERROR };

enum class State : std::uint32_t {
  starting = JF_STATE_STARTING,
  ready = JF_STATE_READY,
  degraded = JF_STATE_DEGRADED,
  failed = JF_STATE_FAILED
};

enum class ErrorClass : std::uint32_t {
  none = JF_ERROR_NONE,
  config = JF_ERROR_CONFIG,
  auth = JF_ERROR_AUTH,
  content = JF_ERROR_CONTENT,
  recipient = JF_ERROR_RECIPIENT,
  opted_out = JF_ERROR_OPTED_OUT,
  window_closed = JF_ERROR_WINDOW_CLOSED,
  throttled = JF_ERROR_THROTTLED,
  unavailable = JF_ERROR_UNAVAILABLE,
  internal = JF_ERROR_INTERNAL
};

enum class Scope : std::uint32_t {
  message = JF_SCOPE_MESSAGE,
  recipient = JF_SCOPE_RECIPIENT,
  channel = JF_SCOPE_CHANNEL
};

// Text across the boundary is borrowed: a view lives as long as the call that brought it.
inline std::string_view view(jf_str text) noexcept { return {text.data, text.len}; }
inline jf_str str(std::string_view text) noexcept { return {text.data(), text.size()}; }

// Thrown by a connector's constructor or start(): what the host shows on the channel. JF_CONFIG says that a person must
// change the settings. Any other exception is shown as JF_INTERNAL with its what().
class Error : public std::runtime_error {
 public:
  Error(jf_status status, std::string code, const std::string& message)
      : std::runtime_error(message), status_(status), code_(std::move(code)) {}
  jf_status status() const noexcept { return status_; }
  const std::string& code() const noexcept { return code_; }

 private:
  jf_status status_;
  std::string code_;
};

// A callback that is moved, never copied, so that it may own a Send, a Webhook or a Fetch.
template <class Signature>
class Function;

template <class Result, class... Args>
class Function<Result(Args...)> {
 public:
  Function() = default;
  Function(std::nullptr_t) {}

  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Function> && std::is_invocable_r_v<Result, F&, Args...>)
      Function(F&& callable)
      : held_(std::make_unique<Held<std::decay_t<F>>>(std::forward<F>(callable))) {}

  explicit operator bool() const noexcept { return held_ != nullptr; }
  Result operator()(Args... args) { return held_->call(std::forward<Args>(args)...); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual Result call(Args... args) = 0;
  };
  template <class F>
  struct Held final : Base {
    template <class G>
    explicit Held(G&& callable) : f(std::forward<G>(callable)) {}
    Result call(Args... args) override { return static_cast<Result>(f(std::forward<Args>(args)...)); }
    F f;
  };
  std::unique_ptr<Base> held_;
};

// Appends text as a JSON string with its quotes. Bytes that are not UTF-8 are passed on as they are.
inline void append_json(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20) {
      out.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

template <class Strings>
std::string json_array(const Strings& strings) {
  std::string out = "[";
  for (const auto& text : strings) {
    if (out.size() > 1) out.push_back(',');
    append_json(out, text);
  }
  out.push_back(']');
  return out;
}

// The value of one of "name: value\r\n" lines, names compared without case; empty when it is not there.
inline std::string_view find_header(std::string_view headers, std::string_view name) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  while (!headers.empty()) {
    const std::size_t end = headers.find("\r\n");
    std::string_view line = headers.substr(0, end);
    headers.remove_prefix(end == std::string_view::npos ? headers.size() : end + 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    bool same = true;
    for (std::size_t i = 0; same && i < name.size(); ++i) same = lower(line[i]) == lower(name[i]);
    if (!same) continue;
    line.remove_prefix(name.size() + 1);
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
    return line;
  }
  return {};
}

// Undoes percent encoding and '+' of a query; a broken escape stays as it is.
inline std::string decode_query(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

// The first parameter of that name in "a=1&b=2", decoded.
inline std::optional<std::string> find_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    const std::size_t equals = pair.find('=');
    if (decode_query(pair.substr(0, equals)) != name) continue;
    return equals == std::string_view::npos ? std::string() : decode_query(pair.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace jackfield::sdk
#endif
