#include "api/event_hub.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "api/test_doubles.hpp"
#include "store/store.hpp"

namespace jackfield::api {
namespace {

// A log in memory, of which tests decide how far it is readable.
class FakeLog final : public store::Store {
 public:
  store::Backend& backend() override { std::abort(); }
  Result<std::unique_ptr<store::Reader>> open_reader() override {
    return std::unique_ptr<store::Reader>(new LogReader(*this));
  }

  std::atomic<std::int64_t> last{0}, removed_to{0}, reads{0};
  std::mutex gate;  // closed: reading waits

 private:
  class LogReader final : public NoReader {
   public:
    explicit LogReader(FakeLog& log) : log_(log) {}
    Result<std::vector<store::EventView>> events(std::int64_t after, const std::vector<EventType>& types,
                                                 std::size_t limit) override {
      ++log_.reads;
      const std::lock_guard open(log_.gate);
      if (after > 0 && after < log_.removed_to) return fail(Errc::not_found, "too old");
      std::vector<store::EventView> out;
      for (std::int64_t at = after + 1; at <= log_.last && out.size() < limit; ++at) {
        const auto type = at % 10 == 0 ? EventType::message_status : EventType::message_received;
        if (!types.empty() && types.front() != type) continue;
        store::EventView view;
        view.event.cursor = at;
        view.event.type = type;
        view.event.conversation = Id{at % 2 + 1};  // 1 is in queue "even", 2 in "odd"
        out.push_back(std::move(view));
      }
      return out;
    }
    Result<std::int64_t> last_cursor() override { return log_.last.load(); }
    Result<std::optional<store::ConversationView>> conversation(Id id) override {
      store::ConversationView view;
      view.conversation.id = id;
      view.conversation.queue = id.value == 1 ? "even" : "odd";
      return std::optional(view);
    }

   private:
    FakeLog& log_;
  };
};

const Caller kCrm{"crm", Role::integration, "", {}};

class EventHubTest : public testing::Test {
 protected:
  EventHubTest() {
    hub = std::move(*EventHub::open(
        log, [](const auto& v) { return std::to_string(v.event.cursor); }, 8, 2));
  }

  void commit(std::int64_t last) {
    log.last = last;
    hub->committed(last);
  }
  std::shared_ptr<FakeSocket> follow(std::int64_t after, EventFilter filter = {{}, kCrm}, std::size_t room = 1 << 20) {
    return FakeSocket::open(hub->follow(std::move(filter), after), room);
  }
  static std::vector<std::string> numbers(std::int64_t first, std::int64_t last, std::int64_t step = 1) {
    std::vector<std::string> out;
    for (; first <= last; first += step) out.push_back(std::to_string(first));
    return out;
  }

