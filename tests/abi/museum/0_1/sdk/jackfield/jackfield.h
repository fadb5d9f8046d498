/* SPDX-License-Identifier: Apache-2.0
 *
 * jackfield.h: the boundary between the Jackfield host and a channel connector.
 *
 * A connector is a shared library that exports one function, jackfield_plugin_v0. The major version is
 * part of that name: a library built for another major lacks the symbol and is never misread. Until 1.0
 * the minors of host and plugin must be equal.
 *
 * Rules that hold for everything below:
 *  - Plain C11. No exception may leave a callback; no callback may block (see jackfield.offload/1).
 *  - Memory is borrowed until the call returns, in both directions. Who needs bytes longer copies them.
 *    Bytes of unknown length are handed back through a jf_sink. Nobody frees the other side's memory.
 *  - Text is UTF-8 and need not end in a zero byte; a jf_str with len 0 may have a null data pointer.
 *  - Structs start with their size, set by whoever fills them in, and only ever grow at the end. Read a
 *    field that came after minor 0 through JF_HAS. Never put a sized struct inside another or in an array.
 *  - Threads: [strand] is called by the host, one at a time per instance; [any] may be called from any
 *    thread, at any time between create and the return of stop, and never calls back into the connector
 *    before it returns, except through a sink it was given; [scan] is called in a short-lived process
 *    and must be pure.
 *  - Ids that a connector chooses (op, timer, delivery, stream) are below JF_ID_HOST and unique per instance
 *    among those of the same kind that are open.
 *
 * What is said in JSON (messages, events, manifest, settings) has schemas in share/jackfield/schema.
 */
#ifndef JACKFIELD_H
#define JACKFIELD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JF_ABI_MAJOR 0u
#define JF_ABI_MINOR 1u
#define JF_PLUGIN_SYMBOL "jackfield_plugin_v0"

#if defined(__GNUC__)
#define JF_EXPORT __attribute__((visibility("default")))
#else
#define JF_EXPORT
#endif

/* Does the struct that p points to reach as far as this field? */
#define JF_HAS(p, field) \
  ((p)->size >= (uint32_t)((const char *)(&(p)->field + 1) - (const char *)(p)))

/* Ids from here on are given by the host (accepted streams, send tokens, webhook requests). */
#define JF_ID_HOST ((uint64_t)1 << 63)

typedef struct jf_str {
  const char *data;
  size_t len;
} jf_str;

/* Receives bytes, possibly in several calls, before the function it was given to returns. */
typedef void (*jf_sink)(void *user, jf_str bytes);

typedef int32_t jf_status;
#define JF_OK 0
#define JF_BUSY 1        /* nothing was taken; try again later */
#define JF_INVALID 2     /* an argument breaks this header's rules */
#define JF_CONFIG 3      /* the settings are wrong; a person must change them */
#define JF_NOT_FOUND 4
#define JF_UNSUPPORTED 5
#define JF_STATE 6       /* not now: wrong moment in the life of the instance or token */
#define JF_TIMEOUT 7
#define JF_DENIED 8
#define JF_INTERNAL 9
#define JF_CONFLICT 10   /* compare-and-set lost */

/* Filled in by the callee for people to read; the caller owns it and sets size. */
typedef struct jf_error {
  uint32_t size;
  jf_status status;
  char code[64];
  char message[448];
} jf_error;

/* ---------------------------------------------------------------- sending */

#define JF_OUTCOME_ACCEPTED 0u  /* the provider took it */
#define JF_OUTCOME_RETRY 1u     /* certainly not sent; worth another try */
#define JF_OUTCOME_REJECTED 2u  /* certainly not sent; never will be */
#define JF_OUTCOME_UNKNOWN 3u   /* may have been sent */
#define JF_OUTCOME_CANCELLED 4u /* certainly not sent, because the host cancelled it */

