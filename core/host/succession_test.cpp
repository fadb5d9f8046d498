// Other channels and other builds of a connector while the host runs, with a connector in this process and in its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "host/fake_ports_test.hpp"

namespace jackfield::host {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr Millis kDrain{20'000};

class Change : public HostTest, public testing::WithParamInterface<Isolation> {
 protected:
  Change() {
    isolation_ = GetParam();
    char folder[] = "/tmp/jackfield-change-XXXXXX";
    folder_ = ::mkdtemp(folder);
    copies_ = folder_ + "/copies";
    install("probe");
  }
  ~Change() override {
    end();
    fs::remove_all(folder_);
  }

  // That build is the file which the channel names, put there as package systems do: by a rename.
  void install(const std::string& build) {
    fs::copy_file(test_plugin(build), file() + ".new", fs::copy_options::overwrite_existing);
    ::chmod((file() + ".new").c_str(), 0755);
    fs::rename(file() + ".new", file());
  }
  std::string file() const { return folder_ + "/probe.so"; }
  ChannelConfig config(const std::string& name = "probe", boost::json::object settings = {}) const {
    return {name, scan_plugin(file()), std::move(settings), isolation_};
  }
  void start_one() {
    start({config()});
    ASSERT_TRUE(await_state("probe ready "));
  }
  void change(std::vector<ChannelConfig> to) {
    ASSERT_TRUE(host_->apply(std::move(to), kDrain));
    ASSERT_TRUE(board_.await([&] { return !host_->changing(); }));
  }
  ChannelInfo info(const std::string& name = "probe") { return *host_->channel(name); }

  std::string folder_;
};
INSTANTIATE_TEST_SUITE_P(Isolation, Change, testing::Values(Isolation::none, Isolation::process),
                         [](const auto& mode) { return mode.param == Isolation::none ? "none" : "process"; });

// Posts and sends until it is ended, and knows what was acknowledged.
class Traffic {
 public:
  Traffic(Host& host, FakeFlow& flow) : host_(host), flow_(flow), posts_([this] { post(); }), sends_([this] { send(); }) {}
  void end() {
    over_ = true;
    posts_.join();
    sends_.join();
  }
  std::atomic<int> acknowledged{0}, refused{0};
  std::atomic<std::uint64_t> sent{0};

 private:
  void post() {
    for (int i = 0; !over_; ++i) {
      std::promise<int> status;
      WebhookRequest request;
      request.method = "POST";
      request.path = "/webhook";
      request.body = "deliver {\"n\":" + std::to_string(i) + "}";
      host_.webhook("probe", std::move(request), [&](WebhookReply reply) { status.set_value(reply.status); });
      ++(status.get_future().get() == 200 ? acknowledged : refused);
    }
  }
  void send() {
    while (!over_) {
      SendRequest request;
      request.token = ++sent;
      request.message = "hello";
      host_.send("probe", std::move(request));
      flow_.board.await([&] { return !flow_.results[sent].empty(); });
    }
  }

