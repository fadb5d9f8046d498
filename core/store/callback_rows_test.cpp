#include "store/store_fixture.hpp"

namespace jackfield::store {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;

class CallbackRows : public OpenStore {
 protected:
  Conversation& conversation(Unit& unit, const std::string& uri) {
    const Contact& contact = unit.add(person(uri));
    return unit.add(conversation_with(contact.id, "contact:" + to_string(contact.id)));
  }
  Callback callback_in(const Conversation& conversation, int minute, CallbackState state = CallbackState::scheduled) {
    Callback out;
    out.id = ids.next();
    out.conversation = conversation.id;
    out.queue = "phone";
    out.number = "tel:+33612345678";
    out.state = state;
    out.slot = {clock.now() + minutes{minute}, clock.now() + minutes{minute + 30}};
    out.created_at = clock.now();
    return out;
  }
  std::size_t count(const CallbackFilter& filter) { return reader->callbacks(filter, {}).value().items.size(); }
};

TEST_F(CallbackRows, ACallbackIsKeptWithItsWholeHistory) {
  Id id;
  ASSERT_TRUE(run([&](Unit& unit) {
    Callback made = callback_in(conversation(unit, "tel:+1"), 10);
    made.note = "a \"note\"";
    made.asked_by = "customer";
    made.rule = "offer";
    made.channel = "wa";
    made.choices = {made.slot, {clock.now(), clock.now() + minutes{5}}};
    made.attempts = {{clock.now(), "ana", CallOutcome::voicemail, "left word"}};
    made.history = {{clock.now(), "requested", "customer", "why"}};
    id = unit.add(made).id;
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    Callback* found = unit.callback(id);
    ASSERT_NE(found, nullptr);
    found->state = CallbackState::due;
    unit.changed(*found);
  }));
  reopen();
  const auto view = reader->callback(id).value();
  ASSERT_TRUE(view);
  const Callback& c = view->callback;
  EXPECT_EQ(c.state, CallbackState::due);
  EXPECT_EQ(c.note, "a \"note\"");
  EXPECT_EQ(c.choices.size(), 2u);
  EXPECT_EQ(c.choices[0], c.slot);
  EXPECT_EQ(c.attempts.at(0).outcome, CallOutcome::voicemail);
  EXPECT_EQ(c.attempts.at(0).note, "left word");
  EXPECT_EQ(c.history.at(0).by, "customer");
  EXPECT_EQ(view->conversation_queue, "inbox");
  EXPECT_EQ(view->contact->name, "Ana");
  EXPECT_GE(store->backend().greatest_id(), id) << "no id is given twice";
  ASSERT_TRUE(run([&](Unit& unit) { unit.remove(*unit.callback(id)); }));
  EXPECT_FALSE(reader->callback(id).value());
}

TEST_F(CallbackRows, OnlyThoseThatAreScheduledOrDueTakeRoom) {
  ASSERT_TRUE(run([&](Unit& unit) {
    const auto& c = conversation(unit, "tel:+1");
    for (const auto state : {CallbackState::offered, CallbackState::done, CallbackState::missed,
                             CallbackState::cancelled, CallbackState::lapsed})
      unit.add(callback_in(c, 10, state));
    unit.add(callback_in(c, 20, CallbackState::due));
    unit.add(callback_in(c, 15));
    const Time from = clock.now() + minutes{10}, until = clock.now() + minutes{30};
    EXPECT_THAT(unit.callback_times("phone", from, until),
                ElementsAre(clock.now() + minutes{15}, clock.now() + minutes{20}));
    EXPECT_TRUE(unit.callback_times("other", from, until).empty());
    EXPECT_TRUE(unit.callback_times("phone", until, until + minutes{60}).empty());
    EXPECT_EQ(unit.callbacks_in(c.id).size(), 7u);
  }));
}

TEST_F(CallbackRows, AreFoundByAllThatIsAskedFor) {
  Id contact, in;
  ASSERT_TRUE(run([&](Unit& unit) {
    const auto& one = conversation(unit, "tel:+1");
    const auto& other = conversation(unit, "tel:+2");
    contact = one.contact;
    in = other.id;
    unit.add(callback_in(one, 10));
    unit.add(callback_in(other, 20, CallbackState::done));
  }));
  EXPECT_EQ(count({}), 2u);
  EXPECT_EQ(count({.contact = contact}), 1u);
  EXPECT_EQ(count({.conversation = in}), 1u);
  EXPECT_EQ(count({.state = CallbackState::done}), 1u);
  EXPECT_EQ(count({.from = clock.now() + minutes{11}}), 1u);
  EXPECT_EQ(count({.until = clock.now() + minutes{11}}), 1u);
  EXPECT_EQ(count({.queue = "inbox"}), 0u);
  EXPECT_EQ(count({.queues = {"phone"}}), 2u);
  EXPECT_EQ(count({.queues = {"inbox"}}), 2u) << "their conversations are there";
  EXPECT_EQ(count({.queues = {"elsewhere"}}), 0u);
}

}  // namespace
}  // namespace jackfield::store
