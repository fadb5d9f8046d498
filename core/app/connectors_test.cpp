#include "app/connectors.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace jackfield::app {
namespace {

constexpr const char* settings_schema = R"({"type": "object", "additionalProperties": false, "required": ["from"],
  "properties": {"from": {"type": "string"}, "smtp": {"type": "object", "additionalProperties": false,
    "required": ["url"], "properties": {"url": {"type": "string"}, "tls": {"type": "string", "enum": ["required", "none"]}}}}})";

host::PluginFile email() {
  host::PluginFile file;
  file.path = "/plugins/email.so";
  file.manifest.id = "email";
  file.manifest.settings_schema = boost::json::parse(settings_schema).get_object();
  return file;
}

std::string problems_of(const char* yaml, const std::vector<host::PluginFile>& found, Missing missing) {
  Problems problems("c.yaml");
  auto config = read_config(yaml, problems);
  match_connectors(config, found, missing, problems);
  check_rules(config, problems);
  return problems.text();
}

TEST(Connectors, SettingsProblemsAreToldWhereTheyStand) {
  EXPECT_EQ(
      problems_of(R"(server: {tokens: []}
channels:
  mail:
    plugin: email
    settings:
      form: a@example.com
      smtp: {tls: non}
)",
                  {email()}, Missing::is_error),
      "c.yaml:6:7: error: settings/form: unknown setting \"form\" (did you mean \"from\"?)\n"
      "c.yaml:6:7: error: settings: the setting \"from\" is missing\n"
      "c.yaml:7:13: error: settings/smtp: the setting \"url\" is missing\n"
      "c.yaml:7:19: error: settings/smtp/tls: must be one of required, none, not \"non\" (did you mean \"none\"?)\n");
}

TEST(Connectors, AChannelWithoutSettingsIsToldAtItsName) {
  EXPECT_EQ(problems_of("server: {tokens: []}\nchannels: {mail: {plugin: email}}\n", {email()}, Missing::is_error),
            "c.yaml:2:12: error: settings: the setting \"from\" is missing\n");
}

TEST(Connectors, OneThatIsMissingIsAnErrorOrAWarning) {
  const char* yaml = "server: {tokens: []}\nchannels: {mail: {plugin: emial}}\n";
  EXPECT_EQ(problems_of(yaml, {email()}, Missing::is_error),
            "c.yaml:2:27: error: connector \"emial\" is not there (did you mean \"email\"?); found: email\n");
  EXPECT_EQ(problems_of(yaml, {}, Missing::is_warning),
            "c.yaml:2:27: warning: connector \"emial\" is not there; found: none\n");
}

TEST(Connectors, OneThatCannotBeLoadedKeepsItsReason) {
  auto broken = email();
  broken.manifest = {};
  broken.error = "is no connector";
  Problems problems("c.yaml");
  auto config = read_config("server: {tokens: []}\nchannels: {mail: {plugin: email}}\n", problems);
  const auto channels = match_connectors(config, {broken}, Missing::is_warning, problems);
  EXPECT_FALSE(problems.has_errors());
  ASSERT_EQ(channels.size(), 1u);
  EXPECT_EQ(channels[0].plugin.error, "is no connector");
  EXPECT_EQ(problems.text(), "c.yaml:2:27: warning: /plugins/email.so is no connector\n");
}

TEST(Connectors, EveryBadPatternIsToldWithItsRule) {
  const auto problems = problems_of(R"(server: {tokens: []}
routing:
  - name: a
    when: {text: {matches: "("}}
    to: inbox
  - {name: b, when: {subject: {matches: "[z-a]"}}, to: inbox}
)",
                                    {}, Missing::is_error);
  EXPECT_NE(problems.find("c.yaml:3:5: error: "), std::string::npos) << problems;
  EXPECT_NE(problems.find("c.yaml:6:5: error: "), std::string::npos) << problems;
}

}  // namespace
}  // namespace jackfield::app
