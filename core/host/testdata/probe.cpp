// A connector that does what a test tells it: by its setting "mode", by words in the message of a send, and by the
// first word of a webhook's body. Written against the bare C header, without the wrapper.
#include <atomic>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "jackfield/extensions.h"

// Other builds of it, for upgrades: another version, one that cannot be created, one that does not start.
#ifndef PROBE_VERSION
#define PROBE_VERSION "0.1.0"
#endif
#ifdef PROBE_CREATE_FAILS
constexpr bool create_always_fails = true;
#else
constexpr bool create_always_fails = false;
#endif
#ifdef PROBE_START_FAILS
constexpr bool start_always_fails = true;
#else
constexpr bool start_always_fails = false;
#endif

namespace {

constexpr char kManifest[] = R"({"id": "probe", "version": ")" PROBE_VERSION R"(", "name": "Probe",
 "channel": {"scheme": "probe", "account_setting": "account",
  "webhooks": [{"method": "GET", "path": "/webhook"}, {"method": "POST", "path": "/webhook", "max_bytes": 1000}]},
 "settings": {"type": "object", "additionalProperties": false,
  "properties": {
   "mode": {"type": "string", "enum": ["good", "create_fails", "start_fails", "start_fails_once", "slow", "fails_later"], "default": "good"},
   "account": {"type": "string"}, "api_url": {"type": "string"},
   "count": {"type": "integer", "default": 7},
   "token": {"type": "string", "secret": true}, "keys": {"type": "string", "secret": true}}}})";

std::string text(jf_str s) { return std::string(s.data ? s.data : "", s.len); }
jf_str str(const std::string& s) { return {s.data(), s.size()}; }
void append(void* user, jf_str bytes) { static_cast<std::string*>(user)->append(text(bytes)).append(";"); }

struct Probe {
  const jf_host_api* host;
  std::string settings;
  int starts = 0;
  std::map<std::uint64_t, std::uint64_t> webhook_of;  // op, timer, delivery or stream → the request that began it
  std::map<std::uint64_t, std::string> seen;          // of a stream
  std::uint64_t next = 1, listener = 0;
  std::vector<std::uint64_t> open_sends;
  bool has(const char* what) const { return settings.find(what) != std::string::npos; }
  bool mode(const char* name) const { return has(("\"mode\":\"" + std::string(name) + "\"").c_str()); }

  void reply(std::uint64_t request, int status, const std::string& body) const {
    jf_webhook_reply r{};
    r.size = sizeof r;
    r.http_status = static_cast<std::uint32_t>(status);
    r.body = str(body);
    host->webhook_reply(host->host, request, &r);
  }
  void done(std::uint64_t token, std::uint32_t outcome, const std::string& ids = "[\"id-1\"]") const {
    jf_send_result r{};
    r.size = sizeof r;
    r.outcome = outcome;
    r.error_class = outcome == JF_OUTCOME_ACCEPTED ? JF_ERROR_NONE : JF_ERROR_RECIPIENT;
    r.provider_ids = str(ids);
    host->send_done(host->host, token, &r);
  }
  jf_status deliver(std::uint64_t webhook, std::uint64_t delivery, const std::string& events) const {
    jf_delivery d{};
    d.size = sizeof d;
    d.webhook = webhook;
    d.delivery = delivery;
    d.events = str(events);
    return host->deliver(host->host, &d);
  }
  template <class T>
  const T* extension(const char* id) const {
    return static_cast<const T*>(host->get_extension(host->host, {id, std::strlen(id)}));
  }
  void state(std::uint32_t value, const std::string& detail) const { host->set_state(host->host, value, str(detail)); }
};

Probe& of(void* self) { return *static_cast<Probe*>(self); }

jf_status start(void* self, jf_error* error) {
  Probe& p = of(self);
  ++p.starts;
  if (start_always_fails || p.mode("start_fails") || (p.mode("start_fails_once") && p.starts == 1)) {
    std::strcpy(error->message, "no route to the provider");
    return JF_INTERNAL;
  }
  p.state(JF_STATE_READY, "");
  return JF_OK;
}

