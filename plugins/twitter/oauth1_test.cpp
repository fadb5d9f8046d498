#include "oauth1.hpp"

#include <gtest/gtest.h>

namespace jackfield::twitter {
namespace {

const OAuth1Keys kKeys{"ck", "cs", "at", "ats"};

std::string signature(std::string_view method, std::string_view url) {
  const auto header = oauth1_header(kKeys, method, url, "abc123", 1700000000);
  const auto from = header.find("oauth_signature=\"") + 17;
  return header.substr(from, header.find('"', from) - from);
}

TEST(OAuth1, SignsTheQueryInSortedOrder) {
  EXPECT_EQ(signature("GET", "https://api.x.com/2/dm_events?dm_event.fields=created_at,sender_id&max_results=10"),
            escaped("sUC90uxGsopRkDMUROoKeHOQ/i0="));
  EXPECT_EQ(signature("GET", "https://api.x.com/2/dm_events?max_results=10&dm_event.fields=created_at%2Csender_id"),
            escaped("sUC90uxGsopRkDMUROoKeHOQ/i0="));
}

TEST(OAuth1, DoesNotSignABodyOfJson) {
  EXPECT_EQ(signature("POST", "https://api.x.com/2/tweets"), escaped("/tiuGoKEHQxd3MzarlyNDrT4LFI="));
}

TEST(OAuth1, EscapesAsRfc3986) { EXPECT_EQ(escaped("a b!*'()-._~/\xc3\xa9"), "a%20b%21%2A%27%28%29-._~%2F%C3%A9"); }

TEST(OAuth1, HeaderNamesEveryParameterOnceAndNoSecret) {
  const auto header = oauth1_header({"key", "SECRET1", "token", "SECRET2"}, "GET", "https://api.x.com/2/x", "n", 1);
  EXPECT_TRUE(header.starts_with(R"(OAuth oauth_consumer_key="key", oauth_nonce="n", )")) << header;
  EXPECT_EQ(header.find("SECRET"), std::string::npos);
}

}  // namespace
}  // namespace jackfield::twitter
