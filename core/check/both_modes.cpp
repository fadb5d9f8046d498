#include "check/both_modes.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/crypto.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "net/io.hpp"
#include "net/streams.hpp"
#include "testkit/case_file.hpp"

namespace jackfield::check {
namespace json = boost::json;
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr Millis kDrain{2000};

// What several threads tell and the check waits for.
class Board {
 public:
  template <class F>
  void change(F with) {
    std::lock_guard lock(mutex_);
    with();
    changed_.notify_all();
  }
  template <class F>
  bool await(F holds) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, holds);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

// Stores everything at once and writes down what it was told.
class Witness final : public host::FlowPort {
 public:
  Result<void> deliver(host::Delivery delivery) override {
    board.change([&] { deliveries.push_back(delivery.events + " " + delivery.kv_writes); });
    delivery.done({});
    return {};
  }
  void send_done(const std::string&, host::SendResult result) override {
    board.change([&] { outcomes[result.token] = std::move(result); });
  }
  void send_note(const std::string&, std::uint64_t, std::vector<std::string> ids,
                 std::function<void(Result<void>)> done) override {
    board.change([&] {
      for (const auto& id : ids) notes.push_back(id);
    });
    done({});
  }
  void kv_get(const std::string&, std::string key, std::function<void(Result<std::string>)> done) override {
    std::string value;
    board.change([&] { value = kv[key]; });
    value.empty() ? done(fail(Errc::not_found, "no such key")) : done(value);
  }
  void kv_cas(const std::string&, std::string key, std::string expected, std::string value,
              std::function<void(Result<void>)> done) override {
    bool won = false;
    board.change([&] {
      if ((won = kv[key] == expected)) kv[key] = std::move(value);
    });
    won ? done({}) : done(fail(Errc::conflict, "the value is another one"));
  }
  void timer_set(const std::string&, std::uint64_t, Time, std::string) override {}
  void timer_cancel(const std::string&, std::uint64_t) override {}
  void timer_done(const std::string&, std::uint64_t) override {}
  void fetch_done(const std::string&, host::FetchResult) override {}
  void channel_state(const std::string&, host::ChannelState now, std::string why) override {
    board.change([&] {
      state = now;
      detail = std::move(why);
    });
  }
  void capacity(const std::string&, std::uint32_t) override {}

  Board board;
  std::vector<std::string> deliveries, notes;
  std::map<std::uint64_t, host::SendResult> outcomes;
  std::map<std::string, std::string> kv;
  host::ChannelState state = host::ChannelState::starting;
  std::string detail;
};

class Blobs final : public host::BlobPort {
 public:
  Result<std::string> put(std::string_view bytes) override {
    std::lock_guard lock(mutex_);
    const auto id = sha256_hex(bytes);
    all_[id] = std::string(bytes);
    return id;
  }
  Result<std::string> read(std::string_view id, std::uint64_t offset, std::uint64_t most) override {
    std::lock_guard lock(mutex_);
    const auto at = all_.find(std::string(id));
    if (at == all_.end()) return fail(Errc::not_found, "no such blob");
    return at->second.substr(std::min<std::size_t>(offset, at->second.size()), most);
  }
  Result<std::int64_t> size(std::string_view id) override {
    const auto all = read(id, 0, SIZE_MAX);
    return all ? Result<std::int64_t>(static_cast<std::int64_t>(all->size())) : all.error();
  }
  std::string path(std::string_view) override { return "/dev/null"; }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> all_;
};

// Only into what is there, or at the top.
void place(json::value& into, const std::string& pointer, json::value value) {
  boost::system::error_code error;
  const auto last = pointer.rfind('/');
  auto* parent = last == std::string::npos ? nullptr : into.find_pointer(pointer.substr(0, last), error);
  if (parent != nullptr && parent->is_object()) parent->get_object()[pointer.substr(last + 1)] = std::move(value);
}

// As a person would write them.
json::object settings_of(Context& context, const json::object& own, const std::string& provider) {
  const auto options = context.options(own);
  json::value settings = json::parse(options.settings);
  for (const auto& [pointer, values] : options.secrets) {
    json::array list(values.begin(), values.end());
    place(settings, pointer, values.size() == 1 ? json::value(values.front()) : json::value(std::move(list)));
  }
  auto& object = settings.as_object();
  if (object.contains("api_url")) object["api_url"] = provider;
  return object;
}

std::vector<std::pair<std::string, std::string>> headers_of(const std::string& lines) {
  std::vector<std::pair<std::string, std::string>> out;
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find("\r\n", at), lines.size());
    const auto line = lines.substr(at, end - at);
    const auto colon = line.find(": ");
    if (colon != std::string::npos) out.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    at = end + 2;
  }
  for (auto& [name, value] : out)
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return out;
}

std::string text_of(const host::SendResult& result) {
  std::string out = std::to_string(static_cast<int>(result.outcome)) + " " + result.error_class + " " + result.code +
                    " " + std::to_string(result.retry_after.count()) + " " + result.detail;
  for (const auto& id : result.provider_ids) out += " " + id;
  return out;
}

}  // namespace

