#include "scenario/grammar.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace jackfield::scenario {
namespace {

std::string manual() {
  std::ifstream file(JACKFIELD_DOCS "/scenarios.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

// As `word`, `word: …`, {word, …} or {…, word}.
bool names(const std::string& text, std::string_view word) {
  for (const auto& [before, after] : {std::pair("`", "`"), {"`", ":"}, {"{", ","}, {" ", ","}, {" ", "}"}, {"{", "}"}})
    if (text.find(before + std::string(word) + after) != std::string::npos) return true;
  return false;
}

TEST(Grammar, TheManualNamesEveryVerbAndFactWithItsKeys) {
  const std::string text = manual();
  ASSERT_FALSE(text.empty());
  for (const auto* shapes : {&verbs(), &subjects()})
    for (const auto& shape : *shapes) {
      EXPECT_TRUE(names(text, shape.name)) << shape.name;
      for (const auto& key : shape.keys)
        if (shape.alone != key.name) {
          EXPECT_TRUE(names(text, key.name)) << shape.name << "." << key.name;
        }
    }
}

TEST(Grammar, WhatStandsAloneIsAKeyOfItsShape) {
  for (const auto* shapes : {&verbs(), &subjects()})
    for (const auto& shape : *shapes)
      if (!shape.alone.empty()) {
        EXPECT_NE(shape.key(shape.alone), nullptr) << shape.name;
      }
}

}  // namespace
}  // namespace jackfield::scenario
