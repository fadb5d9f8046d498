/* new-connector: a webhook becomes a message, a reply becomes a request. No library but the C library's.
 *
 * JSON: this finds string members by their name and hands them on still escaped, which is enough for flat objects. Take
 * a JSON library when your provider's are deeper. */
#include <jackfield/jackfield.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "manifest.h"

struct connector {
  const jf_host_api* host;
  char api_url[256];
  struct {
    uint64_t token;
    char key[128];
  } open[MAX_OPEN]; /* sends that wait for HTTP; the op is the index + 1 */
};

static jf_str text(const char* s) { return (jf_str){s, strlen(s)}; }

/* ---- reading */

/* Copies the string member `name`, still escaped; 0 when it is not there or too long. */
static int member(jf_str json, const char* name, char* out, size_t size) {
  char key[64];
  const size_t key_len = (size_t)snprintf(key, sizeof key, "\"%s\"", name);
  for (size_t at = 0; at + key_len <= json.len; ++at) {
    if (memcmp(json.data + at, key, key_len) != 0) continue;
    size_t i = at + key_len, len = 0;
    while (i < json.len && strchr(" \t\r\n", json.data[i]) && json.data[i] != '\0') ++i;
    if (i == json.len || json.data[i++] != ':') continue;
    while (i < json.len && strchr(" \t\r\n", json.data[i]) && json.data[i] != '\0') ++i;
    if (i == json.len || json.data[i++] != '"') continue;
    for (; i < json.len && json.data[i] != '"' && len + 2 < size; ++i) {
      if (json.data[i] == '\\') out[len++] = json.data[i++];
      if (i < json.len) out[len++] = json.data[i];
    }
    out[len] = '\0';
    return i < json.len && json.data[i] == '"';
  }
  return 0;
}

/* The value of one of "name: value\r\n" lines, name in lower case. */
static jf_str header(jf_str lines, const char* name) {
  const size_t len = strlen(name);
  const char *line = lines.data, *const end = lines.data + lines.len;
  while (line != NULL && line < end) {
    const char* stop = memchr(line, '\r', (size_t)(end - line));
    if (stop == NULL) stop = end;
    if ((size_t)(stop - line) > len + 2 && memcmp(line, name, len) == 0 && line[len] == ':')
      return (jf_str){line + len + 2, (size_t)(stop - line) - len - 2};
    line = stop + 2;
  }
  return (jf_str){NULL, 0};
}

/* A JSON string, as far as it fits; out needs room for 2 bytes at least. */
static void escape(jf_str in, char* out, size_t size) {
  size_t len = 0;
  for (size_t i = 0; i < in.len && len + 7 < size; ++i) {
    const unsigned char c = (unsigned char)in.data[i];
    if (c == '"' || c == '\\') out[len++] = '\\';
    if (c < 0x20) {
      len += (size_t)snprintf(out + len, 7, "\\u%04x", c);
    } else {
      out[len++] = (char)c;
    }
  }
  out[len] = '\0';
}

/* ---- secrets */

struct check {
  jf_str shown;
  int right;
};

/* Takes the same time wherever the first difference is, so that a token cannot be guessed byte by byte. */
static void compare(void* user, jf_str token) {
  struct check* check = user;
  unsigned difference = 0;
  if (check->shown.len != token.len) return;
  for (size_t i = 0; i < token.len; ++i) difference |= (unsigned char)(check->shown.data[i] ^ token.data[i]);
  if (difference == 0) check->right = 1;
}

static int is_allowed(struct connector* self, jf_str shown) {
  static const char scheme[] = "Bearer ";
  const size_t len = sizeof scheme - 1;
  if (shown.len <= len || memcmp(shown.data, scheme, len) != 0) return 0;
  struct check check = {{shown.data + len, shown.len - len}, 0};
  self->host->secret(self->host->host, text("/webhook_token"), compare, &check);
  return check.right;
}

static void copy_first(void* user, jf_str token) {
  char* out = user; /* 256 bytes */
  if (out[0] == '\0') snprintf(out, 256, "%.*s", (int)token.len, token.data);
}

/* ---- receiving */

