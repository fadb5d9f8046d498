#include "app/heartbeat.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <thread>

#include "net/io.hpp"
#include "store/committer.hpp"
#include "store/store.hpp"

namespace jackfield::app {
namespace {

class HeartbeatTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    store::StoreOptions options;
    options.url = "sqlite:" + folder_ + "/heartbeat.db";
    store_ = std::move(store::open_store(options).value());
    committer_ = std::make_unique<store::Committer>(store_->backend(), store::CommitterLimits{1, 1, 1 << 20});
    io_.start();
  }
  void TearDown() override {
    committer_->stop();
    io_.stop();
    std::filesystem::remove_all(folder_);
  }

  // Asks until it beats again, as the daemon does, only faster.
  void wait_for_beat(Heartbeat& heart) {
    while (!heart.beats()) std::this_thread::yield();
  }

  const std::string folder_ = testing::TempDir() + "heartbeat-" + std::to_string(getpid());
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Committer> committer_;
  net::IoContext io_{1};
};

TEST_F(HeartbeatTest, BeatsAsLongAsBothAnswer) {
  Heartbeat heart(io_, *committer_);
  for (int i = 0; i < 5; ++i) wait_for_beat(heart);
}

TEST_F(HeartbeatTest, AnIoThreadThatHangsStopsIt) {
  Heartbeat heart(io_, *committer_);
  std::promise<void> release;
  io_.post([released = release.get_future().share()] { released.wait(); });
  EXPECT_TRUE(heart.beats());
  committer_->run([](store::Unit&) -> Result<void> { return {}; });  // it has answered by now
  EXPECT_FALSE(heart.beats());
  release.set_value();
  wait_for_beat(heart);
}

TEST_F(HeartbeatTest, ACommitterThatHangsStopsItAlsoWhenItsQueueIsFull) {
  Heartbeat heart(io_, *committer_);
  std::promise<void> entered, release;
  auto hang = store::command(
      [&, released = release.get_future().share()](store::Unit&) -> Result<void> {
        entered.set_value();
        released.wait();
        return {};
      },
      nullptr);
  ASSERT_TRUE(committer_->submit(hang));
  entered.get_future().wait();
  auto fills_the_queue = store::command([](store::Unit&) -> Result<void> { return {}; }, nullptr);
  ASSERT_TRUE(committer_->submit(fills_the_queue));
  EXPECT_TRUE(heart.beats());  // asks, and is refused
  EXPECT_FALSE(heart.beats());
  EXPECT_FALSE(heart.beats());
  release.set_value();
  wait_for_beat(heart);
}

}  // namespace
}  // namespace jackfield::app
