#include "flow/explain.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "flow/queue_now.hpp"
#include "flow/receive.hpp"
#include "flow/rules.hpp"
#include "model/json.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

constexpr std::size_t kShown = 60;

std::string_view string_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

// What people leave out.
void complete(json::object& message) {
  if (!message.contains("type")) message["type"] = "message";
  if (!message.contains("id")) message["id"] = "explained";
  if (const auto from = string_in(message, "from"); !from.empty())
    message["from"] = json::object{{"address", std::string(from)}};
  if (const auto text = string_in(message, "text"); !text.empty() && !message.contains("parts"))
    message["parts"] = json::array{json::object{{"type", "text"}, {"text", std::string(text)}}};
  message.erase("channel");
}

// Each rule that was tried, whether it fits and why; then those that were not reached are left out.
json::array tried(const Environment& env, const Facts& facts) {
  json::array out;
  for (const auto& [rule, because, fits] : env.rules->trace(facts)) {
    const RuleSpec& spec = env.rules->specs()[rule];
    json::object entry{{"rule", spec.name}, {"line", spec.line}, {"fits", fits}};
    entry["because"] = json::array(because.begin(), because.end());
    if (fits && !spec.to.empty()) entry["to"] = spec.to;
    out.push_back(std::move(entry));
  }
  return out;
}

json::value parsed(const std::string& text) { return text.empty() ? json::value(nullptr) : json::parse(text); }

}  // namespace

Result<Environment> make_environment(FlowConfig config, const std::map<std::string, host::Manifest>& manifests,
                                     const Clock& clock, IdSource& ids, Random& random) {
  auto rules = Rules::compile(config);
  if (!rules) return rules.error();
  Environment env{clock, ids, random, std::move(config), {}, std::move(*rules), {}, {}, {}};
  if (const auto& zone = env.config.reports.timezone; zone != "UTC") {
    auto reports = Calendar::make({.timezone = zone, .week = {}, .days = {}});
    if (!reports) return reports.error();
    env.reports = std::move(*reports);
  }
  for (const auto& [name, spec] : env.config.hours) {
    auto calendar = Calendar::make(spec);
    if (!calendar) return calendar.error();
    env.calendars.emplace(name, std::move(*calendar));
  }
  for (const auto& [name, manifest] : manifests) {
    Channel channel{env.config.channels[name], manifest};
    channel.policy.name = name;
    env.channels.emplace(name, std::move(channel));
  }
  return env;
}

Result<json::object> explain(store::Unit& unit, const Environment& env, const std::string& name, json::object message) {
  const Channel* channel = env.channel(name);
  if (!channel) return fail(Errc::invalid, "no channel is called \"" + name + "\"");
  complete(message);
  auto event = read_event(message);
  if (!event) return event.error();
  if (event->kind != InboundKind::message)
    return fail(Errc::invalid, "only messages are routed; this is another event");
  Arrival arrival{
      .channel = name, .event = std::move(*event), .matches = {}, .raw = json::serialize(message), .refused = {}};
  arrival.matches = look_at(env, arrival.event.content);
  if (known_message(unit, arrival))
    return fail(Errc::conflict, "a message with this id is stored already; leave \"id\" out");
  const auto received = receive(unit, env, arrival);
  if (!received) return received.error();

  const Message* stored = unit.message(known_message(unit, arrival));
  if (!stored) return fail(Errc::internal, "it could not be received");
  const Contact* contact = unit.contact(stored->contact);
  const Conversation* conversation = stored->conversation ? unit.conversation(stored->conversation) : nullptr;
  const Time now = env.clock.now();
  Facts facts = facts_of(unit, env, *channel, arrival, *contact, now);
  facts.conversation = conversation;
  facts.conversation_new = conversation && conversation->created_at == now;
  json::object out{
      {"channel", json::object{{"name", name}, {"plugin", channel->policy.plugin}}},
      {"language", stored->content.language.empty() ? json::value(nullptr) : json::value(stored->content.language)},
      {"rules", tried(env, facts)},
      {"dropped", stored->content.extra.contains("dropped")}};
  out["contact"] = json::object{{"new", contact->created_at == now}, {"is", json::parse(contact_to_json(*contact))}};
  if (!conversation) return out;
  out["conversation"] = json::object{{"new", conversation->created_at == now},
                                     {"is", json::parse(conversation_to_json(*conversation, contact, "{}"))}};
  out["decision"] = parsed(unit.decision(conversation->id));
  return out;
}

Result<Replayed> replay_recorded(store::Reader& reader, const Environment& env, std::size_t most) {
  Replayed out;
  store::PageArgs page{.limit = 500, .cursor = {}};
  store::MessageFilter inbound;
  inbound.direction = Direction::in;
  for (std::size_t seen = 0; seen < most;) {
    const auto rows = reader.messages(inbound, page);
    if (!rows) return rows.error();
    for (const auto& row : rows->items) {
      if (++seen > most) break;
      if (!row.head.conversation) continue;
      const auto decision = reader.decision(row.head.conversation);
      if (!decision) return decision.error();
      // A decision is of the message that made it; later ones of the conversation went nowhere else.
      const json::value then = decision->empty() ? json::value(nullptr) : json::parse(*decision);
      if (!then.is_object() || string_in(then.get_object(), "message") != to_string(row.head.id)) continue;
      const Channel* channel = env.channel(row.head.channel);
      if (!channel) continue;
      auto content = content_from_json(row.content);
      const auto contact = reader.contact(row.head.contact);
      if (!content || !contact) continue;
      const Matches matches = look_at(env, *content);
      Facts facts{.channel = channel->policy.name,
                  .plugin = channel->policy.plugin,
                  .visibility = row.head.visibility,
                  .content = &*content,
                  .matches = &matches,
                  .contact = *contact ? &**contact : nullptr,
                  .conversation_new = true,
                  .language = content->language,
                  .is_open = [&](const std::string& name) { return is_open(env, name, row.head.received_at); }};
      const auto outcome = env.rules->run(facts);
      ++out.messages;
      const std::string would_be = outcome.drop            ? "(dropped)"
                                   : outcome.queue.empty() ? env.config.queues.front().name
                                                           : outcome.queue;
      const std::string was(string_in(then.get_object(), "queue"));
      if (was == would_be) continue;
      out.differences.push_back(
          {row.head.id, row.head.conversation, content->text.substr(0, kShown), was, would_be,
           outcome.matched.empty() ? "no rule" : env.rules->specs()[outcome.matched.back().rule].name});
    }
    if (rows->next.empty()) break;
    page.cursor = rows->next;
  }
  return out;
}

}  // namespace jackfield::flow
