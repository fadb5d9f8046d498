#include "outbound/receiver_url.hpp"

#include <gtest/gtest.h>

namespace jackfield::outbound {
namespace {

TEST(ReceiverUrl, OnlyHttpsOverTheApiAndHttpTooInTheConfiguration) {
  EXPECT_EQ(why_no_receiver("https://crm.example.com/hook?a=b", true), "");
  EXPECT_EQ(why_no_receiver("http://127.0.0.1:9000/hook", false), "");
  EXPECT_NE(why_no_receiver("http://crm.example.com/hook", true), "");
}

TEST(ReceiverUrl, WhatIsNoUrlOrHoldsCredentialsIsRefused) {
  for (const char* url : {"", "https://", "ftp://x/y", "file:///etc/passwd", "https://a b/", "https://u:p@host/",
                          "https://host/#fragment", "https:///path"}) {
    EXPECT_NE(why_no_receiver(url, false), "") << url;
  }
}

}  // namespace
}  // namespace jackfield::outbound
