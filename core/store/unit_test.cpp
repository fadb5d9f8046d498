#include "store/unit.hpp"

#include "store/store_fixture.hpp"

namespace jackfield::store {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Pointee;

class UnitTest : public OpenStore {
 protected:
  // A contact with a conversation, stored.
  void SetUp() override {
    OpenStore::SetUp();
    ASSERT_TRUE(run([&](Unit& unit) {
      contact = unit.add(person("whatsapp:1")).id;
      conversation = unit.add(conversation_with(contact, "s")).id;
    }));
  }
  Id contact, conversation;
};

// --- identity

TEST_F(UnitTest, EachRowIsOneObject) {
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.contact(contact), unit.contact_by_address("", "whatsapp:1"));
    EXPECT_EQ(unit.conversation(conversation), unit.latest_in_scope("s"));
    EXPECT_EQ(unit.conversation(Id{42}), nullptr);
  }));
}

TEST_F(UnitTest, EverythingOfAContactComesBack) {
  ASSERT_TRUE(run([&](Unit& unit) {
    Contact& c = *unit.contact(contact);
    c.name = "Ana B.";
    c.language = "fr";
    c.attributes = {{"tier", "gold"}};
    c.tags = {"vip"};
    c.merged_into = Id{9};
    unit.changed(c);
    unit.add_address(c, {"mailto:ana@example.com", "", Evidence::asserted, "Ana"});
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    const Contact& c = *unit.contact(contact);
    EXPECT_EQ(c.name, "Ana B.");
    EXPECT_EQ(c.language, "fr");
    EXPECT_EQ(c.attributes.at("tier"), "gold");
    EXPECT_THAT(c.tags, ElementsAre("vip"));
    EXPECT_EQ(c.merged_into, Id{9});
    EXPECT_EQ(c.created_at, clock.now());
    EXPECT_THAT(c.addresses,
                ElementsAre(Field(&Address::uri, "whatsapp:1"), Field(&Address::uri, "mailto:ana@example.com")));
    EXPECT_EQ(c.addresses[0].evidence, Evidence::attested);
  }));
}

TEST_F(UnitTest, EverythingOfAConversationComesBack) {
  const Time later = clock.now() + Millis(60'000);
  ASSERT_TRUE(run([&](Unit& unit) {
    Conversation& c = *unit.conversation(conversation);
    c.state = ConversationState::snoozed;
    c.priority = Priority::high;
    c.queue = "billing";
    c.assignee = "ana";
    c.tags = {"a", "b"};
    c.language = "pl";
    c.subject = "Faktura";
    c.scope = "other";
    c.last_activity_at = c.last_inbound_at = c.last_outbound_at = c.closed_at = c.snoozed_until = later;
    unit.changed(c);
    unit.set_decision(conversation, R"({"rule":"x"})");
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    const Conversation& c = *unit.conversation(conversation);
    EXPECT_EQ(c.contact, contact);
    EXPECT_EQ(c.state, ConversationState::snoozed);
    EXPECT_EQ(c.priority, Priority::high);
    EXPECT_EQ(c.queue, "billing");
    EXPECT_EQ(c.assignee, "ana");
    EXPECT_THAT(c.tags, ElementsAre("a", "b"));
    EXPECT_EQ(c.language, "pl");
    EXPECT_EQ(c.subject, "Faktura");
    EXPECT_EQ(c.scope, "other");
    EXPECT_EQ(c.created_at, clock.now());
    for (const Time t : {c.last_activity_at, c.last_inbound_at, c.last_outbound_at, c.closed_at, c.snoozed_until})
      EXPECT_EQ(t, later);
    ASSERT_EQ(c.channels.size(), 1u);
    EXPECT_EQ(c.channels[0].address, "whatsapp:1");
    EXPECT_EQ(c.channels[0].last_inbound, Id{7});
    EXPECT_EQ(unit.decision(conversation), R"({"rule":"x"})");
  }));
}

TEST_F(UnitTest, EverythingOfAMessageComesBack) {
  Id id;
  ASSERT_TRUE(run([&](Unit& unit) {
    Message m = message_out(*unit.conversation(conversation), "Grüße \"hi\"");
    m.visibility = Visibility::public_;
    m.content.subject = "s";
    m.content.from = {"whatsapp:1", "", Evidence::attested, "Ana"};
    id = unit.add(m).id;
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    Message& m = *unit.message(id);
    EXPECT_EQ(m.content.text, "Grüße \"hi\"");
    m.status = Status::sent;
    m.sent_at = clock.now();
    m.track.provider_ids = {"p1", "p2"};
    m.track.history.push_back({Status::sent, clock.now()});
    m.track.errors.push_back({"throttled", "429", "slow down", clock.now()});
    unit.changed(m);
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    const Message& m = *unit.message(id);
    EXPECT_EQ(m.conversation, conversation);
    EXPECT_EQ(m.contact, contact);
    EXPECT_EQ(m.channel, "wa");
    EXPECT_EQ(m.direction, Direction::out);
    EXPECT_EQ(m.visibility, Visibility::public_);
    EXPECT_EQ(m.status, Status::sent);
    EXPECT_EQ(m.sent_at, clock.now());
    EXPECT_EQ(m.received_at, clock.now());
    EXPECT_EQ(m.content.subject, "s");
    EXPECT_EQ(m.content.from.name, "Ana");
    EXPECT_THAT(m.track.provider_ids, ElementsAre("p1", "p2"));
    ASSERT_EQ(m.track.errors.size(), 1u);
    EXPECT_EQ(m.track.errors[0].code, "429");
  }));
}

// --- what the group itself made is found

TEST_F(UnitTest, ConversationAddedInTheGroupIsTheLatestInItsScope) {
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.latest_in_scope("s")->id, conversation);
    const Conversation& newer = unit.add(conversation_with(contact, "s"));
    EXPECT_EQ(unit.latest_in_scope("s"), &newer);
    const Conversation& unasked = unit.add(conversation_with(contact, "t"));
    EXPECT_EQ(unit.latest_in_scope("t"), &unasked);
  }));
}