jf_status send(void* self, const jf_send* s) {
  Probe& p = of(self);
  const auto what = text(s->message);
  if (what == "busy") return JF_BUSY;
  if (what == "refuse") return JF_UNSUPPORTED;
  if (what == "never") return JF_OK;
  if (what == "later" || what == "on cancel") return p.open_sends.push_back(s->token), JF_OK;
  if (what == "fail") return p.state(JF_STATE_FAILED, "lost the provider"), JF_OK;
  if (what == "bad ids") return p.done(s->token, JF_OUTCOME_ACCEPTED, "{"), JF_OK;
  if (what == "reject") return p.done(s->token, JF_OUTCOME_REJECTED, ""), JF_OK;
  p.done(s->token, JF_OUTCOME_ACCEPTED);
  if (what == "twice") p.done(s->token, JF_OUTCOME_ACCEPTED);
  if (what == "unknown token") p.done(999999, JF_OUTCOME_ACCEPTED);
  if (what == "slow") std::this_thread::sleep_for(std::chrono::milliseconds(250));
  return what == "answers and refuses" ? JF_BUSY : JF_OK;
}

void cancel(void* self, std::uint64_t token) {
  Probe& p = of(self);
  for (const auto open : p.open_sends)
    if (open == token) p.done(token, JF_OUTCOME_CANCELLED, "");
}

void on_delivered(void* self, std::uint64_t delivery, jf_status status) {
  Probe& p = of(self);
  if (p.webhook_of.count(delivery)) p.reply(p.webhook_of[delivery], 200, "delivered " + std::to_string(status));
}

void on_timer(void* self, std::uint64_t timer, jf_str payload) {
  Probe& p = of(self);
  p.reply(p.webhook_of[timer], 200, "timer " + text(payload));
}

void on_http(void* self, std::uint64_t op, const jf_http_response* r) {
  Probe& p = of(self);
  p.reply(p.webhook_of[op], 200,
          "http " + std::to_string(r->progress) + " " + std::to_string(r->http_status) + " " +
              std::to_string(r->status) + " " + text(r->body) + text(r->blob));
}

void on_complete(void* self, std::uint64_t op, jf_status status, jf_str value) {
  Probe& p = of(self);
  p.reply(p.webhook_of[op], 200, "complete " + std::to_string(status) + " " + text(value));
}

void work(void* arg) { ++*static_cast<std::atomic<int>*>(arg); }
std::atomic<int> worked{0};