/* What the provider sent, as an event of ours. What cannot be understood is kept, so that nothing is lost silently. */
static jf_status deliver(struct connector* self, const jf_webhook* request) {
  char id[128], from[128];
  const size_t room = 6 * request->body.len + 512;
  char *event = malloc(2 * room), *said = malloc(room);
  jf_status status = JF_BUSY;
  if (event != NULL && said != NULL) {
    if (member(request->body, "id", id, sizeof id) && member(request->body, "from", from, sizeof from)) {
      if (!member(request->body, "text", said, room)) said[0] = '\0';
      snprintf(event, 2 * room,
               "{\"type\":\"message\",\"id\":\"%s\",\"from\":{\"address\":\"new-connector:%s\"},"
               "\"parts\":[{\"type\":\"text\",\"text\":\"%s\"}]}",
               id, from, said);
    } else {
      escape(request->body, said, room);
      snprintf(event, 2 * room, "{\"type\":\"undecodable\",\"reason\":\"it has no id or no from\",\"raw\":\"%s\"}",
               said);
    }
    const jf_delivery delivery = {sizeof delivery, 0, 0, request->request, text(event), {NULL, 0}};
    status = self->host->deliver(self->host->host, &delivery);
  }
  free(said);
  free(event);
  return status;
}

static void on_webhook(void* me, const jf_webhook* request) {
  struct connector* self = me;
  jf_webhook_reply reply = {sizeof reply, 401, {NULL, 0}, {NULL, 0}};
  if (is_allowed(self, header(request->headers, "authorization"))) {
    const jf_status status = deliver(self, request);
    reply.http_status = status == JF_OK ? 200 : status == JF_BUSY ? 503 : 500; /* 200 leaves once it is on disk */
  }
  self->host->webhook_reply(self->host->host, request->request, &reply);
}

/* ---- sending */

static void done(struct connector* self, uint64_t token, const jf_send_result* result) {
  self->host->send_done(self->host->host, token, result);
}

/* Retry-After as a number; 0 for anything else, and then the host's backoff decides. */
static uint64_t seconds(jf_str value) {
  uint64_t read = 0;
  for (size_t i = 0; i < value.len && value.data[i] >= '0' && value.data[i] <= '9' && read < 86400; ++i)
    read = read * 10 + (uint64_t)(value.data[i] - '0');
  return read < 86400 ? read : 86400;
}

/* How the provider's answer is meant. */
static void judge(const jf_http_response* answer, jf_send_result* result) {
  const uint32_t status = answer->http_status;
  result->error_class = JF_ERROR_UNAVAILABLE;
  if (answer->progress != JF_HTTP_ANSWERED) {
    result->outcome = answer->progress == JF_HTTP_NOT_SENT ? JF_OUTCOME_RETRY : JF_OUTCOME_UNKNOWN;
    result->detail = answer->error;
  } else if (status / 100 == 2) {
    result->outcome = JF_OUTCOME_ACCEPTED;
    result->error_class = JF_ERROR_NONE;
  } else if (status == 429 || status >= 500) {
    result->outcome = JF_OUTCOME_RETRY;
    result->retry_scope = JF_SCOPE_CHANNEL;
    result->retry_after_ms = seconds(header(answer->headers, "retry-after")) * 1000;
    if (status == 429) result->error_class = JF_ERROR_THROTTLED;
  } else {
    result->outcome = JF_OUTCOME_REJECTED;
    result->error_class = status == 401 || status == 403 ? JF_ERROR_AUTH : JF_ERROR_CONTENT;
  }
}

static void on_http(void* me, uint64_t op, const jf_http_response* answer) {
  struct connector* self = me;
  const uint64_t token = self->open[op - 1].token;
  char id[128], ids[140], code[16];
  jf_send_result result = {.size = sizeof result};
  judge(answer, &result);
  if (result.outcome == JF_OUTCOME_ACCEPTED) {
    snprintf(ids, sizeof ids, "[\"%s\"]", member(answer->body, "id", id, sizeof id) ? id : self->open[op - 1].key);
    result.provider_ids = text(ids);
  } else if (answer->progress == JF_HTTP_ANSWERED) {
    snprintf(code, sizeof code, "%u", (unsigned)answer->http_status);
    result.code = text(code);
    result.detail = text("the provider refused it");
  }
  self->open[op - 1].token = 0;
  done(self, token, &result);
}