TEST_F(UnitTest, ConversationThatLeftItsScopeInTheGroupIsNotFoundThereAnyMore) {
  ASSERT_TRUE(run([&](Unit& unit) {
    Conversation& c = *unit.latest_in_scope("s");
    c.scope = "t";
    unit.changed(c);
    EXPECT_EQ(unit.latest_in_scope("s"), nullptr);
    EXPECT_EQ(unit.latest_in_scope("t"), &c);
  }));
}

TEST_F(UnitTest, AddressMovedBetweenContactsInTheGroupIsFoundWithItsNewOne) {
  ASSERT_TRUE(run([&](Unit& unit) {
    Contact& from = *unit.contact(contact);
    Contact& to = unit.add(person("tel:+33612345678"));
    const Address moved = from.addresses[0];
    unit.remove_address(from, from.addresses[0]);
    EXPECT_EQ(unit.contact_by_address("", "whatsapp:1"), nullptr);
    unit.add_address(to, moved);
    EXPECT_EQ(unit.contact_by_address("", "whatsapp:1"), &to);
    EXPECT_THAT(from.addresses, IsEmpty());
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.contact_by_address("", "whatsapp:1")->addresses.size(), 2u);
    EXPECT_THAT(unit.contact(contact)->addresses, IsEmpty());
  }));
}

TEST_F(UnitTest, AddressAddedAgainKeepsTheStrongerEvidence) {
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.add_address(*unit.contact(contact), {"whatsapp:1", "", Evidence::guessed, "Anna"});
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    const Contact& c = *unit.contact(contact);
    ASSERT_EQ(c.addresses.size(), 1u);
    EXPECT_EQ(c.addresses[0].evidence, Evidence::attested);
    EXPECT_EQ(c.addresses[0].name, "Anna");
  }));
}

TEST_F(UnitTest, SameAddressInAnotherScopeIsAnother) {
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.contact_by_address("account-1", "whatsapp:1"), nullptr);
    Contact other = person("whatsapp:1");
    other.addresses[0].scope = "account-1";
    unit.add(other);
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.contact_by_address("", "whatsapp:1")->id, contact);
    EXPECT_NE(unit.contact_by_address("account-1", "whatsapp:1")->id, contact);
  }));
}

TEST_F(UnitTest, ProviderKeysAreFoundAtOnceAndLaterAndCanBecomeTombstones) {
  const ProviderKey key = provider_key("wa", KeyKind::id, "wamid.1");
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_FALSE(unit.message_by_key(key));
    unit.bind_key(key, Id{5});
    EXPECT_EQ(unit.message_by_key(key), Id{5});
    EXPECT_FALSE(unit.message_by_key(provider_key("wa", KeyKind::dedupe, "wamid.1")));
    EXPECT_FALSE(unit.message_by_key(provider_key("wb", KeyKind::id, "wamid.1")));
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.message_by_key(key), Id{5});
    unit.bind_key(key, Id{-1});
  }));
  ASSERT_TRUE(run([&](Unit& unit) { EXPECT_EQ(unit.message_by_key(key), Id{-1}); }));
}

