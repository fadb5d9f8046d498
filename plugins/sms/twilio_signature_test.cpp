// Vectors: made with npm twilio 6.2.0 (getExpectedTwilioSignature).
#include "twilio_signature.hpp"

#include <gtest/gtest.h>

#include "digest.hpp"

namespace jackfield::sms {
namespace {

const std::string kToken = "12345678901234567890abcdefABCDEF";
const TwilioSignature kSignature({kToken});
constexpr auto kUrl = "https://jackfield.example.test/hooks/sms/acme?tenant=7";
constexpr auto kOf = "bQjzZwu0x2DQB2yNcmjiZ+3B150=";

Form message() {
  const std::string sid = "SM00000000000000000000000000000001";
  return {{"SmsStatus", "received"},
          {"AccountSid", "AC00000000000000000000000000000001"},
          {"ApiVersion", "2010-04-01"},
          {"Body", "Hi there & welcome ☺"},
          {"From", "+15005550006"},
          {"MessageSid", sid},
          {"NumMedia", "0"},
          {"NumSegments", "1"},
          {"SmsMessageSid", sid},
          {"SmsSid", sid},
          {"To", "+15005550001"}};
}

TEST(TwilioSignature, IsOverTheUrlAndAllParametersSorted) {
  EXPECT_EQ(kSignature.sign(kUrl, message()), kOf);
  EXPECT_TRUE(kSignature.verify(kUrl, message(), kOf));
}

TEST(TwilioSignature, CountsAValueThatComesTwiceOnce) {
  const Form form = {{"A", "2"}, {"A", "1"}, {"A", "2"}};
  EXPECT_EQ(kSignature.sign("https://x.test/h", form), "BmMtItX0FS3b4dOdJsns76DTp04=");
  EXPECT_EQ(kSignature.sign("https://x.test/hA1A2", {}), kSignature.sign("https://x.test/h", form));
}

TEST(TwilioSignature, OfABodyThatIsNoFormIsOverTheUrlWithItsDigest) {
  const std::string body = R"({"a":1,"b":"é"})";
  const std::string url =
      "https://jackfield.example.test/hooks/json?bodySHA256="
      "09ad9fd2fb648cb2f62141215828ea00a62c299db05d20aa9ade2f527a301cc6";
  constexpr auto kRight = "lo7A8EoxYtF++X2q0XP01ftNG8g=";
  EXPECT_TRUE(kSignature.verify_body(url, body, kRight));
  EXPECT_FALSE(kSignature.verify_body(url, body + " ", kRight)) << "another body";
  EXPECT_FALSE(kSignature.verify_body("https://jackfield.example.test/hooks/json", body, kRight)) << "no digest";
}

TEST(TwilioSignature, RefusesWhatIsNotExactlyWhatWasSigned) {
  auto more = message();
  more.push_back({"New", "1"});
  EXPECT_FALSE(kSignature.verify(kUrl, more, kOf));
  EXPECT_FALSE(kSignature.verify("https://jackfield.example.test/hooks/sms/acme", message(), kOf));
  EXPECT_FALSE(kSignature.verify("http://jackfield.example.test/hooks/sms/acme?tenant=7", message(), kOf));
  EXPECT_FALSE(kSignature.verify(kUrl, message(), ""));
  EXPECT_FALSE(TwilioSignature({"another"}).verify(kUrl, message(), kOf));
}

TEST(TwilioSignature, TakesTheUrlWithTheStandardPortOrWithoutIt) {
  const std::string with = "https://jackfield.example.test:443/hooks/sms/acme?tenant=7";
  EXPECT_TRUE(kSignature.verify(with, message(), kOf));
  EXPECT_TRUE(kSignature.verify(kUrl, message(), kSignature.sign(with, message())));
  const std::string other = "https://jackfield.example.test:8443/hooks/sms/acme?tenant=7";
  EXPECT_FALSE(kSignature.verify(kUrl, message(), kSignature.sign(other, message())));
}

TEST(TwilioSignature, TakesEitherTokenWhileOneIsReplaced) {
  EXPECT_TRUE(TwilioSignature({"new", kToken}).verify(kUrl, message(), kOf));
}

TEST(TwilioSignature, WithoutATokenNobodyGetsIn) {
  const TwilioSignature none({""});
  EXPECT_FALSE(none.verify(kUrl, {}, ""));
  EXPECT_FALSE(none.verify(kUrl, {}, base64(hmac_sha1("", kUrl))));
}

}  // namespace
}  // namespace jackfield::sms
