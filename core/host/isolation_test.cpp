// Connectors in processes of their own, most of which attack the host; beside them a good one must go on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "host/fake_ports_test.hpp"

namespace jackfield::host {
namespace {

using testing::HasSubstr;
using testing::Not;

class Isolated : public HostTest {
 protected:
  Isolated() { isolation_ = Isolation::process; }

  void start_with_a_good_one(boost::json::object settings = {}) {
    start({channel("hostile", "hostile", std::move(settings)), channel("probe", "probe")});
    ASSERT_TRUE(await_state("probe ready "));
    ASSERT_TRUE(board_.await([&] { return host_->tried_all(); }));
  }
  ChannelInfo info(const std::string& name = "hostile") { return *host_->channel(name); }
  bool crashed(std::uint64_t times = 1) {
    return board_.await([&] { return info().crashes >= times; });
  }
  bool came_back(std::uint64_t crashes = 1) {
    return board_.await([&] {
      const auto now = info();
      return now.crashes == crashes && now.process != 0 && now.state == ChannelState::ready;
    });
  }
  void good_one_goes_on() {
    EXPECT_EQ(sent(1000 + next_++, "hello").outcome, Outcome::accepted);
    EXPECT_EQ(info("probe").crashes, 0u);
  }

 private:
  std::uint64_t next_ = 0;
};

TEST_F(Isolated, SendThatWasOpenWhenTheProcessDiedIsUnknownAndTheChannelComesBack) {
  start_probe();
  host_->send("probe", request(1, "never"));
  EXPECT_EQ(posted("settings").status, 200);  // behind it on the way
  const auto held = post("never");
  EXPECT_EQ(posted("settings").status, 200);
  ASSERT_EQ(::kill(info("probe").process, SIGKILL), 0);
  ASSERT_TRUE(board_.await([&] { return !flow_.results[1].empty() && held->has_value(); }));
  EXPECT_EQ(flow_.results[1][0].outcome, Outcome::unknown);
  EXPECT_THAT(flow_.results[1][0].detail, HasSubstr("was ended by signal 9"));
  EXPECT_EQ((*held)->status, 503);
  ASSERT_TRUE(board_.await([&] { return std::count(flow_.states.begin(), flow_.states.end(), "probe ready ") == 2; }));
  EXPECT_EQ(sent(2, "hello").outcome, Outcome::accepted);
  EXPECT_EQ(posted("settings").status, 200);
}

TEST_F(Isolated, ConnectorThatCrashesAgainAndAgainIsQuarantinedUntilAPersonRestartsIt) {
  limits_.most_crashes = 3;
  limits_.after_crash = {Millis{5}, Millis{10}, 2.0};
  start_with_a_good_one();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    post("crash", "hostile");
    ASSERT_TRUE(crashed(i));
    ASSERT_TRUE(i == 3 || came_back(i));
  }
  ASSERT_TRUE(board_.await([&] { return info().detail.starts_with("quarantined after 3 crashes: "); }));
  EXPECT_THAT(info().detail, HasSubstr("was ended by signal 11"));
  EXPECT_EQ(posted("hello", "hostile").status, 503);
  EXPECT_TRUE(sent(1, "x", "hostile").busy);
  good_one_goes_on();