  FakeLog log;
  std::unique_ptr<EventHub> hub;
};

TEST_F(EventHubTest, AFollowerWithoutACursorGetsWhatComesFromNowOn) {
  commit(5);
  const auto socket = follow(-1);
  commit(8);
  EXPECT_EQ(socket->wait_for(3), numbers(6, 8));
}

TEST_F(EventHubTest, AFollowerWithACursorGetsTheLogAndThenWhatComes) {
  commit(1000);
  const auto socket = follow(10);
  EXPECT_EQ(socket->wait_for(990).size(), 990u);
  commit(1005);
  EXPECT_EQ(socket->wait_for(995), numbers(11, 1005));
}

TEST_F(EventHubTest, FollowersThatComeAndGoUnderLoadMissNothingAndGetNothingTwice) {
  std::atomic<bool> done{false};
  std::thread committer([&] {
    for (std::int64_t at = 1; at <= 20000; at += 7) commit(std::min<std::int64_t>(at + 6, 20000));
    commit(20001);
    done = true;
  });
  std::vector<std::shared_ptr<FakeSocket>> sockets;
  for (int i = 0; i < 6; ++i) sockets.push_back(follow(0, {{}, kCrm}, 100 + 50 * i));
  std::thread reader([&] {  // a client that takes what is there, now and then
    for (;;) {
      const bool last_round = done;
      for (auto& socket : sockets) socket->drain();
      if (last_round && sockets.back()->all().size() == 20001 && sockets.front()->all().size() == 20001) return;
      std::this_thread::yield();
    }
  });
  committer.join();
  reader.join();
  for (auto& socket : sockets) {
    while (socket->all().size() < 20001) socket->drain(), std::this_thread::yield();
    EXPECT_EQ(socket->all(), numbers(1, 20001));
  }
}

TEST_F(EventHubTest, AFollowerWhoseSocketIsFullGoesOnWhereItWas) {
  const auto slow = follow(-1, {{}, kCrm}, 2);
  const auto quick = follow(-1);
  commit(10);
  EXPECT_EQ(quick->wait_for(10), numbers(1, 10));
  for (std::size_t n = 2; n <= 10; n += 2) slow->wait_for(n), slow->drain();
  EXPECT_EQ(slow->wait_for(10), numbers(1, 10));
  commit(12);
  EXPECT_EQ(slow->wait_for(12), numbers(1, 12));
}

TEST_F(EventHubTest, AFollowerThatFindsTheCatchUpFullIsServedOnceThereIsRoom) {
  commit(10);
  log.gate.lock();  // nothing is read
  for (int i = 0; i < 200; ++i) follow(1)->leave();
  const auto last = follow(1);
  log.gate.unlock();
  EXPECT_EQ(last->wait_for(9), numbers(2, 10));
}

TEST_F(EventHubTest, OnlyTheTypesAskedForCome) {
  commit(30);
  const auto socket = follow(0, {{EventType::message_status}, kCrm});
  EXPECT_EQ(socket->wait_for(3), numbers(10, 30, 10));
  commit(40);
  EXPECT_EQ(socket->wait_for(4), numbers(10, 40, 10));
}

TEST_F(EventHubTest, AnAgentGetsOnlyEventsOfItsQueues) {
  commit(4);
  const auto socket = follow(0, {{}, {"ana", Role::agent, "ana", {"even"}}});
  EXPECT_EQ(socket->wait_for(2), numbers(2, 4, 2));
  commit(8);
  EXPECT_EQ(socket->wait_for(4), numbers(2, 8, 2));
}

TEST_F(EventHubTest, NobodyFollowingMeansNothingIsRead) {
  const auto before = log.reads.load();
  for (int i = 1; i < 100; ++i) commit(i);
  EXPECT_EQ(log.reads.load(), before);
}

TEST_F(EventHubTest, ACursorOlderThanTheLogClosesTheSocket) {
  log.removed_to = 50;
  commit(100);
  const auto socket = follow(10);
  EXPECT_EQ(socket->wait_closed(), 4410);
}

TEST_F(EventHubTest, AFollowerPastTheBoundIsTurnedAway) {
  std::vector<std::shared_ptr<FakeSocket>> sockets;
  for (int i = 0; i < 8; ++i) sockets.push_back(follow(-1));
  EXPECT_FALSE(hub->has_room());
  EXPECT_EQ(follow(-1)->wait_closed(), 1013);
  sockets.front()->leave();
  EXPECT_TRUE(hub->has_room());
}

TEST_F(EventHubTest, StoppingClosesFollowersAndWakesWhoWaits) {
  const auto socket = follow(-1);
  const auto waiter = std::make_shared<FakeWaiter>(EventFilter{{}, kCrm});
  ASSERT_EQ(hub->park(waiter, 0), EventHub::Parked::parked);
  hub->stop();
  EXPECT_EQ(socket->wait_closed(), 1001);
  EXPECT_EQ(waiter->woken, 1);
}

TEST_F(EventHubTest, AWaiterIsWokenOnceBySomethingItWants) {
  const auto waiter = std::make_shared<FakeWaiter>(EventFilter{{EventType::message_status}, kCrm});
  ASSERT_EQ(hub->park(waiter, 0), EventHub::Parked::parked);
  const auto witness = follow(-1);
  commit(9);  // nothing of that type
  witness->wait_for(9);
  EXPECT_EQ(waiter->woken, 0);
  commit(20);
  waiter->wait();
  EXPECT_EQ(waiter->woken, 1);
  EXPECT_FALSE(hub->unpark(waiter));
}

TEST_F(EventHubTest, AWaiterThatHasSeenLessThanTheTailReadsAgain) {
  const auto socket = follow(-1);
  commit(3);
  socket->wait_for(3);
  const auto waiter = std::make_shared<FakeWaiter>(EventFilter{{}, kCrm});
  EXPECT_EQ(hub->park(waiter, 2), EventHub::Parked::again);
  EXPECT_EQ(hub->park(waiter, 3), EventHub::Parked::parked);
}

TEST_F(EventHubTest, WaitersAreBoundedAndThoseWhoLeftMakeRoom) {
  std::vector<std::shared_ptr<FakeWaiter>> waiters;
  for (int i = 0; i < 3; ++i) waiters.push_back(std::make_shared<FakeWaiter>(EventFilter{{}, kCrm}));
  EXPECT_EQ(hub->park(waiters[0], 0), EventHub::Parked::parked);
  EXPECT_EQ(hub->park(waiters[1], 0), EventHub::Parked::parked);
  EXPECT_EQ(hub->park(waiters[2], 0), EventHub::Parked::full);
  waiters[0]->has_left = true;
  EXPECT_EQ(hub->park(waiters[2], 0), EventHub::Parked::parked);
}

}  // namespace
}  // namespace jackfield::api
