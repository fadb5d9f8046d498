#include "redelivery.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "smpp_pace.hpp"

namespace jackfield::sms::smpp {
namespace {

constexpr std::int64_t now = 1'800'000'000'000;

// What a store would hold.
struct Stored {
  std::map<std::string, std::string> values;
  void write(const KvWrites& writes) {
    for (const auto& [key, value] : writes) values[key] = value.value_or("");
  }
  Redeliveries load(std::int64_t at = now) const {
    Redeliveries redeliveries;
    for (std::size_t slot = 0; slot < Redeliveries::slots; ++slot)
      if (values.contains(Redeliveries::key_of(slot))) redeliveries.load(values.at(Redeliveries::key_of(slot)));
    if (const auto rest = values.find(std::string(Redeliveries::rest_key)); rest != values.end())
      redeliveries.load_rest(rest->second);
    redeliveries.loaded(at);
    return redeliveries;
  }
};

TEST(Redeliveries, TheLikeOfWhatWasNotReadAtADisconnectIsSuspected) {
  Redeliveries redeliveries;
  redeliveries.arrived(1, 77, now);
  EXPECT_FALSE(redeliveries.arrived(1, 77, now).suspected);  // twice the same text on one connection is two messages
  redeliveries.connection_lost(1);
  EXPECT_TRUE(redeliveries.arrived(2, 77, now).suspected);
  EXPECT_TRUE(redeliveries.arrived(2, 77, now).suspected);
  EXPECT_FALSE(redeliveries.arrived(2, 77, now).suspected);  // it was there twice only
  EXPECT_FALSE(redeliveries.arrived(2, 78, now).suspected);
}

TEST(Redeliveries, WhatThePeerHasReadTheAnswerOfIsNoSuspect) {
  Redeliveries redeliveries;
  redeliveries.read(redeliveries.arrived(1, 77, now).ticket);
  redeliveries.connection_lost(1);
  EXPECT_FALSE(redeliveries.arrived(2, 77, now).suspected);
}

TEST(Redeliveries, WhatWasRefusedIsNoSuspectWhenItComesAgain) {
  Redeliveries redeliveries;
  redeliveries.refused(redeliveries.arrived(1, 77, now).ticket);
  redeliveries.connection_lost(1);
  EXPECT_FALSE(redeliveries.arrived(2, 77, now).suspected);
}

TEST(Redeliveries, AnotherConnectionsMessagesAreLeftAlone) {
  Redeliveries redeliveries;
  redeliveries.arrived(1, 77, now);
  redeliveries.arrived(2, 78, now);
  redeliveries.connection_lost(1);
  EXPECT_FALSE(redeliveries.arrived(2, 78, now).suspected);
}

TEST(Redeliveries, SuspicionSurvivesTheProcess) {
  Stored stored;
  Redeliveries before;
  const auto read = before.arrived(1, 1, now);
  stored.write(read.writes);
  before.read(read.ticket);
  stored.write(before.arrived(1, 2, now).writes);  // says that the first is settled
  Redeliveries after = stored.load();
  EXPECT_FALSE(after.arrived(2, 1, now).suspected);
  EXPECT_TRUE(after.arrived(2, 2, now).suspected);
}

TEST(Redeliveries, SuspectsOfALostConnectionSurviveWhatComesAfter) {
  Stored stored;
  Redeliveries before;
  stored.write(before.arrived(1, 77, now).writes);
  before.connection_lost(1);
  for (int i = 0; i < 1000; ++i) {
    const auto arrival = before.arrived(2, 1000 + static_cast<std::uint64_t>(i), now);
    stored.write(arrival.writes);
    before.read(arrival.ticket);
  }
  stored.write(before.unwritten());
  EXPECT_TRUE(before.unwritten().empty());
  Redeliveries after = stored.load();
  const auto again = after.arrived(3, 77, now);
  EXPECT_TRUE(again.suspected);
  EXPECT_FALSE(after.arrived(3, 1999, now).suspected);
  after.read(again.ticket);
  stored.write(again.writes);  // that it has come is stored with it
  stored.write(after.unwritten());
  EXPECT_FALSE(stored.load().arrived(4, 77, now).suspected);
}

TEST(Redeliveries, AQuietMomentWritesThatAllIsRead) {
  Stored stored;
  Redeliveries before;
  const auto last = before.arrived(1, 77, now);
  stored.write(last.writes);
  before.read(last.ticket);
  stored.write(before.unwritten());
  EXPECT_FALSE(stored.load().arrived(2, 77, now).suspected);
}

TEST(Redeliveries, SuspicionEndsWithTheHorizon) {
  Stored stored;
  Redeliveries before;
  stored.write(before.arrived(1, 77, now).writes);
  EXPECT_FALSE(stored.load(now + Redeliveries::horizon_ms).arrived(2, 77, now + Redeliveries::horizon_ms).suspected);
}

TEST(Fingerprint, TellsMessagesApartByAllThatTheySay) {
  ShortMessage message;
  message.source.digits = "1";
  message.destination.digits = "23";
  ShortMessage other = message;
  other.source.digits = "12";
  other.destination.digits = "3";
  EXPECT_NE(fingerprint(message), fingerprint(other));
  other = message;
  other.short_message = "x";
  EXPECT_NE(fingerprint(message), fingerprint(other));
  other = message;
  other.tlvs = {{sar_segment_seqnum, "\1"}};
  EXPECT_NE(fingerprint(message), fingerprint(other));
}

TEST(Pace, ThrottlingPausesHalvesAndRecovers) {
  Pace pace;
  pace.set_full(50);
  pace.throttled(now);
  EXPECT_EQ(pace.open_at_once(now), 0u);
  EXPECT_EQ(pace.paused_until_ms(), now + 1000);
  EXPECT_EQ(pace.open_at_once(now + 1000), 25u);
  pace.throttled(now + 500);  // of the same pause
  EXPECT_EQ(pace.open_at_once(now + 1000), 25u);
  pace.throttled(now + 1000);
  EXPECT_EQ(pace.open_at_once(now + 2999), 0u);
  EXPECT_EQ(pace.open_at_once(now + 3000), 12u);
  for (int i = 0; i < 2000; ++i) pace.accepted();
  EXPECT_FALSE(pace.is_slowed());
  EXPECT_EQ(pace.open_at_once(now + 3000), 50u);
  pace.throttled(now + 4000);
  EXPECT_EQ(pace.paused_until_ms(), now + 5000);  // long ago is forgotten
}

TEST(Pace, NeverStopsForGood) {
  Pace pace;
  pace.set_full(1);
  std::int64_t at = now;
  for (int i = 0; i < 100; ++i) {
    pace.throttled(at);
    EXPECT_LE(pace.paused_until_ms() - at, Pace::longest_pause_ms);
    at = pace.paused_until_ms();
  }
  EXPECT_EQ(pace.open_at_once(at), 1u);
}

}  // namespace
}  // namespace jackfield::sms::smpp
