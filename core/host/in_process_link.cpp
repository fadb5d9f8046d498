#include "host/in_process_link.hpp"

#include <chrono>
#include <cstring>
#include <exception>
#include <mutex>
#include <set>

#include "host/host_bridge.hpp"
#include "host/loader.hpp"

namespace jackfield::host {
namespace {

constexpr Millis kSlow{200};
constexpr std::size_t kMostOffloads = 1024;

// The function of the table, all but get_extension, must be there.
std::string table_problem(const jf_connector_api* api) {
  if (!api) return "create gave no table of functions";
  if (!JF_HAS(api, get_extension))
    return "the connector's table of functions is truncated: size " + std::to_string(api->size);
  const bool complete = api->start && api->send && api->cancel && api->on_delivered && api->on_timer && api->on_http &&
                        api->on_complete && api->on_webhook && api->drain && api->stop && api->destroy;
  return complete ? "" : "the connector's table of functions has a null entry";
}

std::string text_of(jf_status status, const jf_error& error) {
  const auto bounded = [](const char* text, std::size_t most) { return std::string(text, ::strnlen(text, most)); };
  std::string out = bounded(error.message, sizeof error.message);
  const std::string code = bounded(error.code, sizeof error.code);
  if (!code.empty()) out += out.empty() ? code : " (" + code + ")";
  if (out.empty()) out = "answered " + std::string(name_of(static_cast<Status>(status)));
  return out;
}

void append_bytes(void* user, jf_str bytes) { static_cast<std::string*>(user)->append(view(bytes)); }

jf_stream_event c_event(const net::StreamEvent& event) {
  jf_stream_event out{};
  out.size = sizeof out;
  out.kind = static_cast<std::uint32_t>(event.kind);
  out.listener = event.listener;
  out.stream = event.stream;
  out.status = event.orderly ? JF_OK : JF_INTERNAL;
  out.bytes = borrow(event.bytes);
  out.text = borrow(event.text);
  return out;
}

static_assert(static_cast<unsigned>(net::StreamEvent::Kind::closed) == JF_STREAM_CLOSED);
static_assert(static_cast<unsigned>(net::StreamEvent::Kind::data) == JF_STREAM_DATA);
static_assert(static_cast<unsigned>(HttpProgress::answered) == JF_HTTP_ANSWERED);

// Members without a lock are the strand's.
class InProcessLink final : public Link, public std::enable_shared_from_this<InProcessLink> {
 public:
  InProcessLink(std::string file, std::weak_ptr<HostSide> side, net::Strand strand,
                std::shared_ptr<net::Workers> workers)
      : file_(std::move(file)), side_(std::move(side)), strand_(std::move(strand)), workers_(std::move(workers)) {}
  ~InProcessLink() override {
    if (bridge_) retire(std::move(bridge_));
  }

  void create(CreateArgs args, Done done) override { done(create_now(args)); }
  void start(Done done) override { done(start_now()); }
  void send(SendRequest request, std::function<void(Taken, std::string)> done) override;
  void cancel(std::uint64_t token) override {
    call("cancel", [&] { api_->cancel(self_, token); });
  }
  void delivered(std::uint64_t delivery, Status status) override {
    call("on_delivered", [&] { api_->on_delivered(self_, delivery, static_cast<jf_status>(status)); });
  }
  void timer(std::uint64_t timer, std::string payload) override {
    if (!api_) return;
    // One that throws is dealt with as well: it would throw the next time, too.
    call("on_timer", [&] { api_->on_timer(self_, timer, borrow(payload)); });
    if (const auto side = side_.lock()) side->timer_done(timer);
  }
  void http(std::uint64_t op, HttpOutcome outcome) override;
  void complete(std::uint64_t op, Status status, std::string value) override {
    call("on_complete", [&] { api_->on_complete(self_, op, static_cast<jf_status>(status), borrow(value)); });
  }
  void webhook(std::uint64_t request, WebhookRequest value, std::function<void(bool)> done) override;
  void fetch(std::uint64_t token, std::string part, std::function<void(Status)> done) override;
  void replay(std::string raw, std::function<void(Result<std::string>)> done) override;
  void signal(std::string signal, Done done) override;
  void preview(std::string message, std::function<void(Result<std::string>)> done) override;
  void stream_event(net::StreamEvent event) override;
  void drain(Time deadline) override {
    call("drain", [&] { api_->drain(self_, to_ms(deadline)); });
  }
  void stop(std::function<void()> done) override;

