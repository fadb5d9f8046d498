#include "host/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "host/manifest.hpp"

namespace jackfield::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

boost::json::object object(std::string_view text) { return boost::json::parse(text).as_object(); }

std::vector<std::string> problems(std::string_view schema, std::string_view settings) {
  std::vector<std::string> out;
  for (const auto& p : check_against_schema(object(schema), object(settings)))
    out.push_back(p.pointer + ": " + p.message + (p.help.empty() ? "" : " (" + p.help + ")"));
  return out;
}

constexpr auto kMail = R"({"type": "object", "required": ["from"], "additionalProperties": false,
  "anyOf": [{"required": ["imap"]}, {"required": ["listen"]}],
  "properties": {
    "from": {"type": "string", "pattern": "^[^@]+@[^@]+$"},
    "imap": {"type": "object", "required": ["url"], "properties": {
       "url": {"type": "string"}, "password": {"type": "string", "secret": true, "minLength": 3},
       "folder": {"type": "string", "default": "INBOX"}, "after": {"enum": ["seen", "move", "delete"], "default": "seen"}}},
    "listen": {"type": "object", "properties": {"port": {"type": "integer", "minimum": 1, "maximum": 65535},
       "networks": {"type": "array", "items": {"type": "string"}, "minItems": 1}}},
    "limit": {"type": ["integer", "null"], "default": 10}}})";

constexpr auto kSms =
    R"({"type": "object", "required": ["provider"], "properties": {"provider": {"type": "string"}, "api_url": {"type": "string"}},
  "oneOf": [
    {"properties": {"provider": {"const": "twilio"}, "account_sid": {"type": "string"}, "auth_token": {"type": "string", "secret": true}},
     "required": ["account_sid", "auth_token"]},
    {"properties": {"provider": {"const": "smpp"}, "host": {"type": "string"}, "port": {"type": "integer", "default": 2775}},
     "required": ["host"]}]})";

