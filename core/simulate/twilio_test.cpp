// The stand-ins for SMS providers: what they sign, and what they take. Their way with the daemon is in tests/e2e.
#include "simulate/twilio.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "base/crypto.hpp"
#include "simulate/vonage.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

// Made with npm twilio 6.2.0.
TEST(TwilioDialect, SignsAsTwilioDoes) {
  const std::string sid = "SM00000000000000000000000000000001";
  EXPECT_EQ(
      twilio_signature("12345678901234567890abcdefABCDEF", "https://jackfield.example.test/hooks/sms/acme?tenant=7",
                       {{"To", "+15005550001"},
                        {"AccountSid", "AC00000000000000000000000000000001"},
                        {"ApiVersion", "2010-04-01"},
                        {"Body", "Hi there & welcome ☺"},
                        {"From", "+15005550006"},
                        {"MessageSid", sid},
                        {"NumMedia", "0"},
                        {"NumSegments", "1"},
                        {"SmsMessageSid", sid},
                        {"SmsSid", sid},
                        {"SmsStatus", "received"}}),
      "bQjzZwu0x2DQB2yNcmjiZ+3B150=");
}

net::HttpRequest send_to(const std::string& number) {
  net::HttpRequest request;
  request.method = "POST";
  request.path = "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json";
  request.body = "To=" + number + "&From=%2B15005550006&Body=Hi";
  return request;
}

TEST(TwilioDialect, RefusesSendsToWhoWroteStopUntilTheyWriteStart) {
  const auto twilio = twilio_dialect({});
  EXPECT_TRUE(twilio->read(send_to("%2B336")).send);
  twilio->inbound({{"from", "+336"}, {"text", "Stop"}}, "SM1", {}, "http://x/");
  const auto refused = twilio->read(send_to("%2B336"));
  EXPECT_FALSE(refused.send);
  EXPECT_EQ(json::parse(refused.otherwise.body).at("code"), 21610);
  EXPECT_TRUE(twilio->read(send_to("%2B337")).send);
  twilio->inbound({{"from", "+336"}, {"text", "start"}}, "SM2", {}, "http://x/");
  EXPECT_TRUE(twilio->read(send_to("%2B336")).send);
}

TEST(TwilioDialect, WantsTheAccountsToken) {
  auto request = send_to("%2B336");
  const auto twilio = twilio_dialect({});
  EXPECT_FALSE(twilio->is_signed_in(request));
  request.headers.emplace_back("authorization",
                               "Basic " + to_base64("AC00000000000000000000000000000001:demo-auth-token-0001"));
  EXPECT_TRUE(twilio->is_signed_in(request));
}

TEST(VonageDialect, SignsTheDigestOfTheBody) {
  const auto token = vonage_token({}, "{}", 1'795'255'200, "1");
  const auto first = token.find('.'), last = token.rfind('.');
  const auto mac = hmac_sha256("demo-signature-secret-0001", token.substr(0, last));
  EXPECT_EQ(token.substr(last + 1), to_base64url({reinterpret_cast<const char*>(mac.data()), mac.size()}));
  EXPECT_EQ(token.substr(0, first), to_base64url(R"({"typ":"JWT","alg":"HS256"})"));
}

}  // namespace
}  // namespace jackfield::simulate
