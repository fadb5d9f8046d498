#include "settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "manifest.hpp"

namespace jackfield::email {
namespace {

std::vector<std::string> problems_of(const char* json) {
  std::vector<std::string> pointers;
  read_settings(json, [&](std::string_view pointer, std::string_view) { pointers.emplace_back(pointer); });
  return pointers;
}

TEST(Settings, ManifestIsJson) { EXPECT_NO_THROW(boost::json::parse(manifest)); }

TEST(Settings, DefaultsAreSensible) {
  const Settings settings = read_settings(
      R"({"from":"Support <support@example.com>","listen":{"address":"127.0.0.1:2525"},"smtp":{"url":"smtp://127.0.0.1:25/"}})",
      [](std::string_view pointer, std::string_view message) { ADD_FAILURE() << pointer << ": " << message; });
  EXPECT_THAT(settings.recipients, testing::ElementsAre("support@example.com"));
  EXPECT_TRUE(settings.listen->lmtp);
  EXPECT_TRUE(contains(settings.listen->networks, "127.0.0.1:4025"));
  EXPECT_TRUE(contains(settings.listen->networks, "[::1]:4025"));
  EXPECT_FALSE(contains(settings.listen->networks, "10.0.0.1:4025"));
  EXPECT_EQ(settings.smtp->tls, TlsPolicy::required);
  EXPECT_EQ(settings.smtp->server.host, "127.0.0.1");
  EXPECT_EQ(settings.smtp->server.port, 25u);
  EXPECT_EQ(settings.smtp->hello_name, "example.com");
}

TEST(Settings, EachMistakeIsNamedWithItsPlace) {
  EXPECT_THAT(problems_of(R"({"from":"nobody"})"), testing::ElementsAre("/from", ""));
  EXPECT_THAT(
      problems_of(
          R"({"from":"a@b.example","listen":{"address":"here","networks":["10/8","::1/200","10.0.0.0/8"],"key":"k.pem"},
                              "recipients":["x@b.example","boss"]})"),
      testing::ElementsAre("/listen/address", "/listen/key", "/listen/networks/0", "/listen/networks/1",
                           "/recipients/1"));
  EXPECT_THAT(problems_of(R"({"from":"a@b.example","smtp":{"url":"http://x"}})"), testing::ElementsAre("/smtp/url"));
  EXPECT_THAT(problems_of(R"({"from":"a@b.example","smtp":{"url":"smtp://mx.example:25/path"}})"),
              testing::ElementsAre("/smtp/url"));
  EXPECT_THAT(
      problems_of(R"({"from":"a@b.example","smtp":{"url":"smtp://mx.example:25","user":"u","tls":"opportunistic"}})"),
      testing::ElementsAre("/smtp/tls"));
  EXPECT_TRUE(
      problems_of(R"({"from":"a@b.example","smtp":{"url":"smtp://127.0.0.1:25","user":"u","tls":"none"}})").empty());
}

TEST(Settings, NetworksHoldWhatTheyShould) {
  const auto inside = [](const char* network, const char* peer) { return contains({*parse_network(network)}, peer); };
  EXPECT_TRUE(inside("10.0.0.0/8", "10.255.1.2:5"));
  EXPECT_FALSE(inside("10.0.0.0/8", "11.0.0.1:5"));
  EXPECT_TRUE(inside("0.0.0.0/0", "192.0.2.1"));
  EXPECT_FALSE(inside("0.0.0.0/0", "[2001:db8::1]:25"));
  EXPECT_TRUE(inside("2001:db8::/32", "[2001:db8:1::1]:25"));
  EXPECT_TRUE(inside("192.0.2.7", "[::ffff:192.0.2.7]:25"));
  EXPECT_FALSE(inside("10.0.0.0/8", "nonsense"));
}

}  // namespace
}  // namespace jackfield::email
