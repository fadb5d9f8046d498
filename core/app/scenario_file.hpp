// A story's file: docs/scenarios.md says what may stand in it.
#pragma once

#include <optional>
#include <string>

#include "app/problems.hpp"
#include "scenario/story.hpp"

namespace jackfield::app {

struct ReadStory {
  scenario::Story story;
  std::string problems;  // as text, of the file and of the configurations it names; empty: it can be played
};
// config: a configuration's file instead of the story's own; empty: its own.
ReadStory read_story(const std::string& file, const std::string& config);

}  // namespace jackfield::app