#define JF_ERROR_NONE 0u
#define JF_ERROR_CONFIG 1u
#define JF_ERROR_AUTH 2u
#define JF_ERROR_CONTENT 3u
#define JF_ERROR_RECIPIENT 4u
#define JF_ERROR_OPTED_OUT 5u
#define JF_ERROR_WINDOW_CLOSED 6u
#define JF_ERROR_THROTTLED 7u
#define JF_ERROR_UNAVAILABLE 8u
#define JF_ERROR_INTERNAL 9u

/* What a wait concerns. */
#define JF_SCOPE_MESSAGE 0u
#define JF_SCOPE_RECIPIENT 1u
#define JF_SCOPE_CHANNEL 2u

typedef struct jf_send {
  uint32_t size;
  uint32_t attempt;        /* 1 for the first try */
  uint64_t token;          /* of this try; answered by exactly one send_done */
  uint64_t timeout_ms;     /* the host cancels after this */
  jf_str idempotency_key;  /* the same for every try of one message: its id in the API */
  jf_str message;          /* JSON, schema/outbound-message.json */
} jf_send;

typedef struct jf_send_result {
  uint32_t size;
  uint32_t outcome;        /* JF_OUTCOME_* */
  uint32_t error_class;    /* JF_ERROR_*, for every outcome but ACCEPTED */
  uint32_t retry_scope;    /* JF_SCOPE_*, what retry_after_ms concerns */
  uint64_t retry_after_ms; /* 0: the host's own backoff decides */
  jf_str provider_ids;     /* JSON array of strings: every id the provider gave, or empty */
  jf_str code;             /* the provider's own error code */
  jf_str detail;           /* for people; must hold no secret */
} jf_send_result;

/* --------------------------------------------------------------- receiving */

typedef struct jf_delivery {
  uint32_t size;
  uint32_t reserved;
  uint64_t delivery; /* echoed by on_delivered; 0: no answer wanted */
  uint64_t webhook;  /* the request it came with, whose reply waits for it; 0: none */
  jf_str events;     /* JSON, schema/inbound-event.json: one event or an array of them */
  jf_str kv_writes;  /* JSON object key -> string or null, committed in the same transaction; or empty */
} jf_delivery;

typedef struct jf_webhook {
  uint32_t size;
  uint32_t reserved;
  uint64_t request;
  jf_str method;
  jf_str path;    /* below the channel's mount, with its leading slash: "/webhook" */
  jf_str query;   /* raw, without the question mark */
  jf_str headers; /* "name: value\r\n" each, names in lower case */
  jf_str body;    /* raw bytes as they came */
  jf_str remote;  /* address of the peer */
  jf_str url;     /* full public URL as the provider sees it; empty when public_url is not configured */
} jf_webhook;

typedef struct jf_webhook_reply {
  uint32_t size;
  uint32_t http_status;
  jf_str content_type;
  jf_str body;
} jf_webhook_reply;

/* --------------------------------------------------------- HTTP, by the host */

#define JF_HTTP_BODY_TO_BLOB 1u /* store the answer's body as a blob when its status is 2xx */
#define JF_HTTP_UNTRUSTED_URL 2u /* the URL came from outside: private networks are refused, but for
                                    the origin of the setting api_url */
#define JF_HTTP_FOLLOW 4u /* follow up to 5 redirects; authorization is not sent to another host */

typedef struct jf_http_request {
  uint32_t size;
  uint32_t flags;       /* JF_HTTP_* */
  jf_str method;
  jf_str url;
  jf_str headers;       /* "name: value\r\n" each */
  jf_str body;
  uint64_t timeout_ms;  /* 0: 30 s */
  uint64_t max_bytes;   /* of the answer; 0: 4 MiB (100 MiB into a blob) */
  jf_str body_blob;     /* when not empty, instead of body: a blob to upload as the field "file" of
                           multipart/form-data */
  jf_str form;          /* with body_blob: JSON {"fields": {name: value}, "name": file name,
                           "media_type": type} */
} jf_http_request;

/* How far a request came; decides between RETRY and UNKNOWN. */
#define JF_HTTP_NOT_SENT 0u /* failed before any byte of it left: certainly not processed */
#define JF_HTTP_MAYBE 1u    /* sent at least in part, no complete answer */
#define JF_HTTP_ANSWERED 2u

