// Name servers that do not answer: getaddrinfo is replaced in this whole program, so that a name below hangs.test. is
// looked up until the test says that it is enough.
#include "net/lookup.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <string_view>

#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/io.hpp"
#include "net/streams.hpp"
#include "net/test_peer.hpp"

namespace {

// Lives for ever: threads may hang in it when the program ends.
struct NameServer {
  std::mutex mutex;
  std::condition_variable changed;
  bool answers = true;
  int asked = 0, hanging = 0;
};
NameServer& name_server() {
  static auto* one = new NameServer;
  return *one;
}

}  // namespace

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** found) {
  if (name && std::string_view(name).ends_with("hangs.test")) {
    auto& server = name_server();
    std::unique_lock lock(server.mutex);
    ++server.asked;
    ++server.hanging;
    server.changed.notify_all();
    server.changed.wait(lock, [&] { return server.answers; });
    --server.hanging;
    server.changed.notify_all();
    return EAI_AGAIN;
  }
  static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(name, service, hints, found);
}

namespace jackfield::net {
namespace {

using Clock = std::chrono::steady_clock;

class LookupTest : public ::testing::Test {
 protected:
  LookupTest() {
    std::lock_guard lock(name_server().mutex);
    name_server().answers = false;
    name_server().asked = 0;
  }
  ~LookupTest() override { answer(); }

  static void answer() {
    auto& server = name_server();
    std::unique_lock lock(server.mutex);
    server.answers = true;
    server.changed.notify_all();
    server.changed.wait(lock, [&] { return server.hanging == 0; });
  }
  static void wait_until_asked(int times) {
    auto& server = name_server();
    std::unique_lock lock(server.mutex);
    ASSERT_TRUE(server.changed.wait_for(lock, std::chrono::seconds(10), [&] { return server.asked >= times; }));
  }
  static HttpAnswer get(HttpClient& client, const std::string& url, Millis timeout) {
    std::promise<HttpAnswer> promise;
    auto answered = promise.get_future();
    HttpCall call;
    call.url = url;
    call.timeout = timeout;
    EXPECT_TRUE(client.submit(std::move(call), [&](HttpAnswer answer) { promise.set_value(std::move(answer)); }));
    if (answered.wait_for(std::chrono::seconds(10)) != std::future_status::ready) {
      answer();
      ADD_FAILURE() << url << ": no answer while a name hangs";
    }
    return answered.get();
  }
};

TEST_F(LookupTest, RequestEndsInItsTimeAndOthersGoOnWhileItsNameHangs) {
  IoContext io(1);
  HttpServer server(io, {}, [](HttpRequest, std::shared_ptr<Responder> to) { to->respond({.body = "here"}); });
  const auto address = server.listen("127.0.0.1:0");
  ASSERT_TRUE(address);
  io.start();
  HttpClient client;
  EXPECT_TRUE(get(client, "http://hangs.test/", Millis{50}).timed_out);
  EXPECT_EQ(get(client, "http://" + *address + "/", Millis{10'000}).body, "here");
  client.stop();
  server.stop();
  io.stop();
}

TEST_F(LookupTest, StreamsConnectWhileTheNamesOfOthersHang) {
  IoContext io(1);
  Streams streams(io);
  io.start();
  Seen<StreamEvent> events;
  auto set = streams.make_set([&](StreamEvent event) { events.add(std::move(event)); });
  ASSERT_TRUE(set->listen(1, {.address = "127.0.0.1:0"}));
  const auto address = events.next().text;
  const auto port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  for (std::uint64_t id = 10; id < 14; ++id)
    ASSERT_TRUE(set->connect(id, {"a" + std::to_string(id) + ".hangs.test", 25, false, true, Millis{60'000}}));
  wait_until_asked(4);
  ASSERT_TRUE(set->connect(2, {"localhost", port, false, true, Millis{10'000}}));
  EXPECT_EQ(events.next().stream & 3, 2u) << "the first to be told of is the one whose name is known";
  set.reset();
  io.stop();
}

TEST_F(LookupTest, ConnectIsGivenUpInItsTimeWhileItsNameHangs) {
  IoContext io(1);
  Streams streams(io);
  io.start();
  Seen<StreamEvent> events;
  auto set = streams.make_set([&](StreamEvent event) { events.add(std::move(event)); });
  ASSERT_TRUE(set->connect(2, {"hangs.test", 25, false, true, Millis{50}}));
  const auto event = events.next();
  EXPECT_EQ(event.kind, StreamEvent::Kind::closed);
  EXPECT_NE(event.text.find("timed out"), std::string::npos) << event.text;
  set.reset();
  io.stop();
}

TEST_F(LookupTest, EndOfTheProgramDoesNotWaitForNames) {
  const auto begun = Clock::now();
  {
    IoContext io(1);
    Streams streams(io);
    io.start();
    auto set = streams.make_set([](StreamEvent) {});
    ASSERT_TRUE(set->connect(2, {"hangs.test", 25, false, true, Millis{60'000}}));
    wait_until_asked(1);
    set.reset();
    io.stop();
  }
  EXPECT_LT(Clock::now() - begun, std::chrono::seconds(8)) << "while the name still hangs";
}

TEST_F(LookupTest, NamesPastTheBoundAreRefusedAndTakenAgainLater) {
  IoContext io(1);
  Streams streams(io);
  io.start();
  Seen<StreamEvent> events;
  auto set = streams.make_set([&](StreamEvent event) { events.add(std::move(event)); });
  for (std::uint64_t id = 10; id < 10 + kMostLookups; ++id)
    ASSERT_TRUE(set->connect(id, {"hangs.test", 25, false, true, Millis{60'000}}));
  wait_until_asked(kMostLookups);
  ASSERT_TRUE(set->connect(2, {"hangs.test", 25, false, true, Millis{60'000}}));
  const auto refused = events.next();
  EXPECT_EQ(refused.stream, 2u);
  EXPECT_NE(refused.text.find("too many names"), std::string::npos) << refused.text;
  answer();
  for (std::size_t i = 0; i < kMostLookups; ++i) events.next();
  ASSERT_TRUE(set->connect(2, {"localhost", 1, false, true, Millis{10'000}}));
  EXPECT_EQ(events.next().text.find("too many names"), std::string::npos);
  set.reset();
  io.stop();
}

}  // namespace
}  // namespace jackfield::net
