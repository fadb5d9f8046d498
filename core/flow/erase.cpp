#include "flow/erase.hpp"

#include <algorithm>
#include <set>

#include "flow/assign.hpp"
#include "flow/callback_course.hpp"
#include "flow/conversation_timers.hpp"
#include "flow/media.hpp"
#include "flow/merge.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

constexpr std::size_t kTelling = 6;  // bytes of an address without its scheme that are searched for in raw payloads

// The contact and all who live on in it, at any remove.
std::vector<Contact*> all_of(store::Unit& unit, Contact& contact) {
  std::vector<Contact*> out{&contact};
  for (std::size_t i = 0; i < out.size(); ++i)
    for (auto* merged : unit.merged_into(out[i]->id)) out.push_back(merged);
  return out;
}

bool among(const std::vector<Address>& addresses, const Address& which) {
  return std::any_of(addresses.begin(), addresses.end(), [&](const Address& a) { return a.same_as(which); });
}

class Erasure {
 public:
  Erasure(store::Unit& unit, const Environment& env, Contact& contact)
      : unit_(unit), env_(env), contacts_(all_of(unit, contact)), addresses_(contact.addresses) {}

  std::vector<Id> ids() const {
    std::vector<Id> out;
    for (const auto* contact : contacts_) out.push_back(contact->id);
    return out;
  }

  void run() {
    for (const auto* contact : contacts_)
      for (const Id id : unit_.messages_from(contact->id)) erase_message(id);
    const auto own = unit_.conversations_of(contacts_.front()->id);
    for (auto* conversation : own) empty(*conversation);
    for (const Id id : touched_) leave(id);
    erase_raw();
    for (auto* contact : contacts_) unit_.remove(*contact);
    for (const auto& file : files_) drop_file(unit_, env_, file);
  }

 private:
  void erase_message(Id id) {
    Message* message = unit_.message(id);
    if (!message) return;
    for (const auto& provider_id : message->track.provider_ids)
      unit_.bind_key(store::provider_key(message->channel, store::KeyKind::id, provider_id), Id{-1});
    for (std::size_t part = 0; part < message->content.parts.size(); ++part) erase_part(*message, part);
    if (auto* entry = unit_.outbox(id)) unit_.remove(*entry);
    if (auto* letter = unit_.dead_letter(id)) unit_.remove(*letter);
    if (message->conversation) touched_.insert(message->conversation);
    unit_.remove(*message);
  }

  void erase_part(const Message& message, std::size_t at) {
    const std::string job = to_string(message.id) + "/" + std::to_string(at);
    if (auto* fetch = unit_.timer(store::TimerKind::media_fetch, message.channel, job)) unit_.remove(*fetch);
    const auto* part = message.content.parts[at].if_object();
    const auto* named = part ? part->if_contains("id") : nullptr;
    const auto id = named && named->is_string() ? parse_id(std::string_view(named->get_string())) : std::nullopt;
    auto* media = id ? unit_.media(*id) : nullptr;
    if (!media || media->message != message.id) return;
    files_.insert(media->sha256);
    unit_.remove(*media);
  }

  // A conversation of theirs. What others wrote in it (a public thread) is others'.
  void empty(Conversation& conversation) {
    const Time now = env_.clock.now();
    touched_.erase(conversation.id);
    for (const Id id : unit_.messages_of(conversation.id)) {
      const Message* message = unit_.message(id);
      if (message && message->direction != Direction::in) erase_message(id);
    }
    touched_.erase(conversation.id);
    unit_.set_decision(conversation.id, R"({"reason":"the contact was erased","rules":[]})");
    const bool was_open = conversation.state != ConversationState::closed;
    if (was_open) conversation.closed_at = now;
    conversation.state = ConversationState::closed;
    conversation.snoozed_until = Time{};
    conversation.scope.clear();
    conversation.subject.clear();
    conversation.language.clear();
    conversation.tags.clear();
    conversation.channels.clear();
    erase_callbacks(unit_, conversation);
    drop_timer(unit_, store::TimerKind::wake, conversation);
    drop_timer(unit_, store::TimerKind::survey, conversation);
    auto& said = conversation.satisfaction;  // the score is nobody's without them, and stays for the figures
    said.question = said.answer = Id{};
    said.until = Time{};
    said.changed = true;
    settle(unit_, env_, conversation, now);
    conversation.contact = Id{};
    unit_.changed(conversation);
    if (was_open)
      unit_.add(Event{.type = EventType::conversation_closed,
                      .at = now,
                      .source = "erasure",
                      .conversation = conversation.id,
                      .data = R"({"reason":"the contact was erased"})"});
  }

  // Somebody else's conversation in which they wrote: our answers to them go too.
  void leave(Id id) {
    Conversation* conversation = unit_.conversation(id);
    if (!conversation) return;
    for (const Id other : unit_.messages_of(id)) {
      const Message* message = unit_.message(other);
      if (!message || message->direction != Direction::out) continue;
      const auto& to = message->content.to;
      if (std::any_of(to.begin(), to.end(), [&](const Address& a) { return among(addresses_, a); }))
        erase_message(other);
    }
    std::erase_if(conversation->channels, [&](const ChannelUse& use) {
      return among(addresses_, Address{.uri = use.address, .scope = use.scope});
    });
    unit_.changed(*conversation);
  }

  // What came and could not be read, or not yet, and names an address of theirs.
  void erase_raw() {
    std::set<std::string> marks;
    for (const auto& address : addresses_) {
      marks.insert(address.uri);
      const auto value = address.uri.substr(scheme_of(address.uri).size() + 1);
      if (value.size() >= kTelling) marks.insert(value.starts_with('+') ? value.substr(1) : value);
    }
    for (const auto& mark : marks) {
      for (auto* letter : unit_.dead_letters_with(mark)) unit_.remove(*letter);
      for (auto* echo : unit_.timers_with(store::TimerKind::echo, mark)) unit_.remove(*echo);
    }
  }

  store::Unit& unit_;
  const Environment& env_;
  const std::vector<Contact*> contacts_;
  const std::vector<Address> addresses_;
  std::set<std::string> files_;
  std::set<Id> touched_;
};

}  // namespace

Result<void> erase_contact(store::Unit& unit, const Environment& env, Id id, const std::string& source) {
  Contact* contact = living_contact(unit, id);
  if (!contact) return fail(Errc::not_found, "no contact " + to_string(id));
  Erasure erasure(unit, env, *contact);
  const auto ids = erasure.ids();
  erasure.run();
  unit.forget(ids);
  for (const Id one : ids)
    unit.add(
        Event{.type = EventType::contact_erased, .at = env.clock.now(), .source = source, .contact = one, .data = {}});
  return {};
}

}  // namespace jackfield::flow
