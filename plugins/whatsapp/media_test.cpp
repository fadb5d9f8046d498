#include "media.hpp"

#include <gtest/gtest.h>

#include "graph.hpp"

namespace jackfield::whatsapp {
namespace {

constexpr auto kHex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // of "abc"

TEST(Media, DigestsAreComparedInHexAndInBase64) {
  EXPECT_TRUE(same_digest(kHex, kHex));
  EXPECT_TRUE(same_digest("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", kHex));
  EXPECT_TRUE(same_digest("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", kHex));
  EXPECT_FALSE(same_digest("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=", std::string(64, '0')));
  EXPECT_FALSE(same_digest(std::string(64, '0'), kHex));
}

TEST(Media, WhatIsNoDigestSaysNothing) {
  EXPECT_TRUE(same_digest("", kHex));
  EXPECT_TRUE(same_digest("not-a-digest", kHex));
}

TEST(Media, AFileTooLargeForItsKindGoesAsADocument) {
  EXPECT_EQ(outbound_kind("image/jpeg", 1000), "image");
  EXPECT_EQ(outbound_kind("image/jpeg", 6 << 20), "document");
  EXPECT_EQ(outbound_kind("audio/ogg; codecs=opus", 1000), "audio");
  EXPECT_EQ(outbound_kind("image/webp", 1000), "sticker");
  EXPECT_EQ(outbound_kind("image/gif", 1000), "document");
  EXPECT_EQ(outbound_kind("application/pdf", 1000), "document");
}

TEST(Media, SizeIsReadAsNumberAndAsString) {
  EXPECT_EQ(parse_media_info(R"({"url":"https://x/y","file_size":"303833"})")->bytes, 303833);
  EXPECT_EQ(parse_media_info(R"({"url":"https://x/y","file_size":303833})")->bytes, 303833);
  EXPECT_FALSE(parse_media_info(R"({"id":"1"})"));
  EXPECT_FALSE(parse_media_info("<html>"));
}

TEST(Media, APartWithoutIdAndUrlCannotBeFetched) {
  EXPECT_FALSE(parse_pending(R"({"type":"media","source":{"id":null,"url":null}})"));
  EXPECT_EQ(parse_pending(R"({"type":"media","source":{"id":"12","url":null}})")->id, "12");
}

TEST(Graph, TheTokenGoesToHttpsAndToTheConfiguredApiOnly) {
  const Graph graph({"1000001", "http://127.0.0.1:9000", "v26.0"}, "token");
  EXPECT_TRUE(graph.may_have_token("https://lookaside.fbsbx.com/x"));
  EXPECT_TRUE(graph.may_have_token("http://127.0.0.1:9000/media-bytes/1"));
  EXPECT_FALSE(graph.may_have_token("http://127.0.0.1:9000.example.com/x"));
  EXPECT_FALSE(graph.may_have_token("http://10.0.0.1/x"));
}

TEST(Graph, AMediaIdCannotLeaveItsPlaceInThePath) {
  const Graph graph({"1000001", "https://graph.facebook.com", "v26.0"}, "token");
  EXPECT_EQ(graph.media_url("../me?x"), "https://graph.facebook.com/v26.0/%2E%2E%2Fme%3Fx?phone_number_id=1000001");
}

}  // namespace
}  // namespace jackfield::whatsapp
