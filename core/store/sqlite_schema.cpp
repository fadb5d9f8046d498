#include "store/sqlite_schema.hpp"

#include <array>

namespace jackfield::store {
namespace {

// "JKFD": what tells our file from another program's.
constexpr std::int64_t kApplicationId = 0x4A4B4644;

// Every step ever released stays as it is; a change is a new step. The number of steps done is the file's user_version.
//
// Small on purpose: a message from a known sender touches messages (+ 2 indexes), provider_keys, conversations, events
// and, once a group, counters. Ids are rising, so that most of these are appended to.
constexpr std::array kSteps = {
    R"sql(
-- Names of channels (and other sources of events) as small numbers.
CREATE TABLE channels (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE contacts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  attributes TEXT NOT NULL,  -- JSON object
  tags TEXT NOT NULL,        -- JSON array
  merged_into INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE addresses (
  contact INTEGER NOT NULL REFERENCES contacts,
  seq INTEGER NOT NULL,  -- their order within the contact
  uri TEXT NOT NULL,
  scope TEXT NOT NULL,
  evidence INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (contact, seq),
  UNIQUE (uri, scope)
) STRICT, WITHOUT ROWID;

-- The journal that undoes a merge.
CREATE TABLE merges (
  id INTEGER PRIMARY KEY,
  into_contact INTEGER NOT NULL,
  from_contact INTEGER NOT NULL,
  evidence TEXT NOT NULL,
  moved TEXT NOT NULL,
  at INTEGER NOT NULL,
  undone_at INTEGER NOT NULL
) STRICT;

CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,
  contact INTEGER REFERENCES contacts,
  state INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_activity_at INTEGER NOT NULL,
  activity_slot INTEGER NOT NULL,  -- last_activity_at in steps of 16 s
  last_inbound_at INTEGER NOT NULL,
  last_outbound_at INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  snoozed_until INTEGER NOT NULL,
  scope TEXT NOT NULL,
  queue TEXT NOT NULL,
  assignee TEXT NOT NULL,
  tags TEXT NOT NULL,  -- JSON array
  language TEXT NOT NULL,
  subject TEXT NOT NULL,
  channels TEXT NOT NULL  -- JSON array, newest use first
) STRICT;
CREATE INDEX conversations_scope ON conversations (scope);  -- and the id, which every index ends with
CREATE INDEX conversations_contact ON conversations (contact);
-- The list, newest activity first. By state, so that what is closed does not slow the list of what is open; by slot, so
-- that not every message moves an entry; with the queue, so that a filter on it is decided without reading the row.
CREATE INDEX conversations_activity ON conversations (state, activity_slot, queue);

CREATE TABLE decisions (
  conversation INTEGER PRIMARY KEY REFERENCES conversations,
  json TEXT NOT NULL
) STRICT;

CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  conversation INTEGER REFERENCES conversations,  -- NULL: none (dropped)
  contact INTEGER REFERENCES contacts,
  channel INTEGER NOT NULL,
  direction INTEGER NOT NULL,
  visibility INTEGER NOT NULL,
  status INTEGER NOT NULL,
  sent_at INTEGER,
  received_at INTEGER NOT NULL,
  content TEXT NOT NULL,  -- JSON
  track TEXT NOT NULL     -- JSON
) STRICT;
CREATE INDEX messages_conversation ON messages (conversation);
CREATE INDEX messages_channel ON messages (channel);
CREATE INDEX messages_trouble ON messages (channel, status) WHERE status IN (2, 4);  -- unknown, failed

-- Hashes of providers' ids. message -1: of an erased message.
CREATE TABLE provider_keys (key BLOB PRIMARY KEY, message INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  cursor INTEGER PRIMARY KEY,
  type INTEGER NOT NULL,
  at INTEGER NOT NULL,
  source INTEGER NOT NULL,  -- a row of channels
  conversation INTEGER NOT NULL,
  message INTEGER NOT NULL,
  contact INTEGER NOT NULL,
  data TEXT NOT NULL
) STRICT;

CREATE TABLE outbox (
  message INTEGER PRIMARY KEY REFERENCES messages,
  channel INTEGER NOT NULL,
  conversation INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  deadline INTEGER NOT NULL,
  recipient TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (channel, state, next_at);
CREATE INDEX outbox_lane ON outbox (conversation, channel, message) WHERE state < 2;  -- what holds its followers

CREATE TABLE timers (
  kind INTEGER NOT NULL,
  channel TEXT NOT NULL,
  key TEXT NOT NULL,
  id INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  message INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (kind, channel, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due_at);

CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  channel TEXT NOT NULL,
  reason TEXT NOT NULL,
  undecodable INTEGER NOT NULL,
  message INTEGER NOT NULL,
  at INTEGER NOT NULL,
  resolved_at INTEGER NOT NULL,
  raw TEXT NOT NULL
) STRICT;
CREATE INDEX dead_letters_open ON dead_letters (kind, channel) WHERE resolved_at = 0;
CREATE INDEX dead_letters_resolved ON dead_letters (resolved_at) WHERE resolved_at > 0;

CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL,
  media_type TEXT NOT NULL,
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- Receipts that came before the send they speak of was acknowledged.
CREATE TABLE parked (
  key BLOB NOT NULL,
  status INTEGER NOT NULL,
  error_class TEXT NOT NULL,
  code TEXT NOT NULL,
  detail TEXT NOT NULL,
  error_at INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX parked_key ON parked (key);

CREATE TABLE answers (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (owner, key)
) STRICT;
CREATE INDEX answers_at ON answers (at);

CREATE TABLE kv (
  channel TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (channel, key)
) STRICT, WITHOUT ROWID;

-- How many messages each channel took in and was given to send.
CREATE TABLE counters (channel INTEGER PRIMARY KEY, received INTEGER NOT NULL, written INTEGER NOT NULL) STRICT;

-- Events up to this cursor have been removed; so a cursor is never given twice, even when the log is empty.
CREATE TABLE log_start (one INTEGER PRIMARY KEY CHECK (one = 1), removed_to INTEGER NOT NULL) STRICT;
INSERT INTO log_start VALUES (1, 0);
)sql",
    R"sql(
-- Receivers of events. What they have got is known by the cursor; what failed, or waits behind it, by webhook_events.
CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  types TEXT NOT NULL,  -- JSON array of names; empty: all
  fixed INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  reason TEXT NOT NULL,
  cursor INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE webhook_events (
  webhook INTEGER NOT NULL REFERENCES webhooks,
  cursor INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  first_at INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (webhook, cursor)
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
-- A conversation's place in the queue, with an agent, and towards its service level.
ALTER TABLE conversations ADD COLUMN waiting_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN wait_order INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN queued_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN offered_to TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN offer_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN held_by TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN assigned_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN last_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN passed_by TEXT NOT NULL DEFAULT '';  -- JSON array, or empty
ALTER TABLE conversations ADD COLUMN capacity_class INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN clock_start INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN first_response_due INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN first_response_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN resolution_due INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversations_waiting ON conversations (queue, capacity_class, wait_order) WHERE wait_order <> 0;
CREATE INDEX conversations_held ON conversations (held_by) WHERE held_by <> '';
-- Those who wait already get into the order of their queue.
UPDATE conversations SET waiting_since = created_at, queued_at = created_at, wait_order = created_at
  WHERE state = 0 AND assignee = '' AND queue <> '';

CREATE TABLE agents (
  name TEXT PRIMARY KEY,
  display TEXT NOT NULL,
  skills TEXT NOT NULL,  -- JSON array
  capacity_message INTEGER NOT NULL,
  capacity_chat INTEGER NOT NULL,
  capacity_voice INTEGER NOT NULL,
  fixed INTEGER NOT NULL,    -- 1: stands in the configuration file
  enabled INTEGER NOT NULL,
  presence INTEGER NOT NULL,
  presence_since INTEGER NOT NULL,
  presence_until INTEGER NOT NULL,
  idle_since INTEGER NOT NULL,
  load_message INTEGER NOT NULL,
  load_chat INTEGER NOT NULL,
  load_voice INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which work each agent could be given now: a decision reads its first rows, however many agents there are.
CREATE TABLE free_agents (
  queue TEXT NOT NULL,
  capacity_class INTEGER NOT NULL,
  load INTEGER NOT NULL,
  idle_since INTEGER NOT NULL,
  agent TEXT NOT NULL,
  PRIMARY KEY (queue, capacity_class, load, idle_since, agent)
) STRICT, WITHOUT ROWID;
CREATE INDEX free_agents_agent ON free_agents (agent);

CREATE TABLE queue_history (
  queue TEXT PRIMARY KEY,
  taken INTEGER NOT NULL,
  wait INTEGER NOT NULL,
  interval INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
-- Who wants no messages over which channel: JSON array, empty for none. With the address, so that it goes where that goes.
ALTER TABLE addresses ADD COLUMN opt_outs TEXT NOT NULL DEFAULT '';

-- Whose a file is: who may see the message, or the token that uploaded it.
ALTER TABLE media ADD COLUMN message INTEGER NOT NULL DEFAULT 0;
ALTER TABLE media ADD COLUMN owner TEXT NOT NULL DEFAULT '';
)sql",
    R"sql(
-- 1: the last answer of ours was automatic.
ALTER TABLE conversations ADD COLUMN answered_by_rule INTEGER NOT NULL DEFAULT 0;
)sql",
    R"sql(
-- What is held about a person must be found without reading all messages. A message keeps the contact that it came
-- from; who that lives on in says contacts.merged_into.
CREATE INDEX messages_contact ON messages (contact);
CREATE INDEX contacts_merged ON contacts (merged_into) WHERE merged_into <> 0;
CREATE INDEX merges_into ON merges (into_contact);
CREATE INDEX merges_from ON merges (from_contact);
CREATE INDEX media_file ON media (sha256);
)sql",
    R"sql(
CREATE TABLE callbacks (
  id INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL REFERENCES conversations,
  queue TEXT NOT NULL,
  number TEXT NOT NULL,
  state INTEGER NOT NULL,
  slot_from INTEGER NOT NULL,
  slot_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  detail TEXT NOT NULL  -- JSON
) STRICT;
CREATE INDEX callbacks_conversation ON callbacks (conversation);
CREATE INDEX callbacks_time ON callbacks (slot_from, id);
CREATE INDEX callbacks_state ON callbacks (state, slot_from, id);
CREATE INDEX callbacks_slot ON callbacks (queue, slot_from) WHERE state IN (1, 2);  -- what room a slot has
)sql",
    R"sql(
-- How it stands in each queue now, counted on the way; agents by what each serves, which the start says of all.
CREATE TABLE queue_counts (
  queue TEXT PRIMARY KEY,
  waiting INTEGER NOT NULL,
  agents INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO queue_counts SELECT queue, count(*), 0 FROM conversations WHERE wait_order <> 0 GROUP BY queue;
ALTER TABLE agents ADD COLUMN serves TEXT NOT NULL DEFAULT '[]';  -- JSON array
)sql",
    R"sql(
-- What reports are made of (model/figures.hpp). Of day -1 are the sums of all days.
CREATE TABLE figures (
  day INTEGER NOT NULL,
  queue TEXT NOT NULL,
  channel INTEGER NOT NULL,
  agent TEXT NOT NULL,
  numbers TEXT NOT NULL,
  PRIMARY KEY (day, queue, channel, agent)
) STRICT, WITHOUT ROWID;

-- Since when, on which channel and whether with an answer a conversation has been open.
ALTER TABLE conversations ADD COLUMN opened_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN opened_on TEXT NOT NULL DEFAULT '';
ALTER TABLE conversations ADD COLUMN answered INTEGER NOT NULL DEFAULT 0;
UPDATE conversations SET opened_at = clock_start, answered = first_response_at <> 0 WHERE clock_start <> 0;
)sql",
    R"sql(
-- Tokens made over the API. Of each only the hash, which tells nothing of it.
CREATE TABLE api_tokens (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  agent TEXT NOT NULL,
  queues TEXT NOT NULL,  -- JSON array
  hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL
) STRICT;
)sql",
    R"sql(
