/* SPDX-License-Identifier: Apache-2.0
 *
 * extensions.h: abilities beside the core of jackfield.h. Each has a name and an integer revision, asked for
 * with get_extension on either side. The rules at the top of jackfield.h hold here too.
 */
#ifndef JACKFIELD_EXTENSIONS_H
#define JACKFIELD_EXTENSIONS_H

#include "jackfield/jackfield.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -------------------------------------------------------- jackfield.stream/1
 * Byte streams over TCP and TLS, run by the host: the connector is a state machine over bytes. */
#define JF_EXT_STREAM "jackfield.stream/1"

#define JF_TLS_NONE 0u
#define JF_TLS_NOW 1u       /* from the first byte */
#define JF_TLS_INSECURE 2u  /* flag: do not verify the peer; only on a person's explicit setting */

typedef struct jf_listen {
  uint32_t size;
  uint32_t tls;            /* JF_TLS_NONE or JF_TLS_NOW */
  jf_str address;          /* "127.0.0.1:2525", "[::]:25"; port 0 takes a free one */
  jf_str certificate;      /* PEM file, also used by start_tls; or empty */
  jf_str key;              /* PEM file */
  uint32_t max_connections; /* 0: 256; more are closed at once */
  uint32_t reserved;
} jf_listen;

typedef struct jf_connect {
  uint32_t size;
  uint32_t tls;      /* JF_TLS_*, JF_TLS_INSECURE or-ed in */
  jf_str host;       /* name or address; verified against the certificate */
  uint32_t port;
  uint32_t timeout_ms; /* 0: 30 s */
} jf_connect;

#define JF_STREAM_LISTENING 0u /* listener is up; text: its address */
#define JF_STREAM_ACCEPTED 1u  /* stream: a new one, above JF_ID_HOST; text: the peer's address */
#define JF_STREAM_CONNECTED 2u /* text: the peer's address; after TLS when it was asked for */
#define JF_STREAM_DATA 3u      /* bytes; takes its length from the credit */
#define JF_STREAM_WRITABLE 4u  /* after write said BUSY: there is room again */
#define JF_STREAM_TLS 5u       /* start_tls is done; text: protocol version and cipher */
#define JF_STREAM_CLOSED 6u    /* the last event of a stream or listener; status and text say why */

typedef struct jf_stream_event {
  uint32_t size;
  uint32_t kind;     /* JF_STREAM_* */
  uint64_t listener; /* LISTENING, ACCEPTED, CLOSED of a listener */
  uint64_t stream;   /* all others */
  jf_status status;  /* CLOSED: OK for an orderly end of the peer or of ours */
  uint32_t reserved;
  jf_str bytes;      /* DATA */
  jf_str text;
} jf_stream_event;

typedef struct jf_stream_api { /* host side, all [any] */
  uint32_t size;
  uint32_t reserved;
  jf_status (*listen)(void *host, uint64_t listener, const jf_listen *args);
  jf_status (*connect)(void *host, uint64_t stream, const jf_connect *args);
  /* Grants that many bytes more to be read. A new stream has none. */
  jf_status (*read)(void *host, uint64_t stream, uint64_t credit);
  /* Takes all or, with BUSY, nothing (more than 1 MiB waits); WRITABLE follows. */
  jf_status (*write)(void *host, uint64_t stream, jf_str bytes);
  /* TLS from here on, in the role of the one who accepted or connected. What was read before and not
   * handed on is thrown away (STARTTLS injection). */
  jf_status (*start_tls)(void *host, uint64_t stream, uint32_t flags);
  /* Sends what was written, then closes; a listener stops accepting. CLOSED follows. */
  jf_status (*close)(void *host, uint64_t id);
} jf_stream_api;

typedef struct jf_stream_handler { /* connector side */
  uint32_t size;
  uint32_t reserved;
  void (*on_stream)(void *self, const jf_stream_event *event); /* [strand] */
} jf_stream_handler;

/* ------------------------------------------------------- jackfield.offload/1
 * Work that takes long or blocks, run off the strand; on_complete(op) on the strand when it has returned. */
#define JF_EXT_OFFLOAD "jackfield.offload/1"

