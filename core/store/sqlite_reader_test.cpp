#include <future>
#include <set>

#include "store/reader.hpp"
#include "store/store_fixture.hpp"

namespace jackfield::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ReaderTest : public OpenStore {
 protected:
  void SetUp() override {
    OpenStore::SetUp();
    ASSERT_TRUE(run([&](Unit& unit) { contact = unit.add(person("whatsapp:1")).id; }));
  }

  Id make(const std::function<void(Conversation&)>& shape = {}) {
    Conversation c = conversation_with(contact, "s");
    if (shape) shape(c);
    EXPECT_TRUE(run([&](Unit& unit) { unit.add(c); }));
    return c.id;
  }
  std::vector<Id> listed(const ConversationFilter& filter, std::size_t limit = 50) {
    std::vector<Id> out;
    for (const auto& view : reader->conversations(filter, {.limit = limit}).value().items)
      out.push_back(view.conversation.id);
    return out;
  }
  Id store_message(Message message) {
    EXPECT_TRUE(run([&](Unit& unit) { unit.add(message); }));
    return message.id;
  }

  Id contact;
};

// --- conversations

TEST_F(ReaderTest, ConversationsComeNewestActivityFirstWhateverTheirState) {
  const Time now = clock.now();
  const Id old = make([&](Conversation& c) { c.last_activity_at = now - Millis(100'000); });
  const Id newest = make([&](Conversation& c) {
    c.last_activity_at = now + Millis(3);
    c.state = ConversationState::closed;
  });
  const Id middle = make([&](Conversation& c) { c.last_activity_at = now + Millis(2); });
  EXPECT_THAT(listed({}), ElementsAre(newest, middle, old));
  ASSERT_TRUE(run([&](Unit& unit) {
    Conversation& c = *unit.conversation(old);
    c.last_activity_at = now + Millis(200'000);
    unit.changed(c);
  }));
  EXPECT_THAT(listed({}), ElementsAre(old, newest, middle));
  EXPECT_THAT(listed({.state = ConversationState::closed}), ElementsAre(newest));
}

TEST_F(ReaderTest, FiltersAreAndedAndAnAgentSeesOnlyItsQueues) {
  const Id mine = make([](Conversation& c) {
    c.queue = "billing";
    c.assignee = "ana";
    c.tags = {"vip"};
  });
  const Id other = make([](Conversation& c) { c.channels[0].channel = "mail"; });
  EXPECT_THAT(listed({.queue = "billing"}), ElementsAre(mine));
  EXPECT_THAT(listed({.assignee = "ana"}), ElementsAre(mine));
  EXPECT_THAT(listed({.assignee = ""}), ElementsAre(other));
  EXPECT_THAT(listed({.tag = "vip"}), ElementsAre(mine));
  EXPECT_THAT(listed({.channel = "mail"}), ElementsAre(other));
  EXPECT_THAT(listed({.queue = "billing", .channel = "mail"}), IsEmpty());
  EXPECT_THAT(listed({.queues = {"inbox", "sales"}}), ElementsAre(other));
  EXPECT_THAT(listed({.contact = contact}), ElementsAre(other, mine));
  EXPECT_THAT(listed({.state = ConversationState::closed, .contact = contact}), IsEmpty());
  EXPECT_THAT(listed({.contact = Id{1}}), IsEmpty());
}

TEST_F(ReaderTest, PagesShowEachConversationOnceAlsoWhenTimesAreEqual) {
  std::set<Id> made, seen;
  for (int i = 0; i < 23; ++i)
    made.insert(make([&](Conversation& c) {
      c.state = static_cast<ConversationState>(i % 4);
      c.last_activity_at = clock.now() + Millis(i % 3);
    }));
  PageArgs page{.limit = 5};
  int pages = 0;
  do {
    const auto got = reader->conversations({}, page).value();
    for (const auto& view : got.items) EXPECT_TRUE(seen.insert(view.conversation.id).second);
    page.cursor = got.next;
    ++pages;
  } while (!page.cursor.empty());
  EXPECT_EQ(pages, 5);
  EXPECT_EQ(seen, made);
}

TEST_F(ReaderTest, ConversationComesWithItsContact) {
  const Id id = make();
  const auto view = reader->conversation(id).value();
  ASSERT_TRUE(view && view->contact);
  EXPECT_EQ(view->contact->addresses[0].uri, "whatsapp:1");
  EXPECT_EQ(reader->conversation(Id{1}).value().has_value(), false);
}

TEST_F(ReaderTest, CursorThatIsNoneIsInvalid) {
  EXPECT_EQ(reader->conversations({}, {.cursor = "x"}).error().code, Errc::invalid);
  EXPECT_EQ(reader->messages({}, {.cursor = "x"}).error().code, Errc::invalid);
  EXPECT_EQ(reader->messages_of(Id{1}, {.cursor = "'"}).error().code, Errc::invalid);
}

// --- messages

TEST_F(ReaderTest, MessagesOfAConversationComeOldestFirstInPages) {
  const Conversation c = reader->conversation(make()).value()->conversation;
  std::vector<Id> stored, seen;
  for (int i = 0; i < 7; ++i) stored.push_back(store_message(message_in(c, std::to_string(i))));
  PageArgs page{.limit = 3};
  do {
    const auto got = reader->messages_of(c.id, page).value();
    for (const MessageRow& row : got.items) seen.push_back(row.head.id);
    page.cursor = got.next;
  } while (!page.cursor.empty());
  EXPECT_EQ(seen, stored);
}

TEST_F(ReaderTest, MessagesAreListedNewestFirstByChannelDirectionAndStatus) {
  const Conversation c = reader->conversation(make()).value()->conversation;
  const Id in = store_message(message_in(c, "in"));
  Message by_mail = message_out(c, "mail");
  by_mail.channel = "mail";
  by_mail.status = Status::failed;
  const Id mail = store_message(by_mail);
  const Id out = store_message(message_out(c, "out"));
  const auto ids_of = [&](const MessageFilter& filter) {
    std::vector<Id> found;
    for (const MessageRow& row : reader->messages(filter, {}).value().items) found.push_back(row.head.id);
    return found;
  };
  EXPECT_THAT(ids_of({}), ElementsAre(out, mail, in));
  EXPECT_THAT(ids_of({.channel = "wa"}), ElementsAre(out, in));
  EXPECT_THAT(ids_of({.channel = "never seen"}), IsEmpty());
  EXPECT_THAT(ids_of({.direction = Direction::out}), ElementsAre(out, mail));
  EXPECT_THAT(ids_of({.channel = "wa", .direction = Direction::out}), ElementsAre(out));
  EXPECT_THAT(ids_of({.status = Status::failed}), ElementsAre(mail));
  EXPECT_THAT(ids_of({.channel = "wa", .status = Status::failed}), IsEmpty());
  EXPECT_THAT(ids_of({.status = Status::queued}), ElementsAre(out));
}

TEST_F(ReaderTest, ProviderIdsAreTheLastOnesOldestFirst) {
  const Conversation c = reader->conversation(make()).value()->conversation;
  for (int i = 0; i < 4; ++i) {
    Message m = message_in(c, "x");
    m.channel = i == 1 ? "mail" : "wa";
    m.track.provider_ids = {"p" + std::to_string(i)};
    store_message(m);
  }
  EXPECT_THAT(reader->provider_ids(c.id, "wa", 2).value(), ElementsAre("p2", "p3"));
  EXPECT_THAT(reader->provider_ids(c.id, "wa", 9).value(), ElementsAre("p0", "p2", "p3"));
}

// --- contacts, dead letters

TEST_F(ReaderTest, ContactsAreFoundByAddressAndByPart) {
  Contact other = person("mailto:bo_b@example.com");
  other.name = "Bob";
  Contact merged = person("mailto:gone@example.com");
  merged.merged_into = contact;
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.add(other);
    unit.add(merged);
  }));
  const auto names = [&](const std::string& address, const std::string& q) {
    std::vector<std::string> out;
    for (const Contact& c : reader->contacts(address, q, {}).value().items) out.push_back(c.name);
    return out;
  };
  EXPECT_THAT(names("", ""), ElementsAre("Bob", "Ana"));
  EXPECT_THAT(names("whatsapp:1", ""), ElementsAre("Ana"));
  EXPECT_THAT(names("whatsapp:1", "bob"), IsEmpty());
  EXPECT_THAT(names("", "bob"), ElementsAre("Bob"));
  EXPECT_THAT(names("", "o_b@"), ElementsAre("Bob"));
  EXPECT_THAT(names("", "%"), IsEmpty());  // means itself
}

TEST_F(ReaderTest, DeadLettersThatAreResolvedLeaveTheList) {
  DeadLetter in, out;
  in.id = ids.next();
  in.channel = out.channel = "wa";
  out.id = ids.next();
  out.kind = DeadLetterKind::outbound;
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.add(in);
    unit.add(out);
  }));
  EXPECT_THAT(reader->dead_letters({}, {}).value().items, SizeIs(2));
  EXPECT_THAT(reader->dead_letters(DeadLetterKind::outbound, {}).value().items, SizeIs(1));
  ASSERT_TRUE(run([&](Unit& unit) {
    DeadLetter& letter = *unit.dead_letter(in.id);
    letter.resolved_at = clock.now();
    unit.changed(letter);
  }));
  EXPECT_THAT(reader->dead_letters(DeadLetterKind::inbound, {}).value().items, IsEmpty());
  EXPECT_TRUE(reader->dead_letter(in.id).value().has_value());
}

