// SPDX-License-Identifier: Apache-2.0
//
// host.hpp: what the host does for a connector, with ids allotted here and answers given to callbacks.
#ifndef JACKFIELD_HOST_HPP
#define JACKFIELD_HOST_HPP

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "jackfield/extensions.h"
#include "jackfield/http.hpp"
#include "jackfield/stream.hpp"
#include "jackfield/values.hpp"

namespace jackfield::sdk {

namespace detail {

// Callbacks that wait for the host's answer, by id. [any]
template <class Signature>
class Waiting {
 public:
  void add(std::uint64_t id, Function<Signature> callback) {
    const std::lock_guard lock(mutex_);
    open_[id] = std::move(callback);
  }
  Function<Signature> take(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(id);
    if (found == open_.end()) return {};
    Function<Signature> callback = std::move(found->second);
    open_.erase(found);
    return callback;
  }
  void clear() {  // outside the lock: what a callback owns may answer the host as it goes
    std::unordered_map<std::uint64_t, Function<Signature>> gone;
    {
      const std::lock_guard lock(mutex_);
      gone.swap(open_);
    }
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, Function<Signature>> open_;
};

inline void append_to(void* text, jf_str bytes) { static_cast<std::string*>(text)->append(bytes.data, bytes.len); }
inline void push_to(void* list, jf_str bytes) {
  static_cast<std::vector<std::string>*>(list)->emplace_back(bytes.data, bytes.len);
}

}  // namespace detail

// Callbacks run on the strand. Each runs exactly once, unless stop comes first: then it is destroyed, and what it owns
// (a Send) answers for itself. When the host refuses a call (BUSY, INVALID) the callback runs at once, inside the call,
// with that status. Functions are [any] unless marked. Views are borrowed until the call returns, both ways.
class Host {
 public:
  using Done = Function<void(jf_status status)>;
  using Value = Function<void(jf_status status, std::string_view value)>;

  explicit Host(const jf_host_api* api)
      : api_(api),
        streams_api_(extension<jf_stream_api>(JF_EXT_STREAM)),
        offload_api_(extension<jf_offload_api>(JF_EXT_OFFLOAD)),
        blob_api_(extension<jf_blob_api>(JF_EXT_BLOB)),
        media_api_(extension<jf_media_api>(JF_EXT_MEDIA)) {}
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // --- log, clock, chance, numbers, state
  void log(Level level, std::string_view line) noexcept {
    api_->log(api_->host, static_cast<std::uint32_t>(level), str(line));
  }
  void debug(std::string_view line) noexcept { log(Level::debug, line); }
  void info(std::string_view line) noexcept { log(Level::info, line); }
  void warn(std::string_view line) noexcept { log(Level::warn, line); }
  void error(std::string_view line) noexcept { log(Level::error, line); }

  std::int64_t now_ms() const noexcept { return api_->now_ms(api_->host); }
  void random(std::span<std::uint8_t> out) noexcept { api_->random(api_->host, out.data(), out.size()); }

  void count(std::string_view name, double by = 1) noexcept {
    api_->metric(api_->host, JF_METRIC_COUNTER, str(name), by);
  }
  void gauge(std::string_view name, double is) noexcept { api_->metric(api_->host, JF_METRIC_GAUGE, str(name), is); }

  void set_state(State state, std::string_view detail = {}) noexcept {
    api_->set_state(api_->host, static_cast<std::uint32_t>(state), str(detail));
  }
  void set_capacity(std::uint32_t open_sends) noexcept { api_->set_capacity(api_->host, open_sends); }

  // The values of a setting marked secret ("/app_secret"); empty when it is not set.
  std::vector<std::string> secret(std::string_view pointer) {
    std::vector<std::string> values;
    api_->secret(api_->host, str(pointer), &detail::push_to, &values);
    return values;
  }

  // --- events that no webhook waits for; with one, see Webhook::deliver
  jf_status deliver(std::string_view events, std::string_view kv_writes = {}) {
    const jf_delivery delivery{sizeof(jf_delivery), 0, 0, 0, str(events), str(kv_writes)};
    return api_->deliver(api_->host, &delivery);
  }
  // done(OK): durable. Anything else: none of it is, deliver it again (BUSY: a little later).
  void deliver(std::string_view events, std::string_view kv_writes, Done done) {
    const std::uint64_t id = next_id();
    deliveries_.add(id, std::move(done));
    const jf_delivery delivery{sizeof(jf_delivery), 0, id, 0, str(events), str(kv_writes)};
    const jf_status status = api_->deliver(api_->host, &delivery);
    if (status != JF_OK) on_delivered(id, status);
  }

