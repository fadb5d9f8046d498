#include "net/io.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "net/test_peer.hpp"

namespace jackfield::net {
namespace {

TEST(Strand, RunsHandlersOneAtATimeInOrder) {
  std::vector<int> order;  // no lock: the strand is one
  std::promise<void> done;
  IoContext io(2);
  io.start();
  const Strand strand = io.make_strand();
  for (int i = 0; i < 1000; ++i) strand.post([&, i] { order.push_back(i); });
  strand.post([&] { done.set_value(); });
  done.get_future().wait();
  ASSERT_EQ(order.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Strand, DispatchOnAnIdleStrandFromAnIoThreadRunsAtOnce) {
  std::promise<bool> at_once;
  IoContext io(1);
  io.start();
  const Strand strand = io.make_strand();
  io.post([&] {
    bool ran = false;
    strand.dispatch([&] { ran = strand.running_here(); });
    at_once.set_value(ran);
  });
  EXPECT_TRUE(at_once.get_future().get());
}

TEST(Timer, FiresOnItsStrand) {
  std::promise<bool> here;
  IoContext io(2);
  io.start();
  const Strand strand = io.make_strand();
  const TimerHandle timer = io.after(Millis{1}, strand, [&] { here.set_value(strand.running_here()); });
  EXPECT_TRUE(here.get_future().get());
}

TEST(Timer, NeverFiresOnceCancelledOrGone) {
  std::atomic<int> fired{0};
  std::promise<void> later;
  IoContext io(1);
  io.start();
  TimerHandle cancelled = io.after(Millis{20}, [&] { ++fired; });
  {
    const TimerHandle gone = io.after(Millis{20}, [&] { ++fired; });
  }
  cancelled.cancel();
  const TimerHandle after = io.after(Millis{60}, [&] { later.set_value(); });
  later.get_future().wait();
  EXPECT_EQ(fired, 0);
}

TEST(IoContext, GoesOnAfterAHandlerThrew) {
  std::promise<void> done;
  IoContext io(1);
  io.start();
  io.post([] { throw std::runtime_error("broken on purpose"); });
  io.post([&] { done.set_value(); });
  done.get_future().wait();
  io.stop();
  io.stop();
}

TEST(Workers, RunWhatWasAcceptedBeforeTheyStop) {
  std::atomic<int> ran{0};
  Workers workers(2, 1000);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(workers.submit([&] { ++ran; }));
  workers.stop();
  workers.stop();
  EXPECT_EQ(ran, 100);
  EXPECT_FALSE(workers.submit([] {}));
}

TEST(Workers, RefuseMoreThanTheBound) {
  std::promise<void> started, release;
  Workers workers(1, 1);
  ASSERT_TRUE(workers.submit([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(workers.submit([] {}));
  EXPECT_FALSE(workers.submit([] {}));
  release.set_value();
}

}  // namespace
}  // namespace jackfield::net
