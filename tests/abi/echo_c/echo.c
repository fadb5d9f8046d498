/* The echo connector in plain C: no wrapper, no library but the C library's. Not a JSON parser: it finds string members
 * of flat objects and hands them on still escaped. */
#include <jackfield/jackfield.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPEN 16 /* the manifest's max_in_flight */

struct echo {
  const jf_host_api *host;
  char api_url[256];
  struct { uint64_t token; char id[128]; } open[MAX_OPEN]; /* sends that wait for HTTP; the op is the index + 1 */
};

static jf_str text(const char *s) { return (jf_str){s, strlen(s)}; }

/* ---- the logic */

/* Copies the string member `name` of flat JSON, still escaped; 0 when it is not there or too long. */
static int member(jf_str json, const char *name, char *out, size_t size) {
  char key[64];
  const size_t key_len = (size_t)snprintf(key, sizeof key, "\"%s\":\"", name);
  for (size_t at = 0; at + key_len <= json.len; ++at) {
    if (memcmp(json.data + at, key, key_len) != 0) continue;
    size_t end = at + key_len, len = 0;
    for (; end < json.len && json.data[end] != '"' && len + 2 < size; ++end) {
      if (json.data[end] == '\\') out[len++] = json.data[end++];
      if (end < json.len) out[len++] = json.data[end];
    }
    out[len] = '\0';
    return end < json.len && json.data[end] == '"';
  }
  return 0;
}

/* What the provider asks to wait with "retry-after: SECONDS"; 0 when it does not. */
static uint64_t asked_wait_ms(const jf_http_response *answer) {
  static const char name[] = "retry-after: ";
  const size_t len = sizeof name - 1;
  uint64_t seconds = 0;
  for (size_t at = 0; at + len < answer->headers.len; ++at) {
    if (memcmp(answer->headers.data + at, name, len) != 0) continue;
    for (at += len; at < answer->headers.len && answer->headers.data[at] >= '0' && answer->headers.data[at] <= '9'; ++at)
      if (seconds < 86400) seconds = seconds * 10 + (uint64_t)(answer->headers.data[at] - '0');
    break;
  }
  return seconds * 1000;
}

static void done(struct echo *self, uint64_t token, uint32_t outcome, const char *id, const char *detail,
                 uint64_t wait_ms) {
  char ids[160] = "";
  if (outcome == JF_OUTCOME_ACCEPTED) snprintf(ids, sizeof ids, "[\"%s\"]", id);
  const uint32_t error = outcome == JF_OUTCOME_ACCEPTED ? JF_ERROR_NONE : JF_ERROR_UNAVAILABLE;
  const jf_send_result result = {
      sizeof result, outcome, error, JF_SCOPE_MESSAGE, wait_ms, text(ids), {NULL, 0}, text(detail)};
  self->host->send_done(self->host->host, token, &result);
}

static jf_status on_send(void *me, const jf_send *send) {
  struct echo *self = me;
  char id[128], url[300];
  snprintf(id, sizeof id, "echo-%.*s", (int)send->idempotency_key.len, send->idempotency_key.data);
  if (self->api_url[0] == '\0') return done(self, send->token, JF_OUTCOME_ACCEPTED, id, "", 0), JF_OK;
  size_t slot = 0;
  while (slot < MAX_OPEN && self->open[slot].token != 0) ++slot;
  if (slot == MAX_OPEN) return JF_BUSY;
  snprintf(url, sizeof url, "%s/messages", self->api_url);
  const jf_http_request request = {.size = sizeof request, .method = text("POST"), .url = text(url),
                                   .body = send->message};
  const jf_status status = self->host->http(self->host->host, slot + 1, &request);
  if (status != JF_OK) return JF_BUSY;
  self->open[slot].token = send->token;
  memcpy(self->open[slot].id, id, sizeof id);
  return JF_OK;
}

static void on_http(void *me, uint64_t op, const jf_http_response *answer) {
  struct echo *self = me;
  const uint64_t token = self->open[op - 1].token;
  self->open[op - 1].token = 0;
  if (answer->progress == JF_HTTP_MAYBE) {
    done(self, token, JF_OUTCOME_UNKNOWN, "", "no answer", 0);
  } else if (answer->http_status / 100 == 2) {
    done(self, token, JF_OUTCOME_ACCEPTED, self->open[op - 1].id, "", 0);
  } else {
    done(self, token, JF_OUTCOME_RETRY, "", answer->http_status == 0 ? "no answer" : "the provider said no",
         asked_wait_ms(answer));
  }
}

