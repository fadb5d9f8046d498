#include "app/unnamed_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "base/temporary_folder.hpp"
#include "store/store.hpp"

namespace jackfield::app {
namespace {

class UnnamedFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    store::StoreOptions options;
    options.url = "sqlite:" + folder_.file("unnamed.db");
    store_ = std::move(store::open_store(options).value());
    committer_ = std::make_unique<store::Committer>(store_->backend());
    media_ = std::move(store::MediaStore::open(folder_.file("media")).value());
    io_.start();
  }
  void TearDown() override {
    committer_->stop();
    io_.stop();
  }

  // As one that was put by a process that is no more.
  std::string file(const std::string& bytes) {
    const auto digest = media_->put(bytes).value();
    media_->settled({digest});
    return digest;
  }
  void write(const std::function<void(store::Unit&)>& change) {
    ASSERT_TRUE(committer_->run([&](store::Unit& unit) -> Result<void> { return change(unit), Result<void>(); }));
  }
  bool gone(const std::string& digest) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (media_->has(digest) && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return !media_->has(digest);
  }

  TemporaryFolder folder_;
  FakeClock clock_{SystemClock().now()};
  net::IoContext io_{1};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::Committer> committer_;
  std::unique_ptr<store::MediaStore> media_;
};

TEST_F(UnnamedFilesTest, WhatNothingNamesGoesAfterADayAndTheRestStays) {
  const auto named = file("named"), in_letter = file("in a letter"), in_state = file("in a connector's state"),
             held = media_->put("just being delivered").value(), unnamed = file("named by nothing"),
             last = "ff" + std::string(62, 'f');
  write([&](store::Unit& unit) {
    unit.add(store::Media{.id = Id{1}, .sha256 = named});
    unit.add(store::DeadLetter{.id = Id{2}, .channel = "mail", .raw = "{\"blob\":\"" + in_letter + "\"}"});
    unit.set_kv("mail", "draft", "{\"blob\":\"" + in_state + "\"}");
  });
  UnnamedFilesTimes times;
  times.first = times.between = times.every = Millis{1};
  UnnamedFiles collector(io_, *committer_, *media_, clock_, times);
  collector.start();
  // A run passes over all of them while they are young: seen by the one that is old.
  std::filesystem::create_directories(folder_.path() / "media/ff");
  std::filesystem::copy_file(media_->path(named), media_->path(last));
  std::filesystem::last_write_time(media_->path(last),
                                   std::filesystem::file_time_type::clock::now() - std::chrono::days{2});
  ASSERT_TRUE(gone(last));
  EXPECT_TRUE(media_->has(unnamed));
  clock_.advance(std::chrono::days{2});
  EXPECT_TRUE(gone(unnamed));
  collector.stop();
  for (const auto& stays : {named, in_letter, in_state, held}) EXPECT_TRUE(media_->has(stays)) << stays;
}

TEST_F(UnnamedFilesTest, StoppingIsSafeTwiceAndWithoutStart) {
  UnnamedFiles collector(io_, *committer_, *media_, clock_);
  collector.stop();
  collector.stop();
  collector.start();
}

}  // namespace
}  // namespace jackfield::app
