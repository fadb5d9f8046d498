#include "host/host_bridge.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <limits>
#include <mutex>
#include <optional>

namespace jackfield::host {
namespace {

static_assert(static_cast<int>(Status::conflict) == JF_CONFLICT && static_cast<int>(Status::timeout) == JF_TIMEOUT);
static_assert(static_cast<unsigned>(Outcome::cancelled) == JF_OUTCOME_CANCELLED);
static_assert(static_cast<unsigned>(WaitScope::channel) == JF_SCOPE_CHANNEL);
static_assert(static_cast<unsigned>(ChannelState::failed) == JF_STATE_FAILED);
static_assert(static_cast<unsigned>(LogLevel::error) == JF_LOG_ERROR);
static_assert(kHostIds == JF_ID_HOST);

constexpr std::string_view kErrorClasses[] = {"",          "config",        "auth",      "content",     "recipient",
                                              "opted-out", "window-closed", "throttled", "unavailable", "internal"};

// Every entry from a connector: nothing is thrown into C, nothing happens after the end.
template <class F>
jf_status enter(void* host, F&& call) noexcept {
  if (!host) return JF_INVALID;
  auto& bridge = *static_cast<HostBridge*>(host);
  if (bridge.closed.load(std::memory_order_acquire)) return JF_STATE;
  const auto side = bridge.side.lock();
  if (!side) return JF_STATE;
  try {
    return static_cast<jf_status>(call(*side));
  } catch (...) {
    return JF_INTERNAL;
  }
}

bool sound(jf_str text) { return text.data || text.len == 0; }
template <class... S>
bool sound(jf_str first, S... rest) {
  return sound(first) && sound(rest...);
}

// A call whose arguments break the header's rules.
Status misuse(HostSide& side, const char* function) {
  side.contract_break(std::string(function) + " was called with arguments that break the rules");
  return Status::invalid;
}

Millis bounded_ms(std::uint64_t ms) {
  constexpr std::uint64_t kMost = 30ull * 86'400'000;
  return Millis{static_cast<std::int64_t>(ms < kMost ? ms : kMost)};
}

// nullopt: not a JSON array of strings.
std::optional<std::vector<std::string>> string_list(jf_str text) {
  std::vector<std::string> out;
  if (text.len == 0) return out;
  boost::system::error_code error;
  const auto value = boost::json::parse(view(text), error);
  if (error || !value.is_array()) return std::nullopt;
  for (const auto& item : value.get_array()) {
    if (!item.is_string()) return std::nullopt;
    out.emplace_back(item.get_string());
  }
  return out;
}

// ------------------------------------------------------------ core

void host_log(void* host, std::uint32_t level, jf_str line) {
  enter(host, [&](HostSide& side) {
    if (level > JF_LOG_ERROR || !sound(line)) return misuse(side, "log");
    side.log(static_cast<LogLevel>(level), view(line));
    return Status::ok;
  });
}

std::int64_t host_now(void* host) {
  std::int64_t now = 0;
  enter(host, [&](HostSide& side) { return now = side.now_ms(), Status::ok; });
  return now;
}

void host_random(void* host, std::uint8_t* out, std::size_t len) {
  enter(host, [&](HostSide& side) {
    if (!out && len != 0) return misuse(side, "random");
    side.random(out, len);
    return Status::ok;
  });
}

jf_status host_deliver(void* host, const jf_delivery* d) {
  return enter(host, [&](HostSide& side) {
    if (!d || !JF_HAS(d, kv_writes) || !sound(d->events, d->kv_writes) || d->delivery >= JF_ID_HOST)
      return misuse(side, "deliver");
    return side.deliver({d->delivery, d->webhook, copy(d->events), copy(d->kv_writes)});
  });
}

jf_status host_webhook_reply(void* host, std::uint64_t request, const jf_webhook_reply* r) {
  return enter(host, [&](HostSide& side) {
    if (!r || !JF_HAS(r, body) || !sound(r->content_type, r->body) || r->http_status < 200 || r->http_status > 599)
      return misuse(side, "webhook_reply");
    WebhookReply reply;
    reply.status = static_cast<int>(r->http_status);
    reply.content_type = copy(r->content_type);
    reply.body = copy(r->body);
    reply.retry_after = reply.status == 503 || reply.status == 429;
    return side.webhook_reply(request, std::move(reply));
  });
}

// A result that breaks the rules still ends the try: as unknown, since nobody can tell.
SendResult send_result(HostSide& side, std::uint64_t token, const jf_send_result& r) {
  SendResult out;
  out.token = token;
  const auto ids = string_list(r.provider_ids);
  const bool fine =
      r.outcome <= JF_OUTCOME_CANCELLED && r.error_class <= JF_ERROR_INTERNAL && r.retry_scope <= JF_SCOPE_CHANNEL;
  if (!fine || !ids) misuse(side, "send_done");
  out.outcome = fine ? static_cast<Outcome>(r.outcome) : Outcome::unknown;
  out.error_class =
      out.outcome == Outcome::accepted ? "" : kErrorClasses[r.error_class <= JF_ERROR_INTERNAL ? r.error_class : 9];
  out.scope = fine ? static_cast<WaitScope>(r.retry_scope) : WaitScope::message;
  out.retry_after = bounded_ms(r.retry_after_ms);
  if (ids) out.provider_ids = *ids;
  out.code = copy(r.code);
  out.detail = copy(r.detail);
  return out;
}

jf_status host_send_done(void* host, std::uint64_t token, const jf_send_result* r) {
  return enter(host, [&](HostSide& side) {
    if (!r || !JF_HAS(r, detail) || !sound(r->provider_ids, r->code, r->detail)) return misuse(side, "send_done");
    return side.send_done(send_result(side, token, *r));
  });
}

jf_status host_send_note(void* host, std::uint64_t op, std::uint64_t token, jf_str provider_ids) {
  return enter(host, [&](HostSide& side) {
    auto ids = sound(provider_ids) ? string_list(provider_ids) : std::nullopt;
    if (!ids) return misuse(side, "send_note");
    return side.send_note(op, token, std::move(*ids));
  });
}

void host_set_state(void* host, std::uint32_t state, jf_str detail) {
  enter(host, [&](HostSide& side) {
    if (state > JF_STATE_FAILED || !sound(detail)) return misuse(side, "set_state");
    side.set_state(static_cast<ChannelState>(state), copy(detail));
    return Status::ok;
  });
}

void host_set_capacity(void* host, std::uint32_t open_sends) {
  enter(host, [&](HostSide& side) { return side.set_capacity(open_sends), Status::ok; });
}

jf_status host_secret(void* host, jf_str pointer, jf_sink sink, void* user) {
  return enter(host, [&](HostSide& side) {
    if (!sink || !sound(pointer)) return misuse(side, "secret");
    const auto* values = side.secret(view(pointer));
    if (!values) return Status::not_found;
    for (const auto& value : *values) sink(user, borrow(value));
    return Status::ok;
  });
}

jf_status host_kv_get(void* host, std::uint64_t op, jf_str key) {
  return enter(host, [&](HostSide& side) { return sound(key) ? side.kv_get(op, copy(key)) : misuse(side, "kv_get"); });
}

jf_status host_kv_cas(void* host, std::uint64_t op, jf_str key, jf_str expected, jf_str value) {
  return enter(host, [&](HostSide& side) {
    if (!sound(key, expected, value)) return misuse(side, "kv_cas");
    return side.kv_cas(op, copy(key), copy(expected), copy(value));
  });
}

jf_status host_timer_set(void* host, std::uint64_t timer, std::int64_t at_ms, std::uint32_t flags, jf_str payload) {
  return enter(host, [&](HostSide& side) {
    if (!sound(payload) || (flags & ~JF_TIMER_DURABLE)) return misuse(side, "timer_set");
    return side.timer_set(timer, at_ms, (flags & JF_TIMER_DURABLE) != 0, copy(payload));
  });
}

jf_status host_timer_cancel(void* host, std::uint64_t timer) {
  return enter(host, [&](HostSide& side) { return side.timer_cancel(timer); });
}

jf_status host_http(void* host, std::uint64_t op, const jf_http_request* r) {
  return enter(host, [&](HostSide& side) {
    constexpr std::uint32_t kFlags = JF_HTTP_BODY_TO_BLOB | JF_HTTP_UNTRUSTED_URL | JF_HTTP_FOLLOW;
    if (!r || !JF_HAS(r, form) || (r->flags & ~kFlags) ||
        !sound(r->method, r->url, r->headers, r->body, r->body_blob, r->form))
      return misuse(side, "http");
    HttpOrder order;
    order.method = copy(r->method);
    order.url = copy(r->url);
    order.headers = split_headers(view(r->headers));
    order.body = copy(r->body);
    order.timeout = bounded_ms(r->timeout_ms);
    order.max_bytes = r->max_bytes;
    order.to_blob = (r->flags & JF_HTTP_BODY_TO_BLOB) != 0;
    order.untrusted = (r->flags & JF_HTTP_UNTRUSTED_URL) != 0;
    order.follow = (r->flags & JF_HTTP_FOLLOW) != 0;
    order.body_blob = copy(r->body_blob);
    order.form = copy(r->form);
    return side.http(op, std::move(order));
  });
}

void host_metric(void* host, std::uint32_t kind, jf_str name, double value) {
  enter(host, [&](HostSide& side) {
    if (kind > JF_METRIC_GAUGE || !sound(name)) return misuse(side, "metric");
    side.metric(kind == JF_METRIC_GAUGE, view(name), value);
    return Status::ok;
  });
}

// ---------------------------------------------------------- streams

jf_status stream_listen(void* host, std::uint64_t listener, const jf_listen* l) {
  return enter(host, [&](HostSide& side) {
    if (!l || !JF_HAS(l, max_connections) || listener >= JF_ID_HOST || l->tls > JF_TLS_NOW ||
        !sound(l->address, l->certificate, l->key))
      return misuse(side, "stream listen");
    net::ListenArgs args{copy(l->address), copy(l->certificate), copy(l->key), l->tls == JF_TLS_NOW,
                         l->max_connections ? l->max_connections : 256};
    return side.stream_listen(listener, std::move(args));
  });
}

jf_status stream_connect(void* host, std::uint64_t stream, const jf_connect* c) {
  return enter(host, [&](HostSide& side) {
    constexpr std::uint32_t kTls = JF_TLS_NOW | JF_TLS_INSECURE;
    if (!c || !JF_HAS(c, timeout_ms) || stream >= JF_ID_HOST || (c->tls & ~kTls) || !sound(c->host) || c->port == 0 ||
        c->port > 65535)
      return misuse(side, "stream connect");
    net::ConnectArgs args{copy(c->host), static_cast<std::uint16_t>(c->port), (c->tls & JF_TLS_NOW) != 0,
                          (c->tls & JF_TLS_INSECURE) == 0, Millis{c->timeout_ms ? c->timeout_ms : 30'000}};
    return side.stream_connect(stream, std::move(args));
  });
}

jf_status stream_read(void* host, std::uint64_t stream, std::uint64_t credit) {
  return enter(host, [&](HostSide& side) { return side.stream_read(stream, credit); });
}

jf_status stream_write(void* host, std::uint64_t stream, jf_str bytes) {
  return enter(host, [&](HostSide& side) {
    return sound(bytes) ? side.stream_write(stream, copy(bytes)) : misuse(side, "stream write");
  });
}

jf_status stream_start_tls(void* host, std::uint64_t stream, std::uint32_t flags) {
  return enter(host, [&](HostSide& side) { return side.stream_start_tls(stream, (flags & JF_TLS_INSECURE) == 0); });
}

jf_status stream_close(void* host, std::uint64_t id) {
  return enter(host, [&](HostSide& side) { return side.stream_close(id); });
}

// ----------------------------------------- offload, blobs and media

jf_status offload_run(void* host, std::uint64_t op, void (*work)(void*), void* arg) {
  return enter(host, [&](HostSide& side) {
    if (!work || op >= JF_ID_HOST) return misuse(side, "offload run");
    return static_cast<HostBridge*>(host)->offload(op, work, arg);
  });
}

jf_status blob_put(void* host, jf_str bytes, jf_sink id, void* user) {
  return enter(host, [&](HostSide& side) {
    if (!id || !sound(bytes)) return misuse(side, "blob put");
    const auto stored = side.blob_put(view(bytes));
    if (stored) id(user, borrow(*stored));
    return status_of(stored);
  });
}

jf_status blob_read(void* host, std::uint64_t op, jf_str id, std::uint64_t offset, std::uint64_t max) {
  return enter(host, [&](HostSide& side) {
    return sound(id) ? side.blob_read(op, copy(id), offset, max) : misuse(side, "blob read");
  });
}

jf_status media_fetch_done(void* host, std::uint64_t token, const jf_fetch_result* r) {
  return enter(host, [&](HostSide& side) {
    if (!r || !JF_HAS(r, detail) || !sound(r->blob, r->media_type, r->detail)) return misuse(side, "fetch_done");
    FetchResult out;
    out.token = token;
    if (r->outcome > JF_OUTCOME_REJECTED)
      misuse(side, "fetch_done");
    else
      out.outcome = static_cast<Outcome>(r->outcome);
    out.retry_after = bounded_ms(r->retry_after_ms);
    out.blob = copy(r->blob);
    out.media_type = copy(r->media_type);
    out.detail = copy(r->detail);
    return side.fetch_done(std::move(out));
  });
}

constexpr jf_stream_api kStreams = {
    sizeof(jf_stream_api), 0, stream_listen, stream_connect, stream_read, stream_write, stream_start_tls, stream_close};
constexpr jf_offload_api kOffload = {sizeof(jf_offload_api), 0, offload_run};
constexpr jf_blob_api kBlobs = {sizeof(jf_blob_api), 0, blob_put, blob_read};
constexpr jf_media_api kMedia = {sizeof(jf_media_api), 0, media_fetch_done};

const void* host_extension(void*, jf_str id) {
  const auto name = view(id);
  if (name == JF_EXT_STREAM) return &kStreams;
  if (name == JF_EXT_OFFLOAD) return &kOffload;
  if (name == JF_EXT_BLOB) return &kBlobs;
  if (name == JF_EXT_MEDIA) return &kMedia;
  return nullptr;
}

}  // namespace

HostBridge::HostBridge(std::weak_ptr<HostSide> of, RunOffload run)
    : api{sizeof(jf_host_api), JF_ABI_MINOR,   this,
          host_extension,      host_log,       host_now,
          host_random,         host_deliver,   host_webhook_reply,
          host_send_done,      host_send_note, host_set_state,
          host_set_capacity,   host_secret,    host_kv_get,
          host_kv_cas,         host_timer_set, host_timer_cancel,
          host_http,           host_metric},
      side(std::move(of)),
      offload(std::move(run)) {}

void retire(std::unique_ptr<HostBridge> bridge) {
  static auto* mutex = new std::mutex;
  static auto* retired = new std::vector<std::unique_ptr<HostBridge>>;
  bridge->closed = true;
  std::lock_guard lock(*mutex);
  retired->push_back(std::move(bridge));
}

Headers split_headers(std::string_view lines) {
  Headers out;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    auto line = lines.substr(0, end);
    lines = end == std::string_view::npos ? std::string_view{} : lines.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
    out.emplace_back(line.substr(0, colon), value);
  }
  return out;
}

std::string join_headers(const Headers& headers) {
  std::string out;
  for (const auto& [name, value] : headers) out.append(name).append(": ").append(value).append("\r\n");
  return out;
}

}  // namespace jackfield::host
