#include "flow/merge.hpp"

#include <random>

#include "flow/contacts.hpp"
#include "flow/flow_fixture.hpp"

namespace jackfield::flow {
namespace {

const Evidenced kByHand{R"({"by":"hand"})", "api"};

class MergeTest : public FlowTest {
 protected:
  // Runs it as a decision; what it made.
  Result<Id> journal(std::function<Result<store::Merge*>(store::Unit&, const Environment&)> work) {
    Id out;
    auto done = write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto entry = work(unit, env);
      if (!entry) return entry.error();
      out = (*entry)->id;
      return Answer{};
    });
    if (!done) return done.error();
    return out;
  }
  Result<Id> merge(Id into, Id from) {
    return journal([=](auto& unit, auto& env) { return merge_contacts(unit, env, into, from, kByHand); });
  }
  Result<Id> split(Id contact, std::vector<std::string> addresses) {
    return journal([=](auto& unit, auto& env) { return split_contact(unit, env, contact, addresses, kByHand); });
  }
  Result<Id> undo(Id entry) {
    return journal([=](auto& unit, auto& env) { return undo_merge(unit, env, entry, "api"); });
  }
  Id make(ContactPatch fields) {
    Id out;
    write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      out = (*create_contact(unit, env, fields))->id;
      return Answer{};
    });
    return out;
  }
  Id owner(const std::string& address) {
    const auto found = reader->contacts(address, "", {}).value().items;
    return found.size() == 1 ? found.front().id : Id{};
  }
  // Every contact, conversation and message, as they are kept and as they are shown.
  std::string everything() {
    std::string out;
    committer->run([&](store::Unit& unit) -> Result<void> {
      for (const auto& view : conversations()) {
        out += to_string(view.conversation.id) + view.conversation.scope + to_string(view.conversation.contact) + "\n";
        for (const Id id : unit.messages_of(view.conversation.id))
          out += to_string(id) + to_string(unit.message(id)->contact) + status(id) + "\n";
      }
      return {};
    });
    for (const auto& contact : reader->contacts("", "", {.limit = 500}).value().items) {
      out += contact_to_json(contact) + "\n";
      const auto messages = reader->messages_from(contact.id, {.limit = 500}).value().items;
      for (const auto& row : messages) out += message_to_json(row) + "\n";
    }
    return out;
  }
};

TEST_F(MergeTest, TheSurvivorHasTheAddressesAndTheConversationsStayApart) {
  ASSERT_TRUE(deliver("wa", text("1", "33600001", "hello")));
  ASSERT_TRUE(deliver(
      "sms",
      R"({"type":"message","id":"2","from":{"address":"tel:+44700000","evidence":"attested"},"parts":[{"type":"text","text":"hi"}]})"));
  const Id ana = owner("whatsapp:33600001"), other = owner("tel:+44700000");
  ASSERT_TRUE(merge(ana, other));
  EXPECT_EQ(owner("tel:+44700000"), ana);
  ASSERT_EQ(conversations().size(), 2u);
  for (const auto& view : conversations()) EXPECT_EQ(view.conversation.contact, ana);
  EXPECT_EQ(reader->living_contact(other).value()->id, ana);
  EXPECT_EQ(reader->messages_from(ana, {}).value().items.size(), 2u);
  for (const auto& row : reader->messages_from(ana, {}).value().items) EXPECT_EQ(row.head.contact, ana);
  ASSERT_TRUE(deliver(
      "sms",
      R"({"type":"message","id":"3","from":{"address":"tel:+44700000","evidence":"attested"},"parts":[{"type":"text","text":"again"}]})"));
  EXPECT_EQ(conversations().size(), 2u) << "one of the two goes on";
  EXPECT_EQ(count_events("contact.merged"), 1u);
}