// --- figures

TEST_F(ReaderTest, FiguresOfQueuesCountWhatIsOpenAndWhatWaits) {
  const Time now = clock.now();
  make([&](Conversation& c) { c.created_at = now - Millis(1000); });
  make([&](Conversation& c) {
    c.assignee = "ana";
    c.created_at = now - Millis(9000);
  });
  make([](Conversation& c) { c.state = ConversationState::closed; });
  const auto queues = reader->queues().value();
  ASSERT_THAT(queues, SizeIs(1));
  EXPECT_EQ(queues[0].queue, "inbox");
  EXPECT_EQ(queues[0].open, 2);
  EXPECT_EQ(queues[0].waiting, 1);
  EXPECT_EQ(queues[0].oldest, now - Millis(1000));
}

TEST_F(ReaderTest, FiguresOfAChannelCountItsMessages) {
  const Conversation c = reader->conversation(make()).value()->conversation;
  Message failed = message_out(c, "f");
  failed.status = Status::failed;
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.add(message_in(c, "a"));
    unit.add(message_in(c, "b"));
    unit.add(message_out(c, "sent"));
    unit.add(failed);
    unit.add(entry_of(unit.add(message_out(c, "waits"))));
    OutboxEntry held = entry_of(unit.add(message_out(c, "held")));
    held.state = OutboxState::held;
    unit.add(held);
    DeadLetter letter;
    letter.id = ids.next();
    letter.channel = "wa";
    unit.add(letter);
  }));
  const ChannelFigures figures = reader->channel("wa").value();
  EXPECT_EQ(figures.received, 2);
  EXPECT_EQ(figures.sent, 1);
  EXPECT_EQ(figures.failed, 1);
  EXPECT_EQ(figures.outbox, 2);
  EXPECT_EQ(figures.held, 1);
  EXPECT_EQ(figures.dead_inbound, 1);
  EXPECT_EQ(figures.dead_outbound, 0);
  EXPECT_EQ(reader->channel("nobody").value().received, 0);
}