TEST_F(UnitTest, ValuesSetInTheGroupAreSeenAndKept) {
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.kv("wa", "k"), std::nullopt);
    unit.set_kv("wa", "k", "1");
    unit.set_kv("wa", "gone", "1");
    unit.set_kv("wa", "gone", std::nullopt);
    EXPECT_EQ(unit.kv("wa", "k"), "1");
    EXPECT_EQ(unit.kv("wa", "gone"), std::nullopt);
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.kv("wa", "k"), "1");
    EXPECT_EQ(unit.kv("wa", "gone"), std::nullopt);
    unit.set_kv("wa", "k", std::nullopt);
  }));
  ASSERT_TRUE(run([&](Unit& unit) { EXPECT_EQ(unit.kv("wa", "k"), std::nullopt); }));
}

TEST_F(UnitTest, ReceiptsStayParkedUntilTheyAreTaken) {
  const ProviderKey key = provider_key("wa", KeyKind::id, "early");
  ASSERT_TRUE(run([&](Unit& unit) { unit.park({key, Status::delivered, {}, clock.now()}); }));
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.park({key, Status::failed, {"recipient", "131", "no such", clock.now()}, clock.now()});
    const auto parked = unit.parked(key);
    ASSERT_EQ(parked.size(), 2u);
    EXPECT_EQ(parked[0].status, Status::delivered);
    EXPECT_EQ(parked[1].error.detail, "no such");
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.parked(key).size(), 2u);
    unit.unpark(key);
    EXPECT_THAT(unit.parked(key), IsEmpty());
  }));
  ASSERT_TRUE(run([&](Unit& unit) { EXPECT_THAT(unit.parked(key), IsEmpty()); }));
}

TEST_F(UnitTest, AnswersAreKeptByOwnerAndKey) {
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.keep_answer({"crm", "k", "f", 201, "{}", clock.now()});
    EXPECT_EQ(unit.idempotent_answer("crm", "k")->status, 201);
    EXPECT_EQ(unit.idempotent_answer("ana", "k"), std::nullopt);
  }));
  EXPECT_EQ(reader->idempotent_answer("crm", "k").value()->fingerprint, "f");
}

TEST_F(UnitTest, DeadLettersMediaAndMergesComeBack) {
  DeadLetter letter{ids.next(), DeadLetterKind::inbound, "wa", "bad", std::string("a\0b", 3), true, {}, clock.now(),
                    {}};
  Media media{ids.next(), std::string(64, 'a'), "image/png", "p.png", 12, clock.now()};
  Merge merge{ids.next(), contact, Id{3}, "{}", "[]", clock.now(), {}};
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.add(letter);
    unit.add(media);
    unit.add(merge);
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    DeadLetter& found = *unit.dead_letter(letter.id);
    EXPECT_EQ(found.raw, letter.raw);
    EXPECT_TRUE(found.undecodable);
    found.resolved_at = clock.now();
    unit.changed(found);
    EXPECT_EQ(unit.media(media.id)->name, "p.png");
    Merge& journal = *unit.merge(merge.id);
    EXPECT_EQ(journal.into, contact);
    journal.undone_at = clock.now();
    unit.changed(journal);
  }));
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.dead_letter(letter.id)->resolved_at, clock.now());
    EXPECT_EQ(unit.merge(merge.id)->undone_at, clock.now());
  }));
}

// --- outbox and timers

class OutboxTest : public UnitTest {
 protected:
  Id reply(Unit& unit, Id in, const std::string& channel = "wa", Time next_at = {}) {
    Message message = message_out(*unit.conversation(in), "r");
    message.channel = channel;
    OutboxEntry entry = entry_of(unit.add(message));
    entry.recipient = "to-" + to_string(in);
    if (next_at != Time{}) entry.next_at = next_at;
    unit.add(entry);
    return entry.message;
  }
  std::vector<Id> due(Unit& unit, std::vector<std::string> paused = {}, const std::string& channel = "wa") {
    std::vector<Id> out;
    for (const OutboxEntry* entry : unit.due_outbox(channel, clock.now(), 10, paused)) out.push_back(entry->message);
    return out;
  }
};