void on_webhook(void* self, const jf_webhook* w) {
  Probe& p = of(self);
  const jf_host_api& h = *p.host;
  const auto body = text(w->body), command = body.substr(0, body.find(' '));
  const auto rest = body.find(' ') == std::string::npos ? "" : body.substr(body.find(' ') + 1);
  const auto id = p.next++;
  p.webhook_of[id] = w->request;
  if (command == "settings") return p.reply(w->request, 200, p.settings);
  if (command == "version") return p.reply(w->request, 200, PROBE_VERSION);
  if (command == "echo")
    return p.reply(w->request, 200, text(w->method) + " " + text(w->query) + " " + text(w->headers));
  if (command == "deny") return p.deliver(w->request, 0, "[]"), p.reply(w->request, 401, "");
  if (command == "deliver") {
    const auto status = p.deliver(w->request, 0, rest);
    return p.reply(w->request, 200, std::to_string(status));
  }
  if (command == "acknowledged") {
    if (p.deliver(0, id, rest) != JF_OK) p.reply(w->request, 503, "");
    return;
  }
  if (command == "huge") return p.reply(w->request, 200, std::to_string(p.deliver(0, 0, std::string(17 << 20, ' '))));
  if (command == "never") return;
  if (command == "twice") return p.reply(w->request, 200, "first"), p.reply(w->request, 200, "second");
  if (command == "secret") {
    std::string out;
    const auto status = h.secret(h.host, str(rest), append, &out);
    return p.reply(w->request, 200, std::to_string(status) + " " + out);
  }
  if (command == "kv_get") return (void)h.kv_get(h.host, id, str(rest));
  if (command == "kv_set") return (void)h.kv_cas(h.host, id, {"key", 3}, {nullptr, 0}, str(rest));
  if (command == "same_op") {
    h.kv_get(h.host, id, {"a", 1});
    p.webhook_of[id] = 0;
    return p.reply(w->request, 200, std::to_string(h.kv_get(h.host, id, {"a", 1})));
  }
  if (command == "timer") return (void)h.timer_set(h.host, id, h.now_ms(h.host) + 20, 0, str(rest));
  if (command == "durable") {
    const auto status = h.timer_set(h.host, id, 1000, JF_TIMER_DURABLE, str(rest));
    if (status != JF_OK) p.reply(w->request, 500, "");
    return;
  }
  if (command == "metric") {
    h.metric(h.host, JF_METRIC_COUNTER, {"seen", 4}, 2);
    h.metric(h.host, JF_METRIC_GAUGE, {"Bad name", 8}, 2);
    return p.reply(w->request, 200, "");
  }
  if (command == "later_done") {
    for (const auto token : p.open_sends) p.done(token, JF_OUTCOME_ACCEPTED);
    return p.reply(w->request, 200, "");
  }
  if (command == "offload") {
    return (void)p.extension<jf_offload_api>(JF_EXT_OFFLOAD)->run(h.host, id, work, &worked);
  }
  if (command == "blob") {
    std::string blob;
    p.extension<jf_blob_api>(JF_EXT_BLOB)->put(h.host, str(rest), append, &blob);
    blob.pop_back();
    return (void)p.extension<jf_blob_api>(JF_EXT_BLOB)->read(h.host, id, str(blob), 0, 4);
  }
  if (command == "http" || command == "http_blob" || command == "http_outside") {
    jf_http_request r{};
    r.size = sizeof r;
    r.flags = command == "http_blob" ? JF_HTTP_BODY_TO_BLOB : command == "http_outside" ? JF_HTTP_UNTRUSTED_URL : 0;
    r.method = {"GET", 3};
    r.url = str(rest);
    if (h.http(h.host, id, &r) != JF_OK) p.reply(w->request, 500, "");
    return;
  }
  if (command == "listen") {
    jf_listen l{};
    l.size = sizeof l;
    l.address = {"127.0.0.1:0", 11};
    p.listener = id;
    if (p.extension<jf_stream_api>(JF_EXT_STREAM)->listen(h.host, id, &l) != JF_OK) p.reply(w->request, 500, "");
    return;
  }
  if (command == "connect") {
    jf_connect c{};
    c.size = sizeof c;
    c.host = {"127.0.0.1", 9};
    c.port = static_cast<std::uint32_t>(std::stoi(rest));
    if (p.extension<jf_stream_api>(JF_EXT_STREAM)->connect(h.host, id, &c) != JF_OK) p.reply(w->request, 500, "");
    return;
  }
  if (command == "misuse") {
    h.timer_set(h.host, JF_ID_HOST, 0, 0, {nullptr, 0});
    h.set_state(h.host, 77, {nullptr, 0});
    return p.reply(w->request, 200, std::to_string(h.deliver(h.host, nullptr)));
  }
  p.reply(w->request, 404, "");
}

// The accepted side sends back what it reads; the connecting side says "ping" and answers its webhook with what comes
// back.
void on_stream(void* self, const jf_stream_event* e) {
  Probe& p = of(self);
  const auto* api = p.extension<jf_stream_api>(JF_EXT_STREAM);
  void* host = p.host->host;
  if (e->kind == JF_STREAM_LISTENING) return p.reply(p.webhook_of[e->listener], 200, text(e->text));
  if (e->kind == JF_STREAM_ACCEPTED || e->kind == JF_STREAM_CONNECTED) api->read(host, e->stream, 100);
  if (e->kind == JF_STREAM_CONNECTED) api->write(host, e->stream, {"ping", 4});
  if (e->kind != JF_STREAM_DATA) return;
  if (e->stream >= JF_ID_HOST) return (void)api->write(host, e->stream, e->bytes);
  p.seen[e->stream] += text(e->bytes);
  if (p.seen[e->stream] == "ping") p.reply(p.webhook_of[e->stream], 200, "pong");
}

