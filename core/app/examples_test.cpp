// What ships as an example and as a schema is true.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>

#include "app/config.hpp"
#include "app/setting_values.hpp"
#include "app/yaml.hpp"
#include "host/settings.hpp"

namespace jackfield::app {
namespace {

namespace fs = std::filesystem;

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

boost::json::object yaml_as_json(const fs::path& path) {
  Problems problems(path.string());
  const auto root = parse_yaml(bytes_of(path), problems);
  ChannelSpec holder;
  read_settings(root.value(), holder, problems);
  EXPECT_EQ(problems.text(), "");
  return holder.settings;
}

// The host's validator knows no $ref: conditions are put in their places, as deep as these tests nest them.
void resolve(boost::json::value& schema, const boost::json::object& definitions, int depth) {
  if (auto* array = schema.if_array()) {
    for (auto& item : *array) resolve(item, definitions, depth);
  }
  auto* object = schema.if_object();
  if (object == nullptr) return;
  if (const auto* ref = object->if_contains("$ref")) {
    const std::string name(ref->as_string());
    schema = depth == 0 ? boost::json::object{} : definitions.at(name.substr(name.rfind('/') + 1));
    if (depth > 0) resolve(schema, definitions, depth - 1);
    return;
  }
  for (auto& member : *object) resolve(member.value(), definitions, depth);
}

std::string against_schema(const boost::json::object& config) {
  auto schema = boost::json::parse(bytes_of(fs::path(JACKFIELD_DOCS) / "config.schema.json"));
  const auto definitions = schema.at("$defs").as_object();
  schema.as_object().erase("$defs");
  resolve(schema, definitions, 3);
  std::string out;
  for (const auto& problem : host::check_against_schema(schema.get_object(), config)) {
    out += problem.pointer + ": " + problem.message + "\n";
  }
  return out;
}

TEST(Examples, AreFineForTheParser) {
  for (const auto& entry : fs::directory_iterator(JACKFIELD_EXAMPLES)) {
    if (entry.path().extension() != ".yaml") continue;
    Problems problems(entry.path().string());
    load_config(entry.path().string(), problems);
    EXPECT_EQ(problems.text(), "");
  }
}

TEST(Examples, AreFineForTheSchema) {
  for (const auto& entry : fs::directory_iterator(JACKFIELD_EXAMPLES)) {
    if (entry.path().extension() != ".yaml") continue;
    EXPECT_EQ(against_schema(yaml_as_json(entry.path())), "") << entry.path();
  }
}

TEST(Schema, KnowsEveryKeyThatTheParserKnows) {
  EXPECT_EQ(against_schema(yaml_as_json(fs::path(JACKFIELD_TESTDATA) / "config/contract.yaml")), "");
}

TEST(Schema, FindsMisspeltKeys) {
  const auto found = against_schema(yaml_as_json(fs::path(JACKFIELD_TESTDATA) / "config/every-problem-at-once.yaml"));
  for (const char* key : {"/server/listem", "/channels/whatsapp/plugn", "/queues/billing/skils", "/channel"}) {
    EXPECT_NE(found.find(key), std::string::npos) << key << " in\n" << found;
  }
}

}  // namespace
}  // namespace jackfield::app