 private:
  // Runs one callback of the connector; false when there is no instance or it threw.
  template <class F>
  bool call(const char* name, F&& callback) {
    return api_ && watched(name, callback);
  }
  template <class F>
  bool watched(const char* name, F&& callback);  // and says so when it is slow
  template <class F>
  bool guarded(F&& callback, const char* name);  // false when it threw
  void broken(const std::string& what) {
    if (const auto side = side_.lock()) side->contract_break(what);
  }

  Result<void> create_now(const CreateArgs& args);
  Result<void> start_now();
  void find_extensions();
  const void* extension(std::string_view id);
  void end_instance();
  Status offload(std::uint64_t op, void (*work)(void*), void* arg);
  void offload_ended(std::uint64_t op, Status status);

  const std::string file_;
  const std::weak_ptr<HostSide> side_;
  const net::Strand strand_;
  const std::shared_ptr<net::Workers> workers_;
  std::unique_ptr<HostBridge> bridge_;
  const jf_connector_api* api_ = nullptr;
  void* self_ = nullptr;
  const jf_stream_handler* streams_ = nullptr;
  const jf_media_handler* media_ = nullptr;
  const jf_replay_handler* replay_ = nullptr;
  const jf_signal_handler* signal_ = nullptr;
  const jf_preview_handler* preview_ = nullptr;
  std::function<void()> stopping_;  // waits for offloaded work