static jf_status on_send(void* me, const jf_send* send) {
  struct connector* self = me;
  char to[256] = "", url[300], headers[512], token[256] = "";
  const size_t room = 2 * send->message.len + 512;
  size_t slot = 0;
  while (slot < MAX_OPEN && self->open[slot].token != 0) ++slot;
  char *body = slot < MAX_OPEN ? malloc(2 * room) : NULL, *said = body != NULL ? malloc(room) : NULL;
  jf_status status = JF_BUSY;
  if (said != NULL) {
    const char* key = self->open[slot].key;
    snprintf(self->open[slot].key, sizeof self->open[slot].key, "%.*s", (int)send->idempotency_key.len,
             send->idempotency_key.data);
    member(send->message, "address", to, sizeof to);
    if (!member(send->message, "text", said, room)) said[0] = '\0';
    self->host->secret(self->host->host, text("/api_token"), copy_first, token);
    snprintf(url, sizeof url, "%s/messages", self->api_url);
    snprintf(headers, sizeof headers,
             "content-type: application/json\r\nauthorization: Bearer %s\r\nidempotency-key: %s\r\n", token, key);
    const char* colon = strchr(to, ':');
    snprintf(body, 2 * room, "{\"id\":\"%s\",\"to\":\"%s\",\"text\":\"%s\"}", key, colon ? colon + 1 : to, said);
    const jf_http_request request = {
        .size = sizeof request, .method = text("POST"), .url = text(url), .headers = text(headers), .body = text(body)};
    status = self->host->http(self->host->host, slot + 1, &request);
    if (status == JF_OK) self->open[slot].token = send->token;
  }
  free(said);
  free(body);
  return status == JF_OK ? JF_OK : JF_BUSY;
}

/* ---- life */

static jf_status start(void* me, jf_error* error) {
  struct connector* self = me;
  (void)error;
  self->host->set_state(self->host->host, JF_STATE_READY, text(""));
  return JF_OK;
}

static void stop(void* me) {
  struct connector* self = me;
  for (size_t i = 0; i < MAX_OPEN; ++i) {
    const jf_send_result result = {.size = sizeof result,
                                   .outcome = JF_OUTCOME_UNKNOWN,
                                   .error_class = JF_ERROR_INTERNAL,
                                   .detail = text("stopped before the answer came")};
    if (self->open[i].token != 0) done(self, self->open[i].token, &result);
    self->open[i].token = 0;
  }
}

static void cancel(void* me, uint64_t token) { (void)me, (void)token; }
static void on_delivered(void* me, uint64_t delivery, jf_status status) { (void)me, (void)delivery, (void)status; }
static void on_timer(void* me, uint64_t timer, jf_str payload) { (void)me, (void)timer, (void)payload; }
static void on_complete(void* me, uint64_t op, jf_status status, jf_str value) {
  (void)me, (void)op, (void)status, (void)value;
}
static void drain(void* me, int64_t deadline_ms) { (void)me, (void)deadline_ms; }
static void destroy(void* me) { free(me); }

static const jf_connector_api table = {sizeof table, 0,           start,      on_send, cancel, on_delivered, on_timer,
                                       on_http,      on_complete, on_webhook, drain,   stop,   destroy,      NULL};

static jf_status create(const jf_host_api* host, const jf_create* args, const jf_connector_api** api, void** self,
                        jf_error* error) {
  struct connector* made = calloc(1, sizeof *made);
  (void)error;
  if (made == NULL) return JF_INTERNAL;
  made->host = host;
  member(args->settings, "api_url", made->api_url, sizeof made->api_url);
  *api = &table;
  *self = made;
  return JF_OK;
}

static const jf_module module = {sizeof module, JF_ABI_MINOR, JF_ABI_MINOR, 0, manifest, NULL, create};

JF_EXPORT const jf_module* jackfield_plugin_v0(void) { return &module; }
