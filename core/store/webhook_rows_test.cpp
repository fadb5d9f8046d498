#include "store/store_fixture.hpp"

namespace jackfield::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class WebhookRows : public OpenStore {
 protected:
  Webhook crm() {
    Webhook webhook;
    webhook.id = Id{10};
    webhook.name = "crm";
    webhook.url = "https://crm.example/hook";
    webhook.secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
    webhook.types = {EventType::message_received, EventType::channel_state};
    webhook.cursor = 7;
    webhook.created_at = clock.now();
    return webhook;
  }
  WebhookEvent event(std::int64_t cursor, WebhookEventState state) {
    return {Id{10}, cursor, Id{3}, state, 2, clock.now(), clock.now() + Millis{500}, "500"};
  }
  std::vector<std::int64_t> cursors(WebhookEventState state, PageArgs page = {}) {
    std::vector<std::int64_t> out;
    for (const auto& row : reader->webhook_events(Id{10}, state, page).value().items) out.push_back(row.cursor);
    return out;
  }
};

TEST_F(WebhookRows, AWebhookIsKeptChangedAndRemovedWithItsEvents) {
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.add(crm());
    unit.put(event(8, WebhookEventState::waiting));
  }));
  ASSERT_TRUE(run([](Unit& unit) {
    Webhook* webhook = unit.webhook(Id{10});
    ASSERT_NE(webhook, nullptr);
    webhook->enabled = false;
    webhook->reason = "410";
    webhook->cursor = 9;
    unit.changed(*webhook);
  }));
  reopen();
  const auto all = reader->webhooks().value();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].url, "https://crm.example/hook");
  EXPECT_THAT(all[0].types, ElementsAre(EventType::message_received, EventType::channel_state));
  EXPECT_FALSE(all[0].enabled);
  EXPECT_EQ(all[0].cursor, 9);
  EXPECT_THAT(cursors(WebhookEventState::waiting), ElementsAre(8));
  ASSERT_TRUE(run([](Unit& unit) { unit.remove(*unit.webhook(Id{10})); }));
  EXPECT_THAT(reader->webhooks().value(), IsEmpty());
  EXPECT_THAT(cursors(WebhookEventState::waiting), IsEmpty());
}

TEST_F(WebhookRows, EventsAreReplacedListedByStateAndNotKeptWithoutTheirWebhook) {
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.put(event(1, WebhookEventState::waiting));  // before there is a webhook
    unit.flush();
    unit.add(crm());
    unit.put(event(2, WebhookEventState::waiting));
    unit.put(event(3, WebhookEventState::waiting));
    unit.put(event(2, WebhookEventState::dead));
    unit.put(event(4, WebhookEventState::waiting));
    unit.remove(event(4, WebhookEventState::waiting));
  }));
  EXPECT_THAT(cursors(WebhookEventState::dead), ElementsAre(2));
  EXPECT_THAT(cursors(WebhookEventState::waiting), ElementsAre(3));
}

TEST_F(WebhookRows, DeadLettersGoWithTheEventsThatTheySpeakOf) {
  ASSERT_TRUE(run([&](Unit& unit) {
    unit.add(crm());
    unit.add(StoreFixture::event(EventType::channel_state));
    unit.add(StoreFixture::event(EventType::channel_state));
    unit.put(event(1, WebhookEventState::dead));
    unit.put(event(3, WebhookEventState::dead));
  }));
  clock.advance(Millis{1});
  ASSERT_TRUE(run([&](Unit& unit) { unit.expire(clock.now(), clock.now(), 100); }));
  EXPECT_THAT(cursors(WebhookEventState::dead), ElementsAre(3));
}

}  // namespace
}  // namespace jackfield::store
