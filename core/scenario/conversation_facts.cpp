// What can be seen of a conversation, a message and a contact.
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <map>

#include "flow/flow.hpp"
#include "flow/merge.hpp"
#include "scenario/facts.hpp"

namespace jackfield::scenario {
namespace {

namespace json = boost::json;

std::string yes_no(bool yes) { return yes ? "true" : "false"; }

std::string word(const json::value& object, std::string_view key) {
  const auto* is = object.if_object();
  const auto* value = is ? is->if_contains(key) : nullptr;
  return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}

json::value parsed(const std::string& text) {
  boost::system::error_code bad;
  auto out = json::parse(text.empty() ? "{}" : text, bad);
  return bad ? json::value(json::object{}) : out;
}

// --- a conversation

class ConversationSight final : public Sight {
 public:
  ConversationSight(Stage& stage, Id id) : stage_(stage) {
    stage.world.read([&](store::Unit& unit, const flow::Environment& env) {
      if (const auto* found = unit.conversation(id)) c_ = *found;
      for (const Id each : unit.messages_of(id))
        if (const auto* message = unit.message(each)) messages_.push_back(*message);
      decision_ = parsed(unit.decision(id));
      windows_ = parsed(flow::reply_windows_json(c_, env));
    });
  }

  Seen seen(const std::string& key, const Value& wanted) override {
    if (key == "same_as" || key == "apart_from") return same(key, wanted);
    if (key == "tags" || key == "without_tags") return c_.tags;
    if (key == "channels") return channels();
    if (key == "windows") return {window(wanted.text)};
    const auto fact = facts().find(key);
    return {fact == facts().end() ? std::string{} : (this->*fact->second)()};
  }

  std::string explained() override {
    std::string out = "queue " + c_.queue + ": " + word(decision_, "reason") + "\n";
    if (const auto* rules = decision_.as_object().if_contains("rules"); rules && rules->is_array())
      for (const auto& rule : rules->get_array()) {
        out += "rule " + word(rule, "rule") + " fits";
        if (const auto* because = rule.as_object().if_contains("because"); because && because->is_array())
          for (const auto& why : because->get_array())
            out += ", " + (why.is_string() ? std::string(why.get_string()) : std::string{});
        out += "\n";
      }
    if (const auto* with = decision_.as_object().if_contains("assignment"))
      out += "agent " + word(*with, "agent") + ": " + word(*with, "because") + "\n";
    out += "thread: " + word(decision_, "thread") + "\n";
    return out;
  }

 private:
  using Fact = std::string (ConversationSight::*)() const;
  static const std::map<std::string, Fact>& facts() {
    using S = ConversationSight;
    static const std::map<std::string, Fact> all{{"queue", &S::queue},
                                                 {"priority", &S::priority},
                                                 {"state", &S::state},
                                                 {"assignee", &S::assignee},
                                                 {"offered_to", &S::offered_to},
                                                 {"waits", &S::waits},
                                                 {"messages", &S::messages},
                                                 {"received", &S::received},
                                                 {"answered", &S::answered},
                                                 {"automatic", &S::automatic},
                                                 {"replies_on", &S::replies_on},
                                                 {"language", &S::language},
                                                 {"subject", &S::subject},
                                                 {"rule", &S::rule},
                                                 {"because", &S::because},
                                                 {"first_response_due", &S::first_response_due},
                                                 {"resolution_due", &S::resolution_due},
                                                 {"waiting_since", &S::waiting_since}};
    return all;
  }

  std::string queue() const { return c_.queue; }
  std::string priority() const { return std::string(jackfield::name_of(c_.priority)); }
  std::string state() const { return std::string(jackfield::name_of(c_.state)); }
  std::string assignee() const { return c_.assignee; }
  std::string offered_to() const { return c_.work.offered_to; }
  std::string waits() const { return yes_no(c_.work.waiting_since != Time{}); }
  std::string language() const { return c_.language; }
  std::string subject() const { return c_.subject; }
  std::string because() const { return word(decision_, "reason"); }
  std::string first_response_due() const { return stage_.local.shown(c_.work.first_response_due); }
  std::string resolution_due() const { return stage_.local.shown(c_.work.resolution_due); }
  std::string waiting_since() const { return stage_.local.shown(c_.work.waiting_since); }
  std::string replies_on() const { return c_.channels.empty() ? "" : c_.channels.front().channel; }
  std::string messages() const { return std::to_string(messages_.size()); }
  std::string received() const {
    return count([](const Message& m) { return m.direction == Direction::in; });
  }
  std::string answered() const {
    return count([](const Message& m) { return m.direction == Direction::out && m.content.automatic.empty(); });
  }
  std::string automatic() const {
    return count([](const Message& m) { return m.direction == Direction::out && !m.content.automatic.empty(); });
  }
  // The one that sent it to its queue.
  std::string rule() const {
    const auto* rules = decision_.as_object().if_contains("rules");
    if (!rules || !rules->is_array()) return {};
    for (const auto& rule : rules->get_array())
      if (!word(rule, "to").empty()) return word(rule, "rule");
    return {};
  }

