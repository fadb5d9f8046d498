#include "flow/opt_out.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "model/json.hpp"

namespace jackfield::flow {
namespace {

Address* address_of(Contact& contact, const Address& wanted) {
  const auto at = std::find_if(contact.addresses.begin(), contact.addresses.end(),
                               [&](const Address& has) { return has.same_as(wanted); });
  return at == contact.addresses.end() ? nullptr : &*at;
}

bool same_recipient(const Address& has, const Address& to) {
  if (has.same_as(to)) return true;
  return has.scope != to.scope && scheme_of(has.uri) == scheme_of(to.uri);
}

// What they said last of that channel; when nothing, that they lifted it at the beginning of time.
OptOut& last_word(Address& address, const std::string& channel) {
  for (auto& one : address.opt_outs)
    if (one.channel == channel) return one;
  return address.opt_outs.emplace_back(OptOut{channel, "", Time{}, true});
}

// Providers tell whole seconds.
bool is_younger(const OptOut& last, Time at) {
  return std::chrono::floor<std::chrono::seconds>(last.at) > std::chrono::floor<std::chrono::seconds>(at);
}

}  // namespace

const OptOut* opt_out_of(const Contact& contact, const Channel& channel, const Address& to) {
  for (const auto& has : contact.addresses)
    if (same_recipient(has, to))
      if (const auto* said = has.opted_out(channel.policy.name)) return said;
  return nullptr;
}

void opt_out(store::Unit& unit, const Environment& env, Contact& contact, const Address& address, OptOut said) {
  Address* has = address_of(contact, address);
  if (!has) return;
  OptOut& last = last_word(*has, said.channel);
  if (is_younger(last, said.at)) return;
  const bool known = !last.lifted;
  if (known)
    last.at = said.at;  // said once more
  else
    last = std::move(said);
  unit.changed(contact, *has);
  if (!known) tell_contact(unit, env, contact, last.channel, ",\"opted_out\":true");
}

void opt_in(store::Unit& unit, const Environment& env, Contact& contact, const Address& address,
            const std::string& channel, Time at) {
  Address* has = address_of(contact, address);
  if (!has) return;
  OptOut& last = last_word(*has, channel);
  if (is_younger(last, at)) return;
  const bool stood = !last.lifted;
  last = {channel, "", at, true};
  unit.changed(contact, *has);
  if (stood) tell_contact(unit, env, contact, channel, ",\"opted_out\":false");
}

void tell_contact(store::Unit& unit, const Environment& env, const Contact& contact, const std::string& channel,
                  const std::string& data) {
  std::string json = "{\"channel\":";
  append_string(json, channel);
  unit.add(Event{.type = EventType::contact_updated,
                 .at = env.clock.now(),
                 .source = channel,
                 .contact = contact.id,
                 .data = json + data + "}"});
}

}  // namespace jackfield::flow
