// Unit of work: what a group of commands sees and changes within one transaction.
//
// An identity map over the backend: each row is loaded at most once a group, every command sees the decisions
// made before it, and each changed row is written once, at the end. A row found through a key that the
// group itself made is found too.
//
// Committer thread only. References stay valid until the group ends. Failures of the backend are thrown as
// store::Failure and caught by the committer, which then runs the group's other commands without the culprit.
//
// A new kind of row: its struct in rows.hpp or model/; its table as a step of sqlite_schema.cpp; load_… and write in
// backend.hpp and the sqlite_… that implement them; its map in unit_state.hpp (and how it is keyed, when it has no id);
// its place among the others in unit_writing.cpp; its finder, add and changed below, one line each in unit.cpp.
// Questions for many rows are in unit_ranges.cpp.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/callback.hpp"
#include "model/contact.hpp"
#include "model/conversation.hpp"
#include "model/event.hpp"
#include "model/figures.hpp"
#include "model/message.hpp"
#include "store/rows.hpp"

namespace jackfield::store {

// The store could not do it. transient(): the whole store is in trouble (full, locked, gone); otherwise
// the command at hand is.
struct Failure : std::runtime_error {
  Error error;
  explicit Failure(Error e) : std::runtime_error(e.message), error(std::move(e)) {}
};

struct KvEntry {
  std::string channel, key, value;
};

struct Merge {  // the merge journal
  Id id;
  Id into, from;
  std::string evidence;  // JSON: who or what, why
  std::string moved;     // JSON: what went over, enough to put it back
  Time at{};
  Time undone_at{};
};

class Backend;

class Unit {
 public:
  explicit Unit(Backend& backend);
  ~Unit();
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;

  // --- finding. Null: there is none. What is returned may be changed; say so with changed(), after the last change.
  Contact* contact(Id id);
  Contact* contact_by_address(std::string_view scope, std::string_view uri);
  Conversation* conversation(Id id);
  Conversation* latest_in_scope(std::string_view scope);  // the newest with that Conversation::scope
  Message* message(Id id);
  Id message_by_key(const ProviderKey& key);  // 0: none. Also for erased messages' tombstones: Id{-1}
  OutboxEntry* outbox(Id message);
  DeadLetter* dead_letter(Id id);
  Media* media(Id id);
  Timer* timer(TimerKind kind, std::string_view channel, std::string_view key);
  std::string decision(Id conversation);  // JSON, or empty
  std::optional<std::string> kv(std::string_view channel, std::string_view key);
  std::vector<ParkedReceipt> parked(const ProviderKey& key);
  std::optional<IdempotentAnswer> idempotent_answer(std::string_view owner, std::string_view key);
  Merge* merge(Id id);
  Callback* callback(Id id);
  Webhook* webhook(Id id);
  ApiToken* api_token(Id id);
  Agent* agent(std::string_view name);
  QueueHistory* queue_history(std::string_view queue);
  // To add to: it is there from then on, and written once a group, at its end.
  Figures& figures(const FiguresKey& key);

  // Kept as counts: they cost the same however many there are.
  std::int64_t count_waiting(const std::string& queue);  // those that waiting() would find, of all classes
  std::int64_t count_agents(const std::string& queue);   // who serve it now

  // Ranges: these write what is pending first, then ask the database.
  // The heads of their lanes on that channel that may go now, oldest first; skips those recipients.
  std::vector<OutboxEntry*> due_outbox(std::string_view channel, Time now, std::size_t most,
                                       const std::vector<std::string>& paused_recipients);
  // What waits past its deadline on channels that are none of these, whatever its place in its lane.
  std::vector<OutboxEntry*> overdue_outbox(const std::vector<std::string>& served_channels, Time now, std::size_t most);
  std::vector<OutboxEntry*> in_flight();  // all channels; for the start after a crash
  std::vector<OutboxEntry*> put_off(Time until);  // wait for a time after that, all channels; for a clock that went back
  std::vector<Timer*> due_timers(Time now, std::size_t most);
  std::vector<Conversation*> conversations_of(Id contact);
  std::vector<Callback*> callbacks_in(Id conversation);  // all, oldest first
  // When those begin that are scheduled or due in that queue, from `from` on and before `until`; in order.
  std::vector<Time> callback_times(std::string_view queue, Time from, Time until);
  std::vector<Conversation*> recent_conversations(Id contact, std::size_t most);  // newest first
  // Those whose satisfaction was asked after, the newest question first.
  std::vector<Conversation*> asked(Id contact, std::size_t most);
  // Public threads that the contact began, the newest first.
  std::vector<Conversation*> public_threads(Id contact, std::size_t most);
  // Agents who could be given work of that queue and class now: the least loaded first, of these who is idle longest.
  std::vector<Agent*> free_agents(std::string_view queue, CapacityClass capacity_class, std::size_t most);
  // Those an agent is sought for in that queue, in their order (Work::order).
  std::vector<Conversation*> waiting(std::string_view queue, CapacityClass capacity_class, std::size_t most);
  std::vector<Conversation*> held_by(std::string_view agent);  // Work::held_by
  std::vector<Agent*> agents(std::optional<Presence> presence = {});  // all, or those
  std::vector<ApiToken*> api_tokens();  // all, oldest first
  // What is being sent to somebody over a channel, or may have been.
  std::vector<OutboxEntry*> unsettled_outbox(std::string_view channel, std::string_view recipient);
  // Messages of ours in it over that channel, before that one, that are at accepted, sent, delivered or read but below
  // that status; of the last 500 messages.
  std::vector<Message*> sent_before(Id conversation, std::string_view channel, Id before, Status below);
  std::vector<Id> messages_of(Id conversation);  // all, oldest first
  std::vector<Id> messages_from(Id contact);     // that were written by it, or to it, under that id: merges change no message
  std::vector<Contact*> merged_into(Id contact);           // directly
  bool file_used(std::string_view sha256);                 // does a Media name it?
  // Does that, or a dead letter, a timer or a connector's own state? Looks at all of these.
  bool file_mentioned(std::string_view sha256);
  std::vector<DeadLetter*> dead_letters_with(std::string_view text);  // inbound ones that hold it
  std::vector<Timer*> timers_with(TimerKind kind, std::string_view text);  // whose payload holds it