-- What the customer was asked after it was closed, and the score they gave: JSON, empty for never asked.
ALTER TABLE conversations ADD COLUMN asked_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN satisfaction TEXT NOT NULL DEFAULT '';
CREATE INDEX conversations_asked ON conversations (contact, asked_at) WHERE asked_at <> 0;
-- Who writes privately may be going on with what they began in public.
CREATE INDEX conversations_public ON conversations (contact) WHERE scope >= 'thread:' AND scope < 'thread;';
)sql",
};

void run_step(Connection& db, std::size_t step) {
  db.execute("BEGIN IMMEDIATE");
  try {
    db.execute(kSteps[step]);
    db.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
    db.execute("PRAGMA user_version = " + std::to_string(step + 1));
    db.execute("COMMIT");
  } catch (...) {
    if (db.in_transaction()) db.execute("ROLLBACK");
    throw;
  }
}

}  // namespace

void check_ours(Connection& db) {
  const std::int64_t version = db.number("PRAGMA user_version");
  const std::int64_t application = db.number("PRAGMA application_id");
  const bool empty = db.number("SELECT count(*) FROM sqlite_schema") == 0;
  if (application != kApplicationId && !(empty && application == 0))
    throw Failure(fail(Errc::invalid, "it is an SQLite database of another program; name another file in store.url"));
  if (version > static_cast<std::int64_t>(kSteps.size()))
    throw Failure(fail(Errc::invalid, "it was written by a newer version of jackfield (schema " +
                                          std::to_string(version) + ", this one knows " +
                                          std::to_string(kSteps.size()) + "); run that version, or restore a backup"));
}

bool is_current(Connection& db) { return db.number("PRAGMA user_version") == static_cast<std::int64_t>(kSteps.size()); }

void prepare_connection(Connection& db, bool writer) {
  if (!writer) {
    db.execute("PRAGMA query_only = ON; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY");
    return;
  }
  db.execute("PRAGMA page_size = " + std::to_string(kPageSize));  // of a new file only
  Query mode = db.query("PRAGMA journal_mode = WAL");
  if (!mode.step() || mode.text() != "wal")
    throw Failure(fail(Errc::unavailable, "its journal cannot be a write-ahead log; is the disk a network share?"));
  db.execute(
      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0;"
      "PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY;"
      // What is removed is overwritten. At all times, since a row that was changed leaves its old bytes behind as well.
      "PRAGMA secure_delete = ON;"
      // After it had to grow past its cap, the log gives the space back.
      "PRAGMA journal_size_limit = 67108864");
}

void migrate(Connection& db) {
  const std::int64_t version = db.number("PRAGMA user_version");
  for (auto step = static_cast<std::size_t>(version); step < kSteps.size(); ++step) run_step(db, step);
}

}  // namespace jackfield::store
