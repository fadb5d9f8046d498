/* A connector that misbehaves as its setting "fault" says; without one it behaves. */
#define _GNU_SOURCE
#include <jackfield/extensions.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_OPEN 16

struct bad {
  const jf_host_api *host;
  char fault[64];
  uint64_t open[MAX_OPEN]; /* tokens of sends that wait for HTTP; the op is the index + 1 */
};

static jf_str text(const char *s) { return (jf_str){s, strlen(s)}; }
static int is(const struct bad *self, const char *fault) { return strcmp(self->fault, fault) == 0; }

static void crash(void) { *(volatile int *)8 = 1; }
static void *sleeper(void *arg) {
  while (arg == NULL) pause();
  return arg;
}
static void leave_thread(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, sleeper, NULL);
}

static int does(const struct bad *self, const char *what) {
  const size_t len = strlen(what);
  return strncmp(self->fault, what, len) == 0 && self->fault[len] == '-';
}

/* What may go wrong in any callback: "crash-NAME", "hang-NAME", "spin-NAME" and the like. */
static void in(const struct bad *self, const char *callback) {
  const char *dash = strchr(self->fault, '-');
  if (dash == NULL || strcmp(dash + 1, callback) != 0) return;
  if (does(self, "crash")) crash();
  if (does(self, "abort")) abort();
  if (does(self, "exit")) _exit(0);
  if (does(self, "hang")) for (;;) pause();
  if (does(self, "spin")) for (volatile unsigned i = 0;; i = i + 1) (void)i;
  if (does(self, "slow")) nanosleep(&(struct timespec){0, 400000000}, NULL);
  if (does(self, "print")) printf("hello\n"), fflush(stdout);
  if (does(self, "fork") && fork() == 0) for (;;) pause();
  if (does(self, "close")) for (int fd = 0; fd < 64; ++fd) close(fd);
  if (does(self, "chdir") && chdir("/") != 0) abort();
  if (does(self, "setenv")) setenv("BAD", "1", 1);
  if (does(self, "thread")) leave_thread();
  if (does(self, "dup") && dup(0) < 0) abort();
  if (does(self, "leak")) {
    char *volatile lost = malloc(10000);  /* volatile: else a compiler that optimises leaves the leak out */
    memset(lost, 1, 10000);
  }
}

static void done(struct bad *self, uint64_t token, uint32_t outcome) {
  const int fine = outcome == JF_OUTCOME_ACCEPTED;
  jf_send_result result = {.size = sizeof result, .outcome = outcome, .retry_scope = JF_SCOPE_MESSAGE,
                           .error_class = fine ? JF_ERROR_NONE : JF_ERROR_UNAVAILABLE,
                           .provider_ids = fine ? text("[\"id-1\"]") : text("")};
  if (is(self, "bad-ids")) result.provider_ids = text("id-1");
  if (is(self, "bad-size")) result.size = 8;
  self->host->send_done(self->host->host, token, &result);
  if (is(self, "answer-twice")) self->host->send_done(self->host->host, token, &result);
}

static void store_secret(void *user, jf_str bytes) {
  snprintf(user, 100, "%.*s", (int)bytes.len, bytes.data);
}

static void tell_secret(struct bad *self) {
  char secret[100] = "";
  self->host->secret(self->host->host, text("/key"), store_secret, secret);
  self->host->log(self->host->host, JF_LOG_INFO, text(secret));
}

static jf_status start(void *me, jf_error *error) {
  struct bad *self = me;
  (void)error;
  in(self, "start");
  if (is(self, "tell-secret")) tell_secret(self);
  self->host->set_state(self->host->host, JF_STATE_READY, text(""));
  return JF_OK;
}

static jf_status on_send(void *me, const jf_send *send) {
  struct bad *self = me;
  in(self, "send");
  if (is(self, "never-answer")) return JF_OK;
  size_t slot = 0;
  while (slot < MAX_OPEN && self->open[slot] != 0) ++slot;
  if (slot == MAX_OPEN) return JF_BUSY;
  const jf_http_request request = {.size = sizeof request, .method = text("POST"), .url = text("http://127.0.0.1:9/"),
                                   .body = is(self, "no-key") ? text("") : send->message};
  if (self->host->http(self->host->host, slot + 1, &request) != JF_OK) return JF_BUSY;
  self->open[slot] = send->token;
  return JF_OK;
}