  // --- changing
  Contact& add(Contact contact);
  // Also remembers it for contact_by_address. One that the contact has already gets the new name, if any, and the
  // stronger evidence.
  void add_address(Contact& contact, Address address);
  void remove_address(Contact& contact, const Address& address);
  void changed(Contact& contact, const Address& address);  // one of the contact's, its opt-outs
  Conversation& add(Conversation conversation);
  Message& add(Message message);
  OutboxEntry& add(OutboxEntry entry);
  Timer& add(Timer timer);  // replaces one with the same (kind, channel, key)
  DeadLetter& add(DeadLetter letter);
  Media& add(Media media);
  Merge& add(Merge merge);
  Callback& add(Callback callback);
  Webhook& add(Webhook webhook);
  ApiToken& add(ApiToken token);  // its name and hash must be no other's
  Agent& add(Agent agent);
  QueueHistory& add(QueueHistory history);
  void serve(Agent& agent, std::vector<std::string> queues);  // what it is there for now, sorted; says changed()
  void add(Event event);  // gets its cursor at commit, in the order of the calls
  void changed(Contact& contact);
  void changed(Conversation& conversation);
  void changed(Message& message);
  void changed(OutboxEntry& entry);
  void changed(Timer& timer);
  void changed(DeadLetter& letter);
  void changed(Media& media);
  void changed(Merge& merge);
  void changed(Callback& callback);
  void changed(Webhook& webhook);
  void changed(ApiToken& token);  // when it was last used; the rest of it never changes
  void changed(Agent& agent);
  void changed(QueueHistory& history);
  void remove(Contact& contact);  // with its addresses; what refers to it must be gone or changed by the commit
  void remove(Message& message);  // its keys stay: a redelivery of it is known, and leads to no message
  void remove(DeadLetter& letter);
  void remove(OutboxEntry& entry);
  void remove(Timer& timer);
  void remove(Media& media);
  void remove(Callback& callback);
  void remove(Webhook& webhook);    // with its events
  void remove(ApiToken& token);
  void put(WebhookEvent event);     // adds it or replaces the one of that webhook and cursor
  void remove(const WebhookEvent& event);  // when it is there
  void bind_key(const ProviderKey& key, Id message);
  void set_decision(Id conversation, std::string json);
  void set_kv(std::string_view channel, std::string_view key, std::optional<std::string> value);
  void park(ParkedReceipt receipt);
  void unpark(const ProviderKey& key);
  void keep_answer(IdempotentAnswer answer);

  // What is kept beside the rows of these contacts: journaled merges, what only events know, kept answers. Writes what is
  // pending first. Once it is committed, what was removed is soon gone from the database's files as well.
  void forget(const std::vector<Id>& contacts);

  // Removes what has had its time (see Backend::expire); true when there is more. Writes what is pending first.
  bool expire(Time events_before, Time answers_before, std::size_t most);
  // One day of figures that is before that one; true when there may be more.
  bool expire_figures(DayNumber before);

  // --- the committer's
  void flush();              // writes what is pending, but for figures: nothing asks for them within a group
  void finish();             // that, and the figures
  std::int64_t last_cursor() const;  // of the events written so far, 0: none
  // Channels whose outbox gained or freed something, and the earliest timer set: who must be woken.
  const std::vector<std::string>& outbox_channels() const;
  Time earliest_timer() const;  // Time{}: none
  bool tokens_changed() const;  // who gets in is not as before

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jackfield::store
