#include "vonage_jwt.hpp"

#include <gtest/gtest.h>

#include "digest.hpp"

namespace jackfield::sms {
namespace {

constexpr std::int64_t kNow = 1'795'255'200'000;  // 2026-11-21T10:00:00Z
constexpr auto kBody =
    R"({"channel":"sms","message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab","to":"447700900000","from":"447700900001",)"
    R"("timestamp":"2026-11-21T10:00:00Z","text":"Hello","sms":{"num_messages":"1"}})";
const std::string kSecret = "vonage-signature-secret";
const VonageJwt kJwt({kSecret}, "abcd1234");

std::string token(const std::string& head, const std::string& claims, const std::string& secret = kSecret) {
  const auto text = base64url(head) + '.' + base64url(claims);
  return "Bearer " + text + '.' + base64url(hmac_sha256(secret, text));
}
std::string claims(std::int64_t iat, const std::string& more = "") {
  return R"({"iat":)" + std::to_string(iat) + R"(,"payload_hash":")" + hex(sha256(kBody)) + '"' + more + '}';
}
constexpr auto kHead = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::int64_t kNowSeconds = kNow / 1000;

TEST(VonageJwt, PayloadHashIsTheDigestOfTheRawBody) {
  EXPECT_EQ(hex(sha256(kBody)), "5f3f666f3f9f8e018a2fa018766e4a30e1615dbfc8f67db451318490795fea55");
}

TEST(VonageJwt, TakesWhatItSigned) {
  EXPECT_EQ(kJwt.problem("Bearer " + kJwt.sign(kBody, kNow, "1"), kBody, kNow), "");
}

TEST(VonageJwt, TakesEitherSecretWhileOneIsReplaced) {
  const VonageJwt both({"new", kSecret}, "abcd1234");
  EXPECT_EQ(both.problem("Bearer " + kJwt.sign(kBody, kNow, "1"), kBody, kNow), "");
}

TEST(VonageJwt, RefusesAnotherBodyOrSecret) {
  const auto header = "Bearer " + kJwt.sign(kBody, kNow, "1");
  EXPECT_EQ(kJwt.problem(header, std::string(kBody) + " ", kNow), "the body is not the signed one");
  EXPECT_EQ(VonageJwt({"other"}, "abcd1234").problem(header, kBody, kNow), "the signature is wrong");
  EXPECT_EQ(VonageJwt({""}, "abcd1234").problem(token(kHead, claims(kNowSeconds), ""), kBody, kNow),
            "the signature is wrong");
  EXPECT_EQ(VonageJwt({kSecret}, "another").problem(header, kBody, kNow), "the token is of another account");
}

TEST(VonageJwt, RefusesEveryAlgorithmButHs256) {
  EXPECT_EQ(kJwt.problem(token(R"({"alg":"none"})", claims(kNowSeconds)), kBody, kNow),
            "the token is not signed with HS256");
  EXPECT_EQ(kJwt.problem(token(R"({"alg":"RS256"})", claims(kNowSeconds)), kBody, kNow),
            "the token is not signed with HS256");
}

TEST(VonageJwt, LivesAsLongAsVonageTriesAgain) {
  const auto at = [](std::int64_t iat) { return kJwt.problem(token(kHead, claims(iat)), kBody, kNow); };
  EXPECT_EQ(at(kNowSeconds - 24 * 3600), "");
  EXPECT_EQ(at(kNowSeconds + 60), "") << "clocks differ";
  EXPECT_EQ(at(kNowSeconds - 25 * 3600), "the token is too old");
  EXPECT_EQ(at(kNowSeconds + 3600), "the token is from the future");
  EXPECT_EQ(kJwt.problem(token(kHead, "{}"), kBody, kNow), "the token does not say when it was issued");
  const auto over = claims(kNowSeconds - 7200, R"(,"exp":)" + std::to_string(kNowSeconds - 3600));
  EXPECT_EQ(kJwt.problem(token(kHead, over), kBody, kNow), "the token has expired");
}

TEST(VonageJwt, RefusesWhatIsNoToken) {
  for (const auto* header : {"", "Basic abc", "Bearer ", "Bearer a.b", "Bearer ...", "Bearer \xff.\xff.\xff"})
    EXPECT_NE(kJwt.problem(header, kBody, kNow), "") << header;
}

TEST(Base64Url, ComesBackAsItWas) {
  for (const std::string text : {"", "a", "ab", "abc", "\xff\xfe\xfd\x00", "jackfield"})
    EXPECT_EQ(decode_base64url(base64url(text)), text);
  EXPECT_FALSE(decode_base64url("a+/="));
}

}  // namespace
}  // namespace jackfield::sms
