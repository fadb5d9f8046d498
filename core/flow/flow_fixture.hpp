// A flow over a real store in a folder of its own, with a host that does what the test says. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <future>

#include "flow/flow.hpp"
#include "net/io.hpp"

namespace jackfield::flow {

inline constexpr Millis kPatience{20000};  // how long a test waits for what must come

// Connectors that only write down what they are asked.
class FakeHost final : public host::ConnectorPort {
 public:
  struct Sent {
    std::string channel;
    host::SendRequest request;
    boost::json::object message;
  };
  void send(const std::string& channel, host::SendRequest request) override {
    auto message = boost::json::parse(request.message).as_object();
    std::lock_guard lock(mutex);
    sent.push_back({channel, std::move(request), std::move(message)});
    changed.notify_all();
  }
  void timer(const std::string& channel, std::uint64_t timer, std::string payload) override {
    std::lock_guard lock(mutex);
    timers.push_back(channel + " " + std::to_string(timer) + " " + payload);
    changed.notify_all();
  }
  void fetch_media(const std::string& channel, std::uint64_t token, std::string part) override {
    std::lock_guard lock(mutex);
    fetches.push_back({channel, token, std::move(part)});
    changed.notify_all();
  }
  void replay(const std::string&, std::string raw, std::function<void(Result<std::string>)> done) override { done(replayed(raw)); }
  void signal(const std::string&, std::string signal, std::function<void(Result<void>)> done) override {
    std::lock_guard lock(mutex);
    signals.push_back(std::move(signal));
    done({});
  }
  void preview(const std::string&, std::string, std::function<void(Result<std::string>)> done) override {
    done(std::string(R"({"sendable":true})"));
  }
  std::string sibling(const std::string& channel, const std::string& account) const override {
    return account == "other" ? "wa2" : account == "nobody" ? "" : channel;
  }

  // The n-th send, once it has come.
  Sent nth_send(std::size_t n) {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, kPatience, [&] { return sent.size() > n; })) << "send " << n << " did not come";
    return sent.size() > n ? sent[n] : Sent{};
  }
  std::size_t sends() {
    std::lock_guard lock(mutex);
    return sent.size();
  }

  struct Fetch {
    std::string channel;
    std::uint64_t token;
    std::string part;
  };
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Sent> sent;
  std::deque<std::string> timers;
  std::deque<Fetch> fetches;
  std::deque<std::string> signals;
  std::function<Result<std::string>(std::string)> replayed = [](std::string) -> Result<std::string> { return fail(Errc::invalid, "still not"); };
};

class FlowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() / ("jackfield-flow-" + std::string(info->name()) + "-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    config_.queues = {{"general"}, {"billing"}};
    open();
  }
  void TearDown() override {
    close();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    io = std::make_unique<net::IoContext>(1);
    io->start();
    auto opened = store::open_store({.url = "sqlite:" + (folder_ / "test.db").string()});
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
    media = std::move(*store::MediaStore::open((folder_ / "media").string()));
    committer = std::make_unique<store::Committer>(store_->backend());
    ids = std::make_unique<IdSource>(clock);
    ids->start_after(store_->backend().greatest_id());
    host = std::make_unique<FakeHost>();
    flow = std::make_unique<Flow>(FlowPorts{*io, *committer, *store_, *media, clock, *ids, random});
    ASSERT_TRUE(flow->configure(config_, manifests()));
    flow->start(*host);
    reader = std::move(*store_->open_reader());
  }
  void close() {
    if (!flow) return;
    flow->stop();
    committer->stop();
    io->stop();
    flow.reset();
    reader.reset();
    committer.reset();
    store_.reset();
    io.reset();
  }
  void reopen() {
    close();
    open();
  }

  static std::map<std::string, host::Manifest> manifests() {
    host::Manifest wa;
    wa.id = wa.name = "whatsapp";
    wa.scheme = "whatsapp";
    wa.parts_out = {"text", "media", "template"};
    wa.text_limit = 4096;
    wa.reply_window_seconds = 86400;
    wa.outside_window = {"template"};
    wa.max_in_flight = 64;
    host::Manifest mail;
    mail.id = mail.name = "email";
    mail.scheme = "mailto";
    mail.default_scope = "thread";
    mail.parts_out = {"text", "media"};
    host::Manifest sms;
    sms.id = sms.name = "sms";
    sms.scheme = "tel";
    sms.parts_out = {"text"};
    sms.converts = {"choices", "location", "contact"};
    return {{"wa", wa}, {"wa2", wa}, {"mail", mail}, {"sms", sms}, {"sms2", sms}};
  }

  // One text over WhatsApp.
  static std::string text(const std::string& id, const std::string& from, const std::string& words) {
    return R"({"type":"message","id":")" + id + R"(","from":{"address":"whatsapp:)" + from + R"(","name":"N","evidence":"attested"},"to":[{"address":"whatsapp:1"}],"sent_at":"2026-11-21T10:00:00Z","parts":[{"type":"text","text":")" +
           words + R"("}]})";
  }
  static std::string mail(const std::string& id, const std::string& from, const std::string& threads, const std::string& subject = "Hello") {
    return R"({"type":"message","id":")" + id + R"(","dedupe":")" + id + R"(/h","from":{"address":"mailto:)" + from + R"("},"subject":")" + subject +
           R"(","threads":[)" + threads + R"(],"parts":[{"type":"text","text":"mail"}]})";
  }
  static std::string receipt(const std::string& id, const std::string& status, const std::string& more = "") {
    return R"({"type":"status","id":")" + id + R"(","status":")" + status + R"(","at":"2026-11-21T10:01:00Z")" + more + "}";
  }

  std::future<Result<void>> deliver_later(const std::string& channel, const std::string& events, const std::string& kv = "") {
    auto promise = std::make_shared<std::promise<Result<void>>>();
    auto future = promise->get_future();
    auto taken = flow->deliver({channel, events, kv, [promise](Result<void> r) { promise->set_value(std::move(r)); }});
    if (!taken) promise->set_value(taken);
    return future;
  }
  Result<void> deliver(const std::string& channel, const std::string& events, const std::string& kv = "") {
    return deliver_later(channel, events, kv).get();
  }

  Result<Answer> write(std::function<Result<Answer>(store::Unit&, const Environment&)> decide, Idempotency key = {}) {
    std::promise<Result<Answer>> promise;
    flow->write(std::move(key), std::move(decide), [&](Result<Answer> r) { promise.set_value(std::move(r)); });
    return promise.get_future().get();
  }
  Result<Answer> replay(Id letter) {
    std::promise<Result<Answer>> promise;
    flow->replay(letter, [&](Result<Answer> r) { promise.set_value(std::move(r)); });
    return promise.get_future().get();
  }
  // Replies; the id of the message.
  Result<Id> reply(Id conversation, const std::string& words, ReplyRequest request = {}) {
    request.text = words;
    Id out;
    auto answer = write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
      auto message = flow::reply(unit, env, conversation, request);
      if (!message) return message.error();
      out = (*message)->id;
      return Answer{202, ""};
    });
    if (!answer) return answer.error();
    return out;
  }
  void outcome(const FakeHost::Sent& sent, host::Outcome what, std::vector<std::string> ids_given = {}, Millis retry_after = Millis{0},
               host::WaitScope scope = host::WaitScope::message) {
    host::SendResult result;
    result.token = sent.request.token;
    result.outcome = what;
    result.provider_ids = std::move(ids_given);
    result.error_class = what == host::Outcome::accepted ? "" : "unavailable";
    result.retry_after = retry_after;
    result.scope = scope;
    flow->send_done(sent.channel, std::move(result));
  }

  std::vector<store::ConversationView> conversations() { return reader->conversations({}, {.limit = 500}).value().items; }
  std::vector<store::DeadLetter> dead_letters() { return reader->dead_letters({}, {.limit = 500}).value().items; }
  boost::json::object message(Id id) {
    return boost::json::parse(message_to_json(*reader->message(id).value())).as_object();
  }
  std::string status(Id id) { return std::string(message(id).at("status").as_string()); }
  // Waits until the log has brought the message to that status.
  void until_status(Id id, const std::string& wanted) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (status(id) != wanted && std::chrono::steady_clock::now() < end) committer->run([](store::Unit&) -> Result<void> { return {}; });
    EXPECT_EQ(status(id), wanted);
  }
  std::vector<std::string> event_types() {
    std::vector<std::string> out;
    for (const auto& view : reader->events(0, {}, 500).value()) out.emplace_back(name_of(view.event.type));
    return out;
  }
  std::size_t count_events(std::string_view type) {
    std::size_t n = 0;
    for (const auto& name : event_types()) n += name == type;
    return n;
  }

  std::filesystem::path folder_;
  FlowConfig config_;
  FakeClock clock{*parse_rfc3339("2026-11-21T10:00:30Z")};
  SeededRandom random{7};
  std::unique_ptr<IdSource> ids;
  std::unique_ptr<net::IoContext> io;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<store::MediaStore> media;
  std::unique_ptr<store::Committer> committer;
  std::unique_ptr<FakeHost> host;
  std::unique_ptr<Flow> flow;
  std::unique_ptr<store::Reader> reader;
};

}  // namespace jackfield::flow
