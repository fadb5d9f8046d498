#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "model/json.hpp"

namespace jackfield {
namespace {

namespace json = boost::json;

Inbound read(std::string_view text) {
  auto event = read_event(json::parse(text));
  EXPECT_TRUE(event) << event.error().message;
  return event ? *event : Inbound{};
}

std::string error_of(std::string_view text) {
  auto event = read_event(json::parse(text));
  return event ? "" : event.error().message;
}

TEST(Event, MessageIsReadWhole) {
  const auto event =
      read(R"({"type":"message","id":"wamid.A","account":"1","from":{"address":"whatsapp:336","name":"Ana",
    "evidence":"attested","also":[{"address":"tel:+336","evidence":"attested"}]},"to":[{"address":"whatsapp:337"}],
    "sent_at":"2026-11-21T09:30:00Z","quoted":{"provider_id":"wamid.0"},"threads":["a","b"],
    "parts":[{"type":"text","text":"Bonjour"},{"type":"media","media_type":"image/png","source":{"id":"1"},"caption":"vue"}]})");
  EXPECT_EQ(event.id, "wamid.A");
  EXPECT_EQ(event.content.from.evidence, Evidence::attested);
  EXPECT_EQ(event.also.at(0).uri, "tel:+336");
  EXPECT_EQ(event.content.text, "Bonjour\nvue");
  EXPECT_EQ(event.content.quoted, "wamid.0");
  EXPECT_EQ(event.threads.size(), 2u);
}

TEST(Event, WhatBreaksTheSchemaIsNamed) {
  EXPECT_EQ(error_of(R"({"type":"message","from":{"address":"a:b"},"parts":[]})"), "id is missing");
  EXPECT_EQ(error_of(R"({"type":"message","id":"1","from":{"address":"nobody"},"parts":[]})"),
            "from.address is not scheme:value");
  EXPECT_EQ(error_of(R"({"type":"message","id":"1","from":{"address":"a:b"},"parts":[{"type":"text"}]})"),
            "parts[0].text must be a string");
  EXPECT_EQ(error_of(R"({"type":"letter"})"), "type must be message, status, edited, deleted, reaction, contact, typing or undecodable");
  EXPECT_EQ(error_of(R"({"type":"status","status":"sent"})"), "id is missing, and correlation too");
  EXPECT_EQ(error_of("[]"), "an event must be an object");
}

TEST(Json, ContentGoesThereAndBack) {
  auto event =
      read(R"({"type":"message","id":"1","from":{"address":"mailto:a@b.c","name":"A \"q\" \u00e9"},"subject":"S",
    "parts":[{"type":"text","text":"x\ny"}],"extra":{"k":1}})");
  event.content.reply_to = Id{42};
  const auto text = content_to_json(event.content);
  const auto back = content_from_json(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(content_to_json(*back), text);
  EXPECT_EQ(back->from.name, "A \"q\" \u00e9");
  EXPECT_EQ(back->reply_to, Id{42});
}

TEST(Json, InvalidUtf8IsReplacedNeverPassedOn) {
  std::string out;
  append_string(out, "a\xff\xc3(\xed\xa0\x80z\x01\"");
  EXPECT_EQ(json::parse(out).as_string(), "a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFDz\x01\"");
}

TEST(Json, InvalidUtf8InsidePartsIsReplacedSoThatItCanBeReadAgain) {
  Content content;
  content.parts.push_back(boost::json::object{{"type", "media"}, {"id", "1"}, {"name", "caf\xff\xc3"}});
  const auto back = content_from_json(content_to_json(content));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->parts.at(0).at("name").as_string(), "caf\uFFFD\uFFFD");
}

TEST(Address, WhatPeopleTypeIsStoredAsItIsLookedFor) {
  EXPECT_EQ(normalize_address("mailto:Ana@Example.ORG").value(), "mailto:ana@example.org");
  EXPECT_EQ(normalize_address("tel:+33 6 12-34.56 78").value(), "tel:+33612345678");
  EXPECT_EQ(normalize_address("tel:36180").value(), "tel:36180");
  EXPECT_EQ(normalize_address("tel:ACME").value(), "tel:ACME");
  EXPECT_EQ(normalize_address("whatsapp:+33612345678").value(), "whatsapp:33612345678");
  EXPECT_EQ(normalize_address("whatsapp:US.134abc").value(), "whatsapp:US.134abc");
  EXPECT_EQ(normalize_address("echo:any thing").value(), "echo:any thing");
  for (const auto* wrong : {"nobody", "mailto:not an address", "mailto:@x", "mailto:whatsapp:3361", "tel:0612345678",
                            "tel:+33 6 99-x!", "whatsapp:tel:+336", "whatsapp:hello"})
    EXPECT_FALSE(normalize_address(wrong)) << wrong;
}

TEST(Json, MessageHasTheContractsMembers) {
  Message message;
  message.id = Id{7};
  message.conversation = Id{8};
  message.channel = "mail";
  message.content.from.uri = "mailto:a@b.c";
  message.content.parts = json::parse(R"([{"type":"text","text":"hi"}])").as_array();
  message.content.text = "hi";
  message.track.provider_ids = {"x@y"};
  message.received_at = *parse_rfc3339("2026-11-21T09:30:00.412Z");
  const auto value = json::parse(message_to_json(message)).as_object();
  for (const auto* name : {"id",           "conversation", "contact", "channel",  "direction",   "visibility", "from",
                           "to",           "subject",      "text",    "language", "parts",       "reply_to",   "quoted",
                           "provider_ids", "status",       "errors",  "sent_at",  "received_at", "history"})
    EXPECT_TRUE(value.contains(name)) << name;
  EXPECT_EQ(value.at("history").at(0).at("status").as_string(), "received");
}

TEST(Json, EventIsCloudEvent) {
  Event event;
  event.cursor = 12;
  event.source = "mail";
  event.at = *parse_rfc3339("2026-11-21T09:30:00Z");
  const auto value = json::parse(event_to_json(event, "{}")).as_object();
  EXPECT_EQ(value.at("specversion").as_string(), "1.0");
  EXPECT_EQ(value.at("id").as_string(), "0000000000000012");
  EXPECT_EQ(value.at("source").as_string(), "jackfield/mail");
}

}  // namespace
}  // namespace jackfield
