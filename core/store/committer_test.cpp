#include "store/committer.hpp"

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "store/store_fixture.hpp"

namespace jackfield::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Holds the committer in a command until released, so that what is submitted meanwhile makes one group.
class Gate {
 public:
  explicit Gate(Committer& committer) {
    std::promise<void> entered;
    auto inside = entered.get_future();
    auto entry = std::make_shared<std::promise<void>>(std::move(entered));
    committer.submit_or_refuse(command(
        [entry, opened = opened_.get_future().share()](Unit&) -> Result<void> {
          entry->set_value();
          opened.wait();
          return {};
        },
        nullptr));
    inside.wait();
  }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> opened_;
};

struct Outcomes {
  std::mutex mutex;
  std::vector<std::pair<int, Result<void>>> all;

  std::function<void(const Result<void>&)> of(int number) {
    return [this, number](const Result<void>& outcome) {
      std::lock_guard lock(mutex);
      all.emplace_back(number, outcome);
    };
  }
};

class CommitterTest : public OpenStore {
 protected:
  void submit(int number, std::function<Result<void>(Unit&)> decide) {
    committer->submit_or_refuse(command(std::move(decide), outcomes.of(number)));
  }
  void submit_receive(int number, const std::string& sender, const std::string& id) {
    submit(number, [=, this](Unit& unit) -> Result<void> {
      receive(unit, sender, id);
      return {};
    });
  }
  Outcomes outcomes;
};

TEST_F(CommitterTest, CommandsThatWaitShareOneCommit) {
  const auto before = committer->stats().commits;
  Gate gate(*committer);
  for (int i = 0; i < 50; ++i) submit_receive(i, "whatsapp:1", "m" + std::to_string(i));
  gate.open();
  committer->stop();
  EXPECT_EQ(committer->stats().commits, before + 2);  // the gate's and theirs
  ASSERT_EQ(outcomes.all.size(), 50u);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(outcomes.all[i].first, i);
    EXPECT_TRUE(outcomes.all[i].second);
  }
  EXPECT_EQ(count_messages(), 50u);
}

TEST_F(CommitterTest, TwoFirstMessagesInOneGroupMakeOneContactAndOneConversation) {
  Gate gate(*committer);
  submit_receive(0, "whatsapp:33612345678", "a");
  submit_receive(1, "whatsapp:33612345678", "b");
  gate.open();
  committer->stop();
  EXPECT_EQ(reader->contacts("whatsapp:33612345678", "", {}).value().items.size(), 1u);
  const auto conversations = reader->conversations({}, {}).value().items;
  ASSERT_EQ(conversations.size(), 1u);
  EXPECT_EQ(reader->messages_of(conversations[0].conversation.id, {}).value().items.size(), 2u);
}

TEST_F(CommitterTest, TwoRedeliveriesInOneGroupAreStoredOnce) {
  Gate gate(*committer);
  submit_receive(0, "whatsapp:1", "same");
  submit_receive(1, "whatsapp:1", "same");
  gate.open();
  committer->stop();
  EXPECT_EQ(count_messages(), 1u);
}

TEST_F(CommitterTest, RedeliveryAfterRestartIsStoredOnce) {
  ASSERT_TRUE(run([&](Unit& unit) { receive(unit, "whatsapp:1", "same"); }));
  reopen();
  ASSERT_TRUE(run([&](Unit& unit) { receive(unit, "whatsapp:1", "same"); }));
  EXPECT_EQ(count_messages(), 1u);
}

TEST_F(CommitterTest, CommandThatThrowsDoesNotSpoilItsGroup) {
  Gate gate(*committer);
  for (int i = 0; i < 50; ++i) {
    if (i == 20)
      submit(i, [this](Unit& unit) -> Result<void> {
        receive(unit, "whatsapp:2", "half-done");
        throw std::runtime_error("a bug");
      });
    else
      submit_receive(i, "whatsapp:1", "m" + std::to_string(i));
  }
  gate.open();
  committer->stop();
  EXPECT_EQ(count_messages(), 49u);
  EXPECT_TRUE(reader->contacts("whatsapp:2", "", {}).value().items.empty());
  ASSERT_EQ(outcomes.all.size(), 50u);
  EXPECT_EQ(outcomes.all[20].first, 20);  // the order is kept
  EXPECT_EQ(outcomes.all[20].second.error().code, Errc::internal);
  EXPECT_THAT(outcomes.all[20].second.error().message, HasSubstr("a bug"));
  EXPECT_EQ(committer->stats().retried_alone, 49u);
  EXPECT_TRUE(committer->writable());  // the fault is the command's, not the store's
}