TEST_F(OutboxTest, OnlyTheHeadOfALaneIsDue) {
  ASSERT_TRUE(run([&](Unit& unit) {
    const Id other = unit.add(conversation_with(contact, "other")).id;
    const Id first = reply(unit, conversation), second = reply(unit, conversation), elsewhere = reply(unit, other);
    const Id by_mail = reply(unit, conversation, "mail");
    EXPECT_THAT(due(unit), ElementsAre(first, elsewhere));
    EXPECT_THAT(due(unit, {}, "mail"), ElementsAre(by_mail));
    unit.outbox(first)->state = OutboxState::in_flight;
    unit.changed(*unit.outbox(first));
    EXPECT_THAT(due(unit), ElementsAre(elsewhere));
    EXPECT_THAT(unit.in_flight(), ElementsAre(unit.outbox(first)));
    unit.remove(*unit.outbox(first));
    EXPECT_EQ(unit.outbox(first), nullptr);
    EXPECT_THAT(due(unit), testing::UnorderedElementsAre(second, elsewhere));
  }));
}

TEST_F(OutboxTest, RetriedReplyHoldsItsFollowersAndUnknownOneHoldsNobody) {
  ASSERT_TRUE(run([&](Unit& unit) {
    const Id first = reply(unit, conversation, "wa", clock.now() + Millis(1000)), second = reply(unit, conversation);
    EXPECT_THAT(due(unit), IsEmpty());
    unit.outbox(first)->state = OutboxState::held;
    unit.changed(*unit.outbox(first));
    EXPECT_THAT(due(unit), ElementsAre(second));
  }));
}

TEST_F(OutboxTest, PausedRecipientsAreSkipped) {
  ASSERT_TRUE(run([&](Unit& unit) {
    const Id other = unit.add(conversation_with(contact, "other")).id;
    reply(unit, conversation);
    const Id elsewhere = reply(unit, other);
    EXPECT_THAT(due(unit, {"to-" + to_string(conversation)}), ElementsAre(elsewhere));
  }));
}

TEST_F(OutboxTest, EntryRemovedAndAddedAgainIsThere) {
  Id id;
  ASSERT_TRUE(run([&](Unit& unit) { id = reply(unit, conversation); }));
  ASSERT_TRUE(run([&](Unit& unit) {
    OutboxEntry again = *unit.outbox(id);
    unit.remove(*unit.outbox(id));
    again.attempts = 3;
    unit.add(again);
  }));
  ASSERT_TRUE(run([&](Unit& unit) { EXPECT_EQ(unit.outbox(id)->attempts, 3); }));
}

TEST_F(UnitTest, TimersAreDueInTheirOrderAndReplaceTheirLike) {
  const auto timer = [&](const std::string& key, int ms) {
    Timer t;
    t.id = ids.next();
    t.channel = "wa";
    t.key = key;
    t.due_at = clock.now() + Millis(ms);
    t.payload = key;
    return t;
  };
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.add(timer("a", 20));
    unit.add(timer("b", 10));
    unit.add(timer("late", 5000));
    unit.add(timer("cancelled", 1));
    unit.remove(*unit.timer(TimerKind::connector, "wa", "cancelled"));
  }));
  ASSERT_TRUE(run([&](Unit& unit) { unit.add(timer("late", 30)); }));
  reopen();  // timers survive
  ASSERT_TRUE(run([&](Unit& unit) {
    std::vector<std::string> keys;
    for (const Timer* t : unit.due_timers(clock.now() + Millis(100), 10)) keys.push_back(t->payload);
    EXPECT_THAT(keys, ElementsAre("b", "a", "late"));
  }));
}

TEST_F(UnitTest, ConversationsOfAContactIncludeThoseOfTheGroup) {
  ASSERT_TRUE(run([&](Unit& unit) {
    Conversation& newer = unit.add(conversation_with(contact, "x"));
    EXPECT_THAT(unit.conversations_of(contact), ElementsAre(unit.conversation(conversation), &newer));
  }));
}

