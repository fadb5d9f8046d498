#include "app/scenario_file.hpp"

#include <algorithm>
#include <filesystem>

#include "app/scenario_setting.hpp"
#include "app/scenario_steps.hpp"
#include "app/small_file.hpp"
#include "app/values.hpp"
#include "model/address.hpp"

namespace jackfield::app {
namespace {

constexpr std::size_t kMostBytes = 1024 * 1024;

// "2026-03-28 09:00 Europe/Paris"
void read_start(const Node& node, scenario::Story& story, Problems& problems) {
  const auto text = read_string(node, problems);
  if (!text) return;
  const auto gap = text->find_last_of(' ');
  const bool has_zone = gap != std::string::npos && text->find_first_of("0123456789", gap) == std::string::npos;
  if (has_zone) story.zone = text->substr(gap + 1);
  const auto moment = scenario::parse_moment(text->substr(0, has_zone ? gap : std::string::npos));
  if (!moment || !moment->date)
    return problems.error(node.place, "expected a start as in 2026-03-28 09:00 Europe/Paris, not " + node.shown());
  story.start = *moment;
  const auto local = scenario::LocalTime::make(story.zone);
  if (!local) return problems.error(node.place, local.error().message);
  const auto at = local->resolve(*moment, Time{});
  if (!at) problems.error(node.place, at.error().message);
}

// With the scheme of its channel, where it is left out.
std::string read_address(const Node& node, const host::Manifest& manifest, Problems& problems) {
  auto text = read_string(node, problems).value_or("");
  if (text.empty()) return text;
  if (scheme_of(text) != manifest.scheme) text = manifest.scheme + ":" + text;
  const auto address = normalize_address(text);
  if (address) return *address;
  problems.error(node.place, address.error().message);
  return text;
}

scenario::Person read_person(const Key& key, const Node& node, const scenario::Story& story, Problems& problems) {
  scenario::Person out;
  out.name = key.text;
  MapReader map(node, "the person " + key.text, problems);
  if (const Node* name = map.get("name")) out.name = read_string(*name, problems).value_or(key.text);
  for (const auto& setting : story.settings)
    for (const auto& [channel, manifest] : setting.manifests)
      if (const Node* address = map.get(channel)) out.addresses[channel] = read_address(*address, manifest, problems);
  map.finish();
  if (map.is_map() && out.addresses.empty())
    problems.error(node.place, "the person " + key.text + " has no address on any channel");
  return out;
}

void read_people(const Node& node, scenario::Story& story, Problems& problems) {
  if (node.kind != Node::Kind::map)
    return problems.error(node.place, "people must be a map of names, not " + node.shown());
  for (const auto& [key, value] : node.entries) story.people[key.text] = read_person(key, value, story, problems);
}

// Those that `reload` steps bring.
void read_other_settings(const Node& steps, const std::string& folder, scenario::Story& story, SettingReader& reader,
                         Problems& problems) {
  for (const auto& step : steps.items)
    if (const Node* reload = step.find("reload")) story.settings.push_back(reader.read(*reload, folder, problems));
}

void read_root(const Node& root, const std::string& config, ReadStory& out, Problems& problems) {
  scenario::Story& story = out.story;
  const std::string folder = std::filesystem::path(story.file).parent_path().string();
  MapReader map(root, "the story", problems);
  if (const Node* name = map.required("scenario")) story.name = read_string(*name, problems).value_or("");
  if (const Node* about = map.get("about")) (void)read_string(*about, problems);
  if (const Node* start = map.required("start")) read_start(*start, story, problems);
  if (const Node* seed = map.get("seed"))
    story.seed = static_cast<std::uint64_t>(read_positive(*seed, problems).value_or(1));
  const Node* connectors = map.get("connectors");
  SettingReader reader(connectors ? read_stand_ins(*connectors, problems) : StandIns{});
  const Node* own = map.required("configuration");
  const Node* steps = map.required("story");
  if (!config.empty())
    story.settings.push_back(reader.read_file(config, problems));
  else if (own)
    story.settings.push_back(reader.read(*own, folder, problems));
  if (steps) read_other_settings(*steps, folder, story, reader, problems);
  // What follows names what the configuration has: with that in doubt each of it would be told as wrong.
  const Node* people = map.get("people");
  if (people && !reader.failed()) read_people(*people, story, problems);
  map.finish();
  if (steps && !reader.failed() && !problems.has_errors()) read_steps(*steps, story, problems);
  out.problems = reader.others();
}

}  // namespace

ReadStory read_story(const std::string& file, const std::string& config) {
  ReadStory out;
  out.story.file = file;
  Problems problems(file);
  const auto bytes = read_small_file(file, kMostBytes);
  if (!bytes)
    problems.error({}, bytes.error().message);
  else if (const auto root = parse_yaml(*bytes, problems))
    read_root(*root, config, out, problems);
  if (problems.has_errors()) out.problems += problems.text();
  return out;
}

}  // namespace jackfield::app