TEST_F(MergeTest, UndoingGivesEachItsOwnBackAlsoWhatCameLater) {
  ASSERT_TRUE(deliver("wa", text("1", "33600001", "hello")));
  ASSERT_TRUE(deliver("wa", text("2", "33600002", "hi")));
  const Id ana = owner("whatsapp:33600001"), ben = owner("whatsapp:33600002");
  const std::string before = everything();
  const auto entry = merge(ana, ben);
  ASSERT_TRUE(entry);
  ASSERT_TRUE(undo(*entry));
  EXPECT_EQ(everything(), before);
  EXPECT_EQ(undo(*entry).error().code, Errc::conflict);
  EXPECT_EQ(count_events("contact.split"), 1u);

  const auto second = merge(ana, ben);
  ASSERT_TRUE(deliver("wa", text("3", "33600002", "later")));
  ASSERT_TRUE(undo(*second));
  EXPECT_EQ(reader->messages_from(ben, {}).value().items.size(), 2u);
}

TEST_F(MergeTest, AnUndoIsRefusedWhenALaterMergeStandsInTheWay) {
  const Id a = make({.name = "A", .add_addresses = {"tel:+33600001"}}),
           b = make({.name = "B", .add_addresses = {"tel:+33600002"}}),
           c = make({.name = "C", .add_addresses = {"tel:+33600003"}});
  const auto first = merge(a, b), second = merge(c, a);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(undo(*first).error().code, Errc::conflict);
  ASSERT_TRUE(undo(*second));
  ASSERT_TRUE(undo(*first));
  EXPECT_EQ(merge(a, a).error().code, Errc::conflict);
}

TEST_F(MergeTest, FieldsThatWereChangedAfterAMergeStay) {
  const Id a = make({.attributes = {{"tier", "gold"}}, .add_addresses = {"tel:+33600001"}});
  const Id b = make({.name = "Ben",
                     .tags = {{"vip"}},
                     .attributes = {{"tier", "basic"}, {"city", "Rome"}},
                     .add_addresses = {"tel:+33600002"}});
  const auto entry = merge(a, b);
  const auto merged = *reader->contact(a).value();
  EXPECT_EQ(merged.name, "Ben");
  EXPECT_EQ(merged.attributes.at("tier"), "gold");
  EXPECT_EQ(merged.attributes.at("city"), "Rome");
  write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    EXPECT_TRUE(patch_contact(unit, env, b, {.name = "Benedict"})) << "the merged id leads to the survivor";
    return Answer{};
  });
  ASSERT_TRUE(undo(*entry));
  const auto after = *reader->contact(a).value();
  EXPECT_EQ(after.name, "Benedict");
  EXPECT_FALSE(after.attributes.contains("city"));
  EXPECT_TRUE(after.tags.empty());
}

TEST_F(MergeTest, ASplitContactTakesTheConversationsOfItsAddresses) {
  ASSERT_TRUE(deliver("wa", text("1", "33600001", "hello")));
  ASSERT_TRUE(deliver("wa", text("2", "33600002", "hi")));
  const Id ana = owner("whatsapp:33600001");
  ASSERT_TRUE(merge(ana, owner("whatsapp:33600002")));
  const std::string before = everything();
  EXPECT_EQ(split(ana, {"tel:+33600009"}).error().code, Errc::invalid);
  EXPECT_EQ(split(ana, {"whatsapp:33600001", "whatsapp:33600002"}).error().code, Errc::invalid);
  const auto entry = split(ana, {"whatsapp:33600002"});
  ASSERT_TRUE(entry);
  const Id apart = owner("whatsapp:33600002");
  EXPECT_NE(apart, ana);
  EXPECT_EQ(reader->messages_from(apart, {}).value().items.size(), 1u);
  ASSERT_TRUE(undo(*entry));
  EXPECT_EQ(everything(), before);
}

