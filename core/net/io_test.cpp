#include "net/io.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "net/test_peer.hpp"

namespace jackfield::net {
namespace {

TEST(Strand, RunsHandlersOneAtATimeInOrder) {
  IoContext io(2);
  io.start();
  const Strand strand = io.make_strand();
  std::vector<int> order;  // no lock: the strand is one
  std::promise<void> done;
  for (int i = 0; i < 1000; ++i) strand.post([&, i] { order.push_back(i); });
  strand.post([&] { done.set_value(); });
  done.get_future().wait();
  ASSERT_EQ(order.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(Strand, DispatchOnAnIdleStrandFromAnIoThreadRunsAtOnce) {
  IoContext io(1);
  io.start();
  const Strand strand = io.make_strand();
  std::promise<bool> at_once;
  io.post([&] {
    bool ran = false;
    strand.dispatch([&] { ran = strand.running_here(); });
    at_once.set_value(ran);
  });
  EXPECT_TRUE(at_once.get_future().get());
}

TEST(Timer, FiresOnItsStrand) {
  IoContext io(2);
  io.start();
  const Strand strand = io.make_strand();
  std::promise<bool> here;
  const TimerHandle timer = io.after(Millis{1}, strand, [&] { here.set_value(strand.running_here()); });
  EXPECT_TRUE(here.get_future().get());
}

TEST(Timer, NeverFiresOnceCancelledOrGone) {
  IoContext io(1);
  io.start();
  std::atomic<int> fired{0};
  TimerHandle cancelled = io.after(Millis{20}, [&] { ++fired; });
  {
    const TimerHandle gone = io.after(Millis{20}, [&] { ++fired; });
  }
  cancelled.cancel();
  std::promise<void> later;
  const TimerHandle after = io.after(Millis{60}, [&] { later.set_value(); });
  later.get_future().wait();
  EXPECT_EQ(fired, 0);
}

TEST(IoContext, GoesOnAfterAHandlerThrew) {
  IoContext io(1);
  io.start();
  io.post([] { throw std::runtime_error("broken on purpose"); });
  std::promise<void> done;
  io.post([&] { done.set_value(); });
  done.get_future().wait();
  io.stop();
  io.stop();
}

TEST(Workers, RunWhatWasAcceptedBeforeTheyStop) {
  Workers workers(2, 1000);
  std::atomic<int> ran{0};
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(workers.submit([&] { ++ran; }));
  workers.stop();
  workers.stop();
  EXPECT_EQ(ran, 100);
  EXPECT_FALSE(workers.submit([] {}));
}

TEST(Workers, RefuseMoreThanTheBound) {
  Workers workers(1, 1);
  std::promise<void> started, release;
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
