#include <future>

#include "store/store_fixture.hpp"

namespace jackfield::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ApiTokenRows : public OpenStore {
 protected:
  ApiToken ana() {
    ApiToken token;
    token.id = Id{10};
    token.name = "ana's desktop";
    token.role = "agent";
    token.agent = "ana";
    token.queues = {"billing"};
    token.hash = std::string(64, 'a');
    token.created_at = clock.now();
    token.expires_at = clock.now() + Millis{1000};
    return token;
  }
};

TEST_F(ApiTokenRows, ATokenIsKeptAndItsUseIsNotedAndItIsRemoved) {
  ASSERT_TRUE(run([&](Unit& unit) { unit.add(ana()); }));
  clock.advance(Millis{500});
  ASSERT_TRUE(run([&](Unit& unit) {
    ApiToken* token = unit.api_token(Id{10});
    ASSERT_NE(token, nullptr);
    token->last_used_at = clock.now();
    unit.changed(*token);
  }));
  reopen();
  const auto all = reader->api_tokens().value();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].name, "ana's desktop");
  EXPECT_EQ(all[0].role, "agent");
  EXPECT_EQ(all[0].agent, "ana");
  EXPECT_THAT(all[0].queues, ElementsAre("billing"));
  EXPECT_EQ(all[0].hash, std::string(64, 'a'));
  EXPECT_EQ(all[0].expires_at - all[0].created_at, Millis{1000});
  EXPECT_EQ(all[0].last_used_at, clock.now());
  ASSERT_TRUE(run([](Unit& unit) {
    EXPECT_THAT(unit.api_tokens(), ElementsAre(unit.api_token(Id{10})));
    unit.remove(*unit.api_token(Id{10}));
    EXPECT_THAT(unit.api_tokens(), IsEmpty());
  }));
  EXPECT_THAT(reader->api_tokens().value(), IsEmpty());
}

TEST_F(ApiTokenRows, WhoIsToldOfTokensIsToldBeforeTheAnswerAndOfNothingElse) {
  std::vector<std::string> told;
  committer->on_tokens([&] { told.push_back(reader->api_tokens().value().empty() ? "none is left" : "one is there"); });
  const auto submit = [&](std::function<void(Unit&)> decide) {
    std::promise<void> done;
    committer->submit_or_refuse(command([decide](Unit& unit) -> Result<void> { return decide(unit), Result<void>(); },
                                        [&](const Result<void>&) {
                                          told.emplace_back("answered");
                                          done.set_value();
                                        }));
    done.get_future().get();
  };
  submit([&](Unit& unit) { unit.add(ana()); });
  submit([](Unit& unit) { unit.changed(*unit.api_token(Id{10})); });
  submit([](Unit& unit) { unit.remove(*unit.api_token(Id{10})); });
  EXPECT_THAT(told, ElementsAre("one is there", "answered", "answered", "none is left", "answered"));
}

}  // namespace
}  // namespace jackfield::store