struct LiveHost::State {
  State(Context& context, const json::object& own, host::Isolation isolation, testkit::HttpAnswer given)
      : answer(std::move(given)),
        provider(
            io, {},
            [this](net::HttpRequest request, std::shared_ptr<net::Responder> to) { respond(std::move(request), *to); }),
        host({io, http, streams, flow, blobs, clock, random}) {
    io.start();
    const auto address = provider.listen("127.0.0.1:0");
    if (!address) throw Skipped{"there is no port for a provider: " + address.error().message};
    host::PluginFile plugin;
    plugin.path = context.plugin();
    plugin.manifest = context.manifest();
    config = {"test", std::move(plugin), settings_of(context, own, "http://" + *address), isolation};
  }
  ~State() {
    host.stop(Millis{0});
    provider.stop();
    http.stop();
    io.stop();
  }

  void respond(net::HttpRequest request, net::Responder& to) {
    flow.board.change([&] { asked.push_back(request.method + " " + request.target + " " + request.body); });
    net::HttpResponse response;
    response.status = answer.progress == JF_HTTP_ANSWERED ? static_cast<int>(answer.http_status) : 0;
    response.headers = headers_of(answer.headers);
    response.body = answer.body;
    to.respond(std::move(response));
  }
  void line(const std::string& where, const std::string& what) { transcript.push_back(where + ": " + what); }

  const testkit::HttpAnswer answer;
  net::IoContext io{2};
  net::HttpClient http;
  net::Streams streams{io};
  SystemClock clock;
  SeededRandom random{1};
  Witness flow;
  Blobs blobs;
  std::vector<std::string> asked;  // under the board's lock
  net::HttpServer provider;
  host::Host host;
  host::ChannelConfig config;
  std::uint64_t token = 0;
  Transcript transcript;
};

LiveHost::LiveHost(Context& context, const json::object& own, host::Isolation isolation, testkit::HttpAnswer answer)
    : state_(std::make_unique<State>(context, own, isolation, std::move(answer))) {}

LiveHost::~LiveHost() = default;

bool LiveHost::start() {
  State& s = *state_;
  s.host.start({s.config});
  const bool settled = s.flow.board.await([&] { return s.flow.state != host::ChannelState::starting; });
  const bool ready = settled && s.flow.state != host::ChannelState::failed;
  s.line("start", std::string(host::name_of(s.flow.state)) + " " + s.flow.detail);
  return ready;
}

void LiveHost::webhook(const std::string& name, const testkit::WebhookCall& call) {
  State& s = *state_;
  std::optional<host::WebhookReply> reply;
  std::size_t before = 0;
  s.flow.board.change([&] { before = s.flow.deliveries.size(); });
  s.host.webhook("test",
                 {call.method, call.path, call.query, call.body, call.remote, call.url, headers_of(call.headers)},
                 [&](host::WebhookReply given) { s.flow.board.change([&] { reply = std::move(given); }); });
  // The host answers within its own limit, so that nothing of this is used after its end.
  while (!s.flow.board.await([&] { return reply.has_value(); })) {
  }
  s.line(name + ".reply", std::to_string(reply->status) + " " + reply->content_type + " " + reply->body);
  s.flow.board.change([&] {
    for (auto at = before; at < s.flow.deliveries.size(); ++at)
      s.line(name + ".events[" + std::to_string(at - before) + "]", s.flow.deliveries[at]);
  });
}

void LiveHost::send(const std::string& name, const std::string& message) {
  State& s = *state_;
  host::SendRequest request;
  const auto token = request.token = ++s.token;
  request.idempotency_key = "01JFCHECK0000000000000001";
  request.message = message;
  s.host.send("test", std::move(request));
  const bool done = s.flow.board.await([&] { return s.flow.outcomes.contains(token); });
  s.flow.board.change([&] { s.line(name + ".outcome", done ? text_of(s.flow.outcomes[token]) : "none"); });
}

Transcript LiveHost::end() {
  State& s = *state_;
  const auto info = s.host.channel("test");
  s.host.stop(kDrain);
  s.line("crashes", std::to_string(info ? info->crashes : 0));
  s.line("broken rules", std::to_string(info ? info->contract_breaks : 0));
  s.flow.board.change([&] {
    std::sort(s.asked.begin(), s.asked.end());  // requests of several sends may overtake one another
    for (std::size_t i = 0; i < s.asked.size(); ++i) s.line("http[" + std::to_string(i) + "]", s.asked[i]);
    for (const auto& [key, value] : s.flow.kv) s.line("kv." + key, value);
    for (std::size_t i = 0; i < s.flow.notes.size(); ++i) s.line("notes[" + std::to_string(i) + "]", s.flow.notes[i]);
  });
  return std::move(s.transcript);
}

void compare_modes(const std::function<Transcript(host::Isolation)>& run) {
  const auto here = run(host::Isolation::none), again = run(host::Isolation::none);
  const auto apart = run(host::Isolation::process);
  const auto cut = [](const std::string& line) { return line.size() <= 400 ? line : line.substr(0, 400) + "…"; };
  const auto at = [&](const Transcript& lines, std::size_t i) { return i < lines.size() ? lines[i] : "nothing"; };
  for (std::size_t i = 0; i < std::max(here.size(), apart.size()); ++i) {
    if (at(here, i) == at(apart, i) || at(here, i) != at(again, i)) continue;
    throw Failed{"another transcript in a process of its own. In this process: " + cut(at(here, i)) +
                 "; in its own: " + cut(at(apart, i))};
  }
}

}  // namespace jackfield::check
