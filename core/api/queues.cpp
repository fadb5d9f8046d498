#include <algorithm>

#include "api/context.hpp"
#include "api/json_object.hpp"
#include "flow/availability.hpp"

namespace jackfield::api {
namespace {

void service(JsonObject& object, const flow::QueueSpec& queue) {
  const auto seconds = [](JsonObject& out, std::string_view name, Millis level) {
    level.count() == 0 ? out.raw(name, "null") : out.number(name, level.count() / 1000);
  };
  JsonObject level(object.key("service_level"));
  seconds(level, "first_response_seconds", queue.first_response);
  seconds(level, "resolution_seconds", queue.resolution);
  level.end();
}

void staff(JsonObject& object, const store::QueueFigures& figures, const flow::QueueSpec* queue,
           const flow::Environment& env, const std::vector<Agent>& online) {
  const flow::QueueSpec unknown{};
  const auto standing = flow::standing_of(figures, queue, env, online, env.clock.now());
  const auto wait = standing.expected_wait;
  wait ? object.number("expected_wait_seconds", wait->count() / 1000) : object.raw("expected_wait_seconds", "null");
  object.number("agents_online", standing.agents_online);
  object.raw("skills", strings_to_json((queue ? *queue : unknown).skills));
  service(object, queue ? *queue : unknown);
  object.boolean("open_now", standing.open);
  object.time("opens_at", standing.opens_at);
}

std::string to_json(const store::QueueFigures& figures, const flow::Environment& env,
                    const std::vector<Agent>& online) {
  std::string out;
  JsonObject object(out);
  object.text("name", figures.queue);
  object.number("waiting", figures.waiting);
  object.number("open", figures.open);
  object.time("oldest", figures.oldest);
  staff(object, figures, env.config.queue(figures.queue), env, online);
  object.end();
  return out;
}

// Those that are configured, in the order of the file, each with its figures; then queues that still hold conversations
// though the file does not name them any more.
std::vector<store::QueueFigures> in_order(const std::vector<flow::QueueSpec>& configured,
                                          std::vector<store::QueueFigures> figures) {
  std::vector<store::QueueFigures> out;
  for (const auto& spec : configured) {
    const auto at = std::find_if(figures.begin(), figures.end(), [&](const auto& f) { return f.queue == spec.name; });
    if (at == figures.end()) {
      out.push_back({.queue = spec.name});
    } else {
      out.push_back(*at);
      figures.erase(at);
    }
  }
  std::erase_if(figures, [](const auto& f) { return f.queue.empty(); });
  out.insert(out.end(), figures.begin(), figures.end());
  return out;
}

void list(Context& context, const CallPtr& call) {
  Query query(call->request, {"limit", "cursor"});
  query.page();  // checked; there is one page
  if (query.error()) return call->problem(*query.error());
  context.read(call, [&context](Call& c, store::Reader& reader) {
    auto figures = reader.queues();
    if (!figures) return c.error(figures.error());
    const auto online = reader.agents_online();
    if (!online) return c.error(online.error());
    const auto env = context.ports.flow.environment();
    std::vector<std::string> items;
    for (const auto& queue : in_order(env->config.queues, std::move(*figures))) {
      if (c.caller->sees_queue(queue.queue)) items.push_back(to_json(queue, *env, *online));
    }
    c.json(200, list_json(items, {}));
  });
}

}  // namespace

void add_queues(Router& router, Context& context) {
  router.add("GET", "/v1/queues", kAll, [&context](const CallPtr& call) { list(context, call); });
}

}  // namespace jackfield::api