  // --- durable key-value state of the channel
  void kv_get(std::string_view key, Value then) {
    const std::uint64_t op = add(std::move(then));
    refused(op, api_->kv_get(api_->host, op, str(key)));
  }
  // expected empty: absent; value empty: delete. CONFLICT when another value is there.
  void kv_cas(std::string_view key, std::string_view expected, std::string_view value, Done done) {
    const std::uint64_t op = add(std::move(done));
    refused(op, api_->kv_cas(api_->host, op, str(key), str(expected), str(value)));
  }

  // --- timers. [strand]
  // Returns an id for cancel_timer. Such a timer does not survive a restart.
  std::uint64_t at(std::int64_t at_ms, Function<void()> callback) {
    const std::uint64_t timer = kOwnTimers + next_id();
    timers_.add(timer, std::move(callback));
    if (api_->timer_set(api_->host, timer, at_ms, 0, {}) != JF_OK) {
      timers_.take(timer);
      return 0;
    }
    return timer;
  }
  std::uint64_t after(std::int64_t delay_ms, Function<void()> callback) {
    return at(now_ms() + delay_ms, std::move(callback));
  }
  void cancel_timer(std::uint64_t timer) {
    timers_.take(timer);
    api_->timer_cancel(api_->host, timer);
  }
  // A timer that survives a restart ends in Connector::on_timer. The connector chooses its id, below 2^62. It fires at
  // least once: it is done with when on_timer has returned; when the process ends before that, it fires again (after
  // two minutes, up to ten times).
  jf_status durable_timer(std::uint64_t timer, std::int64_t at_ms, std::string_view payload = {}) {
    return api_->timer_set(api_->host, timer, at_ms, JF_TIMER_DURABLE, str(payload));
  }

  // --- HTTP
  // A refusal comes as a response with progress NOT_SENT.
  void http(const HttpRequest& request, Function<void(const HttpResponse& response)> then) {
    const jf_http_request raw{sizeof(jf_http_request), request.flags,     str(request.method), str(request.url),
                              str(request.headers),    str(request.body), request.timeout_ms,  request.max_bytes,
                              str(request.body_blob),  str(request.form)};
    const std::uint64_t op = next_id();
    http_.add(op, std::move(then));
    outward_.fetch_add(1, std::memory_order_relaxed);
    const jf_status status = api_->http(api_->host, op, &raw);
    if (status == JF_OK) return;
    if (auto callback = http_.take(op)) {
      HttpResponse refusal;
      refusal.status = status;
      refusal.error = status == JF_BUSY ? "too many requests are open" : "the host refused the request";
      callback(refusal);
    }
  }

  // --- blobs
  // The id of the stored bytes; empty when that failed.
  std::string put_blob(std::string_view bytes) {
    std::string id;
    if (blob_api_ == nullptr || blob_api_->put(api_->host, str(bytes), &detail::append_to, &id) != JF_OK) return {};
    return id;
  }
  // The whole blob. INVALID when it is larger than the limit.
  void read_blob(std::string_view id, std::uint64_t limit, Function<void(jf_status status, std::string bytes)> then) {
    auto reading = std::make_unique<BlobReading>();
    reading->id = id;
    reading->limit = limit;
    reading->then = std::move(then);
    read_more(std::move(reading));
  }

  // --- long work
  // Runs work off the strand, then done on the strand: OK, or INTERNAL when work threw, or BUSY when it was not taken.
  // work must not touch what the strand owns.
  void offload(Function<void()> work, Done done) {
    struct Job {
      Function<void()> work;
      jf_status status = JF_OK;
    };
    auto job = std::make_unique<Job>();
    job->work = std::move(work);
    Job* raw = job.get();
    outward_.fetch_add(1, std::memory_order_relaxed);
    const std::uint64_t op =
        add(Value([job = std::move(job), done = std::move(done)](jf_status status, std::string_view) mutable {
          const jf_status result = status == JF_OK ? job->status : status;
          job.reset();
          if (done) done(result);
        }));
    const auto run = [](void* arg) {
      auto* self = static_cast<Job*>(arg);
      try {
        self->work();
      } catch (...) {
        self->status = JF_INTERNAL;
      }
    };
    refused(op, offload_api_ == nullptr ? JF_UNSUPPORTED : offload_api_->run(api_->host, op, run, raw));
  }

  // --- streams. [strand]
  // Starts to connect; stream->on_open or on_close follows.
  void connect(const Connect& to, std::shared_ptr<Stream> stream);
  // The id of the listener, for close_listener.
  std::uint64_t listen(Listen args);
  void close_listener(std::uint64_t listener) {
    if (streams_api_ != nullptr) streams_api_->close(api_->host, listener);
  }

  // How often a call was made that may have reached a provider: tells a send that threw whether it may have been sent.
  std::uint64_t outward_calls() const noexcept { return outward_.load(std::memory_order_relaxed); }

  const jf_host_api* api() const noexcept { return api_; }
  const jf_media_api* media_api() const noexcept { return media_api_; }

