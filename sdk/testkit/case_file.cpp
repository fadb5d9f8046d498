#include "case_file.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "record.hpp"

namespace jackfield::testkit {
namespace json = boost::json;
namespace fs = std::filesystem;
namespace {

// Objects are merged member by member; anything else is replaced.
void merge(json::object& into, const json::object& from) {
  for (const auto& [key, value] : from) {
    auto* old = into.if_contains(key);
    if (old != nullptr && old->is_object() && value.is_object()) {
      merge(old->get_object(), value.get_object());
    } else {
      into[key] = value;
    }
  }
}

// Fills in what the schema has a default for, as the host does. An object that is absent stays so.
void fill_defaults(json::object& settings, const json::object& schema) {
  for (const auto& [key, property] : member_object(schema, "properties")) {
    const auto& rules = property.as_object();
    if (auto* set = settings.if_contains(key)) {
      if (set->is_object()) fill_defaults(set->get_object(), rules);
    } else if (const auto* value = rules.if_contains("default")) {
      settings[key] = *value;
    }
  }
}

std::string hmac_sha256(std::string_view key, std::string_view bytes, bool base64) {
  static constexpr char kHex[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
       bytes.size(), digest, &size);
  if (base64) {
    unsigned char text[2 * EVP_MAX_MD_SIZE];
    const int length = EVP_EncodeBlock(text, digest, static_cast<int>(size));
    return {reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)};
  }
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex.append(1, kHex[digest[i] >> 4]).append(1, kHex[digest[i] & 15]);
  return hex;
}

}  // namespace

json::object read_object(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read it");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return json::parse(text).as_object();
}

const json::object& member_object(const json::object& in, std::string_view key) {
  static const json::object empty;
  const auto* found = in.if_contains(key);
  return found == nullptr ? empty : found->as_object();
}

std::string string_or(const json::object& in, std::string_view key, std::string_view otherwise) {
  const auto* found = in.if_contains(key);
  return std::string(found == nullptr ? otherwise : std::string_view(found->as_string()));
}

Options options_from(const jf_module& module, const json::object& base, const json::object& own) {
  Options out;
  out.channel = string_or(base, "channel", "test");
  json::object settings = member_object(base, "settings");
  merge(settings, member_object(own, "settings"));
  const json::object manifest = json::parse(module.manifest).as_object();
  fill_defaults(settings, member_object(manifest, "settings"));
  out.settings = json::serialize(settings);
  json::object secrets = member_object(base, "secrets");
  merge(secrets, member_object(own, "secrets"));
  for (const auto& [pointer, value] : secrets) {
    auto& list = out.secrets[pointer];
    if (value.is_string()) list.emplace_back(value.get_string());
    if (value.is_array()) {
      for (const auto& one : value.get_array()) list.emplace_back(one.as_string());
    }
  }
  for (const auto* from : {&base, &own}) {
    if (const auto* now = from->if_contains("now_ms")) out.now_ms = now->to_number<std::int64_t>();
  }
  return out;
}

void preset(FakeHost& host, const json::object& from) {
  for (const auto& [key, value] : member_object(from, "kv")) host.kv[std::string(key)] = std::string(value.as_string());
  // a blob's key is only its name
  for (const auto& blob : member_object(from, "blobs"))
    host.blobs[sha256_hex(body_text(blob.value()))] = body_text(blob.value());
}

WebhookCall webhook_call(const json::object& from, const Options& options) {
  WebhookCall call;
  call.method = string_or(from, "method", "POST");
  call.path = string_or(from, "path", "/webhook");
  call.query = string_or(from, "query", "");
  call.remote = string_or(from, "remote", "192.0.2.1");
  call.url = string_or(from, "url", "");
  if (const auto* body = from.if_contains("body")) call.body = body_text(*body);
  call.headers = header_lines(member_object(from, "headers"));
  if (const auto* rule = from.if_contains("sign"))
    call.headers += signature_line(rule->as_object(), options, call.body);
  return call;
}

// {"header": "x-hub-signature-256", "prefix": "sha256=", "secret": "/app_secret"}, and "encoding": "base64" for not hex
std::string signature_line(const json::object& rule, const Options& options, std::string_view body) {
  const auto found = options.secrets.find(string_or(rule, "secret", ""));
  if (found == options.secrets.end() || found->second.empty())
    throw std::runtime_error("\"sign\" names a secret that is not set");
  return string_or(rule, "header", "x-signature") + ": " + string_or(rule, "prefix", "") +
         hmac_sha256(found->second.front(), body, string_or(rule, "encoding", "hex") == "base64") + "\r\n";
}

HttpAnswer http_answer(const json::object& from) {
  HttpAnswer answer;
  const std::string progress = string_or(from, "progress", "answered");
  answer.progress = progress == "not_sent" ? JF_HTTP_NOT_SENT : progress == "maybe" ? JF_HTTP_MAYBE : JF_HTTP_ANSWERED;
  if (const auto* status = from.if_contains("status")) answer.http_status = status->to_number<unsigned>();
  if (const auto* body = from.if_contains("body")) answer.body = body_text(*body);
  answer.headers = header_lines(member_object(from, "headers"));
  answer.error = string_or(from, "error", "");
  if (answer.progress != JF_HTTP_ANSWERED) answer.status = JF_TIMEOUT;
  return answer;
}

}  // namespace jackfield::testkit
