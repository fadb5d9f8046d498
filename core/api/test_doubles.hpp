// Stand-ins for what is beyond the API: clients, sockets, a reader that has nothing. For tests.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>

#include "api/event_hub.hpp"

namespace jackfield::api {

inline constexpr std::chrono::seconds kPatience{20};

// A client's end of a WebSocket with room for some frames; drain() reads what is there.
class FakeSocket final : public net::WebSocket {
 public:
  static std::shared_ptr<FakeSocket> open(net::WebSocketHandler handler, std::size_t room = 1 << 20) {
    auto socket = std::make_shared<FakeSocket>();
    socket->handler_ = std::move(handler);
    socket->room_ = room;
    socket->handler_.on_open(socket);
    return socket;
  }

  bool send(std::shared_ptr<const std::string> text) override {
    std::lock_guard lock(mutex_);
    if (code_ != 0) return false;
    if (got_.size() - read_ >= room_) {
      full_ = true;
      return false;
    }
    got_.push_back(*text);
    changed_.notify_all();
    return true;
  }
  void close(int code, std::string_view) override {
    std::lock_guard lock(mutex_);
    if (code_ == 0) code_ = code;
    changed_.notify_all();
  }

  void drain() {
    {
      std::lock_guard lock(mutex_);
      read_ = got_.size();
      if (!std::exchange(full_, false)) return;
    }
    handler_.on_drain();
  }
  void leave() { handler_.on_close(); }
  std::vector<std::string> all() {
    std::lock_guard lock(mutex_);
    return got_;
  }
  std::vector<std::string> wait_for(std::size_t frames) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return got_.size() >= frames; })) << got_.size();
    return got_;
  }
  int wait_closed() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kPatience, [&] { return code_ != 0; });
    return code_;
  }

 private:
  net::WebSocketHandler handler_;
  std::size_t room_ = 0, read_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> got_;
  bool full_ = false;
  int code_ = 0;
};

class FakeWaiter final : public Waiter {
 public:
  using Waiter::Waiter;
  void wake() override {
    ++woken;
    done_.set_value();
  }
  bool gone() const override { return has_left; }
  void wait() { ASSERT_EQ(done_.get_future().wait_for(kPatience), std::future_status::ready); }

  std::atomic<int> woken{0};
  std::atomic<bool> has_left{false};

 private:
  std::promise<void> done_;
};

// A client's end of a streamed body.
class FakeBodyStream final : public net::BodyStream {
 public:
  static std::shared_ptr<FakeBodyStream> open(net::BodyStreamHandler handler) {
    auto stream = std::make_shared<FakeBodyStream>();
    stream->handler_ = std::move(handler);
    stream->handler_.on_open(stream);
    return stream;
  }
  bool send(std::shared_ptr<const std::string> piece) override {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    got_ += *piece;
    changed_.notify_all();
    return true;
  }
  void close() override {
    std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  void leave() { handler_.on_close(); }
  std::string wait_for(std::string_view text) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return got_.find(text) != std::string::npos; })) << got_;
    return got_;
  }
  bool wait_closed() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return closed_; });
  }

 private:
  net::BodyStreamHandler handler_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string got_;
  bool closed_ = false;
};

// The client of one request.
class FakeResponder final : public net::Responder {
 public:
  void respond(net::HttpResponse response) override {
    if (!answered_.exchange(true)) answer_.set_value(std::move(response));
  }
  void upgrade(net::WebSocketHandler handler) override {
    socket = FakeSocket::open(std::move(handler));
    respond({.status = 101, .content_type = {}, .body = {}, .file = {}, .headers = {}});
  }
  void stream(net::HttpResponse head, net::BodyStreamHandler handler) override {
    body_stream = FakeBodyStream::open(std::move(handler));
    respond(std::move(head));
  }
  bool gone() const override { return has_left; }
  net::HttpResponse wait() {
    auto answer = answer_.get_future();
    if (answer.wait_for(kPatience) == std::future_status::ready) return answer.get();
    ADD_FAILURE() << "no answer";
    return {};
  }
  bool answered() const { return answered_; }

  std::shared_ptr<FakeSocket> socket;
  std::shared_ptr<FakeBodyStream> body_stream;
  std::atomic<bool> has_left{false};

 private:
  std::atomic<bool> answered_{false};
  std::promise<net::HttpResponse> answer_;
};

// Reads nothing; tests override what they need.
class NoReader : public store::Reader {
 public:
  template <class T>
  using R = Result<T>;
  R<std::optional<store::ConversationView>> conversation(Id) override { return none(); }
  R<store::Page<store::ConversationView>> conversations(const store::ConversationFilter&,
                                                        const store::PageArgs&) override {
    return none();
  }
  R<std::string> decision(Id) override { return none(); }
  R<std::optional<MessageRow>> message(Id) override { return none(); }
  R<store::Page<MessageRow>> messages_of(Id, const store::PageArgs&) override { return none(); }
  R<store::Page<MessageRow>> messages(const store::MessageFilter&, const store::PageArgs&) override { return none(); }
  R<std::optional<Contact>> contact(Id) override { return none(); }
  R<std::optional<Contact>> living_contact(Id) override { return none(); }
  R<std::vector<Contact>> merged_into(Id) override { return none(); }
  R<std::vector<store::Merge>> merges_of(Id) override { return none(); }
  R<store::Page<MessageRow>> messages_from(Id, const store::PageArgs&) override { return none(); }
  R<store::Page<Contact>> contacts(const std::string&, const std::string&, const store::PageArgs&) override {
    return none();
  }
  R<store::Page<store::DeadLetter>> dead_letters(std::optional<store::DeadLetterKind>,
                                                 const store::PageArgs&) override {
    return none();
  }
  R<std::optional<store::CallbackView>> callback(Id) override { return none(); }
  R<store::Page<store::CallbackView>> callbacks(const store::CallbackFilter&, const store::PageArgs&) override {
    return none();
  }
  R<std::vector<Time>> callback_times(const std::string&, Time, Time) override { return none(); }
  R<std::optional<store::DeadLetter>> dead_letter(Id) override { return none(); }
  R<std::vector<store::Webhook>> webhooks() override { return none(); }
  R<store::Page<store::WebhookEvent>> webhook_events(Id, store::WebhookEventState, const store::PageArgs&) override {
    return none();
  }
  R<std::vector<store::ApiToken>> api_tokens() override { return none(); }
  R<std::optional<store::Media>> media(Id) override { return none(); }
  R<std::vector<store::EventView>> events(std::int64_t, const std::vector<EventType>&, std::size_t) override {
    return none();
  }
  R<std::int64_t> last_cursor() override { return none(); }
  R<std::vector<store::QueueFigures>> queues() override { return none(); }
  R<store::Page<Agent>> agents(const store::PageArgs&) override { return none(); }
  R<std::vector<Agent>> agents_online() override { return none(); }
  R<std::optional<Agent>> agent(const std::string&) override { return none(); }
  R<store::ChannelFigures> channel(const std::string&) override { return none(); }
  R<std::optional<store::IdempotentAnswer>> idempotent_answer(const std::string&, const std::string&) override {
    return none();
  }
  R<std::vector<std::string>> provider_ids(Id, const std::string&, std::size_t) override { return none(); }

 private:
  static Error none() { return fail(Errc::internal, "the test has nothing to read"); }
};

}  // namespace jackfield::api
