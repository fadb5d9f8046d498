// The runner of cases: what it compares, what it finds, what --update writes.
#include "cases.hpp"
#include "settings_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <jackfield/jackfield.hpp>

namespace jackfield::testkit {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Greeter : sdk::Stream {
  void on_open(std::string_view) override {
    read(100);
    write("220 hi\r\n");
  }
  void on_data(std::string_view bytes) override { write("250 " + std::string(bytes)); }
};

// Delivers a webhook's body when its signature header is there, logs its secret when asked to.
class Sample : public sdk::Connector {
 public:
  using Connector::Connector;
  void start() override {
    host().listen(
        {.address = "127.0.0.1:25", .accepted = [](std::string_view) { return std::make_shared<Greeter>(); }});
    host().set_state(sdk::State::ready);
  }
  void on_webhook(sdk::Webhook&& request) override {
    if (request.header("x-signature").empty()) return request.reply(401);
    if (request.body() == "\"leak\"") host().info(host().secret("/key").at(0));
    request.deliver_and_reply(request.body().front() == '[' ? request.body() : "[]");
  }
  void send(sdk::Send&& send) override { send.accepted({send.key()}); }
  bool signal(std::string_view signal) override { return signal.find("typing") != std::string_view::npos; }
  std::string preview(std::string_view) override { return R"({"sendable":true,"segments":2})"; }
};

class Cases : public testing::Test {
 protected:
  Cases() {
    std::string pattern = (fs::temp_directory_path() / "jackfield-cases-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    write("settings.json", R"({"secrets": {"/key": "canary-secret"}})");
  }
  ~Cases() override { fs::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) { std::ofstream(folder_ / name) << text; }
  std::string read(const std::string& name) {
    std::ifstream in(folder_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::vector<std::string> problems(std::string_view text) {
    write("case.json", text);
    return run_case(module_, folder_ / "case.json", false).problems;
  }

  const jf_module module_ = sdk::module<Sample>(R"({"settings": {}})");
  fs::path folder_;
};

TEST_F(Cases, CaseThatHoldsPasses) {
  EXPECT_THAT(problems(R"({"send": {"id": "k"}, "expect": {"outcome": {"outcome": "accepted", "ids": ["k"]}}})"),
              IsEmpty());
}

TEST_F(Cases, DifferenceIsToldWithItsPlace) {
  EXPECT_THAT(problems(R"({"send": {"id": "k"}, "expect": {"outcome": {"outcome": "accepted", "ids": ["x"]}}})"),
              ElementsAre(R"(expect.outcome.ids[0]: expected "x", got "k")"));
}

TEST_F(Cases, WhatIsNotExpectedIsAProblemToo) {
  EXPECT_THAT(problems(R"({"webhook": {"headers": {"x-signature": "1"}, "body": [{"id": 1}]},
                          "expect": {"reply": {"status": 200}}})"),
              ElementsAre(HasSubstr("expect.events: got [{\"id\":1}], expected nothing")));
}

TEST_F(Cases, SignatureIsMadeFromTheSecret) {
  const auto sign = R"("sign": {"header": "x-signature", "secret": "/key"})";
  EXPECT_THAT(
      problems(std::string(R"({"webhook": {"body": [], )") + sign + R"(}, "expect": {"reply": {"status": 200}}})"),
      IsEmpty());
}

TEST_F(Cases, SecretInTheLogIsAProblem) {
  EXPECT_THAT(problems(R"({"webhook": {"headers": {"x-signature": "1"}, "body": "\"leak\""},
                          "expect": {"reply": {"status": 200}}})"),
              ElementsAre("contract: the secret /key is in the log"));
}

TEST_F(Cases, TranscriptIsComparedLineByLine) {
  EXPECT_THAT(
      problems(
          R"({"stream": [{"accept": "192.0.2.1:4"}, {"out": "220 hi\r\n"}, {"in": "x\r\n"}, {"out": "500\r\n"}]})"),
      ElementsAre(R"(stream[3]: expected "500\r\n", got "250 x\r\n")"));
}

TEST_F(Cases, UpdateRecordsWhatWasSeenAndThenItPasses) {
  write("case.json", R"({"stream": [{"accept": "192.0.2.1:4"}, {"in": "x\r\n"}]})");
  EXPECT_TRUE(run_case(module_, folder_ / "case.json", true).updated);
  EXPECT_THAT(read("case.json"), HasSubstr(R"({"out": "250 x\r\n"})"));
  EXPECT_THAT(run_case(module_, folder_ / "case.json", false).problems, IsEmpty());
  EXPECT_FALSE(run_case(module_, folder_ / "case.json", true).updated);
}

TEST_F(Cases, BrokenFileIsAProblemAndNotTheEnd) {
  write("a.json", "{");
  write("b.json", R"({"send": {"id": "k"}, "expect": {"outcome": {"outcome": "accepted", "ids": ["k"]}}})");
  const auto results = run_cases(module_, folder_, false);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_THAT(results[0].problems, Contains(HasSubstr("cannot be run")));
  EXPECT_THAT(results[1].problems, IsEmpty());
}

TEST(SettingsTable, SaysWhatIsRequiredSecretOrHasADefault) {
  constexpr auto kManifest = R"({"settings": {"required": ["id"], "properties": {"id": {"description": "Who"},
      "key": {"secret": true, "description": "What"}, "most": {"default": 3, "description": "How many"}}}})";
  EXPECT_EQ(settings_table(kManifest),
            "| setting | default | |\n|---|---|---|\n| `id` | required | Who |\n| `key` | none | What (secret) |\n"
            "| `most` | `3` | How many |\n");
}

TEST_F(Cases, SignalsAndPreviewsAreStepsOfACase) {
  EXPECT_THAT(problems(R"({"steps": [{"signal": {"what": "typing"}, "expect": {}},
                                     {"signal": {"what": "read"}, "expect": {"signal": "unsupported"}},
                                     {"preview": {"text": "x"}, "expect": {"preview": {"sendable": true, "segments": 2}}}]})"),
              IsEmpty());
  EXPECT_THAT(problems(R"({"preview": {"text": "x"}, "expect": {"preview": {"sendable": false, "segments": 2}}})"),
              Contains(HasSubstr("sendable")));
}

}  // namespace
}  // namespace jackfield::testkit