TEST_F(UnitTest, WhoWaitsIsCountedWhereverTheyMove) {
  Id id;
  const auto counts = [](Unit& unit) { return std::pair(unit.count_waiting("inbox"), unit.count_waiting("billing")); };
  ASSERT_TRUE(run([&](Unit& unit) {
    const Contact& ana = unit.add(person("whatsapp:21"));
    for (int i = 0; i < 3; ++i) {
      Conversation& one = unit.add(conversation_with(ana.id, "s" + std::to_string(i)));
      one.work.order = 10 + i;
      unit.changed(one);
      id = one.id;
    }
    EXPECT_EQ(counts(unit), std::pair(std::int64_t{3}, std::int64_t{0})) << "also what is not written yet";
  }));
  reopen();
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(counts(unit), std::pair(std::int64_t{3}, std::int64_t{0}));
    Conversation& moves = *unit.conversation(id);
    moves.queue = "billing";
    moves.work.changed = true;
    unit.changed(moves);
    EXPECT_EQ(counts(unit), std::pair(std::int64_t{2}, std::int64_t{1}));
    unit.waiting("billing", CapacityClass::message, 1);  // writes
    EXPECT_EQ(counts(unit), std::pair(std::int64_t{2}, std::int64_t{1}));
    moves.work.order = 0;
    unit.changed(moves);
  }));
  ASSERT_TRUE(run([&](Unit& unit) { EXPECT_EQ(counts(unit), std::pair(std::int64_t{2}, std::int64_t{0})); }));
}

TEST_F(UnitTest, CountsOfAGroupThatFailedAreForgotten) {
  ASSERT_TRUE(run([&](Unit& unit) {
    Conversation& one = unit.add(conversation_with(unit.add(person("whatsapp:21")).id, "s"));
    one.work.order = 1;
    unit.changed(one);
  }));
  EXPECT_FALSE(run([&](Unit& unit) {
    Conversation& two = unit.add(conversation_with(unit.add(person("whatsapp:22")).id, "t"));
    two.work.order = 2;
    unit.changed(two);
    unit.flush();
    throw Failure(fail(Errc::invalid, "no"));
  }));
  ASSERT_TRUE(run([&](Unit& unit) { EXPECT_EQ(unit.count_waiting("inbox"), 1); }));
}

TEST_F(UnitTest, AgentsAreCountedForTheQueuesTheyServe) {
  ASSERT_TRUE(run([&](Unit& unit) {
    for (const char* name : {"ana", "ben"}) unit.serve(unit.add(Agent{.name = name}), {"billing", "inbox"});
  }));
  reopen();
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_EQ(unit.count_agents("billing"), 2);
    unit.serve(*unit.agent("ana"), {"inbox"});
    EXPECT_EQ(unit.count_agents("billing"), 1);
    EXPECT_EQ(unit.count_agents("inbox"), 2);
    EXPECT_EQ(unit.count_agents("sales"), 0);
  }));
}

TEST_F(UnitTest, ConversationsAreFoundByWhatWasAskedAndByWhatBeganInPublic) {
  Id asked_first, asked_last, open;
  ASSERT_TRUE(run([&](Unit& unit) {
    Conversation& first = unit.add(conversation_with(contact, "thread:tw:1"));
    Conversation& last = unit.add(conversation_with(contact, "contact:1"));
    Conversation& other = unit.add(conversation_with(contact, "thread:tw:2"));
    first.satisfaction = {.asked_at = clock.now(), .until = clock.now() + Millis(9), .score = 4, .words = true};
    last.satisfaction = {.asked_at = clock.now() + Millis(5), .question = Id{7}};
    asked_first = first.id, asked_last = last.id, open = other.id;
    EXPECT_THAT(unit.asked(contact, 9), ElementsAre(&last, &first));
  }));
  reopen();
  ASSERT_TRUE(run([&](Unit& unit) {
    EXPECT_THAT(unit.asked(contact, 1), ElementsAre(unit.conversation(asked_last)));
    EXPECT_THAT(unit.public_threads(contact, 9), ElementsAre(unit.conversation(open), unit.conversation(asked_first)));
    EXPECT_THAT(unit.recent_conversations(contact, 2),
                ElementsAre(unit.conversation(open), unit.conversation(asked_last)));
    Conversation& first = *unit.conversation(asked_first);
    EXPECT_EQ(first.satisfaction.score, 4);
    EXPECT_TRUE(first.satisfaction.words);
    EXPECT_EQ(first.satisfaction.until, clock.now() + Millis(9));
    first.satisfaction.asked_at = clock.now() + Millis(9);
    first.satisfaction.changed = true;
    unit.changed(first);
    EXPECT_THAT(unit.asked(contact, 1), ElementsAre(&first));
  }));
}

TEST_F(UnitTest, GreatestIdIsThatOfTheNewestRowOfAnyKind) {
  Timer t;
  t.id = ids.next();
  ASSERT_TRUE(run([&](Unit& unit) { unit.add(t); }));
  reopen();
  Id greatest;
  ASSERT_TRUE(run([&](Unit&) { greatest = store->backend().greatest_id(); }));
  EXPECT_EQ(greatest, t.id);
}

}  // namespace
}  // namespace jackfield::store
