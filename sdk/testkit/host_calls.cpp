// The functions of jf_host_api and of the host's extensions, as the fake answers them.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstring>

#include "fake_host.hpp"
#include "readable.hpp"

namespace jackfield::testkit {
namespace {
std::string_view view(jf_str text) { return {text.data, text.len}; }
std::string text(jf_str value) { return std::string(view(value)); }
jf_str str(std::string_view value) { return {value.data(), value.size()}; }
constexpr unsigned kMostDeliveriesAtOnce = 10'000;

bool is_list_of_strings(std::string_view json) {
  boost::system::error_code bad;
  const auto parsed = boost::json::parse(json, bad);
  if (bad || !parsed.is_array()) return false;
  for (const auto& item : parsed.get_array())
    if (!item.is_string()) return false;
  return true;
}
}  // namespace

bool FakeHost::sound(const char* call, std::initializer_list<jf_str> texts) {
  for (const jf_str& given : texts) {
    if (readable(given.data, given.len)) continue;
    violated(std::string(call) + " was given " + std::to_string(given.len) + " bytes of which not all can be read");
    return false;
  }
  return true;
}

template <class T>
bool FakeHost::sound(const char* call, const T* given, std::initializer_list<jf_str T::*> texts) {
  if (given == nullptr || given->size < sizeof(T)) {
    violated(std::string(call) + " was given a struct whose size is " +
             std::to_string(given == nullptr ? 0 : given->size));
    return false;
  }
  for (const auto text : texts)
    if (!sound(call, {given->*text})) return false;
  return true;
}

struct FakeHost::Calls {
  using Lock = std::lock_guard<std::recursive_mutex>;
  static FakeHost& of(void* host) { return *static_cast<FakeHost*>(host); }

  static void complete(FakeHost& it, std::uint64_t op, jf_status status, std::string value = {}) {
    it.later([&it, op, status, value = std::move(value)] {
      const Entered in(it, "on_complete");
      it.connector_->on_complete(it.self_, op, status, str(value));
    });
  }

  static const void* get_extension(void*, jf_str id) {
    static const jf_stream_api streams{sizeof(jf_stream_api), 0, &listen, &connect, &read, &write, &start_tls, &close};
    static const jf_offload_api offload{sizeof(jf_offload_api), 0, &run};
    static const jf_blob_api blobs{sizeof(jf_blob_api), 0, &put, &read_blob};
    static const jf_media_api media{sizeof(jf_media_api), 0, &fetch_done};
    if (view(id) == JF_EXT_STREAM) return &streams;
    if (view(id) == JF_EXT_OFFLOAD) return &offload;
    if (view(id) == JF_EXT_BLOB) return &blobs;
    if (view(id) == JF_EXT_MEDIA) return &media;
    return nullptr;
  }

  static void log(void* host, std::uint32_t, jf_str line) {
    const Lock lock(of(host).mutex_);
    if (!of(host).sound("log", {line})) return;
    of(host).log.push_back(text(line));
  }

  static std::int64_t now_ms(void* host) { return of(host).now_ms_; }

  // splitmix64: seeded, so that a recorded case stays the same
  static void random(void* host, std::uint8_t* out, std::size_t len) {
    const Lock lock(of(host).mutex_);
    for (std::size_t i = 0; i < len; ++i) {
      std::uint64_t z = (of(host).random_ += 0x9E3779B97F4A7C15ull);
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
      out[i] = static_cast<std::uint8_t>(z >> 56);
    }
  }

  static jf_status deliver(void* host, const jf_delivery* delivery) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    if (!it.sound("deliver", delivery, {&jf_delivery::events, &jf_delivery::kv_writes})) return JF_INVALID;
    if (++it.delivered_at_once_ == kMostDeliveriesAtOnce) it.violated("deliver is called without end by one callback");
    if (it.delivered_at_once_ >= kMostDeliveriesAtOnce) return JF_BUSY;
    if (it.busy_deliveries > 0) {
      --it.busy_deliveries;
      return JF_BUSY;
    }
    boost::system::error_code bad;
    const auto events = boost::json::parse(view(delivery->events), bad);
    if (bad || !(events.is_object() || events.is_array())) {
      it.violated("deliver was given what is not JSON");
      return JF_INVALID;
    }
    const bool fails = it.failing_deliveries > 0;
    if (fails) {
      --it.failing_deliveries;
      it.failed_webhooks_.insert(delivery->webhook);
    } else {
      it.deliveries.push_back(text(delivery->events));
      if (!commit_kv(it, view(delivery->kv_writes))) return JF_INVALID;
    }
    if (delivery->delivery != 0) {
      it.later([&it, id = delivery->delivery, fails] {
        const Entered in(it, "on_delivered");
        it.connector_->on_delivered(it.self_, id, fails ? JF_INTERNAL : JF_OK);
      });
    }
    return JF_OK;
  }

