#include "app/config.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/setting_values.hpp"
#include "base/temporary_folder.hpp"

namespace jackfield::app {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Config read(std::string_view yaml, std::string* problems = nullptr) {
  Problems told("c.yaml");
  auto config = read_config(yaml, told);
  if (problems != nullptr) *problems = told.text();
  return config;
}

// A test is a pair of files: NAME.yaml and NAME.expected, the problems told. To record what is told now, run the tests
// with JACKFIELD_UPDATE=1 and read the difference.
class ConfigFiles : public testing::TestWithParam<std::string> {};

TEST_P(ConfigFiles, TellsTheExpectedProblems) {
  setenv("JACKFIELD_TEST_TOKEN", "the-secret-of-the-test", 1);
  setenv("JACKFIELD_TEST_SHORT", "hush", 1);
  setenv("JACKFIELD_TEST_EMPTY", "", 1);
  unsetenv("JACKFIELD_TEST_NONE");
  const fs::path folder = fs::path(JACKFIELD_TESTDATA) / "config";
  Problems problems(GetParam() + ".yaml");
  read_config(bytes_of(folder / (GetParam() + ".yaml")), problems);
  const auto expected = folder / (GetParam() + ".expected");
  if (std::getenv("JACKFIELD_UPDATE") != nullptr) std::ofstream(expected) << problems.text();
  EXPECT_EQ(problems.text(), bytes_of(expected));
  EXPECT_EQ(problems.text().find("the-secret"), std::string::npos);
}

std::vector<std::string> config_files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(JACKFIELD_TESTDATA) / "config")) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Config, ConfigFiles, testing::ValuesIn(config_files()), test_name);

TEST(Config, HoldsWhatTheFileSays) {
  const auto config = read(bytes_of(fs::path(JACKFIELD_TESTDATA) / "config/contract.yaml"));
  EXPECT_EQ(config.server.public_url, "https://contact.example.com");
  ASSERT_EQ(config.server.tokens.size(), 3u);
  EXPECT_EQ(config.server.tokens[1].role, Role::agent);
  EXPECT_EQ(config.server.tokens[1].queues, std::vector<std::string>{"general"});
  EXPECT_EQ(config.log_level, log::Level::debug);
  EXPECT_EQ(config.plugin_folders, std::vector<std::string>{"./plugins"});
  ASSERT_EQ(config.channels.size(), 2u);
  const auto& policy = config.flow.channels.at("whatsapp-eu");
  EXPECT_EQ(policy.plugin, "whatsapp");
  EXPECT_EQ(policy.per_second, 80);
  EXPECT_TRUE(policy.resend_unknown);
  EXPECT_EQ(policy.scope, flow::ConversationScope::channel);
  EXPECT_EQ(policy.reopen, std::chrono::days{7});
  EXPECT_FALSE(config.flow.channels.at("support-mail").scope.has_value());
  EXPECT_EQ(config.flow.join_on, std::vector<std::string>{"tel"});
  ASSERT_EQ(config.flow.queues.size(), 3u);
  EXPECT_EQ(config.flow.queues[0].name, "general");
}

TEST(Config, HoldsTheRulesWithTheirLines) {
  const auto config = read(bytes_of(fs::path(JACKFIELD_TESTDATA) / "config/contract.yaml"));
  const auto& rules = config.flow.rules;
  ASSERT_EQ(rules.size(), 6u);
  EXPECT_EQ(rules[0].when.contact.at("tier"), std::vector<std::string>{"gold"});
  EXPECT_EQ(rules[0].priority, Priority::high);
  EXPECT_EQ(rules[0].attributes.at("seen"), "yes");
  EXPECT_EQ(rules[1].line, 44);
  EXPECT_EQ(rules[1].when.visibility, Visibility::public_);
  EXPECT_EQ(rules[1].when.text_matches, "(?i)scandale|arnaque");
  EXPECT_EQ(rules[2].when.text_any.size(), 3u);
  ASSERT_EQ(rules[2].when.not_.size(), 1u);
  EXPECT_EQ(rules[2].when.not_[0].attachments, true);
  ASSERT_EQ(rules[2].when.any_of.size(), 2u);
  EXPECT_EQ(rules[2].when.any_of[0].conversation_new, true);
  EXPECT_EQ(rules[2].when.any_of[1].subject_any, std::vector<std::string>{"facture"});
  EXPECT_TRUE(rules[3].drop);
  EXPECT_EQ(rules[4].when.hours.at("office"), false);
  EXPECT_EQ(rules[4].when.language, (std::vector<std::string>{"fr", "en"}));
  EXPECT_EQ(rules[4].when.not_[0].queues[0].wait->op, 'l');
  EXPECT_EQ(rules[4].when.not_[0].queues[0].wait->value, 300000);
  EXPECT_EQ(rules[4].reply.at(""), "We open at {opens_at}.");
  EXPECT_TRUE(rules[5].close);
  EXPECT_EQ(rules[5].to, "general");
}

