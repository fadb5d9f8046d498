// A host for tests: the whole of jackfield.h and the extensions, on the calling thread, with a clock that stands still,
// seeded chance and no network. A test makes something happen (send, webhook, feed), the connector's calls are
// recorded, and settle() runs the callbacks that a real host would run on the strand.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "jackfield/extensions.h"

namespace jackfield::testkit {

struct Options {
  std::string channel = "test";
  std::string settings = "{}";                              // JSON, defaults filled in, no secrets
  std::map<std::string, std::vector<std::string>> secrets;  // by JSON pointer
  std::int64_t now_ms = 1'767'225'600'000;                  // 2026-01-01T00:00:00Z
  std::uint64_t seed = 1;
  std::function<void(jf_host_api&)> alter_api;  // as an older or newer host would fill it in
};

struct HttpCall {
  std::uint64_t op = 0;
  std::uint32_t flags = 0;
  std::string method, url, headers, body, body_blob, form;
  std::uint64_t timeout_ms = 0;
};

struct HttpAnswer {
  std::uint32_t progress = JF_HTTP_ANSWERED;
  unsigned http_status = 200;
  jf_status status = JF_OK;
  std::string headers, body, error;
};

struct SendAnswer {
  std::uint64_t token = 0;
  std::uint32_t outcome = 0, error_class = 0, retry_scope = 0;
  std::uint64_t retry_after_ms = 0;
  std::string provider_ids, code, detail;
};

struct WebhookCall {
  std::string method = "POST", path = "/webhook", query, headers, body, remote = "192.0.2.1", url;
};

struct WebhookAnswer {
  std::uint64_t request = 0;
  unsigned http_status = 0;
  std::string content_type, body;
};

struct FetchAnswer {
  std::uint64_t token = 0;
  std::uint32_t outcome = 0;
  std::uint64_t retry_after_ms = 0;
  std::string blob, media_type, detail;
};

// One end of a stream or a listener, as the connector used it.
struct StreamEnd {
  std::uint64_t id = 0;
  bool listener = false;
  std::string address;  // "host:port" it connects to or listens on; the peer's for an accepted one
  std::uint32_t tls = 0;
  bool open = false;    // connected or accepted
  std::string written;  // by the connector, since the test last took it
  std::string unread;   // fed, but beyond the credit
  std::uint64_t credit = 0;
  bool wants_tls = false;
  bool closed = false;  // the connector called close, or the peer has gone
};

class FakeHost {
 public:
  FakeHost(const jf_module& module, Options options);
  ~FakeHost();  // stop, destroy
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  // --- life; start includes create when that was not called. error() tells why one failed.
  jf_status create();
  jf_status start();
  void drain(std::int64_t deadline_ms);
  void stop();
  void destroy();
  const jf_error& error() const { return error_; }

  // --- what happens to the connector. Each runs the callback only; call settle() for what follows.
  jf_status send(std::uint64_t token, std::string_view key, std::string_view message, std::uint32_t attempt = 1);
  void cancel(std::uint64_t token);
  std::uint64_t webhook(const WebhookCall& call);  // the request's id
  jf_status fetch(std::uint64_t token, std::string_view part);
  jf_status replay(std::string_view raw, std::string& events);
  jf_status signal(std::string_view signal);
  jf_status preview(std::string_view message, std::string& result);
  void answer(std::uint64_t op, const HttpAnswer& answer);

  // Runs what waits for the strand, offloaded work included, until nothing does.
  void settle();
  // Moves the clock, firing timers in their order, settling after each.
  void advance(std::int64_t ms);

  // --- streams
  std::uint64_t accept(std::uint64_t listener, std::string_view peer);  // the new stream
  void connected(std::uint64_t stream, std::string_view peer);
  void feed(std::uint64_t stream, std::string_view bytes);  // what is beyond the credit waits for it
  void tls_done(std::uint64_t stream, std::string_view version);
  void close(std::uint64_t id, jf_status status, std::string_view why);
  std::map<std::uint64_t, StreamEnd> streams;  // listeners too; in the order of their making by `stream_order`
  std::vector<std::uint64_t> stream_order;

  // --- what the connector did
  std::vector<HttpCall> http_calls;     // all of them
  std::deque<std::uint64_t> open_http;  // ops not answered yet
  std::vector<std::string> deliveries;  // the events' JSON of every delivery taken
  std::vector<SendAnswer> send_answers;
  std::vector<WebhookAnswer> webhook_answers;
  std::vector<FetchAnswer> fetch_answers;
  std::vector<std::string> notes;  // JSON arrays given to send_note
  std::vector<std::string> log;
  std::uint32_t state = JF_STATE_STARTING;
  std::string state_detail;
  std::uint32_t capacity = 0xFFFFFFFFu;
  std::map<std::string, double> metrics;
  std::map<std::string, std::string> kv;
  std::map<std::string, std::string> blobs;
  std::vector<std::string> violations;  // rules of the header that were broken

  // --- faults
  unsigned busy_deliveries = 0;     // the next so many are answered BUSY
  unsigned failing_deliveries = 0;  // the next so many are taken and not committed
  unsigned busy_http = 0;
  unsigned busy_writes = 0;  // of streams; WRITABLE follows at settle

  std::int64_t now_ms() const { return now_ms_; }
  const jf_host_api* api() const { return &api_.known; }
  const jf_connector_api* connector() const { return self_ == nullptr ? nullptr : connector_; }
  bool is_open(std::uint64_t token) const;        // a send that is taken and not answered
  bool owes_answers() const;                      // of sends, webhooks or fetches
  bool has_extension(std::string_view id) const;  // on the connector's side

  // Around every call into the connector, with the name of the callback; "offloaded work" among them.
  std::function<void(const char*)> entering, left;

  // Closes the books: what is still open when stop has returned is a violation.
  void check_end();

 private:
  struct Timer {
    std::int64_t at_ms = 0;
    std::string payload;
  };
  struct Calls;  // the C functions
  friend struct Calls;
  struct Entered {  // the time within a callback
    Entered(FakeHost& at, const char* callback);
    ~Entered();
    FakeHost& host;
    const char* name;
  };
  // What the connector hands over is of its size, and can be read to the end; else a violation.
  template <class T>
  bool sound(const char* call, const T* given, std::initializer_list<jf_str T::*> texts);
  bool sound(const char* call, std::initializer_list<jf_str> texts);

  void later(std::function<void()> task);
  bool run_one();
  void stream_event(std::uint32_t kind, std::uint64_t stream, std::string_view bytes, std::string_view text,
                    std::uint64_t listener = 0, jf_status status = JF_OK);
  void hand_over(std::uint64_t stream);
  void violated(std::string what);
  const void* connector_extension(std::string_view id) const;

  const jf_module& module_;
  Options options_;
  struct {
    jf_host_api known{};
    unsigned char beyond[256];  // of a newer host: nothing that this header knows
  } api_;
  const jf_connector_api* connector_ = nullptr;
  void* self_ = nullptr;
  jf_error error_{};
  bool stopped_ = false;
  std::int64_t now_ms_;
  std::uint64_t random_;
  std::uint64_t next_id_ = JF_ID_HOST + 1;
  mutable std::recursive_mutex mutex_;  // a connector's own threads may call too
  unsigned delivered_at_once_ = 0;      // within one callback
  std::deque<std::function<void()>> strand_;
  std::map<std::uint64_t, Timer> timers_;
  std::set<std::uint64_t> open_sends_, open_webhooks_, failed_webhooks_, open_fetches_;
};

std::string sha256_hex(std::string_view bytes);

}  // namespace jackfield::testkit
