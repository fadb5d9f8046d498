#include "host/frame.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "host/well_formed.hpp"

namespace jackfield::host {
namespace {

std::string sample() {
  return FrameWriter(FrameType::deliver, 7)
      .number("webhook", UINT64_MAX)
      .whole("at", -5)
      .real("value", -0.5)
      .text("{\"a\": 1}")
      .text("")
      .text(std::string("\0\xff", 2))
      .done();
}

TEST(Frame, ComesOutAsItWentInByteByByte) {
  FrameDecoder decoder;
  const auto bytes = sample() + sample();
  std::vector<Frame> frames;
  for (const char byte : bytes) {
    decoder.add({&byte, 1});
    auto next = decoder.next();
    ASSERT_TRUE(next);
    if (*next) frames.push_back(std::move(**next));
  }
  ASSERT_EQ(frames.size(), 2u);
  FrameReader in(frames[1]);
  EXPECT_EQ(frames[1].id, 7u);
  EXPECT_EQ(in.number("webhook"), UINT64_MAX);
  EXPECT_EQ(in.whole("at"), -5);
  EXPECT_EQ(in.real("value"), -0.5);
  EXPECT_EQ(in.text(), "{\"a\": 1}");
  EXPECT_FALSE(in.good()) << "there is more to read";
  EXPECT_EQ(in.rest(), (std::vector<std::string>{"", std::string("\0\xff", 2)}));
  EXPECT_TRUE(in.good());
}

TEST(Frame, WhatIsMissingOrOutOfBoundsMakesItBad) {
  FrameDecoder decoder;
  decoder.add(FrameWriter(FrameType::set_state).number("state", 9).done());
  auto frame = std::move(**decoder.next());
  EXPECT_EQ(FrameReader(frame).number("state", 9), 9u);
  FrameReader over(frame), missing(frame), empty(frame);
  EXPECT_EQ(over.number("state", 3), 0u);
  EXPECT_FALSE(over.good());
  missing.number("level");
  EXPECT_FALSE(missing.good());
  EXPECT_EQ(empty.text(), "");
  EXPECT_FALSE(empty.good());
}

TEST(Frame, ImpossibleLengthsAreRefusedBeforeTheirBytesCome) {
  for (const char* start : {"\xff\xff\xff\xff", "\x00\x00\x00\x00", "\x0f\x00\x00\x00"}) {
    FrameDecoder decoder;
    decoder.add({start, 4});
    EXPECT_FALSE(decoder.next());
  }
}

TEST(Frame, DamagedFramesAreRefusedOrReadAndNeverMore) {
  std::mt19937 random(5);
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = sample();
    for (int i = 0; i < 1 + round % 3; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    bytes.resize(bytes.size() - random() % 3);
    FrameDecoder decoder;
    decoder.add(bytes);
    for (;;) {
      auto next = decoder.next();
      if (!next || !*next) break;
      FrameReader in(**next);
      in.number("webhook");
      in.text();
      in.rest();
    }
  }
}

TEST(WellFormed, TellsJsonFromOtherText) {
  for (const char* good : {"{}", "[]", " {\"a\": [1, -2.5e3, \"x\\u00e9\", null, true]} \n", "3", "\"x\""})
    EXPECT_TRUE(well_formed_json(good)) << good;
  for (const char* bad : {"", "{", "{}x", "[1,]", "\"\xff\"", "nul", "{\"a\" 1}"})
    EXPECT_FALSE(well_formed_json(bad)) << bad;
}

}  // namespace
}  // namespace jackfield::host
