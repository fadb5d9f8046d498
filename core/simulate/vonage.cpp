#include "simulate/vonage.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

#include "base/crypto.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

class Vonage : public SmsDialect {
 public:
  Vonage(VonageOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

  bool is_signed_in(const net::HttpRequest& request) const override {
    return equal_constant_time(request.header("authorization"),
                               "Basic " + to_base64(options_.api_key + ':' + options_.api_secret));
  }

  SmsRequest read(const net::HttpRequest& request) override {
    if (request.path != "/v1/messages" || request.method != "POST") return {{}, refusal(404, 0, "Not Found")};
    boost::system::error_code error;
    const auto value = json::parse(request.body, error);
    const auto* body = error ? nullptr : value.if_object();
    if (!body || sms_text_at(*body, "channel") != "sms" || sms_text_at(*body, "text").empty() ||
        sms_text_at(*body, "from").empty())
      return {{}, refusal(422, 0, "Invalid params")};
    const auto to = sms_text_at(*body, "to");
    if (to.empty() || to.find_first_not_of("0123456789") != std::string::npos)
      return {{}, refusal(422, 1, "Invalid params")};
    return {SentSms{{}, to, sms_text_at(*body, "client_ref"), {}, *body}, {}};
  }

  net::HttpResponse accepted(const SentSms& sms) const override {
    return {202, "application/json", json::serialize(json::object{{"message_uuid", sms.id}}), {}, {}};
  }

  // code 1: the recipient's number is what is wrong.
  net::HttpResponse refusal(int status, std::int64_t code, std::string_view message) const override {
    json::object body{{"type", "https://developer.vonage.com/api-errors"},
                      {"title", message},
                      {"detail", status == 429 ? "Please wait, then retry your request" : "See the title"},
                      {"instance", "simulated"}};
    if (status == 422)
      body["invalid_parameters"] =
          json::array{json::object{{"name", code == 1 ? "to" : "text"}, {"reason", "is not valid"}}};
    return {status, "application/problem+json", json::serialize(body), {}, {}};
  }

  std::string make_id(std::uint64_t number) const override {
    char digits[13];
    std::snprintf(digits, sizeof digits, "%012llx", static_cast<unsigned long long>(number));
    return "aaaaaaaa-bbbb-4ccc-8ddd-" + std::string(digits);
  }

  std::vector<std::string> steps() const override { return {"submitted", "delivered"}; }

  WebhookPoster::Post inbound(const json::object& call, const std::string& id, const std::vector<Media>& media,
                              const std::string& url) override {
    const auto to = sms_text_at(call, "to");
    json::object body{{"channel", media.empty() ? "sms" : "mms"},
                      {"message_uuid", id},
                      {"to", to.empty() ? options_.number : to},
                      {"from", sms_text_at(call, "from")},
                      {"timestamp", to_rfc3339(clock_.now())}};
    if (media.empty()) {
      body["text"] = sms_text_at(call, "text");
      body["sms"] = {{"num_messages", "1"}};
    } else {
      body["message_type"] = "image";
      body["image"] = {{"url", media.front().url}, {"caption", sms_text_at(call, "text")}};
    }
    return post(id, body, url, sms_text_at(call, "signature"));
  }

  WebhookPoster::Post receipt(const SentSms& sms, const json::object& call, const std::string& url) override {
    const auto status = sms_text_at(call, "status");
    json::object body{{"channel", "sms"},
                      {"message_uuid", sms.id},
                      {"to", sms.to},
                      {"status", status},
                      {"timestamp", to_rfc3339(clock_.now())},
                      {"from", options_.number}};
    if (!sms.correlation.empty()) body["client_ref"] = sms.correlation;
    if (status == "rejected" || status == "undeliverable")
      body["error"] = {{"type", "https://developer.vonage.com/api-errors/messages#1260"},
                       {"title", "1260"},
                       {"detail", "Destination unreachable"}};
    return post(sms.id + ' ' + status, body, url, sms_text_at(call, "signature"));
  }

 private:
  WebhookPoster::Post post(std::string what, const json::object& body, const std::string& url, std::string token) {
    WebhookPoster::Post out{std::move(what), json::serialize(body)};
    if (token.empty()) token = vonage_token(options_, out.body, to_ms(clock_.now()) / 1000, std::to_string(++tokens_));
    out.url = url;
    out.headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + token}};
    return out;
  }

  VonageOptions options_;
  const Clock& clock_;
  std::uint64_t tokens_ = 0;
};

}  // namespace

std::string vonage_token(const VonageOptions& options, const std::string& body, std::int64_t now_s,
                         const std::string& id) {
  const json::object claims{
      {"iss", "Vonage"}, {"iat", now_s}, {"jti", id}, {"api_key", options.api_key}, {"payload_hash", sha256_hex(body)}};
  const auto text = to_base64url(R"({"typ":"JWT","alg":"HS256"})") + '.' + to_base64url(json::serialize(claims));
  const auto mac = hmac_sha256(options.signature_secret, text);
  return text + '.' + to_base64url({reinterpret_cast<const char*>(mac.data()), mac.size()});
}

std::unique_ptr<SmsDialect> vonage_dialect(VonageOptions options, const Clock& clock) {
  return std::make_unique<Vonage>(std::move(options), clock);
}

}  // namespace jackfield::simulate
