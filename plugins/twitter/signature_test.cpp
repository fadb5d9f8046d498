#include "signature.hpp"

#include <gtest/gtest.h>

namespace jackfield::twitter {
namespace {

const std::vector<std::string> kSecrets = {"consumer-secret-for-tests"};
constexpr auto kBody = R"({"data":{"event_type":"dm.received"}})";
constexpr auto kSigned = "sha256=YwXPwz2ogPuHAzkvQ15G0lghd71MP3cFR7q+HlCtlrM=";

TEST(Crc, IsAnsweredWithTheHmacOfTheToken) {
  EXPECT_EQ(crc_answer(kSecrets, "challenge_string"),
            R"({"response_token":"sha256=/m2OohliB5rMsq+a6aYqOYHkJrNB0rTypS4bUsJlzxI="})");
}

TEST(Signature, OfTheRawBytesIsRight) { EXPECT_TRUE(is_signed(kSecrets, kBody, kSigned)); }

TEST(Signature, OfReserialisedJsonIsWrong) {
  EXPECT_FALSE(is_signed(kSecrets, R"({"data": {"event_type":"dm.received"}})", kSigned));
  const std::string escaped = R"({"t":"caf\u00e9"})";
  EXPECT_TRUE(is_signed(kSecrets, escaped, signature_of(kSecrets[0], escaped)));
  EXPECT_FALSE(is_signed(kSecrets, "{\"t\":\"caf\xc3\xa9\"}", signature_of(kSecrets[0], escaped)));
}

TEST(Signature, ThatIsMissingOrCutOrAltered) {
  std::string altered = kSigned;
  altered[10] = altered[10] == 'A' ? 'B' : 'A';
  for (const auto& header : {std::string(), std::string("sha256="), altered, std::string(kSigned).substr(7)})
    EXPECT_FALSE(is_signed(kSecrets, kBody, header)) << header;
}

TEST(Signature, ByAnyOfSeveralSecretsIsRightAndByAnEmptyOneNever) {
  EXPECT_TRUE(is_signed({"new", "consumer-secret-for-tests"}, kBody, kSigned));
  EXPECT_FALSE(is_signed({""}, kBody, signature_of("", kBody)));
  EXPECT_FALSE(is_signed({}, kBody, kSigned));
}

}  // namespace
}  // namespace jackfield::twitter