TEST_F(MergeTest, WhateverWasMergedAndSplitUndoingItBackwardsRestoresWhatWas) {
  for (int i = 0; i < 6; ++i) {
    const std::string n = std::to_string(33600000 + i);
    ASSERT_TRUE(deliver("wa", text("m" + n, n, "hello")));
    make({.name = i % 2 ? "Name" + n : "",
          .tags = {{"t" + std::to_string(i % 3)}},
          .attributes = {{"k" + std::to_string(i % 4), n}},
          .add_addresses = {"tel:+" + n, "mailto:a" + n + "@example.com"}});
  }
  std::mt19937 dice(20261122);
  const auto any = [&](std::size_t n) { return dice() % n; };
  for (int round = 0; round < 12; ++round) {
    std::vector<std::pair<Id, std::string>> done;  // and what was before
    for (int step = 0; step < 8; ++step) {
      const auto contacts = reader->contacts("", "", {.limit = 500}).value().items;
      const auto& one = contacts[any(contacts.size())];
      const std::string before = everything();
      Result<Id> entry = fail(Errc::invalid, "");
      if (!done.empty() && any(4) == 0) {
        ASSERT_TRUE(undo(done.back().first));
        EXPECT_EQ(everything(), done.back().second);
        done.pop_back();
        continue;
      }
      if (any(2) == 0) {
        entry = merge(one.id, contacts[any(contacts.size())].id);
      } else if (!one.addresses.empty()) {
        entry = split(one.id, {one.addresses[any(one.addresses.size())].uri});
      }
      if (entry)
        done.emplace_back(*entry, before);
      else
        EXPECT_EQ(everything(), before) << "a refusal changes nothing";
    }
    if (done.size() > 1) {  // out of turn it is done, or refused without a change: nothing is half undone
      const std::string before = everything();
      const auto early = undo(done.front().first);
      if (early) continue;
      EXPECT_EQ(early.error().code, Errc::conflict);
      EXPECT_EQ(everything(), before);
    }
    for (; !done.empty(); done.pop_back()) {
      const auto undone = undo(done.back().first);
      ASSERT_TRUE(undone) << undone.error().message;
      ASSERT_EQ(everything(), done.back().second) << "round " << round;
    }
  }
}

// --- what the channels' providers vouch for

std::string vouched_for(const std::string& id, const std::string& from, const std::string& tel,
                        const std::string& evidence = "attested") {
  return R"({"type":"message","id":")" + id + R"(","from":{"address":"whatsapp:)" + from + R"(","evidence":")" +
         evidence + R"(","also":[{"address":"tel:+)" + tel + R"(","evidence":")" + evidence +
         R"("}]},"parts":[{"type":"text","text":"x"}]})";
}
std::string sms(const std::string& id, const std::string& tel, const std::string& evidence = "attested") {
  return R"({"type":"message","id":")" + id + R"(","from":{"address":"tel:+)" + tel + R"(","evidence":")" + evidence +
         R"("},"parts":[{"type":"text","text":"x"}]})";
}

TEST_F(MergeTest, AnAttestedAddressMergesTwoContactsWithItsEvidenceAndCanBeUndone) {
  config_.join_on = {"tel"};
  reopen();
  ASSERT_TRUE(deliver("wa", text("1", "33600001", "hello")));
  ASSERT_TRUE(deliver("sms", sms("2", "33600001")));
  const Id older = owner("whatsapp:33600001"), younger = owner("tel:+33600001");
  ASSERT_NE(older, younger);
  ASSERT_TRUE(deliver("wa", vouched_for("3", "33600001", "33600001")));
  EXPECT_EQ(owner("tel:+33600001"), older);
  const auto merges = reader->merges_of(older).value();
  ASSERT_EQ(merges.size(), 1u);
  EXPECT_NE(merges[0].evidence.find("\"channel\":\"wa\""), std::string::npos) << merges[0].evidence;
  ASSERT_TRUE(undo(merges[0].id));
  EXPECT_EQ(owner("tel:+33600001"), younger);
}

TEST_F(MergeTest, WhatSomebodyOnlySaysMergesNobody) {
  config_.join_on = {"tel"};
  reopen();
  ASSERT_TRUE(deliver("wa", text("1", "33600001", "hello")));
  ASSERT_TRUE(deliver("sms", sms("2", "33600001")));
  ASSERT_TRUE(deliver("sms", sms("3", "33600002", "asserted")));  // kept as asserted
  ASSERT_TRUE(deliver("wa", vouched_for("4", "33600001", "33600001", "asserted")));
  ASSERT_TRUE(deliver("wa", vouched_for("5", "33600001", "33600002")));
  EXPECT_NE(owner("tel:+33600001"), owner("whatsapp:33600001"));
  EXPECT_NE(owner("tel:+33600002"), owner("whatsapp:33600001"));
  EXPECT_EQ(count_events("contact.merged"), 0u);
}