jf_status fetch(void* self, std::uint64_t token, jf_str part) {
  Probe& p = of(self);
  if (text(part) == "no") return JF_UNSUPPORTED;
  jf_fetch_result r{};
  r.size = sizeof r;
  r.outcome = JF_OUTCOME_ACCEPTED;
  r.blob = {"abc", 3};
  const auto* media = p.extension<jf_media_api>(JF_EXT_MEDIA);
  media->fetch_done(p.host->host, token, &r);
  if (text(part) == "twice") media->fetch_done(p.host->host, token, &r);
  return JF_OK;
}

jf_status replay(void*, jf_str raw, jf_sink events, void* user) {
  if (text(raw) == "garbage") return JF_UNSUPPORTED;
  events(user, {"[", 1});
  events(user, raw);
  events(user, {"]", 1});
  return JF_OK;
}

jf_status signal(void*, jf_str said) {
  if (text(said).find("typing") == std::string_view::npos) return JF_UNSUPPORTED;
  return JF_OK;
}

jf_status preview(void*, jf_str message, jf_sink result, void* user) {
  if (text(message) == "garbage") return JF_UNSUPPORTED;
  result(user, message);
  return JF_OK;
}

void drain(void* self, std::int64_t) {
  Probe& p = of(self);
  for (const auto token : p.open_sends) p.done(token, JF_OUTCOME_ACCEPTED);
}
void stop(void*) {}
void destroy(void* self) { delete &of(self); }

const jf_stream_handler kStream = {sizeof(jf_stream_handler), 0, on_stream};
const jf_media_handler kMedia = {sizeof(jf_media_handler), 0, fetch};
const jf_replay_handler kReplay = {sizeof(jf_replay_handler), 0, replay};

const jf_signal_handler kSignal = {sizeof(jf_signal_handler), 0, signal};
const jf_preview_handler kPreview = {sizeof(jf_preview_handler), 0, preview};

const void* get_extension(void*, jf_str id) {
  const auto name = text(id);
  if (name == JF_EXT_SIGNAL) return &kSignal;
  if (name == JF_EXT_PREVIEW) return &kPreview;
  if (name == JF_EXT_STREAM) return &kStream;
  if (name == JF_EXT_MEDIA) return &kMedia;
  return name == JF_EXT_REPLAY ? &kReplay : nullptr;
}

const jf_connector_api kApi = {sizeof(jf_connector_api),
                               0,
                               start,
                               send,
                               cancel,
                               on_delivered,
                               on_timer,
                               on_http,
                               on_complete,
                               on_webhook,
                               drain,
                               stop,
                               destroy,
                               get_extension};

jf_status create(const jf_host_api* host, const jf_create* args, const jf_connector_api** api, void** self,
                 jf_error* error) {
  auto* p = new Probe{host, text(args->settings)};
  if (create_always_fails || p->mode("create_fails")) {
    delete p;
    std::strcpy(error->message, "out of paper");
    return JF_CONFIG;
  }
  *api = &kApi;
  *self = p;
  return JF_OK;
}

jf_status validate(jf_str settings, jf_sink problem, void* user) {
  if (text(settings).find("\"account\":\"wrong\"") == std::string::npos) return JF_OK;
  const std::string found = R"({"pointer": "/account", "message": "is wrong", "help": "take another"})";
  problem(user, str(found));
  return JF_CONFIG;
}

const jf_module kModule = {sizeof(jf_module), JF_ABI_MINOR, 0, 0, kManifest, validate, create};

}  // namespace

extern "C" JF_EXPORT const jf_module* jackfield_plugin_v0(void) { return &kModule; }
