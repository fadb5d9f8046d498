#include "api/request_body.hpp"

#include <gtest/gtest.h>

namespace jackfield::api {
namespace {

std::string error_of(const RequestBody& body) { return body.error() ? body.error()->detail : ""; }

TEST(RequestBody, AnUnknownMemberIsNamedWithWhatIsMeant) {
  const RequestBody body(R"({"subjet":"x"})", {"text", "subject"});
  EXPECT_EQ(error_of(body), R"(unknown member "subjet"; did you mean "subject"? Allowed: text, subject)");
  EXPECT_EQ(body.error()->parameter, "subjet");
}

TEST(RequestBody, WhatIsNoJsonObjectIsRefused) {
  for (const auto* text : {"{", "[]", "1", "{\"a\":1}x", "\"a\""})
    EXPECT_TRUE(RequestBody(text, {"a"}).error()) << text;
  EXPECT_TRUE(RequestBody(std::string(100, '['), {}).error());
  EXPECT_FALSE(RequestBody("", {}).error());
}

TEST(RequestBody, TypesAndLimitsAreCheckedAndTheFirstErrorStands) {
  RequestBody body(R"({"text":1,"tags":["a",""],"at":"yesterday"})", {"text", "tags", "at"});
  body.text("text", 10);
  body.texts("tags", 10, 10);
  body.time("at");
  EXPECT_EQ(error_of(body), "text: must be a string");
  RequestBody longer(R"({"text":"0123456789a"})", {"text"});
  longer.text("text", 10);
  EXPECT_EQ(error_of(longer), "text: is longer than 10 bytes");
  RequestBody time(R"({"at":"yesterday"})", {"at"});
  time.time("at");
  EXPECT_EQ(error_of(time), "at: must be a time like 2026-11-21T09:30:00Z");
}

TEST(RequestBody, NullEmptiesWhereItMay) {
  RequestBody body(R"({"assignee":null,"queue":null})", {"assignee", "queue"});
  EXPECT_EQ(body.text_or_null("assignee", 10), "");
  EXPECT_FALSE(body.error());
  body.text("queue", 10);
  EXPECT_EQ(error_of(body), "queue: must be a string");
}

}  // namespace
}  // namespace jackfield::api