TEST(Config, HasDefaultsForWhatIsNotWritten) {
  std::string problems;
  const auto config = read("server: {tokens: [{name: a, role: admin, token: 0123456789abcdef}]}\n", &problems);
  EXPECT_EQ(problems, "");
  EXPECT_EQ(config.server.listen, "127.0.0.1:8080");
  EXPECT_EQ(config.store.url, "sqlite:jackfield.db");
  EXPECT_EQ(config.store.media, "./media");
  ASSERT_EQ(config.flow.queues.size(), 1u);
  EXPECT_EQ(config.flow.queues[0].name, "inbox");
}

TEST(Config, ExpandsPartsOfValuesAndStripsTheLastLineEndOfAFile) {
  const TemporaryFolder folder;
  const auto path = folder.file("secret");
  std::ofstream(path) << "0123456789abcdef\n";
  setenv("JACKFIELD_TEST_HOST", "mail.example", 1);
  std::string problems;
  const auto config = read("server: {tokens: [{name: a, role: admin, token: \"${file:" + path +
                               "}\"}], public_url: \"https://${env:JACKFIELD_TEST_HOST}/$${env:x}\"}\n",
                           &problems);
  EXPECT_EQ(problems, "");
  EXPECT_EQ(config.server.tokens.at(0).token, "0123456789abcdef");
  EXPECT_EQ(config.server.public_url, "https://mail.example/${env:x}");
}

TEST(Config, SettingsKeepTheirTypesAndPlaces) {
  setenv("JACKFIELD_TEST_PORT", "25", 1);
  auto config = read(R"(channels:
  c:
    plugin: p
    settings:
      a: 1
      b: [true, 2.5, "3", ~, 0612, +336, 18446744073709551616]
      c: {d/e: 7, f: "${env:JACKFIELD_TEST_PORT}", g: yes}
)");
  auto& channel = config.channels.at(0);
  EXPECT_EQ(
      boost::json::serialize(channel.settings),
      R"({"a":1,"b":[true,2.5E0,"3",null,"0612","+336","18446744073709551616"],"c":{"d/e":7,"f":"25","g":"yes"}})");
  EXPECT_EQ(place_of(channel, "/b/2"), (Place{6, 22}));
  EXPECT_EQ(place_of(channel, "/c/d~1e"), (Place{7, 16}));
  EXPECT_EQ(place_of(channel, "/c/missing/deeper"), (Place{7, 10}));
  EXPECT_EQ(place_of(channel, "/missing"), (Place{5, 7}));
}

TEST(Config, NumbersAreTextsWhereTheSchemaAsksForText) {
  auto config = read("channels: {c: {plugin: p, settings: {id: 1000001, ids: [1, true], port: 25, no: \"1\"}}}\n");
  auto& channel = config.channels.at(0);
  const auto schema = boost::json::parse(R"({"type": "object", "properties": {
      "id": {"type": "string"}, "ids": {"type": ["array", "string"], "items": {"type": "string"}}, "port": {"type": "integer"}}})");
  keep_texts(schema.get_object(), channel);
  EXPECT_EQ(boost::json::serialize(channel.settings), R"({"id":"1000001","ids":["1","true"],"port":25,"no":"1"})");
}

TEST(Config, AliasesCannotBlowUpTheFile) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const auto n = std::to_string(i), before = std::to_string(i - 1);
    yaml += "a" + n + ": &a" + n + " [*a" + before;
    for (int k = 0; k < 9; ++k) yaml += ", *a" + before;
    yaml += "]\n";
  }
  std::string problems;
  read(yaml, &problems);
  EXPECT_NE(problems.find("too much in this file"), std::string::npos) << problems;
}

TEST(Config, AFileThatIsNotThereIsAProblem) {
  Problems problems("/nowhere/c.yaml");
  load_config("/nowhere/c.yaml", problems);
  EXPECT_EQ(problems.text(),
            "/nowhere/c.yaml: error: the file /nowhere/c.yaml cannot be opened: No such file or directory\n");
}

}  // namespace
}  // namespace jackfield::app