TEST_F(MergeTest, ANewSenderJoinsWhomAnImportOrTheirProviderSaysAndNotWhoMerelyClaimsTheAddress) {
  config_.join_on = {"tel"};
  reopen();
  ASSERT_TRUE(deliver("sms", sms("1", "33600001", "asserted")));  // anybody could have sent that
  ASSERT_TRUE(deliver("sms", sms("2", "33600002")));
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    auto imported = import_contact(unit, env, {.name = "Ana", .add_addresses = {"tel:+33600003"}});
    return imported ? Result<Answer>(Answer{}) : Result<Answer>(imported.error());
  }));
  for (const std::string n : {"1", "2", "3"})
    ASSERT_TRUE(deliver("wa", vouched_for("w" + n, "3361000" + n, "3360000" + n)));
  EXPECT_NE(owner("whatsapp:33610001"), owner("tel:+33600001"));
  EXPECT_EQ(owner("whatsapp:33610002"), owner("tel:+33600002"));
  EXPECT_EQ(owner("whatsapp:33610003"), owner("tel:+33600003"));
}

TEST_F(MergeTest, AnAddressThatASenderMerelyClaimsStaysFreeForItsOwner) {
  config_.join_on = {"tel"};
  reopen();
  ASSERT_TRUE(deliver("wa", vouched_for("1", "33600001", "33600009", "asserted")));
  ASSERT_TRUE(deliver("sms", sms("2", "33600009")));
  EXPECT_NE(owner("tel:+33600009"), owner("whatsapp:33600001"));
}

TEST_F(MergeTest, AnImportVouchesForAnAddressThatItsOwnerHadOnlyClaimed) {
  config_.join_on = {"tel"};
  reopen();
  ASSERT_TRUE(deliver("sms", sms("1", "33600001", "asserted")));
  ASSERT_TRUE(write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    auto imported = import_contact(unit, env, {.add_addresses = {"tel:+33600001"}});
    return imported ? Result<Answer>(Answer{}) : Result<Answer>(imported.error());
  }));
  ASSERT_TRUE(deliver("wa", vouched_for("w1", "33610001", "33600001")));
  EXPECT_EQ(owner("whatsapp:33610001"), owner("tel:+33600001"));
}

TEST_F(MergeTest, FirstMessagesOfOnePersonOnTwoChannelsAtOnceGiveOneContact) {
  config_.join_on = {"tel"};
  reopen();
  std::vector<std::future<Result<void>>> all;
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(33610000 + i);
    all.push_back(deliver_later(i % 2 ? "wa" : "sms", i % 2 ? vouched_for("w" + n, n, n) : sms("s" + n, n)));
    all.push_back(deliver_later(i % 2 ? "sms" : "wa", i % 2 ? sms("s" + n, n) : vouched_for("w" + n, n, n)));
  }
  for (auto& one : all) ASSERT_TRUE(one.get());
  EXPECT_EQ(reader->contacts("", "", {.limit = 500}).value().items.size(), 40u);
}

// --- lists

TEST_F(MergeTest, TheSameListAgainChangesNothing) {
  const auto bring = [&](const ContactPatch& entry) {
    Result<Imported> out = Imported::unchanged;
    write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      return out = import_contact(unit, env, entry), Answer{};
    });
    return out;
  };
  const ContactPatch ana{
      .name = "Ana", .attributes = {{"tier", "gold"}}, .add_addresses = {"tel:+33600001", "mailto:ana@example.com"}};
  EXPECT_EQ(*bring(ana), Imported::made);
  EXPECT_EQ(*bring(ana), Imported::unchanged);
  EXPECT_EQ(*bring({.name = "Ana B", .add_addresses = {"mailto:Ana@example.com"}}), Imported::changed);
  EXPECT_EQ(*bring({.name = "Ben", .add_addresses = {"tel:+33600002"}}), Imported::made);
  EXPECT_EQ(bring({.add_addresses = {"tel:+33600001", "tel:+33600002"}}).error().code, Errc::conflict);
  EXPECT_EQ(bring({.name = "Nobody"}).error().code, Errc::invalid);
}

}  // namespace
}  // namespace jackfield::flow