  Host& host_;
  FakeFlow& flow_;
  std::atomic<bool> over_{false};
  std::thread posts_, sends_;
};

// ------------------------------------------------------------- channels

TEST_P(Change, ChannelThatIsAsItWasDoesNotNoticeTheChangeOfAnother) {
  start({config(), config("other")});
  ASSERT_TRUE(await_state("probe ready "));
  ASSERT_TRUE(await_state("other ready "));
  host_->send("probe", request(1, "later"));
  const auto process = info().process;
  change({config(), config("other", {{"count", 8}})});
  EXPECT_EQ(info().process, process);
  EXPECT_EQ(posted("later_done").status, 200);  // the send is open on the instance that took it
  ASSERT_TRUE(board_.await([&] { return !flow_.results[1].empty(); }));
  EXPECT_EQ(flow_.results[1][0].outcome, Outcome::accepted);
  EXPECT_THAT(posted("settings", "other").body, HasSubstr("\"count\":8"));
}

TEST_P(Change, ChangedChannelTakesItsNewSettingsAndItsOpenSendsEndOnTheOldInstance) {
  start_one();
  host_->send("probe", request(1, "later"));
  EXPECT_EQ(posted("settings").status, 200);  // behind it on the way
  change({config("probe", {{"count", 8}, {"token", "another-secret"}})});
  EXPECT_THAT(posted("settings").body, HasSubstr("\"count\":8"));
  EXPECT_EQ(posted("secret /token").body, "0 another-secret;");
  ASSERT_TRUE(board_.await([&] { return !flow_.results[1].empty(); }));
  EXPECT_EQ(flow_.results[1][0].outcome, Outcome::accepted) << "drained";
  EXPECT_EQ(sent(2, "hello").outcome, Outcome::accepted);
}

TEST_P(Change, RemovedChannelIsDrainedAndGoneAndANewOneStarts) {
  start_one();
  host_->send("probe", request(1, "later"));
  EXPECT_EQ(posted("settings").status, 200);
  change({config("fresh")});
  ASSERT_TRUE(await_state("fresh ready "));
  EXPECT_EQ(posted("settings").status, 404);
  EXPECT_EQ(posted("settings", "fresh").status, 200);
  ASSERT_TRUE(board_.await([&] { return !flow_.results[1].empty(); }));
  EXPECT_EQ(flow_.results[1][0].outcome, Outcome::accepted);
  EXPECT_EQ(host_->channels().size(), 1u);
}

TEST_P(Change, ConnectorWithSessionsEndsThemBeforeTheNewOneStarts) {
  start_one();
  const auto address = posted("listen").body;
  EXPECT_THAT(address, HasSubstr("127.0.0.1:"));
  const auto port = address.substr(address.rfind(':') + 1);
  change({config("probe", {{"count", 8}})});
  EXPECT_THAT(posted("settings").body, HasSubstr("\"count\":8"));
  ASSERT_TRUE(board_.await([&] { return info().state == ChannelState::ready; }));
  EXPECT_EQ(sent(2, "hello").outcome, Outcome::accepted);
}

TEST_P(Change, ChangedChannelThatCannotStartIsFailedAndTriesAgain) {
  start_one();
  change({config("probe", {{"mode", "create_fails"}})});
  ASSERT_TRUE(await_state("probe failed create: out of paper"));
  change({config("probe", {{"mode", "start_fails_once"}})});
  ASSERT_TRUE(board_.await([&] { return info().state == ChannelState::ready; }));
}

TEST_P(Change, AccountIsFoundAtTheChannelThatHasItNow) {
  start({config("one", {{"account", "42"}}), config("two", {{"account", "43"}})});
  EXPECT_EQ(host_->sibling("one", "43"), "two");
  change({config("one", {{"account", "43"}}), config("two", {{"account", "42"}})});
  EXPECT_EQ(host_->sibling("one", "42"), "two");
  EXPECT_EQ(host_->sibling("two", "43"), "one");
}

// ------------------------------------------------------------- upgrades

TEST_P(Change, NewerFileIsRunBesideTheOlderAndTakesItsPlaceUnderTrafficWithoutARefusal) {
  start_one();
  EXPECT_EQ(posted("version").body, "0.1.0");
  Traffic traffic(*host_, flow_);
  ASSERT_TRUE(board_.await([&] { return traffic.acknowledged > 20 && traffic.sent > 20; }));
  for (const char* build : {"probe_2", "probe", "probe_2"}) {
    install(build);
    change({config()});
    const int before = traffic.acknowledged;
    ASSERT_TRUE(board_.await([&] { return traffic.acknowledged > before + 10; }));
  }
  traffic.end();
  EXPECT_EQ(posted("version").body, "0.2.0");
  EXPECT_EQ(info().manifest->version, "0.2.0");
  EXPECT_EQ(traffic.refused, 0);
  EXPECT_EQ(board_.read([&] { return flow_.deliveries.size(); }), static_cast<std::size_t>(traffic.acknowledged));
  for (std::uint64_t token = 1; token <= traffic.sent; ++token) {
    const auto results = board_.read([&] { return flow_.results[token]; });
    ASSERT_EQ(results.size(), 1u) << token;
    EXPECT_TRUE(results[0].outcome == Outcome::accepted || results[0].busy) << token;
  }
  EXPECT_GE(info().delivered, static_cast<std::uint64_t>(traffic.acknowledged) - 30) << "counts go on";
}

TEST_P(Change, NewerFileThatDoesNotWorkLeavesTheOlderRunningAndSaysSo) {
  start_one();
  const auto refused = [&](const std::string& build, const std::string& why) {
    install(build);
    change({config()});
    EXPECT_THAT(info().upgrade_problem, HasSubstr(why));
    EXPECT_EQ(info().state, ChannelState::ready);
    EXPECT_EQ(posted("version").body, "0.1.0");
    EXPECT_EQ(sent(build.size() + why.size(), "hello").outcome, Outcome::accepted);
  };
  refused("no_plugin", "symbol jackfield_plugin_v0 is missing");
  refused("probe_no_create", "create: out of paper");
  refused("probe_no_start", "start: no route to the provider");
  install("probe");
  change({config()});
  EXPECT_EQ(info().upgrade_problem, "");
}

TEST_P(Change, FileWrittenOverOrRemovedInThePluginFolderDoesNotTouchWhatRuns) {
  start_one();
  {
    std::ofstream over(file(), std::ios::binary | std::ios::trunc);
    over << "not even an ELF file";
  }
  EXPECT_EQ(posted("version").body, "0.1.0");
  change({config()});
  EXPECT_THAT(info().upgrade_problem, HasSubstr("cannot be loaded"));
  EXPECT_EQ(posted("version").body, "0.1.0");
  fs::remove(file());
  EXPECT_EQ(posted("deliver {}").status, 200);
}

TEST_P(Change, CopiesOfVersionsThatNobodyRunsGoAtTheNextStart) {
  start_one();
  install("probe_2");
  change({config()});
  EXPECT_EQ(std::distance(fs::directory_iterator(copies_), {}), 2);
  host_->stop(Millis{0});
  start_one();
  EXPECT_EQ(std::distance(fs::directory_iterator(copies_), {}), 1);
}

TEST_P(Change, SecondChangeIsRefusedWhileTheFirstIsUnderWay) {
  start_one();
  host_->send("probe", request(1, "never"));
  EXPECT_EQ(posted("settings").status, 200);
  ASSERT_TRUE(host_->apply({config("probe", {{"count", 8}})}, kDrain));
  EXPECT_TRUE(host_->changing());
  EXPECT_FALSE(host_->apply({config()}, kDrain));
  host_->stop(Millis{0});
  ASSERT_EQ(flow_.results[1].size(), 1u);
  EXPECT_EQ(flow_.results[1][0].outcome, Outcome::unknown);
}

}  // namespace
}  // namespace jackfield::host
