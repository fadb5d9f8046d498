// Reader over SQLite. sqlite_reader.cpp has single rows and figures, sqlite_lists.cpp the lists.
#pragma once

#include <functional>

#include "store/reader.hpp"
#include "store/sqlite_connection.hpp"
#include "store/sqlite_rows.hpp"

namespace jackfield::store {

class SqliteReader final : public Reader {
 public:
  SqliteReader(const std::string& path, const std::string& vfs);  // throws store::Failure

  Result<std::optional<ConversationView>> conversation(Id id) override;
  Result<Page<ConversationView>> conversations(const ConversationFilter& filter, const PageArgs& page) override;
  Result<std::string> decision(Id conversation) override;
  Result<std::optional<MessageRow>> message(Id id) override;
  Result<Page<MessageRow>> messages_of(Id conversation, const PageArgs& page) override;
  Result<Page<MessageRow>> messages(const MessageFilter& filter, const PageArgs& page) override;
  Result<std::optional<Contact>> contact(Id id) override;
  Result<std::optional<Contact>> living_contact(Id id) override;
  Result<std::vector<Contact>> merged_into(Id contact) override;
  Result<std::vector<Merge>> merges_of(Id contact) override;
  Result<Page<MessageRow>> messages_from(Id contact, const PageArgs& page) override;
  Result<Page<Contact>> contacts(const std::string& address, const std::string& q, const PageArgs& page) override;
  Result<std::optional<CallbackView>> callback(Id id) override;
  Result<Page<CallbackView>> callbacks(const CallbackFilter& filter, const PageArgs& page) override;
  Result<std::vector<Time>> callback_times(const std::string& queue, Time from, Time until) override;
  Result<Page<DeadLetter>> dead_letters(std::optional<DeadLetterKind> kind, const PageArgs& page) override;
  Result<std::optional<DeadLetter>> dead_letter(Id id) override;
  Result<std::vector<Webhook>> webhooks() override;
  Result<Page<WebhookEvent>> webhook_events(Id webhook, WebhookEventState state, const PageArgs& page) override;
  Result<std::vector<ApiToken>> api_tokens() override;
  Result<std::optional<Media>> media(Id id) override;
  Result<std::vector<EventView>> events(std::int64_t after, const std::vector<EventType>& types,
                                        std::size_t limit) override;
  Result<std::int64_t> last_cursor() override;
  Result<std::vector<QueueFigures>> queues() override;
  Result<Page<Agent>> agents(const PageArgs& page) override;
  Result<std::vector<Agent>> agents_online() override;
  Result<std::optional<Agent>> agent(const std::string& name) override;
  Result<ChannelFigures> channel(const std::string& channel) override;
  Result<std::optional<IdempotentAnswer>> idempotent_answer(const std::string& owner, const std::string& key) override;
  Result<std::vector<std::string>> provider_ids(Id conversation, const std::string& channel, std::size_t most) override;

 private:
  // Runs it within one snapshot; what it throws becomes an Error.
  template <class T>
  Result<T> read(const std::function<T()>& body);
  Id living(Id contact);
  MessageRow shown(MessageRow row);
  ConversationView view_of(Conversation conversation);
  EventView view_of(Event event);
  CallbackView view_of(Callback callback);
  std::optional<Callback> callback_row(Id id);
  std::vector<Conversation> conversations_in(ConversationState state, const ConversationFilter& filter, Time before_at,
                                             Id before, std::size_t most);
  std::vector<Conversation> conversations_with(const ConversationFilter& filter, Time before_at, Id before,
                                               std::size_t most);

  Connection db_;
  ChannelNames names_;
};

template <class T>
Result<T> SqliteReader::read(const std::function<T()>& body) try {
  const Snapshot snapshot(db_);
  return body();
} catch (const Failure& failure) {
  return failure.error;
} catch (const std::exception& e) {
  return fail(Errc::internal, std::string("store: ") + e.what());
}

}  // namespace jackfield::store
