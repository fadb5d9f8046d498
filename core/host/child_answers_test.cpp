#include "host/child_answers.hpp"

#include <gtest/gtest.h>

namespace jackfield::host {
namespace {

Frame frame(const std::string& bytes) {
  FrameDecoder decoder;
  decoder.add(bytes);
  return std::move(**decoder.next());
}

bool take(ChildAnswers& answers, const std::string& bytes) {
  Frame one = frame(bytes);
  return answers.take(one);
}

TEST(ChildAnswers, WhatNobodyAskedForBreaksTheRules) {
  ChildAnswers answers;
  EXPECT_FALSE(take(answers, FrameWriter(FrameType::started).text("").done()));
  EXPECT_FALSE(take(answers, FrameWriter(FrameType::stopped).done()));
  EXPECT_FALSE(take(answers, FrameWriter(FrameType::answered, 7).number("how", 0).text("x").done()));
  EXPECT_FALSE(take(answers, FrameWriter(FrameType::log).done()));
}

TEST(ChildAnswers, AnAnswerIsHeardOnce) {
  ChildAnswers answers;
  int heard = 0;
  answers.await_sent(3, [&](Taken how, const std::string&) { heard += how == Taken::busy; });
  const auto sent = FrameWriter(FrameType::sent, 3).number("how", static_cast<unsigned>(Taken::busy)).text("").done();
  EXPECT_TRUE(take(answers, sent));
  EXPECT_FALSE(take(answers, sent));
  EXPECT_EQ(heard, 1);
}

TEST(ChildAnswers, WhoAskedHearsOfTheEndAlsoWhenItsAnswerWasMalformed) {
  ChildAnswers answers;
  Result<std::string> heard = std::string("nothing");
  const auto id = answers.await_answer([&](Result<std::string> answer) { heard = std::move(answer); });
  EXPECT_FALSE(take(answers, FrameWriter(FrameType::answered, id).number("how", 3).text("x").done()));
  answers.abandon();
  ASSERT_FALSE(heard);
  EXPECT_EQ(heard.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace jackfield::host
