#include "flow/reach.hpp"

#include <algorithm>

#include "base/has.hpp"
#include "flow/channel_rules.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

bool owns(const Contact* contact, const ChannelUse& use) {
  if (!contact) return false;
  return std::any_of(contact->addresses.begin(), contact->addresses.end(),
                     [&](const Address& a) { return a.uri == use.address && a.scope == use.scope; });
}

std::optional<ChannelUse> newest_elsewhere(const Channel& channel, const Contact* contact,
                                           const std::vector<ChannelUse>& elsewhere) {
  const ChannelUse* newest = nullptr;
  for (const auto& use : elsewhere)
    if (use.channel == channel.policy.name && owns(contact, use))
      if (!newest || use.last_inbound_at > newest->last_inbound_at) newest = &use;
  if (!newest) return std::nullopt;
  // What was said there is not of this conversation.
  return ChannelUse{.channel = newest->channel,
                    .address = newest->address,
                    .scope = newest->scope,
                    .last_inbound_at = newest->last_inbound_at};
}

// An address with a scope is good only within the account that it was learned in, which only its use tells.
std::optional<std::string> best_address(const Channel& channel, const Contact& contact) {
  const Address* best = nullptr;
  const auto take = [&](std::string_view scheme) {
    for (const auto& address : contact.addresses)
      if (address.scope.empty() && scheme_of(address.uri) == scheme && (!best || address.evidence > best->evidence))
        best = &address;
  };
  take(channel.manifest.scheme);
  if (!best && has(channel.manifest.attests, "tel")) take("tel");
  if (!best) return std::nullopt;
  if (scheme_of(best->uri) == channel.manifest.scheme) return best->uri;  // as the channel told it
  const auto reached = reachable(best->uri, channel);
  return reached ? std::optional(*reached) : std::nullopt;
}

Error no_address(const Channel& channel) {
  return fail(Errc::conflict, "the contact has no address that channel \"" + channel.policy.name + "\" reaches (" +
                                  channel.manifest.scheme + ":)");
}

void refuse(Way& way, std::string error_class, const std::string& why) {
  way.error_class = std::move(error_class);
  way.why_not = why;
}

void judge(Way& way, const ChannelUse& use, const Contact* contact, Time now) {
  Content plain;
  plain.text = ".";
  plain.parts.push_back(json::object{{"type", "text"}, {"text", plain.text}});
  const auto found = refusals(*way.channel, use, contact, plain, now);
  const auto of_class = [&](std::string_view name) {
    return std::find_if(found.begin(), found.end(), [&](const Refusal& r) { return r.error_class == name; });
  };
  way.window = window_of(use, *way.channel, now);
  if (const auto out = of_class("opted-out"); out != found.end()) return refuse(way, "opted-out", out->error.message);
  const auto closed = of_class("window-closed");
  if (closed != found.end() && !way.window.template_needed) return refuse(way, "window-closed", closed->error.message);
  way.usable = true;
}

}  // namespace

std::optional<ChannelUse> use_on(const Channel& channel, const Contact* contact, const Conversation* conversation,
                                 const std::vector<ChannelUse>& elsewhere) {
  const ChannelUse* own = conversation ? conversation->use_of(channel.policy.name) : nullptr;
  const auto other = newest_elsewhere(channel, contact, elsewhere);
  if (own) {
    ChannelUse out = *own;
    const bool same = other && other->address == out.address && other->scope == out.scope;
    if (same) out.last_inbound_at = std::max(out.last_inbound_at, other->last_inbound_at);
    return out;
  }
  if (other) return other;
  const auto address = contact ? best_address(channel, *contact) : std::nullopt;
  if (!address) return std::nullopt;
  return ChannelUse{.channel = channel.policy.name, .address = *address};
}

Result<ChannelUse> find_use(store::Unit& unit, const Channel& channel, const Contact* contact,
                            const Conversation& conversation, Time now) {
  const ChannelUse* own = conversation.use_of(channel.policy.name);
  if (own && (!contact || window_of(*own, channel, now).open)) return *own;
  std::vector<ChannelUse> elsewhere;
  if (contact) elsewhere = uses_in(unit.recent_conversations(contact->id, kLookedThrough), conversation.id);
  auto use = use_on(channel, contact, &conversation, elsewhere);
  if (!use) return no_address(channel);
  return std::move(*use);
}

std::vector<Way> ways_to(const Environment& env, const Contact* contact, const Conversation* conversation,
                         const std::vector<ChannelUse>& elsewhere, Time now) {
  std::vector<Way> out;
  for (const auto& [name, channel] : env.channels) {
    Way way{.channel = &channel};
    way.preferred = conversation && !conversation->channels.empty() && conversation->channels.front().channel == name;
    const auto use = use_on(channel, contact, conversation, elsewhere);
    if (use) way.address = use->address;
    if (!channel.manifest.sends)
      refuse(way, "receives-only", "channel " + name + " only receives");
    else if (!use)
      refuse(way, "no-address", no_address(channel).message);
    else
      judge(way, *use, contact, now);
    out.push_back(std::move(way));
  }
  return out;
}

Result<std::string> reachable(const std::string& to, const Channel& channel) {
  const auto& manifest = channel.manifest;
  const std::string scheme(scheme_of(to));
  if (scheme.empty()) return normalize_address(manifest.scheme + ":" + to);
  if (scheme == manifest.scheme) return normalize_address(to);
  if (scheme != "tel" || !has(manifest.attests, scheme))
    return fail(Errc::invalid, "channel " + channel.policy.name + " reaches addresses as in " + manifest.scheme +
                                   ":…, not " + scheme + ":");
  const auto number = normalize_address(to);
  return number ? normalize_address(manifest.scheme + number->substr(3)) : number;
}

}  // namespace jackfield::flow