  EXPECT_EQ(host_->restart("nobody").error().code, Errc::not_found);
  EXPECT_EQ(host_->restart("probe").error().code, Errc::conflict);
  ASSERT_TRUE(host_->restart("hostile"));
  ASSERT_TRUE(came_back(3));
  EXPECT_EQ(posted("hello", "hostile").status, 200);
}

TEST_F(Isolated, ConnectorThatCrashesWhileItIsMadeOrStartedIsQuarantined) {
  limits_.after_crash = {Millis{1}, Millis{2}, 2.0};
  for (const char* mode : {"crash_create", "crash_start"}) {
    start_with_a_good_one({{"mode", mode}});
    ASSERT_TRUE(board_.await([&] { return info().detail.starts_with("quarantined after 5 crashes: "); })) << mode;
    good_one_goes_on();
    host_->stop(Millis{0});
    flow_.states.clear();
  }
}

class Attack : public Isolated, public testing::WithParamInterface<std::pair<const char*, const char*>> {};
INSTANTIATE_TEST_SUITE_P(, Attack,
                         testing::Values(std::pair("crash", "was ended by signal 11"),
                                         std::pair("exit", "ended by itself with exit status"),
                                         std::pair("hang", "did not answer for"), std::pair("garbage", "sent garbage"),
                                         std::pair("close", ""), std::pair("shut", ""),
                                         std::pair("states", "floods the host with states")),
                         [](const auto& attack) { return attack.param.first; });

TEST_P(Attack, EndsTheProcessAndNothingElseAndItComesBack) {
  limits_.heartbeat = Millis{3'000};  // also the good one's, on a machine that does much else
  start_with_a_good_one();
  const auto [how, why] = GetParam();
  const auto reply = post(how, "hostile");
  ASSERT_TRUE(crashed());
  ASSERT_TRUE(board_.await([&] { return reply->has_value(); }));
  EXPECT_EQ((*reply)->status, 503);
  EXPECT_TRUE(board_.await([&] {
    return std::any_of(flow_.states.begin(), flow_.states.end(), [&, told = why](const std::string& state) {
      return state.starts_with("hostile failed the connector's process ") && state.find(told) != std::string::npos;
    });
  })) << info().last_error;
  good_one_goes_on();
  ASSERT_TRUE(came_back());
  EXPECT_EQ(posted("hello", "hostile").status, 200);
}

TEST_F(Isolated, BrokenContractsInAFloodAreCountedAndCostNothingElse) {
  start_with_a_good_one();
  EXPECT_EQ(posted("breaks", "hostile").body, "done");
  EXPECT_EQ(breaks("hostile"), 20'000u);
  good_one_goes_on();
}

TEST_F(Isolated, PrintedLinesGoIntoTheLogUnderTheChannelsName) {
  start_with_a_good_one();
  testing::internal::CaptureStderr();
  posted("print", "hostile");
  posted("print flood", "hostile");
  host_->stop(Millis{0});
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr("channel/hostile"));
  EXPECT_THAT(log, HasSubstr("printed by the connector"));
  EXPECT_THAT(log, HasSubstr("and more of it"));
  EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 5'000);
}

TEST_F(Isolated, ProcessMayNotForkSignalOthersOrOpenSockets) {
  start_with_a_good_one();
  for (const char* what : {"fork", "signal", "socket"})
    EXPECT_EQ(posted(what, "hostile").body, "refused Operation not permitted") << what;
}

// What the kernel gives of it; 0: nothing.
long landlock_version() {
  return std::max(0L, ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
}

TEST_F(Isolated, ProcessReadsOnlyWhatProgramsNeedAndWritesNoFile) {
  if (landlock_version() < 1) GTEST_SKIP() << "this kernel has no Landlock, or it is not switched on";
  char folder[] = "/tmp/jackfield-outside-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string file = std::string(folder) + "/jackfield.yaml";
  std::ofstream(file) << "token: secret";
  start_with_a_good_one();
  EXPECT_EQ(posted("read " + file, "hostile").body, "refused Permission denied");
  EXPECT_EQ(posted("read " + std::string(folder), "hostile").body, "refused Permission denied");
  EXPECT_EQ(posted("read /etc/passwd", "hostile").body, "refused Permission denied");
  EXPECT_EQ(posted("write " + file, "hostile").body, "refused Permission denied");
  EXPECT_EQ(posted("write " + file + ".new", "hostile").body, "refused Permission denied");
  EXPECT_EQ(posted("write " + test_plugin("hostile"), "hostile").body, "refused Permission denied");
  EXPECT_EQ(posted("read /etc/hosts", "hostile").body, "works") << "names must be resolved";
  EXPECT_EQ(posted("read " + test_plugin("hostile"), "hostile").body, "works");
  std::filesystem::remove_all(folder);
}

TEST_F(Isolated, ProcessOpensSocketsOfTheNetworkOnlyWhenItsManifestSaysThatItNeedsThem) {
  start({channel("plain", "hostile"), channel("needs", "hostile_network")});
  ASSERT_TRUE(await_state("plain ready "));
  ASSERT_TRUE(await_state("needs ready "));
  EXPECT_EQ(posted("socket", "plain").body, "refused Operation not permitted");
  EXPECT_EQ(posted("socket", "needs").body, "works");
  EXPECT_EQ(posted("unix socket", "needs").body, "refused Operation not permitted") << "of this machine's services";
}

TEST_F(Isolated, ProcessHasNothingOfTheHostsEnvironmentAndOtherChannelsSecrets) {
  ::setenv("JACKFIELD_TEST_SECRET", "in-the-environment", 1);
  auto good = channel("probe", "probe", {{"token", "secret-of-the-good-one"}});
  start({channel("hostile", "hostile", {{"token", "secret-of-the-hostile-one"}}), good});
  ASSERT_TRUE(await_state("probe ready "));
  ASSERT_TRUE(await_state("hostile ready "));
  const auto environment = posted("environment", "hostile").body;
  EXPECT_THAT(environment, HasSubstr("LANG=C.UTF-8"));
  EXPECT_THAT(environment, Not(HasSubstr("in-the-environment")));
  ::unsetenv("JACKFIELD_TEST_SECRET");

  // Its memory: the parts that are its own and can be written.
  const auto process = "/proc/" + std::to_string(info().process);
  std::ifstream maps(process + "/maps"), memory(process + "/mem", std::ios::binary);
  std::string line, all;
  while (std::getline(maps, line)) {
    if (line.find(" rw-p ") == std::string::npos) continue;
    const auto begin = std::stoull(line, nullptr, 16), end = std::stoull(line.substr(line.find('-') + 1), nullptr, 16);
    if (end - begin > (64u << 20)) continue;
    std::string part(end - begin, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(begin));
    memory.read(part.data(), static_cast<std::streamsize>(part.size()));
    all += part;
  }
  EXPECT_NE(all.find("secret-of-the-hostile-one"), std::string::npos) << "the search finds nothing at all";
  EXPECT_EQ(all.find("secret-of-the-good-one"), std::string::npos);
}

TEST_F(Isolated, ConnectorThatHangsInStopIsKilledAndTheHostStops) {
  limits_.kill_after = Millis{200};
  start_with_a_good_one({{"mode", "hang_stop"}});
  ASSERT_TRUE(await_state("hostile ready "));
  const int pid = info().process;
  host_->stop(Millis{0});
  EXPECT_THAT(info().last_error, HasSubstr("did not stop in time while it was stopped"));
  EXPECT_TRUE(board_.await([&] { return ::kill(pid, 0) != 0; }));
}

}  // namespace
}  // namespace jackfield::host