typedef struct jf_http_response {
  uint32_t size;
  uint32_t progress;    /* JF_HTTP_NOT_SENT, _MAYBE, _ANSWERED */
  uint32_t http_status; /* 0 unless ANSWERED */
  jf_status status;     /* JF_OK, TIMEOUT, DENIED (address guard), INVALID, INTERNAL */
  jf_str headers;
  jf_str body;          /* empty with JF_HTTP_BODY_TO_BLOB and a 2xx */
  jf_str blob;          /* the blob's id */
  jf_str error;         /* for people */
} jf_http_response;

/* ------------------------------------------------------------ host services */

#define JF_LOG_DEBUG 0u
#define JF_LOG_INFO 1u
#define JF_LOG_WARN 2u
#define JF_LOG_ERROR 3u

#define JF_STATE_STARTING 0u
#define JF_STATE_READY 1u
#define JF_STATE_DEGRADED 2u /* works in part; the detail says which */
#define JF_STATE_FAILED 3u   /* does not work; the host calls start again with backoff */

#define JF_TIMER_DURABLE 1u /* survives a restart, with its payload */

#define JF_METRIC_COUNTER 0u /* adds value */
#define JF_METRIC_GAUGE 1u   /* sets value */

typedef struct jf_host_api {
  uint32_t size;
  uint32_t abi_minor;
  void *host; /* pass as first argument of every function */

  /* [any] The extension "jackfield.NAME/REVISION", or null. Static for the life of the process. */
  const void *(*get_extension)(void *host, jf_str id);

  /* [any] One line for the log. Values of secrets are masked by the host as well. */
  void (*log)(void *host, uint32_t level, jf_str line);

  /* [any] Milliseconds since the epoch; frozen in tests. */
  int64_t (*now_ms)(void *host);

  /* [any] Random bytes of cryptographic quality; seeded in tests. */
  void (*random)(void *host, uint8_t *out, size_t len);

  /* [any] Hands over events. OK: queued, not durable yet, and on_delivered will say how it ended (if
   * delivery is not 0). BUSY: nothing was taken, come back. INVALID: not JSON, or over the size limit;
   * a single event in a batch that breaks the schema is kept as a dead letter and spoils nothing. */
  jf_status (*deliver)(void *host, const jf_delivery *delivery);

  /* [any] Answers a webhook, once. The host holds a 2xx until every delivery that named the request is
   * durable, and turns it into 503 if one fails. */
  jf_status (*webhook_reply)(void *host, uint64_t request, const jf_webhook_reply *reply);

  /* [any] Ends the try with this token, once. A second or a late call is counted and answered STATE. */
  jf_status (*send_done)(void *host, uint64_t token, const jf_send_result *result);

  /* [any] Stores ids that this try is going to use before it uses them; on_complete(op) says when they
   * are durable. provider_ids is a JSON array of strings. */
  jf_status (*send_note)(void *host, uint64_t op, uint64_t token, jf_str provider_ids);

  /* [any] JF_STATE_*, with a reason that people read on /v1/channels. */
  void (*set_state)(void *host, uint32_t state, jf_str detail);

  /* [any] How many sends may be open at once from now on; 0 stops them. */
  void (*set_capacity)(void *host, uint32_t open_sends);

  /* [any] The value of a setting marked secret, by its JSON pointer ("/app_secret"). A list of values
   * makes as many calls of the sink. NOT_FOUND when it is not set. */
  jf_status (*secret)(void *host, jf_str pointer, jf_sink sink, void *user);

  /* [any] Durable key-value state of this channel. Both complete by on_complete(op): get with the value
   * or NOT_FOUND; cas with OK once durable, or CONFLICT. An empty expected means "absent", an empty value
   * deletes. Keys to 512 bytes, values to 1 MiB. */
  jf_status (*kv_get)(void *host, uint64_t op, jf_str key);
  jf_status (*kv_cas)(void *host, uint64_t op, jf_str key, jf_str expected, jf_str value);

  /* [any] Calls on_timer(timer, payload) at that time. Setting it again moves it. */
  jf_status (*timer_set)(void *host, uint64_t timer, int64_t at_ms, uint32_t flags, jf_str payload);
  jf_status (*timer_cancel)(void *host, uint64_t timer);

  /* [any] Runs an HTTP request; on_http(op) brings the answer. BUSY when too many are open. */
  jf_status (*http)(void *host, uint64_t op, const jf_http_request *request);

  /* [any] A number for /metrics, name [a-z0-9_]+; shown with the channel's name. */
  void (*metric)(void *host, uint32_t kind, jf_str name, double value);
} jf_host_api;

