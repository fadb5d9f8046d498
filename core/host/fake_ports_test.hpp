// What the host's tests put in place of the flow and the media store, and a host over them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/crypto.hpp"
#include "host/host.hpp"
#include "net/http_client.hpp"
#include "net/io.hpp"
#include "net/streams.hpp"

namespace jackfield::host {

inline std::string test_plugin(const std::string& name) { return HOST_TEST_PLUGINS "/" + name + ".so"; }

// Anything that several threads tell and a test waits for.
class Board {
 public:
  template <class F>
  void change(F with) {
    std::lock_guard lock(mutex_);
    with();
    changed_.notify_all();
  }
  template <class F>
  auto read(F with) {
    std::lock_guard lock(mutex_);
    return with();
  }
  // Looks again now and then: the host's own counters tell nobody when they change.
  template <class F>
  bool await(F holds) {
    std::unique_lock lock(mutex_);
    for (int looks = 0; looks < 2000; ++looks)
      if (changed_.wait_for(lock, std::chrono::milliseconds{10}, holds)) return true;
    return false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

class FakeFlow final : public FlowPort {
 public:
  enum class Mode { durable, hold, fail, busy, invalid };

  explicit FakeFlow(Board& on) : board(on) {}

  Result<void> deliver(Delivery delivery) override {
    Mode now = Mode::durable;
    board.change([&] {
      now = mode;
      if (mode == Mode::busy || mode == Mode::invalid) return;
      deliveries.push_back(delivery.channel + " " + delivery.events);
      if (mode == Mode::hold) held.push_back(std::move(delivery.done));
    });
    if (now == Mode::busy) return fail(Errc::busy, "full");
    if (now == Mode::invalid) return fail(Errc::invalid, "not JSON");
    if (now == Mode::durable) delivery.done({});
    if (now == Mode::fail) delivery.done(fail(Errc::unavailable, "disk full"));
    return {};
  }
  void send_done(const std::string&, SendResult result) override {
    board.change([&] { results[result.token].push_back(std::move(result)); });
  }
  void send_note(const std::string&, std::uint64_t, std::vector<std::string>,
                 std::function<void(Result<void>)> done) override {
    done({});
  }
  void kv_get(const std::string&, std::string key, std::function<void(Result<std::string>)> done) override {
    std::string found;
    board.change([&] { found = kv[key]; });
    found.empty() ? done(fail(Errc::not_found, "")) : done(found);
  }
  void kv_cas(const std::string&, std::string key, std::string expected, std::string value,
              std::function<void(Result<void>)> done) override {
    bool won = false;
    board.change([&] {
      won = kv[key] == expected;
      if (won) kv[key] = value;
    });
    won ? done({}) : done(fail(Errc::conflict, ""));
  }
  void timer_set(const std::string&, std::uint64_t timer, Time, std::string payload) override {
    board.change([&] { timers[timer] = std::move(payload); });
  }
  void timer_cancel(const std::string&, std::uint64_t timer) override {
    board.change([&] { timers.erase(timer); });
  }
  void timer_done(const std::string&, std::uint64_t timer) override {
    board.change([&] { timers_done.push_back(timer); });
  }
  void fetch_done(const std::string&, FetchResult result) override {
    board.change([&] { fetched[result.token].push_back(std::move(result)); });
  }
  void channel_state(const std::string& channel, ChannelState state, std::string detail) override {
    board.change([&] { states.push_back(channel + " " + std::string(name_of(state)) + " " + detail); });
  }
  void capacity(const std::string&, std::uint32_t) override {}

  Board& board;
  Mode mode = Mode::durable;
  std::vector<std::string> deliveries, states;
  std::vector<std::function<void(Result<void>)>> held;
  std::map<std::uint64_t, std::vector<SendResult>> results;
  std::map<std::uint64_t, std::vector<FetchResult>> fetched;
  std::map<std::string, std::string> kv;
  std::map<std::uint64_t, std::string> timers;
  std::vector<std::uint64_t> timers_done;
};

class FakeBlobs final : public BlobPort {
 public:
  Result<std::string> put(std::string_view bytes) override {
    std::lock_guard lock(mutex_);
    const auto id = sha256_hex(bytes);
    blobs_[id] = std::string(bytes);
    return id;
  }
  Result<std::string> read(std::string_view id, std::uint64_t offset, std::uint64_t most) override {
    std::lock_guard lock(mutex_);
    const auto at = blobs_.find(std::string(id));
    if (at == blobs_.end()) return fail(Errc::not_found, "no such blob");
    return at->second.substr(std::min<std::size_t>(offset, at->second.size()), most);
  }
  Result<std::int64_t> size(std::string_view id) override {
    const auto all = read(id, 0, SIZE_MAX);
    if (!all) return all.error();
    return static_cast<std::int64_t>(all->size());
  }
  std::string path(std::string_view) override { return "/dev/null"; }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> blobs_;
};

// A host with real threads, sockets and connectors, and nothing behind it.
class HostTest : public testing::Test {
 protected:
  HostTest() : io_(2), streams_(io_), random_(7), flow_(board_) { io_.start(); }
  ~HostTest() override { end(); }

  void end() {
    if (host_) host_->stop(Millis{0});
    host_.reset();
    http_.stop();
    io_.stop();
  }

  ChannelConfig channel(const std::string& name, const std::string& plugin, boost::json::object settings = {}) const {
    return {name, scan_plugin(test_plugin(plugin)), std::move(settings), isolation_};
  }
  void start(std::vector<ChannelConfig> channels) {
    host_ = std::make_unique<Host>(HostPorts{io_, http_, streams_, flow_, blobs_, clock_, random_, copies_}, limits_);
    host_->start(std::move(channels));
  }
  void start_probe(boost::json::object settings = {}) {
    start({channel("probe", "probe", std::move(settings))});
    ASSERT_TRUE(await_state("probe ready "));
  }
  bool await_state(const std::string& line) {
    return board_.await(
        [&] { return std::find(flow_.states.begin(), flow_.states.end(), line) != flow_.states.end(); });
  }
  std::shared_ptr<std::optional<WebhookReply>> post(const std::string& body, const std::string& name = "probe") {
    auto slot = std::make_shared<std::optional<WebhookReply>>();
    WebhookRequest request;
    request.method = "POST";
    request.path = "/webhook";
    request.body = body;
    host_->webhook(name, std::move(request),
                   [this, slot](WebhookReply reply) { board_.change([&] { *slot = std::move(reply); }); });
    return slot;
  }
  WebhookReply posted(const std::string& body, const std::string& name = "probe") {
    const auto slot = post(body, name);
    EXPECT_TRUE(board_.await([&] { return slot->has_value(); })) << body;
    return board_.read([&] { return slot->value_or(WebhookReply{}); });
  }
  SendRequest request(std::uint64_t token, const std::string& message) {
    SendRequest out;
    out.token = token;
    out.message = message;
    out.idempotency_key = "key";
    return out;
  }
  SendResult sent(std::uint64_t token, const std::string& message, const std::string& name = "probe") {
    host_->send(name, request(token, message));
    EXPECT_TRUE(board_.await([&] { return !flow_.results[token].empty(); })) << message;
    return board_.read([&] { return flow_.results[token].empty() ? SendResult{} : flow_.results[token][0]; });
  }
  std::uint64_t breaks(const std::string& name = "probe") { return host_->channel(name)->contract_breaks; }

  Isolation isolation_ = Isolation::none;
  std::string copies_;
  Board board_;
  HostLimits limits_{Millis{30}, Millis{50}, Millis{60'000}, {Millis{10}, Millis{20}, 2.0}, Millis{10'000}};
  net::IoContext io_;
  net::HttpClient http_;
  net::Streams streams_;
  SystemClock clock_;
  SeededRandom random_;
  FakeFlow flow_;
  FakeBlobs blobs_;
  std::unique_ptr<Host> host_;
};

}  // namespace jackfield::host
