#include "flow/opt_out.hpp"

#include <algorithm>

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

}  // namespace

const OptOut* opt_out_of(const Contact& contact, const Channel& channel, const Address& to) {
  for (const auto& has : contact.addresses)
    if (same_recipient(has, to))
      if (const auto* said = has.opted_out(channel.policy.name)) return said;
  return nullptr;
}

void opt_out(store::Unit& unit, const Environment& env, Contact& contact, const Address& address, OptOut said) {
  Address* has = address_of(contact, address);
  if (!has || has->opted_out(said.channel)) return;
  const std::string channel = said.channel;
  has->opt_outs.push_back(std::move(said));
  unit.changed(contact, *has);
  tell_contact(unit, env, contact, channel, ",\"opted_out\":true");
}

void opt_in(store::Unit& unit, const Environment& env, Contact& contact, const Address& address,
            const std::string& channel) {
  Address* has = address_of(contact, address);
  if (!has || !has->opted_out(channel)) return;
  std::erase_if(has->opt_outs, [&](const OptOut& one) { return one.channel == channel; });
  unit.changed(contact, *has);
  tell_contact(unit, env, contact, channel, ",\"opted_out\":false");
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