/* --------------------------------------------------------------- a connector */

typedef struct jf_connector_api {
  uint32_t size;
  uint32_t reserved;

  /* [strand] Begins work. OK means started; READY is said by set_state (at once or later). A failure
   * leaves the instance created: the host calls start again with backoff, and on_webhook meanwhile. */
  jf_status (*start)(void *self, jf_error *error);

  /* [strand] Returns at once. OK takes the token and owes one send_done. BUSY takes nothing and the
   * host queues it again. Anything else is taken as RETRY. */
  jf_status (*send)(void *self, const jf_send *send);

  /* [strand] The deadline of a taken token has come: answer it soon. After 5 s more it is UNKNOWN. */
  void (*cancel)(void *self, uint64_t token);

  /* [strand] OK: that delivery is durable. Anything else: none of it is, deliver it again. */
  void (*on_delivered)(void *self, uint64_t delivery, jf_status status);

  /* [strand] */
  void (*on_timer)(void *self, uint64_t timer, jf_str payload);

  /* [strand] The answer to http(op). */
  void (*on_http)(void *self, uint64_t op, const jf_http_response *response);

  /* [strand] The end of kv_get, kv_cas, send_note and of what extensions say ends here. */
  void (*on_complete)(void *self, uint64_t op, jf_status status, jf_str value);

  /* [strand] A request to one of the routes of the manifest, from create's return until stop. Owes one
   * webhook_reply. */
  void (*on_webhook)(void *self, const jf_webhook *request);

  /* [strand] Take no new work, finish what is open, and be still by then. */
  void (*drain)(void *self, int64_t deadline_ms);

  /* [strand] Joins own threads; no host call after it returns. Also called without start. */
  void (*stop)(void *self);

  /* [strand] Frees the instance. Also called without stop. */
  void (*destroy)(void *self);

  /* [strand] The connector's side of "jackfield.NAME/REVISION", or null. May be null itself. */
  const void *(*get_extension)(void *self, jf_str id);
} jf_connector_api;

typedef struct jf_create {
  uint32_t size;
  uint32_t reserved;
  jf_str channel;  /* the configured name */
  jf_str settings; /* JSON object, defaults filled in, secrets left out */
} jf_create;

typedef struct jf_module {
  uint32_t size;
  uint32_t abi_minor;      /* JF_ABI_MINOR when it was built */
  uint32_t min_host_minor; /* the oldest host minor it can work with */
  uint32_t flags;          /* 0 */
  const char *manifest;    /* JSON, schema/manifest.json, zero-terminated */

  /* [scan] What the settings schema cannot say. Reports each problem through the sink as JSON
   * {"pointer": "/imap/url", "message": "…", "help": "…"}. Secrets are "". May be null. */
  jf_status (*validate)(jf_str settings, jf_sink problem, void *user);

  /* [strand] Makes an instance. The host API stays valid until destroy has returned. On failure fills in
   * the error and returns anything but OK. */
  jf_status (*create)(const jf_host_api *host, const jf_create *args, const jf_connector_api **api,
                      void **self, jf_error *error);
} jf_module;

/* The one exported symbol. [scan] pure, returns a static. */
typedef const jf_module *(*jf_plugin_entry)(void);
JF_EXPORT const jf_module *jackfield_plugin_v0(void);

#ifdef __cplusplus
}
#endif
#endif