  // --- the rest is called by the wrapper
  std::uint64_t add(Value then) {
    const std::uint64_t op = next_id();
    completions_.add(op, std::move(then));
    return op;
  }
  std::uint64_t add(Done done) {
    return add(Value([done = std::move(done)](jf_status status, std::string_view) mutable {
      if (done) done(status);
    }));
  }
  void refused(std::uint64_t op, jf_status status) {
    if (status != JF_OK) on_complete(op, status, {});
  }
  void on_complete(std::uint64_t op, jf_status status, std::string_view value) {
    if (auto callback = completions_.take(op)) callback(status, value);
  }
  void on_delivered(std::uint64_t delivery, jf_status status) {
    if (auto callback = deliveries_.take(delivery)) callback(status);
  }
  void on_http(std::uint64_t op, const jf_http_response& raw) {
    auto callback = http_.take(op);
    if (!callback) return;
    callback(HttpResponse{raw.progress, raw.http_status, raw.status, view(raw.headers), view(raw.body), view(raw.blob),
                          view(raw.error)});
  }
  bool on_timer(std::uint64_t timer) {  // false: not one of ours
    if (timer < kOwnTimers) return false;
    if (auto callback = timers_.take(timer)) callback();
    return true;
  }
  void on_stream(const jf_stream_event& event);
  // Forgets every callback and stream; what they own answers now.
  void clear() {
    completions_.clear();
    deliveries_.clear();
    http_.clear();
    timers_.clear();
    auto streams = std::move(streams_);
    auto listeners = std::move(listeners_);
    for (auto& [id, stream] : streams) stream->host_ = nullptr;
  }

 private:
  friend class Stream;
  static constexpr std::uint64_t kOwnTimers = 1ull << 62;
  static constexpr std::uint64_t kBlobPiece = 1u << 20;

  struct BlobReading {
    std::string id, bytes;
    std::uint64_t limit = 0;
    Function<void(jf_status, std::string)> then;
  };

  template <class Api>
  const Api* extension(std::string_view id) const {
    return static_cast<const Api*>(api_->get_extension(api_->host, str(id)));
  }
  std::uint64_t next_id() noexcept { return next_.fetch_add(1, std::memory_order_relaxed); }

  void read_more(std::unique_ptr<BlobReading> reading) {
    BlobReading* raw = reading.get();
    const std::uint64_t op =
        add(Value([this, reading = std::move(reading)](jf_status status, std::string_view piece) mutable {
          reading->bytes.append(piece);
          if (status == JF_OK && reading->bytes.size() > reading->limit) status = JF_INVALID;
          if (status == JF_OK && !piece.empty()) return read_more(std::move(reading));
          if (status != JF_OK) reading->bytes.clear();
          reading->then(status, std::move(reading->bytes));
        }));
    refused(op, blob_api_ == nullptr ? JF_UNSUPPORTED
                                     : blob_api_->read(api_->host, op, str(raw->id), raw->bytes.size(), kBlobPiece));
  }

  template <class Call>
  void guarded(Stream& stream, Call call);
  void stream_closed(std::uint64_t id, jf_status status, std::string_view why);

