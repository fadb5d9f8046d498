// What is said of contacts: known from a list, merged, split, erased.
#include "flow/contacts.hpp"

#include "flow/erase.hpp"
#include "flow/merge.hpp"
#include "scenario/stage.hpp"

namespace jackfield::scenario {
namespace {

using flow::Answer;
using flow::Environment;

const flow::Evidenced kByHand{R"({"by":"hand"})", "api"};

Result<Id> journaled(Stage& stage,
                     const std::function<Result<store::Merge*>(store::Unit&, const Environment&)>& decide) {
  Id out;
  auto done = stage.world.write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    auto entry = decide(unit, env);
    if (!entry) return entry.error();
    out = (*entry)->id;
    return Answer{};
  });
  if (!done) return done.error();
  return out;
}

Result<void> remember(Stage& stage, const Value& what, const Result<Id>& entry) {
  if (!entry) return entry.error();
  if (const auto* label = what.find("as")) stage.labels[label->text] = {.merge = *entry};
  return {};
}

Result<Id> known(Stage& stage, const std::string& who) {
  const Id id = stage.contact(who);
  if (!id) return fail(Errc::not_found, "the daemon knows nobody with an address of " + who);
  return id;
}

}  // namespace

Result<void> imports(Stage& stage, const Value& what) {
  const Person& person = stage.person(what.word("who"));
  flow::ContactPatch fields;
  fields.name = what.find("name") ? what.word("name") : person.name;
  if (const auto* language = what.find("language")) fields.language = language->text;
  if (const auto* tags = what.find("tags")) fields.tags = tags->texts();
  if (const auto* attributes = what.find("attributes"))
    for (const auto& [key, value] : attributes->members) fields.attributes[key] = value.text;
  for (const auto& [channel, address] : person.addresses) fields.add_addresses.push_back(address);
  const auto done = stage.world.write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    auto made = flow::import_contact(unit, env, fields);
    if (!made) return made.error();
    return Answer{};
  });
  if (!done) return done.error();
  return {};
}

Result<void> merges(Stage& stage, const Value& what) {
  const auto into = known(stage, what.word("into")), from = known(stage, what.word("from"));
  if (!into || !from) return into ? from.error() : into.error();
  return remember(stage, what, journaled(stage, [&](store::Unit& unit, const Environment& env) {
                    return flow::merge_contacts(unit, env, *into, *from, kByHand);
                  }));
}

Result<void> splits(Stage& stage, const Value& what) {
  const auto contact = known(stage, what.word("from"));
  if (!contact) return contact.error();
  std::vector<std::string> addresses;
  stage.world.read([&](store::Unit& unit, const Environment&) {
    for (const auto& [channel, address] : stage.person(what.word("off")).addresses)
      if (const auto* owner = unit.contact_by_address("", address); owner && owner->id == *contact)
        addresses.push_back(address);
  });
  return remember(stage, what, journaled(stage, [&](store::Unit& unit, const Environment& env) {
                    return flow::split_contact(unit, env, *contact, addresses, kByHand);
                  }));
}

Result<void> undoes(Stage& stage, const Value& what) {
  const auto entry = stage.message(what.word("merge"));
  if (!entry) return entry.error();
  const auto undone = journaled(stage, [&](store::Unit& unit, const Environment& env) {
    return flow::undo_merge(unit, env, entry->merge, "api");
  });
  if (!undone) return undone.error();
  return {};
}

Result<void> erases(Stage& stage, const Value& what) {
  const auto contact = known(stage, what.word("who"));
  if (!contact) return contact.error();
  const auto done = stage.world.write([&](store::Unit& unit, const Environment& env) -> Result<Answer> {
    if (auto erased = flow::erase_contact(unit, env, *contact, "api"); !erased) return erased.error();
    return Answer{};
  });
  if (!done) return done.error();
  return {};
}

}  // namespace jackfield::scenario
