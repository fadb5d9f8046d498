#include "simulate/smsc.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "net/http_server.hpp"
#include "net/io.hpp"
#include "net/streams.hpp"
#include "simulate/serving.hpp"
#include "simulate/smsc_exchange.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

constexpr std::uint64_t listener_id = 1;
constexpr std::uint64_t read_ahead = 256 * 1024;  // of bytes, on each connection

net::HttpResponse json_answer(const json::object& body) {
  return {200, "application/json", json::serialize(body) + "\n", {}, {}};
}

net::HttpResponse plain_answer(int status, const std::string& text) {
  return {status, "text/plain", text + "\n", {}, {}};
}

net::HttpResponse answer_of(const Result<void>& result) {
  return result ? net::HttpResponse{204, {}, {}, {}, {}} : plain_answer(400, result.error().message);
}

json::object object_in(const std::string& body) {
  boost::system::error_code error;
  auto value = json::parse(body, error);
  return error || !value.is_object() ? json::object() : std::move(value.get_object());
}

std::size_t most_of(std::string_view query) {
  std::size_t most = 1000;
  if (query.starts_with("most=")) std::from_chars(query.data() + 5, query.data() + query.size(), most);
  return most;
}

}  // namespace

struct Smsc::State : std::enable_shared_from_this<Smsc::State> {
  explicit State(SmscOptions given)
      : options(std::move(given)), streams(io), exchange({options.system_id, options.password}, options.window) {}