  template <class Is>
  std::string count(Is is) const {
    return std::to_string(std::count_if(messages_.begin(), messages_.end(), is));
  }
  Seen channels() const {
    Seen out;
    for (const auto& use : c_.channels) out.push_back(use.channel);
    return out;
  }
  std::string window(const std::string& channel) const {
    const auto* of = windows_.as_object().if_contains(channel);
    if (!of) return "none";
    return of->at("open").as_bool() ? "open" : "closed";
  }
  // What is wanted when it is so; so that it reads as an expectation.
  Seen same(const std::string& key, const Value& wanted) const {
    const auto other = stage_.conversation(wanted.text);
    const bool is_same = other && *other == c_.id;
    if (is_same == (key == "same_as")) return {wanted.text};
    return {is_same ? "one conversation" : "another conversation"};
  }

  Stage& stage_;
  Conversation c_;
  std::vector<Message> messages_;
  json::value decision_ = json::object{}, windows_ = json::object{};
};

// --- a message

class MessageSight final : public Sight {
 public:
  MessageSight(Stage& stage, Id id) {
    stage.world.read([&](store::Unit& unit, const flow::Environment&) {
      if (const auto* found = id.value > 0 ? unit.message(id) : nullptr) message_ = *found;
    });
  }
  Seen seen(const std::string& key, const Value&) override {
    if (key == "kept") return {yes_no(message_.has_value())};
    if (!message_) return {"not there"};
    return {key == "text" ? message_->content.text : std::string(jackfield::name_of(message_->status))};
  }

 private:
  std::optional<Message> message_;
};

// --- a contact

class ContactSight final : public Sight {
 public:
  ContactSight(Stage& stage, const std::string& who) : stage_(stage), id_(stage.contact(who)) {
    stage.world.read([&](store::Unit& unit, const flow::Environment&) {
      if (const auto* found = id_ ? unit.contact(id_) : nullptr) contact_ = *found;
      if (id_)
        for (const auto* each : unit.conversations_of(id_)) conversations_.push_back(*each);
    });
  }
  Seen seen(const std::string& key, const Value& wanted) override {
    if (key == "known") return {yes_no(contact_.has_value())};
    if (!contact_) return {"not known"};
    if (key == "name") return {contact_->name};
    if (key == "language") return {contact_->language};
    if (key == "tags") return contact_->tags;
    if (key == "addresses") return addresses();
    if (key == "conversations") return {std::to_string(conversations_.size())};
    if (key == "open") return {open()};
    if (key == "same_as" || key == "apart_from") return same(key, wanted);
    const auto at = contact_->attributes.find(wanted.text);
    return {at == contact_->attributes.end() ? std::string{} : at->second};
  }

 private:
  Seen addresses() const {
    Seen out;
    for (const auto& address : contact_->addresses) out.push_back(address.uri);
    return out;
  }
  std::string open() const {
    return std::to_string(std::count_if(conversations_.begin(), conversations_.end(),
                                        [](const Conversation& c) { return c.state != ConversationState::closed; }));
  }
  Seen same(const std::string& key, const Value& wanted) {
    const Id other = stage_.contact(wanted.text);
    if ((other == id_) == (key == "same_as")) return {wanted.text};
    return {other == id_ ? "one contact" : "another contact"};
  }

  Stage& stage_;
  const Id id_;
  std::optional<Contact> contact_;
  std::vector<Conversation> conversations_;
};

}  // namespace

Result<std::unique_ptr<Sight>> conversation_sight(Stage& stage, const Value& what) {
  const auto id = stage.conversation(what.word("of"));
  if (!id) return id.error();
  return std::unique_ptr<Sight>(std::make_unique<ConversationSight>(stage, *id));
}

Result<std::unique_ptr<Sight>> message_sight(Stage& stage, const Value& what) {
  const auto named = stage.message(what.word("is"));
  if (!named) return named.error();
  return std::unique_ptr<Sight>(std::make_unique<MessageSight>(stage, named->message));
}

std::unique_ptr<Sight> contact_sight(Stage& stage, const Value& what) {
  return std::make_unique<ContactSight>(stage, what.word("of"));
}

}  // namespace jackfield::scenario