typedef struct jf_offload_api {
  uint32_t size;
  uint32_t reserved;
  /* [any] BUSY when too much waits. Accepted work always runs and always completes, before stop is
   * called. */
  jf_status (*run)(void *host, uint64_t op, void (*work)(void *arg), void *arg);
} jf_offload_api;

/* ---------------------------------------------------------- jackfield.blob/1
 * Bytes too large for JSON: attachments and media. A blob's id is the lower-case hex SHA-256 of its bytes. */
#define JF_EXT_BLOB "jackfield.blob/1"

typedef struct jf_blob_api {
  uint32_t size;
  uint32_t reserved;
  /* [any] Copies the bytes and hands back their id. A delivery that names a blob commits only after its
   * file is safe on disk, and fails if that fails. A blob that nothing names is removed after a day. */
  jf_status (*put)(void *host, jf_str bytes, jf_sink id, void *user);
  /* [any] Up to max (at most 1 MiB) bytes from offset; on_complete(op) brings them, empty at the end. */
  jf_status (*read)(void *host, uint64_t op, jf_str id, uint64_t offset, uint64_t max);
} jf_blob_api;

/* --------------------------------------------------------- jackfield.media/1
 * Connector side: fetches the bytes of a media part that was delivered with state "pending". The host
 * keeps the job durably, retries it with backoff, and gives up after a day. */
#define JF_EXT_MEDIA "jackfield.media/1"

typedef struct jf_fetch_result {
  uint32_t size;
  uint32_t outcome;        /* JF_OUTCOME_ACCEPTED (blob holds it), _RETRY or _REJECTED */
  uint64_t retry_after_ms;
  jf_str blob;
  jf_str media_type;       /* when the provider said so now; or empty */
  jf_str detail;
} jf_fetch_result;

typedef struct jf_media_handler { /* connector side */
  uint32_t size;
  uint32_t reserved;
  /* [strand] part: the media part as JSON, as it was delivered. Owes one fetch_done when it returns OK. */
  jf_status (*fetch)(void *self, uint64_t token, jf_str part);
} jf_media_handler;

typedef struct jf_media_api { /* host side */
  uint32_t size;
  uint32_t reserved;
  jf_status (*fetch_done)(void *host, uint64_t token, const jf_fetch_result *result); /* [any] */
} jf_media_api;

/* -------------------------------------------------------- jackfield.replay/1
 * Connector side: decodes again what was delivered as {"type": "undecodable"}, after an upgrade. */
#define JF_EXT_REPLAY "jackfield.replay/1"

typedef struct jf_replay_handler {
  uint32_t size;
  uint32_t reserved;
  /* [strand] raw: the event's "raw". Writes the events as JSON array into the sink, without calling
   * deliver. UNSUPPORTED when it still cannot be decoded. */
  jf_status (*replay)(void *self, jf_str raw, jf_sink events, void *user);
} jf_replay_handler;

/* -------------------------------------------------------- jackfield.signal/1
 * Connector side: small signs to the customer that are not messages. Best effort: nothing is stored, nothing is tried
 * again, and no answer is owed. */
#define JF_EXT_SIGNAL "jackfield.signal/1"

typedef struct jf_signal_handler {
  uint32_t size;
  uint32_t reserved;
  /* [strand] signal: JSON {"what": "read" | "typing", "to": {"address", "scope"}, "message": provider id of the
   * newest message of theirs that was read, or null}. UNSUPPORTED when the channel has no such sign. */
  jf_status (*signal)(void *self, jf_str signal);
} jf_signal_handler;

/* ------------------------------------------------------- jackfield.preview/1
 * Connector side: what would become of a message, without sending it. */
#define JF_EXT_PREVIEW "jackfield.preview/1"

typedef struct jf_preview_handler {
  uint32_t size;
  uint32_t reserved;
  /* [strand] message: as send would get it. Writes a JSON object into the sink, at once and without a call of the
   * host: {"sendable": true, "problems": [{"class", "detail"}], "notes": ["what is changed on the way"], …} and what
   * else people of this channel want to know ("encoding", "segments", "weighted_length"). */
  jf_status (*preview)(void *self, jf_str message, jf_sink result, void *user);
} jf_preview_handler;

#ifdef __cplusplus
}
#endif
#endif
