// Long messages in parts: any split, in any order, with duplicates and restarts in between.
#include "reassembly.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <random>
#include <testkit/fake_host.hpp>

namespace jackfield::sms {
namespace {

using testkit::FakeHost;

// A connector that does nothing: the host is what the test needs.
class Idle : public sdk::Connector {
 public:
  explicit Idle(const sdk::Setup& setup) : Connector(setup) { the_host = &setup.host; }
  void send(sdk::Send&& send) override { send.retry({}); }
  static inline sdk::Host* the_host = nullptr;
};
const jf_module kModule = sdk::module<Idle>("{}");

Inbound part(const std::string& text, unsigned number, unsigned total, unsigned reference = 42) {
  Inbound out;
  out.id = "p" + std::to_string(reference) + '.' + std::to_string(number);
  out.from = "+33612345678";
  out.to = "+33187654321";
  out.text = text;
  out.part = PartOf{reference, 8, static_cast<std::uint8_t>(total), static_cast<std::uint8_t>(number)};
  return out;
}

class SmsReassembly : public testing::Test {
 protected:
  SmsReassembly() { restart(); }
  ~SmsReassembly() override { EXPECT_TRUE(violations_.empty()) << violations_.front(); }

  // The process is killed: what was durable is all that is left.
  void restart() {
    std::map<std::string, std::string> kv;
    std::int64_t now = testkit::Options().now_ms;
    if (host_) kv = host_->kv, now = host_->now_ms();
    reassembly_.reset();
    end_host();
    testkit::Options options;
    options.now_ms = now;
    host_ = std::make_unique<FakeHost>(kModule, options);
    host_->kv = kv;
    EXPECT_EQ(host_->start(), JF_OK);
    ReassemblyOptions limits{.wait_ms = 60'000, .remember_ms = 10'000, .most_open = 5};
    reassembly_ = std::make_unique<Reassembly>(*Idle::the_host, limits, [this](std::string& items, const Whole& whole) {
      if (!items.empty()) items += ',';
      sdk::append_json(items, whole.message.text);
      composed_.push_back(whole);
    });
    reassembly_->start();
    host_->settle();
  }
  void end_host() {
    if (!host_) return;
    note_committed();
    violations_.insert(violations_.end(), host_->violations.begin(), host_->violations.end());
    host_.reset();
  }

  jf_status add(Inbound message) {
    jf_status status = JF_TIMEOUT;
    reassembly_->add(std::move(message), {}, [&status](jf_status s) { status = s; });
    host_->settle();
    return status;
  }
  void note_committed() {
    for (const auto& events : host_->deliveries) {
      const auto texts = boost::json::parse(events);
      for (const auto& text : texts.as_array()) committed_.emplace_back(text.as_string());
    }
    host_->deliveries.clear();
  }
  std::string last_text() const { return composed_.empty() ? "" : composed_.back().message.text; }

