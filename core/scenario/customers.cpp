// What customers and their providers do: events as connectors deliver them.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "model/json.hpp"
#include "scenario/stage.hpp"

namespace jackfield::scenario {
namespace {

namespace json = boost::json;

std::string next_id(Stage& stage, const std::string& kind) { return kind + "-" + std::to_string(++stage.counts[kind]); }

const host::Manifest& manifest_of(const Stage& stage, const std::string& channel) {
  return stage.world.setting().manifests.at(channel);
}

std::string evidence_for(const Stage& stage, const std::string& channel, const Value& what) {
  const std::string said = what.word("evidence");
  if (!said.empty()) return said;
  return manifest_of(stage, channel).scheme == "mailto" ? "asserted" : "attested";  // a From proves nothing
}

json::object sender(const Stage& stage, const Person& who, const std::string& channel, const Value& what) {
  const std::string address = who.addresses.at(channel), evidence = evidence_for(stage, channel, what);
  json::object from{{"address", address}, {"name", who.name}, {"evidence", evidence}};
  json::array also;
  const auto& attests = manifest_of(stage, channel).attests;
  const bool vouches = std::find(attests.begin(), attests.end(), "tel") != attests.end();
  if (vouches && scheme_of(address) == "whatsapp")
    also.push_back(json::object{{"address", "tel:+" + address.substr(9)}, {"evidence", evidence}});
  for (const auto& other : what.texts("also")) also.push_back(json::object{{"address", other}, {"evidence", evidence}});
  if (!also.empty()) from["also"] = std::move(also);
  return from;
}

std::string media_type_of(const std::string& name) {
  if (name.ends_with(".png")) return "image/png";
  if (name.ends_with(".jpg") || name.ends_with(".jpeg")) return "image/jpeg";
  if (name.ends_with(".mp3")) return "audio/mpeg";
  return name.ends_with(".pdf") ? "application/pdf" : "application/octet-stream";
}

Result<json::array> parts_of(Stage& stage, const Value& what) {
  json::array parts;
  if (const auto* text = what.find("text")) parts.push_back(json::object{{"type", "text"}, {"text", text->text}});
  for (const auto& name : what.texts("attachments")) {
    const auto blob = stage.world.media().put("what is in " + name);
    if (!blob) return blob.error();
    parts.push_back(json::object{
        {"type", "media"}, {"media_type", media_type_of(name)}, {"name", name}, {"blob", *blob}, {"state", "ready"}});
  }
  const std::string kind = what.word("kind");
  if (kind == "location")
    parts.push_back(json::object{{"type", "location"}, {"latitude", 48.8584}, {"longitude", 2.2945}});
  else if (!kind.empty())
    parts.push_back(json::object{{"type", "unsupported"}, {"what", kind}});
  if (parts.empty()) return fail(Errc::invalid, "they write nothing: text, attachments or kind");
  return parts;
}

// The provider's ids of the message that is answered.
Result<json::array> threads_of(Stage& stage, const std::string& label) {
  json::array out;
  if (label.empty()) return out;
  const auto parent = stage.message(label);
  if (!parent) return parent.error();
  if (!parent->provider_id.empty()) out.emplace_back(parent->provider_id);
  stage.world.read([&](store::Unit& unit, const flow::Environment&) {
    if (const auto* message = unit.message(parent->message); message && out.empty())
      for (const auto& id : message->track.provider_ids) out.emplace_back(id);
  });
  if (out.empty()) return fail(Errc::conflict, "\"" + label + "\" has no provider's id yet: has it been sent?");
  return out;
}

Id message_of(Stage& stage, const std::string& channel, const std::string& provider_id) {
  Id out;
  stage.world.read([&](store::Unit& unit, const flow::Environment&) {
    out = unit.message_by_key(store::provider_key(channel, store::KeyKind::id, provider_id));
  });
  return out;
}

// Of the newest.
std::string why_dead(Stage& stage) {
  const auto letters = stage.world.reader().dead_letters(store::DeadLetterKind::inbound, {.limit = 1, .cursor = ""});
  return letters && !letters->items.empty() ? letters->items.front().reason : "for a reason that is not known";
}

Result<void> say(json::object& event, Stage& stage, const Value& what) {
  const auto copy = [&](const char* key) {
    if (const auto* value = what.find(key)) event[key] = value->text;
  };
  for (const char* key : {"subject", "language", "automatic"}) copy(key);
  json::array to;
  const std::string scheme = manifest_of(stage, what.word("on")).scheme + ":";
  for (const auto& address : what.texts("to"))
    to.push_back(json::object{{"address", address.starts_with(scheme) ? address : scheme + address}});
  if (!to.empty()) event["to"] = std::move(to);
  auto threads = threads_of(stage, what.word("answers"));
  if (!threads) return threads.error();
  if (!threads->empty()) event["threads"] = std::move(*threads);
  if (what.word("proven") == "true") event["thread_proof"] = true;
  const auto* sent = what.find("sent");
  Time at = stage.world.now();
  if (sent) {
    const auto when = stage.local.resolve(*parse_moment(sent->text), Time{});
    if (!when) return when.error();
    at = *when;
  }
  event["sent_at"] = to_rfc3339(at);
  if (what.word("public") != "true") return {};
  event["visibility"] = "public";
  event["thread"] = what.find("thread") ? what.word("thread") : std::string(event.at("id").as_string());
  return {};
}

}  // namespace

Result<void> writes(Stage& stage, const Value& what) {
  const std::string who = what.word("who"), channel = what.word("on");
  const Person& person = stage.person(who);
  const std::string id = next_id(stage, "message");
  json::object event{{"type", "message"}, {"id", id}, {"from", sender(stage, person, channel, what)}};
  auto parts = parts_of(stage, what);
  if (!parts) return parts.error();
  event["parts"] = std::move(*parts);
  if (manifest_of(stage, channel).scheme == "mailto") event["dedupe"] = id + "/content";
  if (auto said = say(event, stage, what); !said) return said;
  Labelled written{.channel = channel, .provider_id = id, .event = json::serialize(event)};
  if (auto done = stage.world.deliver(channel, written.event); !done) return done;
  written.message = message_of(stage, channel, id);
  if (!written.message) return fail(Errc::invalid, "it was kept as a dead letter: " + why_dead(stage));
  stage.last_written[who] = written;
  if (const auto* label = what.find("as")) stage.labels[label->text] = std::move(written);
  return {};
}

Result<void> redelivers(Stage& stage, const Value& what) {
  const auto message = stage.message(what.word("message"));
  if (!message) return message.error();
  return stage.world.deliver(message->channel, message->event);
}

Result<void> changes_message(Stage& stage, const std::string& verb, const Value& what) {
  const auto message = stage.message(what.word("message"));
  if (!message) return message.error();
  json::object event{{"type", verb == "edits"     ? "edited"
                              : verb == "deletes" ? "deleted"
                                                  : "reaction"},
                     {"id", message->provider_id},
                     {"at", to_rfc3339(stage.world.now())}};
  if (verb == "edits") event["parts"] = json::array{json::object{{"type", "text"}, {"text", what.word("text")}}};
  if (verb == "reacts") event["emoji"] = what.word("emoji");
  return stage.world.deliver(message->channel, json::serialize(event));
}

Result<void> says_of_themselves(Stage& stage, const std::string& verb, const Value& what) {
  const std::string channel = what.word("on");
  json::object event{{"type", verb == "types" ? "typing" : "contact"},
                     {"from", sender(stage, stage.person(what.word("who")), channel, what)},
                     {"at", to_rfc3339(stage.world.now())}};
  if (verb != "types") {
    event["opted_out"] = verb == "opts_out";
    event["dedupe"] = next_id(stage, "said");
    if (const auto* because = what.find("because")) event["reason"] = because->text;
  }
  return stage.world.deliver(channel, json::serialize(event));
}

// Of the last answer in that conversation, as its provider tells.
Result<void> receipt(Stage& stage, const Value& what) {
  const auto conversation = stage.conversation(what.word("of"));
  if (!conversation) return conversation.error();
  std::string channel, id;
  stage.world.read([&](store::Unit& unit, const flow::Environment&) {
    for (const Id each : unit.messages_of(*conversation)) {
      const auto* message = unit.message(each);
      if (!message || message->direction != Direction::out || message->track.provider_ids.empty()) continue;
      channel = message->channel;
      id = message->track.provider_ids.front();
    }
  });
  if (id.empty()) return fail(Errc::not_found, "no provider has taken an answer in this conversation");
  const json::object event{
      {"type", "status"}, {"id", id}, {"status", what.word("status")}, {"at", to_rfc3339(stage.world.now())}};
  return stage.world.deliver(channel, json::serialize(event));
}

}  // namespace jackfield::scenario
