#include "signature.hpp"

#include <gtest/gtest.h>

namespace jackfield::whatsapp {
namespace {

constexpr auto kEmptyBody = R"({"object":"whatsapp_business_account","entry":[]})";
constexpr auto kEmptySigned = "sha256=1ca363dab318df784e1963b29dca91e2098e6cf2fbf0d3c14e09580a90684a61";
constexpr auto kEscapedBody = R"({"t":"caf\u00e9"})";
constexpr auto kEscapedSigned = "sha256=85cf8ba131ac4444f8bb413fde41e010c933463f9c87aa1658826ff7c6d56a9e";

TEST(Signature, OfTheRawBytesIsRight) {
  Signature signature({"app-secret-for-tests"});
  EXPECT_TRUE(signature.verify(kEmptyBody, kEmptySigned));
  EXPECT_TRUE(signature.verify(kEscapedBody, kEscapedSigned));
  EXPECT_TRUE(signature.verify(kEmptyBody, kEmptySigned)) << "the context is reused";
  EXPECT_EQ(signature.sign(kEscapedBody), kEscapedSigned);
}

TEST(Signature, OfReserialisedJsonIsWrong) {
  Signature signature({"app-secret-for-tests"});
  EXPECT_FALSE(signature.verify("{\"t\":\"caf\xc3\xa9\"}", kEscapedSigned));
}

TEST(Signature, ThatDiffersInItsLastDigitIsWrong) {
  Signature signature({"app-secret-for-tests"});
  std::string header = kEmptySigned;
  header.back() = header.back() == '1' ? '2' : '1';
  EXPECT_FALSE(signature.verify(kEmptyBody, header));
}

TEST(Signature, ThatIsMissingOrCutOrOfAnotherKindIsWrong) {
  Signature signature({"app-secret-for-tests"});
  for (const std::string header : {"", "sha256=", "sha1=1ca363dab318df784e1963b29dca91e2098e6cf2",
                                   "1ca363dab318df784e1963b29dca91e2098e6cf2fbf0d3c14e09580a90684a61"})
    EXPECT_FALSE(signature.verify(kEmptyBody, header)) << header;
}

TEST(Signature, ByAnyOfSeveralSecretsIsRight) {
  Signature signature({"the-new-one", "app-secret-for-tests"});
  EXPECT_TRUE(signature.verify(kEmptyBody, kEmptySigned));
  EXPECT_TRUE(signature.verify(kEmptyBody, Signature({"the-new-one"}).sign(kEmptyBody)));
  EXPECT_FALSE(signature.verify(kEmptyBody, Signature({"another"}).sign(kEmptyBody)));
}

TEST(Signature, WithoutASecretLetsNobodyIn) {
  Signature signature({""});
  EXPECT_FALSE(signature.verify(kEmptyBody, ""));
  EXPECT_FALSE(signature.verify(kEmptyBody, kEmptySigned));
}

}  // namespace
}  // namespace jackfield::whatsapp
