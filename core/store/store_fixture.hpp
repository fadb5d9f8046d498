// What the tests of the store share: a store in a folder of its own, a committer, and rows to put in.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "store/committer.hpp"
#include "store/store.hpp"

namespace jackfield::store {

class StoreFixture : public testing::Test {
 protected:
  StoreFixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "jackfield-store-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    options.url = "sqlite:" + folder + "/store.db";
  }
  ~StoreFixture() override { std::filesystem::remove_all(folder); }
  void TearDown() override { close(); }  // before what the commands at work refer to goes

  void open() {
    auto opened = open_store(options);
    ASSERT_TRUE(opened) << opened.error().message;
    store = std::move(*opened);
    committer = std::make_unique<Committer>(store->backend(), limits);
    reader = store->open_reader().value();
  }
  void close() {
    if (committer) committer->stop();
    reader.reset();
    committer.reset();
    store.reset();
  }
  void reopen() {
    close();
    open();
  }

  Result<void> run(std::function<void(Unit&)> body) {
    return committer->run([&](Unit& unit) -> Result<void> {
      body(unit);
      return {};
    });
  }

  // --- rows
  Contact person(const std::string& uri) {
    Contact contact;
    contact.id = ids.next();
    contact.name = "Ana";
    contact.created_at = clock.now();
    contact.addresses.push_back({uri, "", Evidence::attested, "Ana"});
    return contact;
  }
  Conversation conversation_with(Id contact, const std::string& scope) {
    Conversation conversation;
    conversation.id = ids.next();
    conversation.contact = contact;
    conversation.scope = scope;
    conversation.queue = "inbox";
    conversation.channels.push_back({"wa", "whatsapp:1", "", clock.now(), Id{7}});
    conversation.created_at = conversation.last_activity_at = clock.now();
    return conversation;
  }
  Message message_in(const Conversation& conversation, const std::string& text) {
    Message message;
    message.id = ids.next();
    message.conversation = conversation.id;
    message.contact = conversation.contact;
    message.channel = "wa";
    message.content.text = text;
    message.received_at = clock.now();
    return message;
  }
  Message message_out(const Conversation& conversation, const std::string& text) {
    Message message = message_in(conversation, text);
    message.direction = Direction::out;
    message.status = Status::queued;
    return message;
  }
  OutboxEntry entry_of(const Message& message) {
    OutboxEntry entry;
    entry.message = message.id;
    entry.channel = message.channel;
    entry.conversation = message.conversation;
    entry.next_at = clock.now();
    return entry;
  }
  Event event(EventType type, Id message = {}, Id conversation = {}, Id contact = {}) {
    Event e;
    e.type = type;
    e.at = clock.now();
    e.source = "wa";
    e.message = message;
    e.conversation = conversation;
    e.contact = contact;
    return e;
  }

  // What an inbound text does: finds or makes its contact and conversation, stores it once.
  void receive(Unit& unit, const std::string& sender, const std::string& provider_id) {
    const ProviderKey key = provider_key("wa", KeyKind::id, provider_id);
    if (unit.message_by_key(key)) return;
    Contact* contact = unit.contact_by_address("", sender);
    if (!contact) contact = &unit.add(person(sender));
    const std::string scope = "contact:" + to_string(contact->id);
    Conversation* conversation = unit.latest_in_scope(scope);
    if (!conversation) conversation = &unit.add(conversation_with(contact->id, scope));
    const Message& message = unit.add(message_in(*conversation, provider_id));
    unit.bind_key(key, message.id);
    conversation->last_activity_at = clock.now();
    unit.changed(*conversation);
    unit.add(event(EventType::message_received, message.id, conversation->id, contact->id));
  }

  std::size_t count_messages() { return reader->messages({}, {.limit = 500}).value().items.size(); }

  std::string folder;
  StoreOptions options;
  CommitterLimits limits;
  FakeClock clock{time_from_ms(1'750'000'000'000)};
  IdSource ids{clock};
  std::unique_ptr<Store> store;
  std::unique_ptr<Committer> committer;
  std::unique_ptr<Reader> reader;
};

class OpenStore : public StoreFixture {
 protected:
  void SetUp() override { open(); }
};

}  // namespace jackfield::store