// --- events

TEST_F(ReaderTest, EventsComeInTheOrderOfTheirCallsJoinedWithLiveRows) {
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.add(event(EventType::contact_created, {}, {}, contact));
    receive(unit, "whatsapp:1", "hello");
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    const Id c = unit.conversations_of(contact)[0]->id;
    unit.add(event(EventType::conversation_opened, {}, c, contact));
  }));
  const auto events = reader->events(0, {}, 10).value();
  ASSERT_THAT(events, SizeIs(3));
  EXPECT_EQ(events[0].event.cursor, 1);
  EXPECT_EQ(events[0].contact->name, "Ana");
  EXPECT_EQ(events[1].event.cursor, 2);
  EXPECT_EQ(events[1].event.source, "wa");
  EXPECT_THAT(events[1].message->content, testing::HasSubstr("hello"));
  EXPECT_EQ(events[2].event.cursor, 3);
  EXPECT_EQ(events[2].conversation->conversation.queue, "inbox");
  EXPECT_EQ(reader->last_cursor().value(), 3);
  EXPECT_THAT(reader->events(2, {}, 10).value(), SizeIs(1));
  EXPECT_THAT(reader->events(0, {}, 2).value(), SizeIs(2));
  EXPECT_THAT(reader->events(0, {EventType::conversation_opened}, 10).value(), SizeIs(1));
  EXPECT_THAT(reader->events(3, {}, 10).value(), IsEmpty());
}

