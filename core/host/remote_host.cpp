#include "host/remote_host.hpp"

#include <chrono>

#include "base/crypto.hpp"
#include "host/child_calls.hpp"
#include "host/well_formed.hpp"

namespace jackfield::host {
namespace {

constexpr std::size_t kMostOps = 4096, kMostHttp = 256, kMostTimers = 10'000, kMostNoted = 100'000;
constexpr std::size_t kMostKeyBytes = 512, kMostValueBytes = 1024 * 1024;
constexpr std::size_t kMostEventBytes = 16 * 1024 * 1024;
constexpr std::size_t kMostBlobBytes = 100u * 1024 * 1024;
constexpr std::chrono::seconds kListenPatience{5};

}  // namespace

Status IdSet::open(std::uint64_t id) {
  if (id >= kHostIds) return Status::invalid;
  if (ids_.size() >= most_) return Status::busy;
  return ids_.insert(id).second ? Status::ok : Status::invalid;
}

void IdSet::note(std::uint64_t id) {
  if (ids_.size() >= most_) ids_.erase(ids_.begin());  // a connector that never answers; the host gave those up long ago
  ids_.insert(id);
}

RemoteHost::RemoteHost(FrameSocket& socket)
    : socket_(socket),
      sends_(kMostNoted),
      fetches_(kMostNoted),
      webhooks_(kMostNoted),
      ops_(kMostOps),
      https_(kMostHttp),
      volatile_timers_(kMostTimers),
      durable_timers_(kMostTimers) {}

Status RemoteHost::open(IdSet& ids, std::uint64_t id) {
  std::lock_guard lock(mutex_);
  return ids.open(id);
}
bool RemoteHost::close(IdSet& ids, std::uint64_t id) {
  std::lock_guard lock(mutex_);
  return ids.close(id);
}

// ------------------------------------------------------------ from the host

void RemoteHost::send_came(std::uint64_t token) {
  std::lock_guard lock(mutex_);
  sends_.note(token);
}
void RemoteHost::fetch_came(std::uint64_t token) {
  std::lock_guard lock(mutex_);
  fetches_.note(token);
}
void RemoteHost::webhook_came(std::uint64_t request) {
  std::lock_guard lock(mutex_);
  webhooks_.note(request);
}
bool RemoteHost::owes_reply(std::uint64_t request) {
  std::lock_guard lock(mutex_);
  return webhooks_.has(request);
}
void RemoteHost::delivery_ended() {
  std::lock_guard lock(mutex_);
  if (open_deliveries_ > 0) --open_deliveries_;
}
void RemoteHost::op_ended(std::uint64_t op) { close(ops_, op); }
void RemoteHost::http_ended(std::uint64_t op) { close(https_, op); }
void RemoteHost::timer_fired(std::uint64_t timer) {
  close(volatile_timers_, timer);
  close(durable_timers_, timer);
}

void RemoteHost::stream_event(const net::StreamEvent& event) {
  using Kind = net::StreamEvent::Kind;
  std::lock_guard lock(mutex_);
  if (event.kind == Kind::accepted) streams_.try_emplace(event.stream);
  if (event.kind == Kind::closed) streams_.erase(event.stream != 0 ? event.stream : event.listener);
}

bool RemoteHost::written(std::uint64_t stream, std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  const auto at = streams_.find(stream);
  if (at == streams_.end()) return false;
  at->second.unwritten -= std::min(bytes, at->second.unwritten);
  return at->second.unwritten <= kStreamWindow / 2 && std::exchange(at->second.full, false);
}

void RemoteHost::listening(std::uint64_t listener, Status status) {
  std::lock_guard lock(mutex_);
  listening_[listener] = status;
  answered_.notify_all();
}

// ------------------------------------------------------- from the connector

void RemoteHost::log(LogLevel level, std::string_view line) {
  constexpr std::size_t kMost = 5000;  // the host cuts it shorter and says so
  socket_.write(
      FrameWriter(FrameType::log).number("level", static_cast<std::uint64_t>(level)).text(line.substr(0, kMost)).done());
}

Status RemoteHost::deliver(ConnectorDelivery delivery) {
  if (delivery.events.size() > kMostEventBytes || delivery.kv_writes.size() > kMostEventBytes) return Status::invalid;
  if (!well_formed_json(delivery.events)) return Status::invalid;
  {
    std::lock_guard lock(mutex_);
    if (open_deliveries_ >= kDeliveryCredit) return Status::busy;
    ++open_deliveries_;
  }
  socket_.write(FrameWriter(FrameType::deliver, delivery.delivery)
                    .number("webhook", delivery.webhook)
                    .text(delivery.events)
                    .text(delivery.kv_writes)
                    .done());
  return Status::ok;
}

// A second answer goes to the host as well, which counts it against the connector.
Status RemoteHost::webhook_reply(std::uint64_t request, WebhookReply reply) {
  const bool owed = close(webhooks_, request);
  socket_.write(FrameWriter(FrameType::webhook_reply, request)
                    .number("status", static_cast<std::uint64_t>(reply.status))
                    .number("retry_after", reply.retry_after)
                    .text(reply.content_type)
                    .text(reply.body)
                    .done());
  return owed ? Status::ok : Status::state;
}

Status RemoteHost::send_done(SendResult result) {
  const bool owed = close(sends_, result.token);
  FrameWriter out(FrameType::send_done, result.token);
  out.number("outcome", static_cast<std::uint64_t>(result.outcome))
      .number("scope", static_cast<std::uint64_t>(result.scope))
      .whole("retry_after", result.retry_after.count())
      .text(result.error_class)
      .text(result.code)
      .text(result.detail);
  for (const auto& id : result.provider_ids) out.text(id);
  socket_.write(out.done());
  return owed ? Status::ok : Status::state;
}

Status RemoteHost::send_note(std::uint64_t op, std::uint64_t token, std::vector<std::string> provider_ids) {
  bool owed = false;
  {
    std::lock_guard lock(mutex_);
    owed = sends_.has(token);
    if (owed)
      if (const auto status = ops_.open(op); status != Status::ok) return status;
  }
  FrameWriter out(FrameType::send_note, op);
  out.number("token", token);
  for (const auto& id : provider_ids) out.text(id);
  socket_.write(out.done());
  return owed ? Status::ok : Status::state;
}

Status RemoteHost::fetch_done(FetchResult result) {
  const bool owed = close(fetches_, result.token);
  socket_.write(FrameWriter(FrameType::fetch_done, result.token)
                    .number("outcome", static_cast<std::uint64_t>(result.outcome))
                    .whole("retry_after", result.retry_after.count())
                    .text(result.blob)
                    .text(result.media_type)
                    .text(result.detail)
                    .done());
  return owed ? Status::ok : Status::state;
}

void RemoteHost::set_state(ChannelState state, std::string detail) {
  socket_.write(
      FrameWriter(FrameType::set_state).number("state", static_cast<std::uint64_t>(state)).text(detail).done());
}
void RemoteHost::set_capacity(std::uint32_t open_sends) {
  socket_.write(FrameWriter(FrameType::set_capacity, open_sends).done());
}

const std::vector<std::string>* RemoteHost::secret(std::string_view pointer) {
  const auto at = secrets_.find(pointer);
  return at == secrets_.end() ? nullptr : &at->second;
}

Status RemoteHost::kv_get(std::uint64_t op, std::string key) {
  if (key.empty() || key.size() > kMostKeyBytes) return Status::invalid;
  if (const auto status = open(ops_, op); status != Status::ok) return status;
  socket_.write(FrameWriter(FrameType::kv_get, op).text(key).done());
  return Status::ok;
}

Status RemoteHost::kv_cas(std::uint64_t op, std::string key, std::string expected, std::string value) {
  if (key.empty() || key.size() > kMostKeyBytes || value.size() > kMostValueBytes) return Status::invalid;
  if (const auto status = open(ops_, op); status != Status::ok) return status;
  socket_.write(FrameWriter(FrameType::kv_cas, op).text(key).text(expected).text(value).done());
  return Status::ok;
}

Status RemoteHost::timer_set(std::uint64_t timer, std::int64_t at_ms, bool durable, std::string payload) {
  if (timer >= kHostIds || payload.size() > kMostValueBytes) return Status::invalid;
  {
    std::lock_guard lock(mutex_);
    auto& mine = durable ? durable_timers_ : volatile_timers_;
    (durable ? volatile_timers_ : durable_timers_).close(timer);
    if (!mine.has(timer) && mine.open(timer) == Status::busy) return Status::busy;
  }
  socket_.write(
      FrameWriter(FrameType::timer_set, timer).whole("at", at_ms).number("durable", durable).text(payload).done());
  return Status::ok;
}

Status RemoteHost::timer_cancel(std::uint64_t timer) {
  timer_fired(timer);
  socket_.write(FrameWriter(FrameType::timer_cancel, timer).done());
  return Status::ok;
}

Status RemoteHost::http(std::uint64_t op, HttpOrder order) {
  if (order.body.size() > kMostBlobBytes || order.headers.size() > 1000) return Status::invalid;
  if (const auto status = open(https_, op); status != Status::ok) return status;
  FrameWriter out(FrameType::http, op);
  out.whole("timeout", order.timeout.count())
      .number("max_bytes", order.max_bytes)
      .number("to_blob", order.to_blob)
      .number("untrusted", order.untrusted)
      .number("follow", order.follow)
      .text(order.method)
      .text(order.url)
      .text(order.body)
      .text(order.body_blob)
      .text(order.form);
  for (const auto& [name, value] : order.headers) out.text(name).text(value);
  socket_.write(out.done());
  return Status::ok;
}

void RemoteHost::metric(bool gauge, std::string_view name, double value) {
  socket_.write(FrameWriter(FrameType::metric).number("gauge", gauge).real("value", value).text(name.substr(0, 200)).done());
}

// ------------------------------------------------------------------ streams

Status RemoteHost::stream_listen(std::uint64_t listener, net::ListenArgs args) {
  {
    std::lock_guard lock(mutex_);
    if (!streams_.try_emplace(listener).second) return Status::conflict;
  }
  socket_.write(FrameWriter(FrameType::stream_listen, listener)
                    .number("tls", args.tls)
                    .number("max_connections", args.max_connections)
                    .text(args.address)
                    .text(args.certificate)
                    .text(args.key)
                    .done());
  std::unique_lock lock(mutex_);
  answered_.wait_for(lock, kListenPatience, [&] { return listening_.contains(listener); });
  const auto found = listening_.extract(listener);
  const auto status = found ? found.mapped() : Status::timeout;
  if (status != Status::ok) streams_.erase(listener);
  return status;
}

Status RemoteHost::stream_connect(std::uint64_t stream, net::ConnectArgs args) {
  if (args.host.empty()) return Status::invalid;
  {
    std::lock_guard lock(mutex_);
    if (!streams_.try_emplace(stream).second) return Status::conflict;
  }
  socket_.write(FrameWriter(FrameType::stream_connect, stream)
                    .number("port", args.port)
                    .number("tls", args.tls)
                    .number("verify", args.verify)
                    .whole("timeout", args.timeout.count())
                    .text(args.host)
                    .done());
  return Status::ok;
}

bool RemoteHost::known_stream(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  return streams_.contains(id);
}

Status RemoteHost::stream_read(std::uint64_t stream, std::uint64_t credit) {
  if (!known_stream(stream)) return Status::not_found;
  socket_.write(FrameWriter(FrameType::stream_read, stream).number("credit", credit).done());
  return Status::ok;
}

Status RemoteHost::stream_write(std::uint64_t stream, std::string bytes) {
  if (bytes.size() > kMostBlobBytes) return Status::invalid;
  {
    std::lock_guard lock(mutex_);
    const auto at = streams_.find(stream);
    if (at == streams_.end()) return Status::not_found;
    if (bytes.empty()) return Status::ok;
    auto& window = at->second;
    if (window.unwritten > 0 && window.unwritten + bytes.size() > kStreamWindow) return window.full = true, Status::busy;
    window.unwritten += bytes.size();
  }
  socket_.write(FrameWriter(FrameType::stream_write, stream).text(bytes).done());
  return Status::ok;
}

Status RemoteHost::stream_start_tls(std::uint64_t stream, bool verify) {
  if (!known_stream(stream)) return Status::not_found;
  socket_.write(FrameWriter(FrameType::stream_start_tls, stream).number("verify", verify).done());
  return Status::ok;
}

Status RemoteHost::stream_close(std::uint64_t id) {
  if (!known_stream(id)) return Status::not_found;
  socket_.write(FrameWriter(FrameType::stream_close, id).done());
  return Status::ok;
}

// -------------------------------------------------------------------- blobs

Result<std::string> RemoteHost::blob_put(std::string_view bytes) {
  if (bytes.size() > kMostBlobBytes) return fail(Errc::too_large, "a blob may have 100 MiB");
  socket_.write(FrameWriter(FrameType::blob_put).text(bytes).done());
  return sha256_hex(bytes);
}

Status RemoteHost::blob_read(std::uint64_t op, std::string id, std::uint64_t offset, std::uint64_t most) {
  if (const auto status = open(ops_, op); status != Status::ok) return status;
  socket_.write(FrameWriter(FrameType::blob_read, op).number("offset", offset).number("most", most).text(id).done());
  return Status::ok;
}

void RemoteHost::contract_break(std::string_view what) {
  socket_.write(FrameWriter(FrameType::contract_break).text(what.substr(0, 1000)).done());
}
void RemoteHost::slow_callback(std::string_view callback, Millis took) {
  socket_.write(FrameWriter(FrameType::slow_callback).whole("took", took.count()).text(callback).done());
}

void RemoteHost::timer_done(std::uint64_t timer) { socket_.write(FrameWriter(FrameType::timer_done, timer).done()); }

}  // namespace jackfield::host