static void on_webhook(void *me, const jf_webhook *request) {
  struct echo *self = me;
  char id[128], from[128], said[4096], event[4608];
  jf_webhook_reply reply = {sizeof reply, 400, {NULL, 0}, {NULL, 0}};
  if (member(request->body, "id", id, sizeof id) && member(request->body, "from", from, sizeof from) &&
      member(request->body, "text", said, sizeof said)) {
    snprintf(event, sizeof event,
             "{\"type\":\"message\",\"id\":\"%s\",\"from\":{\"address\":\"echo:%s\"},"
             "\"parts\":[{\"type\":\"text\",\"text\":\"%s\"}]}", id, from, said);
    const jf_delivery delivery = {sizeof delivery, 0, 0, request->request, text(event), {NULL, 0}};
    const jf_status status = self->host->deliver(self->host->host, &delivery);
    reply.http_status = status == JF_OK ? 200 : status == JF_INVALID ? 400 : 503; /* 503: come again */
  }
  self->host->webhook_reply(self->host->host, request->request, &reply);
}

/* ---- the rest of the table */

static jf_status start(void *me, jf_error *error) {
  struct echo *self = me;
  (void)error;
  self->host->set_state(self->host->host, JF_STATE_READY, text(""));
  return JF_OK;
}

static void stop(void *me) {
  struct echo *self = me;
  for (size_t i = 0; i < MAX_OPEN; ++i) {
    if (self->open[i].token != 0) done(self, self->open[i].token, JF_OUTCOME_UNKNOWN, "", "stopped", 0);
    self->open[i].token = 0;
  }
}

static void cancel(void *me, uint64_t token) { (void)me, (void)token; }
static void on_delivered(void *me, uint64_t delivery, jf_status status) { (void)me, (void)delivery, (void)status; }
static void on_timer(void *me, uint64_t timer, jf_str payload) { (void)me, (void)timer, (void)payload; }
static void on_complete(void *me, uint64_t op, jf_status status, jf_str value) {
  (void)me, (void)op, (void)status, (void)value;
}
static void drain(void *me, int64_t deadline_ms) { (void)me, (void)deadline_ms; }
static void destroy(void *me) { free(me); }

static const jf_connector_api table = {sizeof table, 0,        start,   on_send,     cancel,     on_delivered,
                                       on_timer,     on_http,  on_complete, on_webhook, drain,
                                       stop,         destroy,  NULL};

static jf_status create(const jf_host_api *host, const jf_create *args, const jf_connector_api **api, void **self,
                        jf_error *error) {
  struct echo *made = calloc(1, sizeof *made);
  (void)error;
  if (made == NULL) return JF_INTERNAL;
  made->host = host;
  member(args->settings, "api_url", made->api_url, sizeof made->api_url);
  *api = &table;
  *self = made;
  return JF_OK;
}

static const jf_module module = {
    sizeof module, JF_ABI_MINOR, JF_ABI_MINOR, 0,
    "{\"id\": \"echo\", \"version\": \"0.1.0\", \"name\": \"Echo\", \"description\": \"An example in C.\","
    " \"channel\": {\"scheme\": \"echo\", \"scope\": \"account\", \"direction\": \"both\", \"visibility\": [\"private\"],"
    "  \"webhooks\": [{\"method\": \"POST\", \"path\": \"/webhook\"}],"
    "  \"parts_in\": [\"text\"], \"parts_out\": [\"text\"], \"max_in_flight\": 16, \"idempotent_sends\": true},"
    " \"settings\": {\"type\": \"object\", \"additionalProperties\": false, \"properties\": {"
    "  \"api_url\": {\"type\": \"string\", \"default\": \"\","
    "   \"description\": \"Where messages are posted to; empty: nowhere.\"}}}}",
    NULL, create};

JF_EXPORT const jf_module *jackfield_plugin_v0(void) { return &module; }