/* The value of Retry-After in the answer, in ms. */
static uint64_t asked_wait(const jf_http_response *answer) {
  static const char name[] = "retry-after: ";
  const size_t len = sizeof name - 1;
  for (size_t at = 0; at + len < answer->headers.len; ++at)
    if (memcmp(answer->headers.data + at, name, len) == 0) return strtoull(answer->headers.data + at + len, NULL, 10) * 1000;
  return 0;
}

static void refused(struct bad *self, uint64_t token, const jf_http_response *answer) {
  const jf_send_result result = {.size = sizeof result, .outcome = JF_OUTCOME_RETRY, .error_class = JF_ERROR_UNAVAILABLE,
                                 .retry_after_ms = is(self, "ignore-wait") ? 0 : asked_wait(answer)};
  self->host->send_done(self->host->host, token, &result);
}

static void on_http(void *me, uint64_t op, const jf_http_response *answer) {
  struct bad *self = me;
  in(self, "on_http");
  const uint64_t token = self->open[op - 1];
  self->open[op - 1] = 0;
  if (token == 0) return; /* cancelled meanwhile */
  const unsigned kind = answer->http_status / 100;
  if (answer->progress == JF_HTTP_MAYBE)
    done(self, token, is(self, "timeout-rejects") ? JF_OUTCOME_REJECTED : JF_OUTCOME_UNKNOWN);
  else if (kind == 2 || (kind == 4 && is(self, "4xx-accepts")))
    done(self, token, JF_OUTCOME_ACCEPTED);
  else if (kind == 5 && is(self, "5xx-rejects"))
    done(self, token, JF_OUTCOME_REJECTED);
  else
    refused(self, token, answer);
}

static void give_up(struct bad *self, uint64_t token) {
  for (size_t i = 0; i < MAX_OPEN; ++i) {
    if (self->open[i] == 0 || (token != 0 && self->open[i] != token)) continue;
    const uint64_t open = self->open[i];
    self->open[i] = 0;
    done(self, open, JF_OUTCOME_UNKNOWN);
  }
}

static void cancel(void *me, uint64_t token) {
  struct bad *self = me;
  in(self, "cancel");
  give_up(self, token);
}

static jf_status give(struct bad *self, const jf_webhook *request, jf_str events) {
  const jf_delivery delivery = {.size = sizeof delivery, .delivery = 1, .events = events,
                                .webhook = is(self, "lose-failed") ? 0 : request->request};
  return self->host->deliver(self->host->host, &delivery);
}

static void on_webhook(void *me, const jf_webhook *request) {
  struct bad *self = me;
  static unsigned count;
  char event[256];
  jf_webhook_reply reply = {.size = sizeof reply, .http_status = 200};
  in(self, "on_webhook");
  snprintf(event, sizeof event,
           "{\"type\":\"message\",\"id\":\"m%u\",\"from\":{\"address\":\"bad:1\"},\"parts\":[{\"type\":\"text\",\"text\":\"x\"}]}",
           is(self, "new-ids") ? ++count : 1u);
  if (is(self, "bad-event")) strcpy(event, "{\"type\":\"message\"}");
  if (is(self, "not-json")) strcpy(event, "{{");
  if (is(self, "webhook-unanswered")) return;
  jf_str events = text(event);
  if (is(self, "long-length")) events.len = (size_t)1 << 40;
  if (is(self, "past-end")) events = (jf_str){"{}", (size_t)1 << 28};
  jf_status status = JF_OK;
  for (int i = is(self, "flood") ? 100000 : 1; i > 0; --i) status = give(self, request, events);
  while (is(self, "insist") && status == JF_BUSY) status = give(self, request, events);
  if (status != JF_OK && !is(self, "lose-busy")) reply.http_status = 503;
  if (is(self, "own-socket")) {  // which its manifest does not ask for
    const int own = socket(AF_INET, SOCK_STREAM, 0);
    if (own < 0) reply.http_status = 418;
    if (own >= 0) close(own);
  }
  self->host->webhook_reply(self->host->host, request->request, &reply);
  if (is(self, "reply-twice")) self->host->webhook_reply(self->host->host, request->request, &reply);
}

