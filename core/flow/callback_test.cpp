#include "flow/callback.hpp"

#include "flow/callback_fixture.hpp"
#include "flow/erase.hpp"
#include "flow/merge.hpp"

namespace jackfield::flow {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

TEST_F(CallbackTest, WaitsForItsSlotAndThenEntersTheQueueLikeAMessage) {
  online("ana");
  const auto made = ask("+33 6 12 34 56 78", "2026-11-23T13:00:00Z");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->state, CallbackState::scheduled);
  EXPECT_EQ(made->number, "tel:+33612345678");
  EXPECT_EQ(made->slot, (CallbackSlot{at("2026-11-23T13:00:00Z"), at("2026-11-23T13:30:00Z")}));
  EXPECT_EQ(conversation(made->conversation).state, ConversationState::snoozed);
  until("2026-11-23T12:59:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::scheduled);
  until("2026-11-23T13:00:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::due);
  const auto c = conversation(made->conversation);
  EXPECT_EQ(c.state, ConversationState::open);
  EXPECT_EQ(c.queue, "general");
  EXPECT_EQ(c.work.offered_to, "ana");
  EXPECT_EQ(c.work.capacity_class, CapacityClass::voice);
  EXPECT_EQ(c.priority, Priority::high);
  EXPECT_EQ(last_note(c.id), "Call +33612345678 until 2026-11-23 14:30");
  EXPECT_EQ(count_events("callback.requested"), 1u);
  EXPECT_EQ(count_events("callback.due"), 1u);
  EXPECT_NE(reader->decision(c.id).value().find("a callback is due"), std::string::npos);
}

TEST_F(CallbackTest, SurvivesARestartBetweenRequestAndSlot) {
  const auto made = ask("+33612345678", "2026-11-23T13:00:00Z");
  ASSERT_TRUE(made);
  reopen();
  clock.set(at("2026-11-23T13:05:00Z"));
  const auto end = std::chrono::steady_clock::now() + kPatience;
  // The daemon's own timers find it.
  while (callback(made->id).state != CallbackState::due && std::chrono::steady_clock::now() < end)
    committer->run([](store::Unit&) -> Result<void> { return {}; });
  EXPECT_EQ(callback(made->id).state, CallbackState::due);
  EXPECT_EQ(callback(made->id).attempts.size(), 0u);
}

TEST_F(CallbackTest, IsDoneWhenTheAgentReachedThem) {
  online("ana");
  const auto made = ask("+33612345678", "2026-11-23T13:00:00Z");
  until("2026-11-23T13:00:00Z");
  ASSERT_TRUE(take(made->conversation, "ana"));
  const auto done = report(made->id, CallOutcome::reached);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->state, CallbackState::done);
  const auto c = conversation(made->conversation);
  EXPECT_EQ(c.assignee, "ana");
  EXPECT_NE(c.last_outbound_at, Time{}) << "a call is an answer";
  EXPECT_EQ(c.work.capacity_class, CapacityClass::message) << "what is left of it is no call";
  EXPECT_EQ(count_events("callback.done"), 1u);
  EXPECT_EQ(report(made->id, CallOutcome::reached).error().code, Errc::conflict);
  until("2026-11-23T16:00:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::done);
}

TEST_F(CallbackTest, WhoDoesNotAnswerIsCalledAgainInHoursUntilTheTriesAreUsedUp) {
  online("ana");
  const auto made = ask("+33612345678", "2026-11-23T15:30:00Z");  // 16:30
  until("2026-11-23T15:45:00Z");
  ASSERT_TRUE(take(made->conversation, "ana"));
  auto again = report(made->id, CallOutcome::no_answer);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->state, CallbackState::scheduled);
  EXPECT_EQ(again->slot.from, at("2026-11-24T08:00:00Z")) << "in half an hour it is closed: tomorrow at nine";
  EXPECT_EQ(conversation(made->conversation).state, ConversationState::snoozed);
  until("2026-11-24T08:00:00Z");
  EXPECT_EQ(conversation(made->conversation).work.offered_to, "ana") << "who had it is asked first";
  EXPECT_NE(last_note(made->conversation).find("called once in vain"), std::string::npos);
  again = report(made->id, CallOutcome::busy);
  EXPECT_EQ(again->slot.from, at("2026-11-24T08:30:00Z"));
  until("2026-11-24T08:30:00Z");
  const auto missed = report(made->id, CallOutcome::voicemail);
  EXPECT_EQ(missed->state, CallbackState::missed);
  EXPECT_EQ(missed->attempts.size(), 3u);
  EXPECT_EQ(count_events("callback.missed"), 1u);
  EXPECT_EQ(count_events("callback.updated"), 2u);
}

TEST_F(CallbackTest, IsMissedWhenNobodyTakesItWithinItsSlotAndGoesOnWaitingAsUrgent) {
  const auto made = ask("+33612345678", "2026-11-23T13:00:00Z");
  until("2026-11-23T13:30:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::missed);
  const auto c = conversation(made->conversation);
  EXPECT_EQ(c.priority, Priority::urgent);
  EXPECT_NE(c.work.order, 0) << "it still waits";
  EXPECT_EQ(count_events("callback.missed"), 1u);
  online("ben");
  EXPECT_EQ(conversation(made->conversation).work.offered_to, "ben");
  EXPECT_EQ(report(made->id, CallOutcome::reached, "ben")->state, CallbackState::done);
}

TEST_F(CallbackTest, AMissedOneGetsTheNextFreeSlotWhereSoConfigured) {
  config_.queues[0].callbacks.reschedule_missed = true;
  reopen();
  const auto made = ask("+33612345678", "2026-11-23T15:30:00Z");
  until("2026-11-23T16:00:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::scheduled);
  EXPECT_EQ(callback(made->id).slot.from, at("2026-11-24T08:00:00Z"));
  EXPECT_EQ(count_events("callback.missed"), 1u);
  until("2026-11-24T08:00:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::due);
}

TEST_F(CallbackTest, ASlotThatPassedWhileTheDaemonWasDownIsMissedAndStillCalled) {
  const auto made = ask("+33612345678", "2026-11-23T13:00:00Z");
  jump("2026-11-23T15:00:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::missed);
  EXPECT_EQ(conversation(made->conversation).state, ConversationState::open);
  EXPECT_EQ(count_events("callback.due"), 1u);
}

TEST_F(CallbackTest, ComesDueOnceThoughTheClockIsSetBack) {
  const auto made = ask("+33612345678", "2026-11-23T13:00:00Z");
  jump("2026-11-23T13:01:00Z");
  jump("2026-11-23T09:00:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::due);
  until("2026-11-23T13:02:00Z");
  EXPECT_EQ(count_events("callback.due"), 1u);
}

TEST_F(CallbackTest, AsSoonAsPossibleIsNowWhileItIsOpenAndElseTheNextOpening) {
  online("ana");
  const auto soon = ask("+33612345678");
  ASSERT_TRUE(soon) << soon.error().message;
  EXPECT_EQ(soon->state, CallbackState::due);
  EXPECT_EQ(conversation(soon->conversation).work.offered_to, "ana");
  clock.set(at("2026-11-28T12:00:00Z"));  // Saturday
  const auto later = ask("+33612345679");
  EXPECT_EQ(later->state, CallbackState::scheduled);
  EXPECT_EQ(later->slot.from, at("2026-11-30T08:00:00Z"));
}

TEST_F(CallbackTest, AClosedQueueIsNeverCalledFrom) {
  EXPECT_EQ(ask("+33612345678", "2026-11-23T11:10:00Z").error().code, Errc::conflict) << "noon in Paris";
  EXPECT_EQ(ask("+33612345678", "2026-11-28T10:00:00Z").error().code, Errc::conflict);
  const auto made = ask("+33612345678", "2026-11-23T13:00:00Z");
  // The hours change under it: that afternoon is off.
  config_.hours["office"].days[LocalDay{std::chrono::local_days{std::chrono::year{2026} / 11 / 23}}] = {{540, 720}};
  reopen();
  until("2026-11-23T13:00:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::scheduled);
  EXPECT_EQ(callback(made->id).slot.from, at("2026-11-24T08:00:00Z"));
  until("2026-11-24T08:00:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::due);
}

TEST_F(CallbackTest, ASlotHasRoomForSoManyAndAWindowFindsTheNextOne) {
  config_.queues[0].callbacks.per_slot = 1;
  reopen();
  ASSERT_TRUE(ask("+33600000001", "2026-11-23T13:00:00Z"));
  const auto full = ask("+33600000002", "2026-11-23T13:00:00Z");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Errc::conflict);
  EXPECT_NE(full.error().message.find("the next free one is at"), std::string::npos) << full.error().message;
  EXPECT_TRUE(reader->contacts("tel:+33600000002", "", {}).value().items.empty()) << "refused without a change";
  const auto window = ask("+33600000002", "2026-11-23T13:00:00Z", "2026-11-23T15:00:00Z");
  ASSERT_TRUE(window);
  EXPECT_EQ(window->slot, (CallbackSlot{at("2026-11-23T13:30:00Z"), at("2026-11-23T15:00:00Z")}));
}

TEST_F(CallbackTest, TheWishMustMakeSense) {
  EXPECT_EQ(ask("0612345678", "2026-11-23T13:00:00Z").error().code, Errc::invalid) << "no country";
  EXPECT_EQ(ask("+33612345678", "2026-11-22T13:00:00Z").error().code, Errc::invalid) << "yesterday";
  EXPECT_EQ(ask("+33612345678", "2026-11-23T13:00:00Z", "2026-11-23T12:00:00Z").error().code, Errc::invalid);
  EXPECT_EQ(ask("+33612345678", "2027-11-23T13:00:00Z").error().code, Errc::invalid) << "too far ahead";
  CallbackRequest nobody;
  nobody.contact = Id{4711};
  EXPECT_EQ(ask(nobody).error().code, Errc::not_found);
}

TEST_F(CallbackTest, IsMovedAndOnlyOneOfAConversationIsOpen) {
  const auto made = ask("+33612345678", "2026-11-23T13:00:00Z");
  EXPECT_EQ(ask("+33612345678", "2026-11-24T13:00:00Z").error().code, Errc::conflict);
  const auto moved = decided([&](store::Unit& unit, const Environment& env) {
    return patch_callback(unit, env, made->id,
                          {.when = CallbackWish{at("2026-11-24T13:00:00Z"), std::nullopt},
                           .number = "+33699999999",
                           .note = "about the invoice",
                           .by = "ana"});
  });
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_EQ(moved->number, "tel:+33699999999");
  until("2026-11-23T14:00:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::scheduled);
  jump("2026-11-24T13:00:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::due);
  EXPECT_NE(last_note(made->conversation).find("about the invoice"), std::string::npos);
}

TEST_F(CallbackTest, ACancelledOneNeverComesDueAndLeavesNothingInTheQueue) {
  const auto made = ask("+33612345678", "2026-11-23T13:00:00Z");
  ASSERT_TRUE(cancel(made->id));
  EXPECT_EQ(conversation(made->conversation).state, ConversationState::closed);
  EXPECT_EQ(cancel(made->id).error().code, Errc::conflict);
  until("2026-11-23T14:00:00Z");
  EXPECT_EQ(count_events("callback.due"), 0u);
  EXPECT_TRUE(ask("+33612345678", "2026-11-23T14:30:00Z")) << "another may be asked for";
}

TEST_F(CallbackTest, AMissedOneGivesItsPlaceToAnother) {
  const auto missed = ask("+33612345678", "2026-11-23T13:00:00Z");
  until("2026-11-23T13:30:00Z");
  ASSERT_EQ(callback(missed->id).state, CallbackState::missed);
  const auto other = ask("+33612345678", "2026-11-23T15:00:00Z");
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(report(missed->id, CallOutcome::no_answer).error().code, Errc::conflict);
  EXPECT_EQ(cancel(missed->id).error().code, Errc::conflict);
  EXPECT_EQ(conversation(other->conversation).state, ConversationState::snoozed);
}

TEST_F(CallbackTest, WhoIsReachedBeforeTheSlotLeavesNothingAsleep) {
  const auto alone = ask("+33612345678", "2026-11-23T13:00:00Z");
  ASSERT_TRUE(decided([&](store::Unit& unit, const Environment& env) {
    return report_call(unit, env, alone->id, {.outcome = CallOutcome::reached, .note = {}, .by = "pbx", .agent = {}});
  }));
  EXPECT_EQ(conversation(alone->conversation).state, ConversationState::closed) << "nobody has it, nobody wrote";
  ASSERT_TRUE(deliver("wa", text("m1", "33699999999", "hello")));
  CallbackRequest request;
  for (const auto& view : conversations())
    if (!view.conversation.channels.empty()) request.conversation = view.conversation.id;
  request.number = "+33699999999";
  request.when.from = at("2026-11-23T13:00:00Z");
  const auto written = ask(request);
  ASSERT_TRUE(written);
  EXPECT_EQ(report(written->id, CallOutcome::wrong_number)->state, CallbackState::missed);
  EXPECT_EQ(conversation(request.conversation).state, ConversationState::open) << "somebody has to look at it";
}

TEST_F(CallbackTest, JoinsTheCustomersOpenConversationWhichRestsUntilTheSlot) {
  config_.queues[0].first_response = hours{1};
  reopen();
  online("ana");
  ASSERT_TRUE(deliver("wa", text("m1", "33612345678", "hello")));
  const auto c = conversations().front().conversation;
  ASSERT_TRUE(take(c.id, "ana"));
  CallbackRequest request;
  request.contact = c.contact;
  request.number = "+33612345678";
  request.when.from = at("2026-11-23T13:00:00Z");
  const auto made = ask(request);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->conversation, c.id);
  EXPECT_EQ(conversation(c.id).state, ConversationState::snoozed);
  EXPECT_EQ(conversation(c.id).work.first_response_due, Time{}) << "nobody has to answer before the slot";
  until("2026-11-23T12:00:00Z");
  EXPECT_EQ(count_events("service_level.missed"), 0u);
  ASSERT_TRUE(deliver("wa", text("m2", "33612345678", "one more thing")));
  EXPECT_EQ(conversation(c.id).state, ConversationState::open) << "who writes meanwhile is heard";
  EXPECT_NE(conversation(c.id).work.first_response_due, Time{});
  until("2026-11-23T13:00:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::due);
  EXPECT_EQ(conversation(c.id).assignee, "ana") << "who has it calls";
  ASSERT_TRUE(deliver("wa", text("m3", "33612345678", "I am there")));
  EXPECT_EQ(conversation(c.id).work.capacity_class, CapacityClass::voice) << "still a call";
}

TEST_F(CallbackTest, WhatIsGivenBackWithoutACallIsNoticed) {
  online("ana");
  const auto made = ask("+33612345678", "2026-11-23T13:00:00Z");
  until("2026-11-23T13:10:00Z");
  ASSERT_TRUE(take(made->conversation, "ana"));
  until("2026-11-23T13:45:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::due) << "an agent has it";
  online("ana", Presence::offline);
  EXPECT_EQ(conversation(made->conversation).assignee, "");
  until("2026-11-23T14:30:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::missed);
}

TEST_F(CallbackTest, AConversationThatIsClosedNeedsNoCall) {
  const auto made = ask("+33612345678", "2026-11-23T13:00:00Z");
  until("2026-11-23T13:05:00Z");
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    ConversationPatch closed;
    closed.state = ConversationState::closed;
    auto patched = patch(unit, env, made->conversation, closed);
    if (!patched) return patched.error();
    return Answer{};
  }));
  until("2026-11-23T13:40:00Z");
  EXPECT_EQ(callback(made->id).state, CallbackState::cancelled);
}

TEST_F(CallbackTest, ComesDueInTheQueueThatIsConfiguredForIt) {
  config_.queues[0].callbacks.queue = "billing";
  reopen();
  ASSERT_TRUE(deliver("wa", text("m1", "33612345678", "hello")));
  const auto c = conversations().front().conversation;
  ASSERT_EQ(c.queue, "general");
  CallbackRequest request;
  request.conversation = c.id;
  request.number = "+33612345678";
  const auto made = ask(request);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->queue, "billing");
  EXPECT_EQ(conversation(c.id).queue, "billing");
  EXPECT_EQ(conversation(c.id).work.capacity_class, CapacityClass::voice);
}

TEST_F(CallbackTest, OnlyWhatAnAgentMaySeeCanBeAskedFor) {
  ASSERT_TRUE(deliver("wa", text("m1", "33612345678", "hello")));
  const auto c = conversations().front().conversation;
  CallbackRequest request;
  request.queues = {"billing"};
  request.number = "+33612345678";
  request.conversation = c.id;
  EXPECT_EQ(ask(request).error().code, Errc::denied);
  request.conversation = Id{};
  EXPECT_EQ(ask(request).error().code, Errc::denied) << "it would go to general";
  request.queue = "billing";
  EXPECT_TRUE(ask(request)) << "somebody new, in their own queue";
}

TEST_F(CallbackTest, GoesWithItsConversationWhenContactsAreMergedSplitAndErased) {
  const auto made = ask("+33612345678", "2026-11-23T13:00:00Z");
  ASSERT_TRUE(deliver("wa", text("m1", "33699999999", "hello")));
  const Id caller = conversation(made->conversation).contact;
  Id writer;
  for (const auto& view : conversations())
    if (view.conversation.contact != caller) writer = view.conversation.contact;
  const auto owner = [&] { return reader->callback(made->id).value()->contact->id; };
  const auto done = [&](auto decide) {
    return write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto result = decide(unit, env);
      if (!result) return result.error();
      return Answer{};
    });
  };
  Id merge;
  ASSERT_TRUE(done([&](store::Unit& unit, const Environment& env) {
    auto merged = merge_contacts(unit, env, writer, caller, {"{}", "test"});
    if (merged) merge = (*merged)->id;
    return merged;
  }));
  EXPECT_EQ(owner(), writer);
  ASSERT_TRUE(done([&](store::Unit& u, const Environment& env) { return undo_merge(u, env, merge, "test"); }));
  EXPECT_EQ(owner(), caller);
  ASSERT_TRUE(done([&](store::Unit& u, const Environment& env) {
    return merge_contacts(u, env, writer, caller, {"{}", "test"});
  }));
  ASSERT_TRUE(done([&](store::Unit& u, const Environment& env) {
    return split_contact(u, env, writer, {"tel:+33612345678"}, {"{}", "test"});
  }));
  EXPECT_NE(owner(), writer) << "it goes with its number";
  ASSERT_TRUE(done([&](store::Unit& u, const Environment& env) { return erase_contact(u, env, owner(), "test"); }));
  EXPECT_FALSE(reader->callback(made->id).value());
  until("2026-11-23T14:00:00Z");
  EXPECT_EQ(count_events("callback.due"), 0u);
}

TEST_F(CallbackTest, SlotsKeepTheirLengthWhenTheClocksChange) {
  config_.hours["night"] = {.timezone = "Europe/Paris", .week = {}, .days = {}};
  for (auto& day : config_.hours["night"].week) day = {{60, 4 * 60}};  // 01:00-04:00
  config_.queues[0].hours = "night";
  reopen();
  const auto env = flow->environment();
  // 25 October 2026: 03:00 comes twice; four hours are open. 28 March 2027: 02:00 does not come; two are.
  const auto longer = slots_between(*env, "general", at("2026-10-24T20:00:00Z"), at("2026-10-25T20:00:00Z"), 100);
  const auto shorter = slots_between(*env, "general", at("2027-03-27T20:00:00Z"), at("2027-03-28T20:00:00Z"), 100);
  EXPECT_EQ(longer.size(), 8u);
  EXPECT_EQ(shorter.size(), 4u);
  for (const auto& slot : longer) EXPECT_EQ(slot.until - slot.from, minutes{30});
  EXPECT_EQ(shorter.front().from, at("2027-03-28T00:00:00Z"));
}

}  // namespace
}  // namespace jackfield::flow