  Result<SmscAddresses> start() {
    SmscAddresses addresses;
    if (!options.http_listen.empty()) {
      server = std::make_unique<net::HttpServer>(
          io, net::HttpServerLimits{},
          [this](net::HttpRequest request, std::shared_ptr<net::Responder> reply) { reply->respond(answer(request)); });
      const auto bound = server->listen(options.http_listen);
      if (!bound) return bound.error();
      addresses.http = *bound;
    }
    set = streams.make_set([weak = weak_from_this()](net::StreamEvent event) {
      if (const auto state = weak.lock()) state->on_event(std::move(event));
    });
    io.start();
    net::ListenArgs args;
    args.address = options.listen;
    args.certificate = options.certificate;
    args.key = options.key;
    args.tls = !options.certificate.empty();
    if (const auto listening = set->listen(listener_id, std::move(args)); !listening) return listening.error();
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return !address.empty() || !trouble.empty(); });
    if (address.empty()) return fail(Errc::unavailable, "cannot listen on " + options.listen + ": " + trouble);
    addresses.smpp = address;
    return addresses;
  }

  void stop() {
    if (server) server->stop();
    std::shared_ptr<net::StreamSet> closing;
    {
      const std::lock_guard lock(mutex);
      closing = std::exchange(set, nullptr);
    }
    closing.reset();
    io.stop();
  }

  // Something with the exchange, then what it has to say.
  template <class Call>
  auto with_exchange(Call call) {
    const std::lock_guard lock(mutex);
    auto result = call(exchange);
    say_all();
    return result;
  }

  // --- streams; the io context has one thread, the lock is for the others
  void on_event(net::StreamEvent event) {
    const std::lock_guard lock(mutex);
    if (!set) return;
    using Kind = net::StreamEvent::Kind;
    if (event.kind == Kind::listening) address = event.text, changed.notify_all();
    if (event.kind == Kind::closed && event.listener == listener_id)
      trouble = event.text.empty() ? "closed" : event.text, changed.notify_all();
    if (event.kind == Kind::accepted) open(event.stream);
    if (event.kind == Kind::closed) close(event.stream);
    if (event.kind == Kind::writable) write_waiting(event.stream);
    if (event.kind == Kind::data) {
      exchange.received(event.stream, event.bytes, now_ms());
      set->read(event.stream, event.bytes.size());
    }
    say_all();
  }

  void open(std::uint64_t stream) {
    exchange.opened(stream);
    set->read(stream, read_ahead);
    say("connected");
  }

  void close(std::uint64_t stream) {
    waiting.erase(stream);
    exchange.closed(stream);
  }

  void say_all() {
    for (auto& [stream, output] : exchange.take_output()) {
      if (!output.bytes.empty()) {
        waiting[stream] += output.bytes;
        write_waiting(stream);
      }
      if (output.close && set) set->close(stream);
    }
    const std::int64_t next = exchange.next_tick_ms();
    if (next == 0 || (ticks_at != 0 && ticks_at <= next)) return;
    ticks_at = next;
    timer = io.after(Millis{std::max<std::int64_t>(next - now_ms(), 1)}, [weak = weak_from_this()] {
      if (const auto state = weak.lock()) state->tick();
    });
  }

  // All of it or, when too much is under way, nothing: then `writable` comes.
  void write_waiting(std::uint64_t stream) {
    const auto found = waiting.find(stream);
    if (found == waiting.end() || !set || found->second.empty()) return;
    const auto written = set->write(stream, found->second);
    if (written || written.error().code != Errc::busy) found->second.clear();
  }

  void tick() {
    const std::lock_guard lock(mutex);
    ticks_at = 0;
    exchange.tick(now_ms());
    say_all();
  }

  std::int64_t now_ms() const { return to_ms(clock.now()); }

  void say(const std::string& line) const {
    if (options.quiet) return;
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }

  // --- HTTP
  net::HttpResponse answer(const net::HttpRequest& request) {
    const std::string what = request.method + ' ' + request.path;
    if (what == "GET /state") return json_answer(with_exchange([](auto& to) { return to.state(); }));
    if (what == "GET /submits")
      return json_answer(with_exchange([&](auto& to) { return to.submits(most_of(request.query)); }));
    if (what == "DELETE /submits")
      return answer_of(with_exchange([](auto& to) { return to.forget(), Result<void>{}; }));
    const json::object body = object_in(request.body);
    if (what == "PUT /behaviour") return answer_of(with_exchange([&](auto& to) { return to.behave(body); }));
    if (what == "POST /messages")
      return answer_of(with_exchange([&](auto& to) { return to.add_messages(body, now_ms()); }));
    if (what == "POST /drop") return answer_of(with_exchange([](auto& to) { return to.drop(), Result<void>{}; }));
    if (what == "POST /raw") return answer_of(send_raw(body));
    return plain_answer(
        404, "there are GET /state, GET and DELETE /submits, PUT /behaviour, POST /messages, /raw and /drop");
  }

  Result<void> send_raw(const json::object& body) {
    const auto* text = body.if_contains("hex");
    const auto bytes = text && text->is_string() ? bytes_of_hex(text->get_string()) : std::nullopt;
    if (!bytes) return fail(Errc::invalid, "say {\"hex\": \"0000001000000015…\"}");
    return with_exchange([&](auto& to) { return to.send_raw(*bytes), Result<void>{}; });
  }

  SmscOptions options;
  SystemClock clock;
  net::IoContext io{1};
  net::Streams streams;
  std::unique_ptr<net::HttpServer> server;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::shared_ptr<net::StreamSet> set;
  std::string address, trouble;
  SmscExchange exchange;
  std::map<std::uint64_t, std::string> waiting;  // bytes for which there was no room
  net::TimerHandle timer;
  std::int64_t ticks_at = 0;
};

Smsc::Smsc(SmscOptions options) : state_(std::make_shared<State>(std::move(options))) {}
Smsc::~Smsc() { stop(); }
Result<SmscAddresses> Smsc::start() { return state_->start(); }
void Smsc::stop() { state_->stop(); }

Result<void> Smsc::behave(const json::object& change) {
  return state_->with_exchange([&](auto& to) { return to.behave(change); });
}

Result<void> Smsc::add_messages(const json::object& wanted) {
  return state_->with_exchange([&](auto& to) { return to.add_messages(wanted, state_->now_ms()); });
}

json::object Smsc::state() const {
  return state_->with_exchange([](auto& to) { return to.state(); });
}

int simulate_smsc(const SmscOptions& options) {
  std::optional<Smsc> smsc;
  return serve([&]() -> Result<std::string> {
    smsc.emplace(options);
    const auto at = smsc->start();
    if (!at) return at.error();
    return "listening on smpp://" + at->smpp + (at->http.empty() ? "" : "\ncontrol calls: http://" + at->http);
  });
}

}  // namespace jackfield::simulate