  const jf_host_api* api_;
  const jf_stream_api* streams_api_;
  const jf_offload_api* offload_api_;
  const jf_blob_api* blob_api_;
  const jf_media_api* media_api_;
  std::atomic<std::uint64_t> next_{1};
  std::atomic<std::uint64_t> outward_{0};
  detail::Waiting<void(jf_status, std::string_view)> completions_;
  detail::Waiting<void(jf_status)> deliveries_;
  detail::Waiting<void(const HttpResponse&)> http_;
  detail::Waiting<void()> timers_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Stream>> streams_;
  std::unordered_map<std::uint64_t, Listen> listeners_;
};

// ---------------------------------------------------------------- streams

template <class Call>
void Host::guarded(Stream& stream, Call call) {
  try {
    call();
  } catch (const std::exception& problem) {
    error(std::string("a stream's callback threw: ") + problem.what());
    stream.close();
  } catch (...) {
    error("a stream's callback threw something that is no std::exception");
    stream.close();
  }
}

inline void Host::connect(const Connect& to, std::shared_ptr<Stream> stream) {
  const std::uint64_t id = next_id();
  stream->host_ = this;
  stream->id_ = id;
  streams_.emplace(id, std::move(stream));
  outward_.fetch_add(1, std::memory_order_relaxed);
  const jf_connect raw{sizeof(jf_connect), to.tls, str(to.host), to.port, to.timeout_ms};
  const jf_status status = streams_api_ == nullptr ? JF_UNSUPPORTED : streams_api_->connect(api_->host, id, &raw);
  if (status != JF_OK) stream_closed(id, status, "the host refused to connect");
}

inline std::uint64_t Host::listen(Listen args) {
  const std::uint64_t id = next_id();
  const jf_listen raw{sizeof(jf_listen),    args.tls, str(args.address), str(args.certificate), str(args.key),
                      args.max_connections, 0};
  listeners_.emplace(id, std::move(args));
  const jf_status status = streams_api_ == nullptr ? JF_UNSUPPORTED : streams_api_->listen(api_->host, id, &raw);
  if (status != JF_OK) stream_closed(id, status, "the host refused to listen");
  return id;
}

inline void Host::stream_closed(std::uint64_t id, jf_status status, std::string_view why) {
  if (auto listener = listeners_.extract(id)) {
    if (listener.mapped().closed) listener.mapped().closed(status, why);
  } else if (auto found = streams_.extract(id)) {
    Stream& stream = *found.mapped();
    stream.host_ = nullptr;
    guarded(stream, [&] { stream.on_close(status, why); });
  }
}

inline void Host::on_stream(const jf_stream_event& event) {
  if (event.kind == JF_STREAM_LISTENING) {
    const auto found = listeners_.find(event.listener);
    if (found != listeners_.end() && found->second.listening) found->second.listening(view(event.text));
    return;
  }
  if (event.kind == JF_STREAM_CLOSED) {
    return stream_closed(event.stream != 0 ? event.stream : event.listener, event.status, view(event.text));
  }
  if (event.kind == JF_STREAM_ACCEPTED) {
    const auto found = listeners_.find(event.listener);
    std::shared_ptr<Stream> made;
    if (found != listeners_.end()) made = found->second.accepted(view(event.text));
    if (made == nullptr) {
      streams_api_->close(api_->host, event.stream);
      return;
    }
    made->host_ = this;
    made->id_ = event.stream;
    streams_.emplace(event.stream, std::move(made));
  }
  const auto found = streams_.find(event.stream);
  if (found == streams_.end()) return;
  const std::shared_ptr<Stream> stream = found->second;
  guarded(*stream, [&] {
    switch (event.kind) {
      case JF_STREAM_ACCEPTED:
      case JF_STREAM_CONNECTED: stream->on_open(view(event.text)); break;
      case JF_STREAM_DATA:
        stream->on_data(view(event.bytes));
        stream->consumed(event.bytes.len);
        break;
      case JF_STREAM_WRITABLE:
        if (stream->flush()) stream->on_writable();
        break;
      case JF_STREAM_TLS: stream->on_tls(view(event.text)); break;
      default: break;
    }
  });
}

inline void Stream::read(std::uint64_t window) {
  window_ = window;
  if (host_ == nullptr || credit_ >= window_) return;
  const std::uint64_t more = window_ - credit_;
  credit_ = window_;
  host_->streams_api_->read(host_->api_->host, id_, more);
}

inline void Stream::consumed(std::uint64_t bytes) {
  credit_ = bytes < credit_ ? credit_ - bytes : 0;
  if (is_open()) read(window_);
}

inline void Stream::write(std::string_view bytes) {
  if (!is_open()) return;
  host_->outward_.fetch_add(1, std::memory_order_relaxed);
  const bool waits = !backlog_.empty();
  if (!waits && bytes.size() <= kPiece && host_->streams_api_->write(host_->api_->host, id_, str(bytes)) != JF_BUSY) {
    return;  // taken, or refused for good: then CLOSED follows
  }
  backlog_.append(bytes);
  if (!waits && bytes.size() > kPiece) flush();  // after BUSY, WRITABLE brings us back
}

// Offers the backlog in pieces, as the host takes a piece as a whole or not at all. True when it has gone.
inline bool Stream::flush() {
  std::size_t taken = 0;
  while (host_ != nullptr && taken < backlog_.size()) {
    const std::string_view piece = std::string_view(backlog_).substr(taken, kPiece);
    const jf_status status = host_->streams_api_->write(host_->api_->host, id_, str(piece));
    if (status == JF_BUSY) break;
    taken += status == JF_OK ? piece.size() : backlog_.size() - taken;  // refused for good: CLOSED follows
  }
  backlog_.erase(0, taken);
  if (!backlog_.empty()) return false;
  finish_writing();
  return true;
}

inline void Stream::finish_writing() {
  if (host_ == nullptr) return;
  if (std::exchange(tls_waits_, false)) host_->streams_api_->start_tls(host_->api_->host, id_, tls_flags_);
  if (closing_) host_->streams_api_->close(host_->api_->host, id_);
}

inline void Stream::start_tls(std::uint32_t flags) {
  if (!is_open()) return;
  tls_waits_ = true;
  tls_flags_ = flags;
  if (backlog_.empty()) finish_writing();
}

inline void Stream::close() {
  if (!is_open()) return;
  closing_ = true;
  if (backlog_.empty()) finish_writing();
}

}  // namespace jackfield::sdk
#endif