static void on_delivered(void *me, uint64_t delivery, jf_status status) {
  (void)delivery, (void)status;
  in(me, "on_delivered");
}
static void on_timer(void *me, uint64_t timer, jf_str payload) { (void)me, (void)timer, (void)payload; }
static void on_complete(void *me, uint64_t op, jf_status status, jf_str value) {
  (void)me, (void)op, (void)status, (void)value;
}
static void drain(void *me, int64_t deadline_ms) {
  (void)deadline_ms;
  in(me, "drain");
}
static void stop(void *me) {
  struct bad *self = me;
  in(self, "stop");
  if (!is(self, "forget-at-stop")) give_up(self, 0);
}
static void destroy(void *me) {
  in(me, "destroy");
  free(me);
}

static const jf_connector_api table = {sizeof table, 0,        start,       on_send,    cancel, on_delivered,
                                       on_timer,     on_http,  on_complete, on_webhook, drain,
                                       stop,         destroy,  NULL};
static const jf_connector_api short_table = {.size = 24, .start = start, .stop = stop, .destroy = destroy};

static jf_status create(const jf_host_api *host, const jf_create *args, const jf_connector_api **api, void **self,
                        jf_error *error) {
  static const char name[] = "\"fault\":\"";
  struct bad *made = calloc(1, sizeof *made);
  (void)error;
  if (made == NULL) return JF_INTERNAL;
  made->host = host;
  const char *at = memmem(args->settings.data, args->settings.len, name, sizeof name - 1);
  if (at != NULL) sscanf(at + sizeof name - 1, "%63[^\"]", made->fault);
  in(made, "create");
  *api = is(made, "short-table") ? &short_table : &table;
  *self = made;
  if (is(made, "newer-host") && host->size > sizeof *host) return free(made), JF_INVALID;
  return JF_OK;
}

#if defined(BAD_MANIFEST)
#define MANIFEST "{\"id\": \"bad\"}"
#else
#define MANIFEST                                                                                                  \
  "{\"id\": \"bad\", \"version\": \"0.1.0\", \"name\": \"Bad\", \"description\": \"Misbehaves.\","                \
  " \"channel\": {\"scheme\": \"bad\", \"scope\": \"account\", \"direction\": \"both\","                          \
  "  \"visibility\": [\"private\"], \"webhooks\": [{\"method\": \"POST\", \"path\": \"/webhook\"}],"              \
  "  \"parts_in\": [\"text\"], \"parts_out\": [\"text\"], \"max_in_flight\": 4, \"idempotent_sends\": true},"     \
  " \"settings\": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {"                      \
  "  \"fault\": {\"type\": \"string\", \"default\": \"\", \"description\": \"What to do wrong\"},"                \
  "  \"key\": {\"type\": \"string\", \"secret\": true, \"description\": \"A secret\"}}}}"
#endif

static jf_module module = {sizeof module, JF_ABI_MINOR, JF_ABI_MINOR, 0, MANIFEST, NULL, create};

#ifdef BAD_LOAD
__attribute__((constructor)) static void at_load(void) { BAD_LOAD; }
#endif

JF_EXPORT const jf_module *jackfield_plugin_v0(void) {
#ifdef BAD_ENTRY
  BAD_ENTRY;
#endif
#ifdef BAD_COPIES
  jf_module *copy = malloc(sizeof *copy);
  return memcpy(copy, &module, sizeof module);
#else
  return &module;
#endif
}

#ifdef BAD_EXPORTS
JF_EXPORT int a_symbol_too_many(void);
int a_symbol_too_many(void) { return 1; }
#endif