TEST_F(CommitterTest, CommandWhoseRowsCannotBeWrittenDoesNotSpoilItsGroup) {
  Gate gate(*committer);
  for (int i = 0; i < 9; ++i) submit_receive(i, "whatsapp:1", "m" + std::to_string(i));
  submit(9, [this](Unit& unit) -> Result<void> {
    Conversation nowhere;
    nowhere.id = ids.next();  // never stored, so that the foreign key of the message fails when it is written
    unit.add(message_in(nowhere, "orphan"));
    return {};
  });
  for (int i = 10; i < 20; ++i) submit_receive(i, "whatsapp:1", "m" + std::to_string(i));
  gate.open();
  committer->stop();
  EXPECT_EQ(count_messages(), 19u);
  ASSERT_EQ(outcomes.all.size(), 20u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(bool(outcomes.all[i].second), i != 9) << i;
  EXPECT_EQ(outcomes.all[9].second.error().code, Errc::internal);
}

TEST_F(CommitterTest, RefusalReachesItsCommandOnly) {
  Gate gate(*committer);
  submit_receive(0, "whatsapp:1", "a");
  submit(1, [](Unit&) -> Result<void> { return fail(Errc::conflict, "not now"); });
  gate.open();
  committer->stop();
  EXPECT_TRUE(outcomes.all[0].second);
  EXPECT_EQ(outcomes.all[1].second.error().code, Errc::conflict);
  EXPECT_EQ(count_messages(), 1u);
}

TEST_F(CommitterTest, PastItsBoundsItRefusesAndTakesAgainLater) {
  close();
  limits.waiting = 3;
  open();
  {
    Gate gate(*committer);
    for (int i = 0; i < 4; ++i) submit_receive(i, "whatsapp:1", "m" + std::to_string(i));
    {
      std::lock_guard lock(outcomes.mutex);
      ASSERT_EQ(outcomes.all.size(), 1u);  // at once
      EXPECT_EQ(outcomes.all[0].first, 3);
      EXPECT_EQ(outcomes.all[0].second.error().code, Errc::busy);
    }
    EXPECT_EQ(committer->stats().waiting, 3u);
    gate.open();
  }
  while (!run([&](Unit& unit) { receive(unit, "whatsapp:1", "later"); })) std::this_thread::yield();
  EXPECT_EQ(count_messages(), 4u);
}

class HeavyCommand final : public Command {
 public:
  explicit HeavyCommand(std::promise<Result<void>>& done) : done_(done) {}
  Result<void> decide(Unit&) override { return {}; }
  void finished(const Result<void>& outcome) noexcept override { done_.set_value(outcome); }
  std::size_t weight() const override { return 1'000'000; }

 private:
  std::promise<Result<void>>& done_;
};

TEST_F(CommitterTest, WaitingBytesAreBoundedButOneHeavyCommandAlwaysFits) {
  close();
  limits.waiting_bytes = 500'000;
  open();
  std::promise<Result<void>> refused, taken;
  {
    Gate gate(*committer);
    std::unique_ptr<Command> heavy = std::make_unique<HeavyCommand>(refused);
    EXPECT_FALSE(committer->submit(heavy));
    EXPECT_TRUE(heavy);  // given back
    gate.open();
  }
  // The gate's weight goes a moment after its end.
  std::unique_ptr<Command> heavy = std::make_unique<HeavyCommand>(taken);
  while (!committer->submit(heavy)) std::this_thread::yield();
  EXPECT_TRUE(taken.get_future().get());
}

TEST_F(CommitterTest, FollowersLearnWhatACommitDid) {
  close();
  auto opened = open_store(options);
  store = std::move(*opened);
  committer = std::make_unique<Committer>(store->backend());
  std::vector<Committed> seen;
  committer->on_commit([&](const Committed& committed) { seen.push_back(committed); });
  Timer timer;
  timer.kind = TimerKind::wake;
  timer.key = "k";
  timer.due_at = clock.now() + Millis(5000);
  ASSERT_TRUE(run([&](Unit& unit) {
    receive(unit, "whatsapp:1", "a");
    Conversation& c = *unit.latest_in_scope("contact:" + to_string(unit.contact_by_address("", "whatsapp:1")->id));
    unit.add(entry_of(unit.add(message_out(c, "reply"))));
    unit.add(timer);
  }));
  ASSERT_TRUE(run([](Unit&) {}));
  committer->stop();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].last_cursor, 1);
  EXPECT_THAT(seen[0].outbox_channels, ElementsAre("wa"));
  EXPECT_EQ(seen[0].earliest_timer, timer.due_at);
  EXPECT_EQ(seen[1].last_cursor, 0);
  EXPECT_TRUE(seen[1].outbox_channels.empty());
}

TEST_F(CommitterTest, StopCommitsWhatWaitsAndIsSafeTwice) {
  Gate gate(*committer);
  for (int i = 0; i < 5; ++i) submit_receive(i, "whatsapp:1", "m" + std::to_string(i));
  gate.open();
  committer->stop();
  committer->stop();
  EXPECT_EQ(count_messages(), 5u);
  submit_receive(9, "whatsapp:1", "too late");
  EXPECT_EQ(outcomes.all.back().second.error().code, Errc::busy);
}

TEST_F(CommitterTest, WaitingForItselfIsAnErrorAndNotADeadlock) {
  Result<void> inner;
  ASSERT_TRUE(run([&](Unit&) { inner = committer->run([](Unit&) -> Result<void> { return {}; }); }));
  EXPECT_EQ(inner.error().code, Errc::internal);
}

}  // namespace
}  // namespace jackfield::store