TEST_F(ReaderTest, CursorIsNeverGivenAgainWhenTheLogWasEmptied) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(run([&](Unit& unit) { unit.add(event(EventType::channel_state)); }));
    clock.advance(Millis(1000));
  }
  bool more = true;
  ASSERT_TRUE(run([&](Unit& unit) { more = unit.expire(clock.now(), {}, 2); }));
  EXPECT_TRUE(more);
  EXPECT_THAT(reader->events(2, {}, 10).value(), SizeIs(3));
  EXPECT_EQ(reader->events(1, {}, 10).error().code, Errc::not_found);
  EXPECT_THAT(reader->events(0, {}, 10).value(), SizeIs(3));  // from the oldest that is kept
  ASSERT_TRUE(run([&](Unit& unit) { more = unit.expire(clock.now(), {}, 100); }));
  EXPECT_FALSE(more);
  EXPECT_EQ(reader->last_cursor().value(), 5);
  EXPECT_THAT(reader->events(5, {}, 10).value(), IsEmpty());
  reopen();
  ASSERT_TRUE(run([&](Unit& unit) { unit.add(event(EventType::channel_state)); }));
  EXPECT_EQ(reader->last_cursor().value(), 6);
}

TEST_F(ReaderTest, ExpiryTakesWhatHadItsTimeAndNothingElse) {
  const ProviderKey key = provider_key("wa", KeyKind::id, "x");
  DeadLetter resolved, open_one;
  resolved.id = ids.next();
  resolved.resolved_at = clock.now();
  open_one.id = ids.next();
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.add(resolved);
    unit.add(open_one);
    unit.keep_answer({"crm", "old", "", 200, "", clock.now()});
    unit.keep_answer({"crm", "young", "", 200, "", clock.now() + Millis(1000)});
    unit.park({key, Status::sent, {}, clock.now()});
  }));
  const Time cut = clock.now() + Millis(1);
  ASSERT_TRUE(run([&](Unit& unit) { EXPECT_FALSE(unit.expire(cut, cut, 100)); }));
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.dead_letter(resolved.id), nullptr);
    EXPECT_NE(unit.dead_letter(open_one.id), nullptr);
    EXPECT_FALSE(unit.idempotent_answer("crm", "old"));
    EXPECT_TRUE(unit.idempotent_answer("crm", "young"));
    EXPECT_THAT(unit.parked(key), IsEmpty());
  }));
}

TEST_F(ReaderTest, ReadersSeeTheLastCommitAndWaitForNoWrite) {
  make();
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.add(conversation_with(contact, "t"));
    unit.flush();  // written, not committed
    EXPECT_THAT(listed({}), SizeIs(1));
  }));
  EXPECT_THAT(listed({}), SizeIs(2));
}

}  // namespace
}  // namespace jackfield::store
