#include "api/context.hpp"
#include "model/json.hpp"

namespace jackfield::api {
namespace {

std::vector<std::string> reasons_not_ready(const Context& context) {
  std::vector<std::string> reasons;
  if (context.draining) reasons.emplace_back("stopping");
  if (!context.ports.committer.writable())
    reasons.push_back("the store cannot be written: " + context.ports.committer.stats().last_error);
  if (!context.ports.host.tried_all()) reasons.emplace_back("not every channel has tried to start yet");
  return reasons;
}

void ready(const Context& context, Call& call) {
  const auto reasons = reasons_not_ready(context);
  call.json(reasons.empty() ? 200 : 503, std::string("{\"status\":") +
                                             (reasons.empty() ? "\"ready\"" : "\"not ready\"") +
                                             ",\"reasons\":" + strings_to_json(reasons) + "}");
}

}  // namespace

void add_health(Router& router, Context& context) {
  router.add("GET", "/healthz", 0, [](const CallPtr& call) { call->json(200, "{\"status\":\"ok\"}"); });
  router.add("GET", "/readyz", 0, [&context](const CallPtr& call) { ready(context, *call); });
}

}  // namespace jackfield::api