  static bool commit_kv(FakeHost& it, std::string_view writes) {
    if (writes.empty()) return true;
    boost::system::error_code bad;
    const auto parsed = boost::json::parse(writes, bad);
    if (bad || !parsed.is_object()) {
      it.violated("kv_writes is not a JSON object");
      return false;
    }
    for (const auto& [key, value] : parsed.as_object()) {
      if (value.is_string()) {
        it.kv[std::string(key)] = std::string(value.as_string());
      } else {
        it.kv.erase(std::string(key));
      }
    }
    return true;
  }

  static jf_status webhook_reply(void* host, std::uint64_t request, const jf_webhook_reply* reply) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    if (!it.sound("webhook_reply", reply, {&jf_webhook_reply::content_type, &jf_webhook_reply::body}))
      return JF_INVALID;
    if (reply->http_status < 200 || reply->http_status > 599)
      it.violated("a webhook was answered with the status " + std::to_string(reply->http_status));
    if (it.open_webhooks_.erase(request) == 0) {
      it.violated("a webhook was answered twice, or never asked");
      return JF_STATE;
    }
    const bool spoilt = reply->http_status / 100 == 2 && it.failed_webhooks_.count(request) != 0;
    if (spoilt) {
      it.webhook_answers.push_back({request, 503, {}, {}});
    } else {
      it.webhook_answers.push_back({request, reply->http_status, text(reply->content_type), text(reply->body)});
    }
    return JF_OK;
  }

  static jf_status send_done(void* host, std::uint64_t token, const jf_send_result* result) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    if (!it.sound("send_done", result, {&jf_send_result::provider_ids, &jf_send_result::code, &jf_send_result::detail}))
      return JF_INVALID;
    if (result->outcome > JF_OUTCOME_CANCELLED || result->error_class > JF_ERROR_INTERNAL ||
        result->retry_scope > JF_SCOPE_CHANNEL)
      it.violated("send_done was given an outcome, class or scope that there is not");
    if (result->provider_ids.len != 0 && !is_list_of_strings(view(result->provider_ids)))
      it.violated("send_done was given provider_ids that are no JSON array of strings");
    if (it.open_sends_.erase(token) == 0) {
      it.violated("send " + std::to_string(token) + " was answered twice, or never asked");
      return JF_STATE;
    }
    it.send_answers.push_back({token, result->outcome, result->error_class, result->retry_scope, result->retry_after_ms,
                               text(result->provider_ids), text(result->code), text(result->detail)});
    return JF_OK;
  }

  static jf_status send_note(void* host, std::uint64_t op, std::uint64_t token, jf_str ids) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    if (!it.sound("send_note", {ids})) return JF_INVALID;
    if (it.open_sends_.count(token) == 0) return JF_STATE;
    it.notes.push_back(text(ids));
    complete(it, op, JF_OK);
    return JF_OK;
  }

  static void set_state(void* host, std::uint32_t state, jf_str detail) {
    const Lock lock(of(host).mutex_);
    if (!of(host).sound("set_state", {detail})) return;
    of(host).state = state;
    of(host).state_detail = text(detail);
  }

  static void set_capacity(void* host, std::uint32_t open_sends) {
    const Lock lock(of(host).mutex_);
    of(host).capacity = open_sends;
  }

  static jf_status secret(void* host, jf_str pointer, jf_sink sink, void* user) {
    FakeHost& it = of(host);
    if (!it.sound("secret", {pointer})) return JF_INVALID;
    const auto found = it.options_.secrets.find(text(pointer));
    if (found == it.options_.secrets.end()) return JF_NOT_FOUND;
    for (const auto& value : found->second) sink(user, str(value));
    return JF_OK;
  }

  static jf_status kv_get(void* host, std::uint64_t op, jf_str key) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    if (!it.sound("kv_get", {key})) return JF_INVALID;
    const auto found = it.kv.find(text(key));
    if (found == it.kv.end()) {
      complete(it, op, JF_NOT_FOUND);
    } else {
      complete(it, op, JF_OK, found->second);
    }
    return JF_OK;
  }

  static jf_status kv_cas(void* host, std::uint64_t op, jf_str key, jf_str expected, jf_str value) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    if (!it.sound("kv_cas", {key, expected, value})) return JF_INVALID;
    const auto found = it.kv.find(text(key));
    const std::string current = found == it.kv.end() ? std::string() : found->second;
    if (current != view(expected)) {
      complete(it, op, JF_CONFLICT);
    } else {
      if (value.len == 0) {
        it.kv.erase(text(key));
      } else {
        it.kv[text(key)] = text(value);
      }
      complete(it, op, JF_OK);
    }
    return JF_OK;
  }

  static jf_status timer_set(void* host, std::uint64_t timer, std::int64_t at_ms, std::uint32_t, jf_str payload) {
    const Lock lock(of(host).mutex_);
    if (timer >= JF_ID_HOST) return JF_INVALID;
    if (!of(host).sound("timer_set", {payload})) return JF_INVALID;
    of(host).timers_[timer] = {at_ms, text(payload)};
    return JF_OK;
  }

  static jf_status timer_cancel(void* host, std::uint64_t timer) {
    const Lock lock(of(host).mutex_);
    return of(host).timers_.erase(timer) == 0 ? JF_NOT_FOUND : JF_OK;
  }

  static jf_status http(void* host, std::uint64_t op, const jf_http_request* request) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    if (!it.sound("http", request,
                  {&jf_http_request::method, &jf_http_request::url, &jf_http_request::headers, &jf_http_request::body,
                   &jf_http_request::body_blob, &jf_http_request::form}))
      return JF_INVALID;
    if (it.busy_http > 0) {
      --it.busy_http;
      return JF_BUSY;
    }
    if (op == 0 || op >= JF_ID_HOST) it.violated("http was given an op that is not the connector's");
    it.http_calls.push_back({op, request->flags, text(request->method), text(request->url), text(request->headers),
                             text(request->body), text(request->body_blob), text(request->form), request->timeout_ms});
    it.open_http.push_back(op);
    return JF_OK;
  }

  static void metric(void* host, std::uint32_t kind, jf_str name, double value) {
    const Lock lock(of(host).mutex_);
    if (!of(host).sound("metric", {name})) return;
    double& held = of(host).metrics[text(name)];
    held = kind == JF_METRIC_COUNTER ? held + value : value;
  }

  // ---- jackfield.offload/1: run at settle, on the same thread
  static jf_status run(void* host, std::uint64_t op, void (*work)(void*), void* arg) {
    FakeHost& it = of(host);
    it.later([&it, op, work, arg] {
      {
        const Entered in(it, "offloaded work");
        work(arg);
      }
      const Entered in(it, "on_complete");
      it.connector_->on_complete(it.self_, op, JF_OK, {});
    });
    return JF_OK;
  }

  // ---- jackfield.blob/1
  static jf_status put(void* host, jf_str bytes, jf_sink id, void* user) {
    if (!of(host).sound("blob put", {bytes})) return JF_INVALID;
    const std::string name = sha256_hex(view(bytes));
    {
      const Lock lock(of(host).mutex_);
      of(host).blobs[name] = text(bytes);
    }
    id(user, str(name));
    return JF_OK;
  }

  static jf_status read_blob(void* host, std::uint64_t op, jf_str id, std::uint64_t offset, std::uint64_t max) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    const auto found = it.blobs.find(text(id));
    if (found == it.blobs.end()) {
      complete(it, op, JF_NOT_FOUND);
    } else {
      complete(it, op, JF_OK, offset < found->second.size() ? found->second.substr(offset, max) : std::string());
    }
    return JF_OK;
  }

  // ---- jackfield.media/1
  static jf_status fetch_done(void* host, std::uint64_t token, const jf_fetch_result* result) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    if (!it.sound("fetch_done", result,
                  {&jf_fetch_result::blob, &jf_fetch_result::media_type, &jf_fetch_result::detail}))
      return JF_INVALID;
    if (it.open_fetches_.erase(token) == 0) {
      it.violated("fetch " + std::to_string(token) + " was answered twice, or never asked");
      return JF_STATE;
    }
    if (result->outcome == JF_OUTCOME_ACCEPTED && it.blobs.count(text(result->blob)) == 0)
      it.violated("fetch_done names a blob that is not there");
    it.fetch_answers.push_back({token, result->outcome, result->retry_after_ms, text(result->blob),
                                text(result->media_type), text(result->detail)});
    return JF_OK;
  }

  // ---- jackfield.stream/1
  static jf_status listen(void* host, std::uint64_t listener, const jf_listen* args) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    if (!it.sound("listen", args, {&jf_listen::address, &jf_listen::certificate, &jf_listen::key})) return JF_INVALID;
    it.streams[listener] = {.id = listener, .listener = true, .address = text(args->address), .tls = args->tls};
    it.stream_order.push_back(listener);
    it.later(
        [&it, listener] { it.stream_event(JF_STREAM_LISTENING, 0, {}, it.streams.at(listener).address, listener); });
    return JF_OK;
  }

  static jf_status connect(void* host, std::uint64_t stream, const jf_connect* args) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    if (!it.sound("connect", args, {&jf_connect::host})) return JF_INVALID;
    it.streams[stream] = {
        .id = stream, .address = text(args->host) + ":" + std::to_string(args->port), .tls = args->tls};
    it.stream_order.push_back(stream);
    return JF_OK;
  }

  static StreamEnd* usable(FakeHost& it, std::uint64_t stream) {
    const auto found = it.streams.find(stream);
    return found == it.streams.end() || found->second.closed ? nullptr : &found->second;
  }

  static jf_status read(void* host, std::uint64_t stream, std::uint64_t credit) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    StreamEnd* end = usable(it, stream);
    if (end == nullptr) return JF_STATE;
    end->credit += credit;
    it.later([&it, stream] { it.hand_over(stream); });
    return JF_OK;
  }

  static jf_status write(void* host, std::uint64_t stream, jf_str bytes) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    if (!it.sound("write", {bytes})) return JF_INVALID;
    StreamEnd* end = usable(it, stream);
    if (end == nullptr) return JF_STATE;
    if (it.busy_writes > 0) {
      --it.busy_writes;
      it.later([&it, stream] { it.stream_event(JF_STREAM_WRITABLE, stream, {}, {}); });
      return JF_BUSY;
    }
    end->written.append(bytes.data, bytes.len);
    return JF_OK;
  }

  static jf_status start_tls(void* host, std::uint64_t stream, std::uint32_t) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    StreamEnd* end = usable(it, stream);
    if (end == nullptr) return JF_STATE;
    end->wants_tls = true;
    end->unread.clear();
    return JF_OK;
  }

  static jf_status close(void* host, std::uint64_t id) {
    FakeHost& it = of(host);
    const Lock lock(it.mutex_);
    StreamEnd* end = usable(it, id);
    if (end == nullptr) return JF_STATE;
    end->closed = true;
    it.later([&it, id] { it.close(id, JF_OK, "closed"); });
    return JF_OK;
  }
};

FakeHost::FakeHost(const jf_module& module, Options options)
    : module_(module), options_(std::move(options)), now_ms_(options_.now_ms), random_(options_.seed) {
  api_.known = {sizeof(jf_host_api),   JF_ABI_MINOR,      this,
                &Calls::get_extension, &Calls::log,       &Calls::now_ms,
                &Calls::random,        &Calls::deliver,   &Calls::webhook_reply,
                &Calls::send_done,     &Calls::send_note, &Calls::set_state,
                &Calls::set_capacity,  &Calls::secret,    &Calls::kv_get,
                &Calls::kv_cas,        &Calls::timer_set, &Calls::timer_cancel,
                &Calls::http,          &Calls::metric};
  std::memset(api_.beyond, 0xA5, sizeof api_.beyond);
  if (options_.alter_api) options_.alter_api(api_.known);
}

}  // namespace jackfield::testkit
