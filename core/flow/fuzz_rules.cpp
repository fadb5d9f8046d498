// Rules of any words, patterns and address globs on a message of any text. The input's lines are: words, a pattern, an
// address glob, an address, a subject; what follows is the text. What compiles also runs, and finds its own words.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "flow/rules.hpp"
#include "flow/words.hpp"

namespace {

using namespace jackfield;
using namespace jackfield::flow;

std::string_view next_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return line;
}

RuleSpec rule(const char* name) {
  RuleSpec spec;
  spec.name = name;
  spec.to = "general";
  return spec;
}

void try_rule(FlowConfig& config, const RuleSpec& spec, const Content& content) {
  config.rules = {spec};
  const auto rules = Rules::compile(config);
  if (!rules) return;  // a bad pattern: told with its line
  const auto matches = (*rules)->match(content);
  const Contact contact;
  const auto outcome = (*rules)->run({.channel = "c", .content = &content, .matches = &matches, .contact = &contact});
  if (!outcome.matched.empty() && outcome.queue != "general") std::abort();
}

void must_find_its_own_words(std::string_view words) {
  PhraseIndex index;
  index.add(words);
  std::vector<std::uint32_t> found;
  index.find(words, found);
  if (words_of(fold(words)).empty() != found.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::array<RuleSpec, 4> specs{rule("words"), rule("pattern"), rule("from"), rule("not")};
  const auto words = next_line(rest);
  specs[0].when.text_any = {std::string(words)};
  specs[0].when.subject_any = {std::string(words)};
  specs[1].when.text_matches = next_line(rest);
  specs[2].when.from = {std::string(next_line(rest))};
  specs[3].when.not_ = {specs[1].when};
  Content content;
  content.from.uri = next_line(rest);
  content.subject = next_line(rest);
  content.text = rest;
  must_find_its_own_words(words);
  FlowConfig config;
  config.queues = {{"general"}};
  for (const auto& spec : specs) try_rule(config, spec, content);
  return 0;
}