  std::mutex offload_mutex_;
  std::set<std::uint64_t> offloads_;
};

template <class F>
bool InProcessLink::guarded(F&& callback, const char* name) {
  try {
    callback();
    return true;
  } catch (const std::exception& error) {
    broken("an exception left " + std::string(name) + ": " + error.what());
  } catch (...) {
    broken("an exception left " + std::string(name));
  }
  return false;
}

template <class F>
bool InProcessLink::watched(const char* name, F&& callback) {
  using SteadyClock = std::chrono::steady_clock;
  const auto begin = SteadyClock::now();
  const bool returned = guarded(callback, name);
  const auto took = std::chrono::duration_cast<Millis>(SteadyClock::now() - begin);
  if (took > kSlow)
    if (const auto side = side_.lock()) side->slow_callback(name, took);
  return returned;
}

Result<void> InProcessLink::create_now(const CreateArgs& args) {
  const auto module = load_plugin(file_);
  if (!module) return fail(Errc::unavailable, file_ + " " + module.error().message);
  if (!bridge_) {
    bridge_ = std::make_unique<HostBridge>(side_,
                                           [weak = weak_from_this()](std::uint64_t op, void (*work)(void*), void* arg) {
                                             const auto link = weak.lock();
                                             return link ? link->offload(op, work, arg) : Status::state;
                                           });
  }
  jf_create c_args{};
  c_args.size = sizeof c_args;
  c_args.channel = borrow(args.channel);
  c_args.settings = borrow(args.settings);
  jf_error error{};
  error.size = sizeof error;
  const jf_connector_api* api = nullptr;
  void* self = nullptr;
  jf_status status = JF_INTERNAL;
  if (!watched("create", [&] { status = (*module)->create(&bridge_->api, &c_args, &api, &self, &error); }))
    return fail(Errc::unavailable, "create broke off with an exception");
  if (status != JF_OK) return fail(Errc::unavailable, text_of(status, error));
  if (const auto problem = table_problem(api); !problem.empty()) {
    broken(problem);
    return fail(Errc::unavailable, problem);
  }
  api_ = api;
  self_ = self;
  find_extensions();
  return {};
}

const void* InProcessLink::extension(std::string_view id) {
  const void* found = nullptr;
  if (api_->get_extension) call("get_extension", [&] { found = api_->get_extension(self_, borrow(id)); });
  return found;
}

void InProcessLink::find_extensions() {
  const auto* streams = static_cast<const jf_stream_handler*>(extension(JF_EXT_STREAM));
  if (streams && JF_HAS(streams, on_stream) && streams->on_stream) streams_ = streams;
  const auto* media = static_cast<const jf_media_handler*>(extension(JF_EXT_MEDIA));
  if (media && JF_HAS(media, fetch) && media->fetch) media_ = media;
  const auto* replay = static_cast<const jf_replay_handler*>(extension(JF_EXT_REPLAY));
  if (replay && JF_HAS(replay, replay) && replay->replay) replay_ = replay;
  const auto* signal = static_cast<const jf_signal_handler*>(extension(JF_EXT_SIGNAL));
  if (signal && JF_HAS(signal, signal) && signal->signal) signal_ = signal;
  const auto* preview = static_cast<const jf_preview_handler*>(extension(JF_EXT_PREVIEW));
  if (preview && JF_HAS(preview, preview) && preview->preview) preview_ = preview;
}

Result<void> InProcessLink::start_now() {
  jf_error error{};
  error.size = sizeof error;
  jf_status status = JF_STATE;
  if (!call("start", [&] { status = api_->start(self_, &error); }))
    return fail(Errc::unavailable, "start broke off with an exception");
  if (status != JF_OK) return fail(Errc::unavailable, text_of(status, error));
  return {};
}

void InProcessLink::send(SendRequest request, std::function<void(Taken, std::string)> done) {
  jf_send send{};
  send.size = sizeof send;
  send.attempt = static_cast<std::uint32_t>(request.attempt);
  send.token = request.token;
  send.timeout_ms = static_cast<std::uint64_t>(request.timeout.count());
  send.idempotency_key = borrow(request.idempotency_key);
  send.message = borrow(request.message);
  if (!api_) return done(Taken::busy, "the connector is not there");
  jf_status status = JF_INTERNAL;
  if (!call("send", [&] { status = api_->send(self_, &send); }))
    return done(Taken::unclear, "send broke off with an exception");
  if (status == JF_OK) return done(Taken::taken, "");
  if (status == JF_BUSY) return done(Taken::busy, "");
  done(Taken::refused, "send answered " + std::string(name_of(static_cast<Status>(status))));
}

void InProcessLink::http(std::uint64_t op, HttpOutcome outcome) {
  const std::string headers = join_headers(outcome.headers);
  jf_http_response response{};
  response.size = sizeof response;
  response.progress = static_cast<std::uint32_t>(outcome.progress);
  response.http_status = static_cast<std::uint32_t>(outcome.http_status);
  response.status = static_cast<jf_status>(outcome.status);
  response.headers = borrow(headers);
  response.body = borrow(outcome.body);
  response.blob = borrow(outcome.blob);
  response.error = borrow(outcome.error);
  call("on_http", [&] { api_->on_http(self_, op, &response); });
}

void InProcessLink::webhook(std::uint64_t request, WebhookRequest value, std::function<void(bool)> done) {
  const std::string headers = join_headers(value.headers);
  jf_webhook webhook{};
  webhook.size = sizeof webhook;
  webhook.request = request;
  webhook.method = borrow(value.method);
  webhook.path = borrow(value.path);
  webhook.query = borrow(value.query);
  webhook.headers = borrow(headers);
  webhook.body = borrow(value.body);
  webhook.remote = borrow(value.remote);
  webhook.url = borrow(value.url);
  done(call("on_webhook", [&] { api_->on_webhook(self_, &webhook); }));
}

void InProcessLink::fetch(std::uint64_t token, std::string part, std::function<void(Status)> done) {
  jf_status status = media_ ? JF_INTERNAL : JF_UNSUPPORTED;
  if (media_) call("fetch", [&] { status = media_->fetch(self_, token, borrow(part)); });
  done(static_cast<Status>(status));
}

void InProcessLink::replay(std::string raw, std::function<void(Result<std::string>)> done) {
  if (!replay_) return done(fail(Errc::conflict, "the connector cannot decode anything again (no " JF_EXT_REPLAY ")"));
  std::string events;
  jf_status status = JF_INTERNAL;
  call("replay", [&] { status = replay_->replay(self_, borrow(raw), append_bytes, &events); });
  if (status == JF_OK) return done(std::move(events));
  if (status == JF_UNSUPPORTED) return done(fail(Errc::conflict, "it still cannot be decoded"));
  done(fail(Errc::unavailable, "replay answered " + std::string(name_of(static_cast<Status>(status)))));
}

void InProcessLink::signal(std::string signal, Done done) {
  if (!signal_) return done(fail(Errc::conflict, "the connector has no such sign (no " JF_EXT_SIGNAL ")"));
  jf_status status = JF_INTERNAL;
  call("signal", [&] { status = signal_->signal(self_, borrow(signal)); });
  if (status == JF_OK) return done({});
  if (status == JF_UNSUPPORTED) return done(fail(Errc::conflict, "the channel has no such sign"));
  done(fail(Errc::unavailable, "signal answered " + std::string(name_of(static_cast<Status>(status)))));
}

void InProcessLink::preview(std::string message, std::function<void(Result<std::string>)> done) {
  if (!preview_) return done(fail(Errc::conflict, "the connector tells nothing before a send (no " JF_EXT_PREVIEW ")"));
  std::string told;
  jf_status status = JF_INTERNAL;
  call("preview", [&] { status = preview_->preview(self_, borrow(message), append_bytes, &told); });
  if (status == JF_OK) return done(std::move(told));
  if (status == JF_UNSUPPORTED) return done(fail(Errc::conflict, "the connector tells nothing before this send"));
  done(fail(Errc::unavailable, "preview answered " + std::string(name_of(static_cast<Status>(status)))));
}

void InProcessLink::stream_event(net::StreamEvent event) {
  if (!streams_) return;
  const auto c = c_event(event);
  call("on_stream", [&] { streams_->on_stream(self_, &c); });
}

void InProcessLink::stop(std::function<void()> done) {
  {
    std::lock_guard lock(offload_mutex_);
    if (!offloads_.empty()) {
      stopping_ = std::move(done);
      return;
    }
  }
  end_instance();
  done();
}

void InProcessLink::end_instance() {
  if (!api_) return;
  call("stop", [&] { api_->stop(self_); });
  if (bridge_) bridge_->closed = true;
  call("destroy", [&] { api_->destroy(self_); });
  api_ = nullptr;
  self_ = nullptr;
  streams_ = nullptr;
  media_ = nullptr;
  replay_ = nullptr;
  signal_ = nullptr;
  preview_ = nullptr;
}

// [any thread]
Status InProcessLink::offload(std::uint64_t op, void (*work)(void*), void* arg) {
  {
    std::lock_guard lock(offload_mutex_);
    if (offloads_.size() >= kMostOffloads) return Status::busy;
    if (!offloads_.insert(op).second) return Status::invalid;
  }
  const bool taken = workers_->submit([self = shared_from_this(), op, work, arg] {
    const bool returned = self->guarded([&] { work(arg); }, "offloaded work");
    self->strand_.post([self, op, returned] { self->offload_ended(op, returned ? Status::ok : Status::internal); });
  });
  if (taken) return Status::ok;
  std::lock_guard lock(offload_mutex_);
  offloads_.erase(op);
  return Status::busy;
}

void InProcessLink::offload_ended(std::uint64_t op, Status status) {
  bool last = false;
  {
    std::lock_guard lock(offload_mutex_);
    offloads_.erase(op);  // before the callback: it may use the id again
  }
  complete(op, status, "");
  {
    std::lock_guard lock(offload_mutex_);
    last = offloads_.empty();
  }
  if (last && stopping_) stop(std::exchange(stopping_, nullptr));
}

}  // namespace

std::shared_ptr<Link> make_in_process_link(std::string file, std::weak_ptr<HostSide> side, net::Strand strand,
                                           std::shared_ptr<net::Workers> workers) {
  return std::make_shared<InProcessLink>(std::move(file), std::move(side), std::move(strand), std::move(workers));
}

}  // namespace jackfield::host