  std::unique_ptr<FakeHost> host_;
  std::unique_ptr<Reassembly> reassembly_;
  std::vector<Whole> composed_;         // also what could not be committed
  std::vector<std::string> committed_;  // texts
  std::vector<std::string> violations_;
};

TEST_F(SmsReassembly, DeliversTheWholeOnceTheLastPartIsThere) {
  EXPECT_EQ(add(part("world", 2, 2)), JF_OK);
  EXPECT_TRUE(composed_.empty());
  EXPECT_EQ(add(part("Hello ", 1, 2)), JF_OK);
  ASSERT_EQ(composed_.size(), 1u);
  EXPECT_EQ(last_text(), "Hello world");
  EXPECT_EQ(composed_[0].message.id, "p42.1");
  EXPECT_TRUE(composed_[0].missing.empty());
}

TEST_F(SmsReassembly, AcknowledgesAPartOnlyOnceItIsDurable) {
  host_->failing_deliveries = 1;
  EXPECT_NE(add(part("world", 2, 2)), JF_OK);
  EXPECT_EQ(add(part("Hello ", 1, 2)), JF_OK);
  EXPECT_TRUE(composed_.empty()) << "part 2 was not kept";
  EXPECT_EQ(add(part("world", 2, 2)), JF_OK);
  EXPECT_EQ(last_text(), "Hello world");
}

TEST_F(SmsReassembly, APartWhoseCommitFailsIsNotLostWithTheWhole) {
  EXPECT_EQ(add(part("Hello ", 1, 2)), JF_OK);
  host_->failing_deliveries = 1;
  EXPECT_NE(add(part("world", 2, 2)), JF_OK);
  EXPECT_EQ(add(part("world", 2, 2)), JF_OK);
  EXPECT_EQ(host_->deliveries.back(), R"(["Hello world"])");
}

TEST_F(SmsReassembly, KeepsPartsOverARestart) {
  add(part("Hello ", 1, 3));
  restart();
  add(part("!", 3, 3));
  restart();
  EXPECT_EQ(add(part("world", 2, 3)), JF_OK);
  EXPECT_EQ(last_text(), "Hello world!");
}

TEST_F(SmsReassembly, KnowsDuplicatesOfAFinishedMessageAlsoAfterARestart) {
  add(part("a", 1, 2));
  add(part("b", 2, 2));
  EXPECT_EQ(add(part("b", 2, 2)), JF_OK);
  restart();
  EXPECT_EQ(add(part("a", 1, 2)), JF_OK);
  host_->advance(70'000);
  EXPECT_EQ(composed_.size(), 1u);
}

TEST_F(SmsReassembly, DeliversWhatCameInTimeAndSaysWhatIsMissing) {
  add(part("one ", 1, 4));
  add(part(" four", 4, 4));
  host_->advance(59'000);
  EXPECT_TRUE(composed_.empty());
  host_->advance(2'000);
  ASSERT_EQ(composed_.size(), 1u);
  EXPECT_EQ(last_text(), "one […] four");
  EXPECT_EQ(composed_[0].missing, (std::vector<std::uint8_t>{2, 3}));
  EXPECT_EQ(composed_[0].total, 4);
}

TEST_F(SmsReassembly, TheTimeToWaitGoesOnOverARestart) {
  add(part("one ", 1, 2));
  restart();
  host_->advance(61'000);
  EXPECT_EQ(last_text(), "one […]");
}

TEST_F(SmsReassembly, TriesAgainWhenWhatIsOverdueCannotBeStored) {
  add(part("one ", 1, 2));
  host_->failing_deliveries = 1;
  host_->advance(61'000);
  host_->advance(10'000);
  EXPECT_EQ(host_->deliveries.back(), R"(["one […]"])");
}

TEST_F(SmsReassembly, AReferenceThatIsUsedAgainBeginsAnotherMessageAndLosesNothing) {
  add(part("old ", 1, 2));
  EXPECT_EQ(add(part("new ", 1, 2)), JF_OK);
  ASSERT_EQ(composed_.size(), 1u);
  EXPECT_EQ(last_text(), "old […]");
  add(part("message", 2, 2));
  EXPECT_EQ(last_text(), "new message");
}

TEST_F(SmsReassembly, TheSameReferenceAfterAFinishedMessageIsAnother) {
  add(part("a", 1, 2));
  add(part("b", 2, 2));
  add(part("c", 1, 2));
  add(part("d", 2, 2));
  EXPECT_EQ(last_text(), "cd");
}

TEST_F(SmsReassembly, TellsSetsApartBySenderRecipientReferenceAndItsWidthAndTotal) {
  auto other_sender = part("x", 2, 2), other_width = part("x", 2, 2), other_recipient = part("x", 2, 2);
  other_sender.from = "+33600000000";
  other_recipient.to = "+33100000000";
  other_width.part->reference_bits = 16;
  add(part("a", 1, 2));
  for (auto& each : {other_sender, other_width, other_recipient, part("x", 2, 2, 43), part("x", 2, 3)}) add(each);
  EXPECT_EQ(std::count_if(composed_.begin(), composed_.end(), [](auto& w) { return w.missing.empty(); }), 0);
}

TEST_F(SmsReassembly, APartThatContradictsItselfIsDeliveredAlone) {
  EXPECT_EQ(add(part("lost", 5, 3)), JF_OK);
  EXPECT_EQ(last_text(), "lost");
  EXPECT_EQ(add(part("none", 0, 2)), JF_OK);
  EXPECT_EQ(composed_.size(), 2u);
}

TEST_F(SmsReassembly, BeyondTheLimitAPartIsDeliveredAloneRatherThanKept) {
  for (unsigned reference = 0; reference < 5; ++reference) add(part("kept", 1, 2, reference));
  EXPECT_TRUE(composed_.empty());
  EXPECT_EQ(add(part("over", 2, 2, 99)), JF_OK);
  EXPECT_EQ(last_text(), "over");
  EXPECT_EQ(composed_.back().missing, (std::vector<std::uint8_t>{1}));
}

TEST_F(SmsReassembly, LeavesNothingBehindOnceAMessageIsForgotten) {
  add(part("a", 1, 2));
  add(part("b", 2, 2));
  host_->advance(11'000);
  EXPECT_EQ(reassembly_->open(), 0u);
  EXPECT_TRUE(host_->kv.empty()) << host_->kv.begin()->first << ": " << host_->kv.begin()->second;
}

// Several messages at once, cut anywhere, shuffled, with duplicates, busy hosts, failed commits and kills in between:
// each is delivered once and whole.
TEST_F(SmsReassembly, AnySplitInAnyOrderOverRestartsIsPutTogetherOnce) {
  for (unsigned seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 chance(seed);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(chance() % n); };
    host_->kv.clear();
    restart();
    committed_.clear();
    std::vector<Inbound> parts;
    std::vector<std::string> expected;
    for (unsigned message = 0; message < 3; ++message) {
      const unsigned total = 2 + below(6);
      std::string whole;
      for (unsigned number = 1; number <= total; ++number) {
        const auto text = std::string(1 + below(5), static_cast<char>('a' + below(26))) + std::to_string(number);
        whole += text;
        for (unsigned copies = 1 + below(2); copies > 0; --copies) parts.push_back(part(text, number, total, message));
      }
      expected.push_back(whole);
    }
    std::shuffle(parts.begin(), parts.end(), chance);
    for (const auto& each : parts) {
      if (below(6) == 0) restart();
      host_->failing_deliveries = below(8) == 0;
      host_->busy_deliveries = below(8) == 0;
      while (add(each) != JF_OK) {
      }
    }
    note_committed();
    std::sort(committed_.begin(), committed_.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(committed_, expected);
  }
}

}  // namespace
}  // namespace jackfield::sms