TEST(Settings, GoodOnesHaveNoProblem) {
  EXPECT_THAT(
      problems(kMail, R"({"from": "a@b", "imap": {"url": "imaps://x", "password": ["one", "two"]}, "limit": null})"),
      IsEmpty());
}

TEST(Settings, EveryProblemIsToldAtOnceWithItsPlace) {
  EXPECT_THAT(
      problems(kMail,
               R"({"from": "ab", "imap": {"urll": "x", "after": "moved"}, "listen": {"port": 0, "networks": []}})"),
      ElementsAre("/from: does not match the pattern ^[^@]+@[^@]+$",
                  "/imap/urll: unknown setting \"urll\" (did you mean \"url\"?)",
                  "/imap/after: must be one of seen, move, delete, not \"moved\" (did you mean \"move\"?)",
                  "/imap: the setting \"url\" is missing", "/listen/port: it must be at least 1",
                  "/listen/networks: the number of its items must be at least 1"));
}

TEST(Settings, WrongTypesAreNamed) {
  EXPECT_THAT(problems(kMail, R"({"from": 7, "listen": {"port": "x"}})"),
              ElementsAre("/from: must be of type string, not 7", "/listen/port: must be of type integer, not \"x\""));
}

TEST(Settings, OneOfSeveralIsNeeded) {
  EXPECT_THAT(problems(kMail, R"({"from": "a@b"})"), ElementsAre(": needs the setting \"imap\" or \"listen\""));
}

TEST(Settings, SecretIsNeverShown) {
  EXPECT_THAT(problems(kMail, R"({"from": "a@b", "imap": {"url": "u", "password": "ab"}})"),
              ElementsAre("/imap/password: its length must be at least 3"));
  EXPECT_THAT(problems(kMail, R"({"from": "a@b", "imap": {"url": "u", "password": 12345}})"),
              ElementsAre("/imap/password: must be a string or a list of strings"));
}

TEST(Settings, BranchIsChosenByItsFixedValue) {
  EXPECT_THAT(problems(kSms, R"({"provider": "smpp", "host": "h"})"), IsEmpty());
  EXPECT_THAT(problems(kSms, R"({"provider": "twilio", "account_sid": "a"})"),
              ElementsAre(": the setting \"auth_token\" is missing"));
  EXPECT_THAT(problems(kSms, R"({"provider": "smpp", "host": "h", "account_sid": "a"})"),
              ElementsAre("/account_sid: unknown setting \"account_sid\""));
}

TEST(Settings, AKindThatIsNotThereIsToldWithThoseThatAreAndNothingElse) {
  EXPECT_THAT(problems(kSms, R"({"provider": "twilo", "account_sid": "a"})"),
              ElementsAre("/provider: unknown provider \"twilo\"; there are twilio, smpp (did you mean \"twilio\"?)"));
  EXPECT_THAT(problems(kSms, R"({"provider": "carrier-pigeon", "host": 7})"),
              ElementsAre("/provider: unknown provider \"carrier-pigeon\"; there are twilio, smpp"));
}

TEST(Settings, DefaultsAreFilledInAndSecretsSplitOff) {
  const auto split =
      split_settings(object(kMail), object(R"({"from": "a@b", "imap": {"url": "u", "password": ["one", "two"]}})"));
  EXPECT_EQ(boost::json::serialize(split.open),
            R"({"from":"a@b","imap":{"url":"u","folder":"INBOX","after":"seen"},"limit":10})");
  EXPECT_THAT(split.secrets.at("/imap/password"), ElementsAre("one", "two"));
  const auto sms = split_settings(object(kSms), object(R"({"provider": "smpp", "host": "h"})"));
  EXPECT_EQ(boost::json::serialize(sms.open), R"({"provider":"smpp","host":"h","port":2775})");
}

TEST(Settings, ValidateSeesSecretsAsEmpty) {
  const auto seen =
      blanked_settings(object(kSms), object(R"({"provider": "twilio", "account_sid": "a", "auth_token": "hidden"})"));
  EXPECT_EQ(boost::json::serialize(seen), R"({"provider":"twilio","account_sid":"a","auth_token":""})");
}

TEST(Settings, SecretOfABranchIsSplitOffToo) {
  const auto schema = object(R"({"type": "object", "properties": {
    "auth": {"oneOf": [{"type": "string", "secret": true}, {"type": "object", "properties": {"user": {"type": "string"}}}]},
    "keys": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "string", "secret": true}]}}}})");
  const auto split = split_settings(schema, object(R"({"auth": "hush", "keys": [1, "two"]})"));
  EXPECT_EQ(boost::json::serialize(split.open), R"({"keys":[1,null]})");
  EXPECT_THAT(split.secrets.at("/auth"), ElementsAre("hush"));
  EXPECT_THAT(split.secrets.at("/keys/1"), ElementsAre("two"));
  const auto open = split_settings(schema, object(R"({"auth": {"user": "ana"}})"));
  EXPECT_EQ(boost::json::serialize(open.open), R"({"auth":{"user":"ana"}})");
}

TEST(Settings, BrokenSchemaIsFoundBeforeItIsUsed) {
  EXPECT_NE(schema_problem(object(R"({"type": "object", "properties": {"a": {"pattern": "("}}})")), "");
  EXPECT_NE(schema_problem(object(R"({"type": "object", "properties": {"a": {"type": "text"}}})")), "");
  EXPECT_EQ(schema_problem(object(kMail)), "");
}

TEST(Manifest, DefaultsAreWhatTheHeaderSays) {
  const auto m = parse_manifest(R"({"id": "x", "version": "1", "channel": {"scheme": "x"}})");
  ASSERT_TRUE(m);
  EXPECT_EQ(m->max_in_flight, 16);
  EXPECT_EQ(m->send_timeout, Millis{30000});
  EXPECT_TRUE(m->receives && m->sends);
  EXPECT_THAT(m->visibility, ElementsAre("private"));
}

TEST(Manifest, WrongOnesNameThePlace) {
  const auto error = [](std::string_view text) { return parse_manifest(text).error().message; };
  EXPECT_EQ(error("["), "manifest: is not JSON: incomplete JSON");
  EXPECT_EQ(error(R"({"id": "A b", "version": "1", "channel": {"scheme": "x"}})"),
            "manifest: id has only a-z, 0-9, dash, dot and plus, and at most 64 of them");
  EXPECT_EQ(error(R"({"id": "a", "version": "1"})"), "manifest: channel is missing");
  EXPECT_EQ(error(R"({"id": "a", "version": "1", "channel": {"scheme": "x", "direction": "up"}})"),
            "manifest: direction cannot be \"up\"");
  EXPECT_EQ(error(R"({"id": "a", "version": "1", "channel": {"scheme": "x", "max_in_flight": 0}})"),
            "manifest: max_in_flight is out of range");
}

}  // namespace
}  // namespace jackfield::host
