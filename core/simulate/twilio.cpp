#include "simulate/twilio.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <set>

#include "base/clock.hpp"
#include "base/crypto.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;
using Form = std::vector<std::pair<std::string, std::string>>;

std::string encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : text) {
    if (std::isalnum(c) || c == '-' || c == '_' || c == '.')
      out += static_cast<char>(c);
    else
      out += {'%', kHex[c >> 4], kHex[c & 15]};
  }
  return out;
}

std::string form_body(const Form& form) {
  std::string out;
  for (const auto& [name, value] : form) out += (out.empty() ? "" : "&") + encoded(name) + '=' + encoded(value);
  return out;
}

std::string value_of(const Form& form, std::string_view name) {
  for (const auto& [key, value] : form)
    if (key == name) return value;
  return {};
}

json::object fields_of(const Form& form) {
  json::object out;
  for (const auto& [name, value] : form) {
    auto* there = out.if_contains(name);
    if (!there) {
      out[name] = value;
    } else if (there->is_array()) {
      there->get_array().push_back(json::value(value));
    } else {
      out[name] = json::array{*there, value};
    }
  }
  return out;
}

class Twilio : public SmsDialect {
 public:
  explicit Twilio(TwilioOptions options) : options_(std::move(options)) {}

  bool is_signed_in(const net::HttpRequest& request) const override {
    return equal_constant_time(request.header("authorization"),
                               "Basic " + to_base64(options_.account_sid + ':' + options_.auth_token));
  }

  SmsRequest read(const net::HttpRequest& request) override {
    const auto path = "/2010-04-01/Accounts/" + options_.account_sid + "/Messages.json";
    if (request.path != path || request.method != "POST") return {{}, refusal(404, 20404, "not found")};
    const auto form = net::parse_query(request.body);
    const auto to = value_of(form, "To");
    if (to.empty()) return {{}, refusal(400, 21604, "A 'To' phone number is required.")};
    if (value_of(form, "From").empty() && value_of(form, "MessagingServiceSid").empty())
      return {{}, refusal(400, 21603, "A 'From' phone number is required.")};
    if (value_of(form, "Body").empty() && value_of(form, "MediaUrl").empty())
      return {{}, refusal(400, 21602, "Message body is required.")};
    if (opted_out_.contains(to)) return {{}, refusal(400, 21610, "Attempt to send to unsubscribed recipient")};
    return {SentSms{{}, to, {}, value_of(form, "StatusCallback"), fields_of(form)}, {}};
  }

  net::HttpResponse accepted(const SentSms& sms) const override {
    const json::object body{{"sid", sms.id},
                            {"account_sid", options_.account_sid},
                            {"to", sms.to},
                            {"status", "queued"},
                            {"num_segments", "1"},
                            {"error_code", nullptr},
                            {"error_message", nullptr}};
    return {201, "application/json", json::serialize(body), {}, {}};
  }

  net::HttpResponse refusal(int status, std::int64_t code, std::string_view message) const override {
    if (code == 0) code = status == 429 ? 20429 : status == 401 ? 20003 : 20500;
    const auto number = std::to_string(code);
    const json::object body{{"code", code},
                            {"message", message},
                            {"more_info", "https://www.twilio.com/docs/errors/" + number},
                            {"status", status}};
    return {status, "application/json", json::serialize(body), {}, {}};
  }

  std::string make_id(std::uint64_t number) const override {
    char digits[33];
    std::snprintf(digits, sizeof digits, "%032llx", static_cast<unsigned long long>(number));
    return "SM" + std::string(digits);
  }

  std::vector<std::string> steps() const override { return {"queued", "sent", "delivered"}; }

  WebhookPoster::Post inbound(const json::object& call, const std::string& id, const std::vector<Media>& media,
                              const std::string& url) override {
    const auto from = sms_text_at(call, "from"), text = sms_text_at(call, "text"), to = sms_text_at(call, "to");
    note_choice(from, text);
    Form form{{"ToCountry", "US"},
              {"ToState", ""},
              {"SmsMessageSid", id},
              {"NumMedia", std::to_string(media.size())},
              {"SmsSid", id},
              {"SmsStatus", "received"},
              {"Body", text},
              {"To", to.empty() ? options_.number : to},
              {"NumSegments", "1"},
              {"MessageSid", id},
              {"AccountSid", options_.account_sid},
              {"From", from},
              {"ApiVersion", "2010-04-01"}};
    for (std::size_t i = 0; i < media.size(); ++i) {
      form.emplace_back("MediaUrl" + std::to_string(i), media[i].url);
      form.emplace_back("MediaContentType" + std::to_string(i), media[i].media_type);
    }
    if (const auto* more = call.if_contains("parameters"); more && more->is_object())
      for (const auto& [name, value] : more->get_object())
        if (value.is_string()) form.emplace_back(name, value.get_string());
    return post(id, form, url, sms_text_at(call, "signature"));
  }

  WebhookPoster::Post receipt(const SentSms& sms, const json::object& call, const std::string& url) override {
    const auto status = sms_text_at(call, "status");
    Form form{{"SmsSid", sms.id},        {"SmsStatus", status},
              {"MessageStatus", status}, {"To", sms.to},
              {"MessageSid", sms.id},    {"AccountSid", options_.account_sid},
              {"From", options_.number}, {"ApiVersion", "2010-04-01"}};
    if (const auto* code = call.if_contains("code"); code && code->is_int64())
      form.emplace_back("ErrorCode", std::to_string(code->get_int64()));
    return post(sms.id + ' ' + status, form, url, sms_text_at(call, "signature"));
  }

 private:
  void note_choice(const std::string& from, std::string word) {
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::toupper(c); });
    if (word == "STOP") opted_out_.insert(from);
    if (word == "START") opted_out_.erase(from);
  }

  WebhookPoster::Post post(std::string what, const Form& form, const std::string& url, std::string signature) const {
    if (signature.empty()) signature = twilio_signature(options_.auth_token, url, form);
    WebhookPoster::Post out{std::move(what), form_body(form)};
    out.url = url;
    out.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"},
                   {"User-Agent", "TwilioProxy/1.1"},
                   {"X-Twilio-Signature", std::move(signature)}};
    return out;
  }

  TwilioOptions options_;
  std::set<std::string> opted_out_;
};

}  // namespace

std::string twilio_signature(const std::string& auth_token, const std::string& url, const Form& form) {
  auto sorted = form;
  std::sort(sorted.begin(), sorted.end());
  auto data = url;
  for (const auto& [name, value] : sorted) data += name + value;
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha1(), auth_token.data(), static_cast<int>(auth_token.size()),
       reinterpret_cast<const unsigned char*>(data.data()), data.size(), mac, &size);
  return to_base64({reinterpret_cast<const char*>(mac), size});
}

std::unique_ptr<SmsDialect> twilio_dialect(TwilioOptions options) {
  return std::make_unique<Twilio>(std::move(options));
}

}  // namespace jackfield::simulate
