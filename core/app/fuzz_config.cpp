// A configuration file of any bytes: either it is fine, or every problem has a place in the file.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/config.hpp"
#include "app/setting_values.hpp"
#include "app/yaml.hpp"
#include "flow/rules.hpp"
#include "host/settings.hpp"

namespace {

using namespace jackfield;

// As a connector's would be.
const boost::json::object& schema() {
  static const boost::json::object value = {
      {"type", "object"},
      {"properties",
       {{"from", {{"type", "string"}}},
        {"app_secret", {{"type", "string"}, {"secret", true}}},
        {"phone_number_id", {{"type", "string"}, {"pattern", "^[0-9]+$"}}},
        {"smtp",
         {{"oneOf", {{{"type", "string"}}, {{"type", "object"}, {"properties", {{"url", {{"type", "string"}}}}}}}}}},
        {"port", {{"type", "integer"}, {"minimum", 1}, {"maximum", 65535}, {"default", 25}}},
        {"hosts", {{"type", "array"}, {"items", {{"type", "string"}}}, {"maxItems", 4}}}}}};
  return value;
}

void check_settings(app::ChannelSpec channel) {
  app::keep_texts(schema(), channel);
  const auto problems = host::check_against_schema(schema(), channel.settings);
  for (const auto& problem : problems) app::place_of(channel, problem.pointer);
  if (problems.empty()) host::split_settings(schema(), channel.settings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  if (yaml.find("file:") != std::string_view::npos) return 0;  // it would read files of this machine
  app::Problems problems("fuzz.yaml");
  const auto config = app::read_config(yaml, problems);
  problems.text();
  if (problems.has_errors()) return 0;
  for (const auto& channel : config.channels) check_settings(channel);
  flow::Rules::compile(config.flow);
  return 0;
}
