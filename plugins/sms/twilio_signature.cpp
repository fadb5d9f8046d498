#include "twilio_signature.hpp"

#include <algorithm>
#include <jackfield/values.hpp>

#include "digest.hpp"

namespace jackfield::sms {
namespace {

// Sorted by name, then value; a pair that comes twice counts once. Twilio's libraries do the same.
std::string flattened(const Form& form) {
  std::vector<const FormField*> fields;
  for (const auto& field : form) fields.push_back(&field);
  const auto key = [](const FormField* f) { return std::pair<std::string_view, std::string_view>(f->name, f->value); };
  std::sort(fields.begin(), fields.end(), [&](auto* a, auto* b) { return key(a) < key(b); });
  fields.erase(std::unique(fields.begin(), fields.end(), [&](auto* a, auto* b) { return key(a) == key(b); }),
               fields.end());
  std::string out;
  for (const auto* field : fields) out.append(field->name).append(field->value);
  return out;
}

// As it is, and with the scheme's own port added or taken away: whether Twilio's URL had it cannot be known.
std::vector<std::string> spellings(std::string_view url) {
  std::vector<std::string> out{std::string(url)};
  const bool tls = url.starts_with("https://");
  const std::size_t begin = tls ? 8 : 7;
  if (!tls && !url.starts_with("http://")) return out;
  const auto end = std::min(url.find_first_of("/?#", begin), url.size());
  const auto host = url.substr(begin, end - begin);
  const std::string_view port = tls ? ":443" : ":80";
  const bool has_port =
      host.find(':', host.rfind(']') == std::string_view::npos ? 0 : host.rfind(']')) != std::string_view::npos;
  if (host.ends_with(port))
    out.push_back(std::string(url.substr(0, end - port.size())) + std::string(url.substr(end)));
  else if (!has_port)
    out.push_back(std::string(url.substr(0, end)) + std::string(port) + std::string(url.substr(end)));
  return out;
}

std::string_view query_of(std::string_view url) {
  const auto mark = url.find('?');
  return mark == std::string_view::npos ? std::string_view() : url.substr(mark + 1);
}

}  // namespace

TwilioSignature::TwilioSignature(std::vector<std::string> auth_tokens) : tokens_(std::move(auth_tokens)) {
  std::erase(tokens_, std::string());
}

bool TwilioSignature::verify(std::string_view url, const Form& form, std::string_view header) const {
  const auto parameters = flattened(form);
  bool right = false;
  for (const auto& spelling : spellings(url))
    for (const auto& token : tokens_)
      right |= equal_constant_time(base64(hmac_sha1(token, spelling + parameters)), header);
  return right;
}

bool TwilioSignature::verify_body(std::string_view url, std::string_view body, std::string_view header) const {
  const auto digest = sdk::find_parameter(query_of(url), "bodySHA256");
  return digest && equal_constant_time(hex(sha256(body)), *digest) && verify(url, {}, header);
}

std::string TwilioSignature::sign(std::string_view url, const Form& form) const {
  if (tokens_.empty()) return {};
  return base64(hmac_sha1(tokens_.front(), std::string(url) + flattened(form)));
}

}  // namespace jackfield::sms
