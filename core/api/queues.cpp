#include <algorithm>

#include "api/context.hpp"
#include "api/json_object.hpp"

namespace jackfield::api {
namespace {

std::string to_json(const store::QueueFigures& figures) {
  std::string out;
  JsonObject object(out);
  object.text("name", figures.queue);
  object.number("waiting", figures.waiting);
  object.number("open", figures.open);
  object.time("oldest", figures.oldest);
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
      out.push_back({spec.name, 0, 0, {}});
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
    std::vector<std::string> items;
    for (const auto& queue : in_order(context.ports.flow.environment()->config.queues, std::move(*figures))) {
      if (c.caller->sees_queue(queue.queue)) items.push_back(to_json(queue));
    }
    c.json(200, list_json(items, {}));
  });
}

}  // namespace

void add_queues(Router& router, Context& context) {
  router.add("GET", "/v1/queues", kAll, [&context](const CallPtr& call) { list(context, call); });
}

}  // namespace jackfield::api
