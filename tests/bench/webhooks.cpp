// The plain SHA-256 calls, which newer OpenSSL calls deprecated, hash with no allocation and from a prepared state.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "webhooks.hpp"

#include <charconv>
#include <ctime>

#include "configuration.hpp"

namespace jackfield::bench {
namespace {

constexpr std::string_view id_prefix = "wamid.HBgLMzM2MTIzNDU2NzgVAgASGBQzQUJFTkNI";
constexpr std::string_view sender_prefix = "336";
constexpr std::size_t number_digits = 12, sender_digits = 8;

std::uint64_t next_free = 1;

void write_digits(char* at, std::uint64_t value, std::size_t digits) {
  for (std::size_t i = digits; i-- > 0; value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

// HMAC with the key's two blocks hashed beforehand.
class Hmac {
 public:
  explicit Hmac(std::string_view key) {
    unsigned char inner[64] = {}, outer[64] = {};
    for (std::size_t i = 0; i < sizeof inner; ++i) {
      const auto byte = static_cast<unsigned char>(i < key.size() ? key[i] : 0);
      inner[i] = byte ^ 0x36;
      outer[i] = byte ^ 0x5c;
    }
    SHA256_Init(&inner_);
    SHA256_Update(&inner_, inner, sizeof inner);
    SHA256_Init(&outer_);
    SHA256_Update(&outer_, outer, sizeof outer);
  }

  void write_hex(char* out, std::string_view body) const {
    static constexpr char hex[] = "0123456789abcdef";
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256_CTX context = inner_;
    SHA256_Update(&context, body.data(), body.size());
    SHA256_Final(digest, &context);
    context = outer_;
    SHA256_Update(&context, digest, sizeof digest);
    SHA256_Final(digest, &context);
    for (const unsigned char byte : digest) {
      *out++ = hex[byte >> 4];
      *out++ = hex[byte & 15];
    }
  }

 private:
  SHA256_CTX inner_, outer_;
};

std::string body_for(int channel) {
  const std::string sender = std::string(sender_prefix) + std::string(sender_digits, '0');
  return R"({"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{)"
         R"("messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":")" +
         phone_number_id(channel) + R"("},"contacts":[{"profile":{"name":"Ana Martin"},"wa_id":")" + sender +
         R"("}],"messages":[{"from":")" + sender + R"(","id":")" + std::string(id_prefix) +
         std::string(number_digits, '0') + R"(","timestamp":")" + std::to_string(std::time(nullptr)) +
         R"(","type":"text","text":{"body":"Bonjour, j'ai command\u00e9 une cafeti\u00e8re la semaine derni\u00e8re et le suivi dit )"
         R"(qu'elle est livr\u00e9e, mais je n'ai rien re\u00e7u. Le voisin n'a rien non plus et le gardien est absent jusqu'\u00e0 lundi. )"
         R"(Pouvez-vous me dire o\u00f9 elle est et quand je peux esp\u00e9rer la recevoir ? J'en ai besoin avant samedi, sinon je pr\u00e9f\u00e8re )"
         R"(annuler. Merci d'avance, Ana. Ref 000000000000"}}]},"field":"messages"}]}]})";
}

std::uint64_t sender_of(std::uint64_t number, std::uint64_t senders) {
  return (number * 0x9E3779B97F4A7C15ull >> 20) % senders;
}

}  // namespace

Webhooks::Webhooks(std::uint64_t senders, int channels) : senders_(senders) {
  for (int i = 0; i < channels; ++i) templates_.push_back(make_template(i));
}

Webhooks::Template Webhooks::make_template(int channel) const {
  const std::string body = body_for(channel);
  Template out;
  out.bytes = "POST /channels/wa" + std::to_string(channel) +
              "/webhook HTTP/1.1\r\nHost: contact.example.com\r\nUser-Agent: facebookexternalua\r\nContent-Type: "
              "application/json\r\n"
              "Content-Length: " +
              std::to_string(body.size()) + "\r\nX-Hub-Signature-256: sha256=" + std::string(64, '0') + "\r\n\r\n";
  out.signature = out.bytes.find("sha256=") + 7;
  out.body = out.bytes.size();
  out.bytes += body;
  out.wamid = out.bytes.find(id_prefix) + id_prefix.size();
  out.text_number = out.bytes.find("Ref 0") + 4;
  const std::string sender = '"' + std::string(sender_prefix) + std::string(sender_digits, '0') + '"';
  for (auto at = out.bytes.find(sender); at != std::string::npos; at = out.bytes.find(sender, at + 1))
    out.senders.push_back(at + 1 + sender_prefix.size());
  return out;
}

void Webhooks::next(std::string& buffer) {
  static const Hmac hmac(app_secret);
  const auto number = next_free++;
  const auto sender = sender_of(number, senders_);
  const Template& form = templates_[sender % templates_.size()];
  buffer.assign(form.bytes);
  write_digits(buffer.data() + form.wamid, number, number_digits);
  write_digits(buffer.data() + form.text_number, number, number_digits);
  for (const auto at : form.senders) write_digits(buffer.data() + at, sender, sender_digits);
  hmac.write_hex(buffer.data() + form.signature, std::string_view(buffer).substr(form.body));
}

std::uint64_t Webhooks::next_number() { return next_free; }

std::int64_t Webhooks::number_in(std::string_view text) {
  const auto at = text.find(id_prefix);
  if (at == std::string_view::npos || text.size() < at + id_prefix.size() + number_digits) return -1;
  const char* digits = text.data() + at + id_prefix.size();
  std::int64_t number = -1;
  std::from_chars(digits, digits + number_digits, number);
  return number;
}

std::string Webhooks::sample_body() { return body_for(0); }

}  // namespace jackfield::bench
