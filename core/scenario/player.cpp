#include "scenario/player.hpp"

#include "scenario/facts.hpp"
#include "scenario/stage.hpp"
#include "scenario/wholeness.hpp"

namespace jackfield::scenario {
namespace {

Failure at(const Step& step, std::string expected, std::string seen) {
  return {step.mark, step.verb, std::move(expected), std::move(seen), ""};
}

// When the step is to happen; the clock goes there.
Result<void> pass_time(Stage& stage, const Step& step) {
  Time when = stage.world.now() + step.after;
  if (step.at) {
    const auto resolved = stage.local.resolve(*step.at, stage.world.now());
    if (!resolved) return resolved.error();
    when = *resolved;
  }
  stage.world.advance_to(when);
  return {};
}

void expect_all(Stage& stage, const Step& step, Played& played) {
  for (const auto& [subject, value] : step.what.members) {
    if (value.kind != Value::Kind::list || subject == "events") {
      played.expectations += expect(stage, subject, value, played.failures);
      continue;
    }
    for (const auto& item : value.items) played.expectations += expect(stage, subject, item, played.failures);
  }
}

void do_step(Stage& stage, const Step& step, Played& played) {
  if (auto passed = pass_time(stage, step); !passed)
    return played.failures.push_back(at(step, "a time to come", passed.error().message));
  if (step.verb == "expect") return expect_all(stage, step, played);
  const auto done = act(stage, step);
  if (step.refused) ++played.expectations;
  if (!done && !step.refused)
    return played.failures.push_back(at(step, "to be done", "refused: " + done.error().message));
  if (done && step.refused)
    return played.failures.push_back(at(step, "to be refused: " + *step.refused, "it was done"));
  if (!done && done.error().message.find(*step.refused) == std::string::npos)
    return played.failures.push_back(at(step, "to be refused: " + *step.refused, "refused: " + done.error().message));
}

// Whatever a story does, this must hold.
void stay_whole(Stage& stage, const Step& step, Played& played) {
  for (const auto& violation : violations(stage.world))
    played.failures.push_back(at(step, "nothing lost, held twice or starved", violation));
}

}  // namespace

Played play(const Story& story) {
  Played played;
  const auto local = LocalTime::make(story.zone);
  const auto start = local ? local->resolve(story.start, Time{}) : Result<Time>(local.error());
  if (!start) return played.failures.push_back({{}, "start", "a time", start.error().message, ""}), played;
  World world(story.settings.front(), {.start = *start, .seed = story.seed, .vfs = ""});
  if (const auto opened = world.open(); !opened)
    return played.failures.push_back({{}, "configuration", "to be taken", opened.error().message, ""}), played;
  Stage stage(story, *local, world);
  for (const auto& step : story.steps) {
    do_step(stage, step, played);
    if (played.failures.empty()) stay_whole(stage, step, played);
    ++played.steps;
    if (!played.failures.empty()) break;
  }
  return played;
}

}  // namespace jackfield::scenario
