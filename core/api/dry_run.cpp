#include "api/dry_run.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace jackfield::api {
namespace {

namespace json = boost::json;

// A connector's problems stand beside the core's; the rest of what it says, under its own name.
void add_connectors_word(json::object& told, const Result<std::string>& preview) {
  told["connector"] = nullptr;
  if (!preview) return;
  boost::system::error_code wrong;
  json::value said = json::parse(*preview, wrong);
  auto* object = wrong ? nullptr : said.if_object();
  if (!object) return;
  if (const auto* sendable = object->if_contains("sendable"); sendable && sendable->is_bool() && !sendable->get_bool())
    told["sendable"] = false;
  if (const auto* problems = object->if_contains("problems"); problems && problems->is_array())
    for (const auto& problem : problems->get_array()) told["problems"].get_array().push_back(problem);
  told["connector"] = std::move(*object);
}

}  // namespace

void dry_run(Context& context, const CallPtr& call, PlanDryRun plan) {
  auto planned = std::make_shared<flow::DryRun>();
  context.ports.flow.write(
      {},
      [plan = std::move(plan), planned](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
        auto made = plan(unit, env);
        if (!made) return made.error();
        *planned = std::move(*made);
        return flow::Answer{};
      },
      [&context, call, planned](const Result<flow::Answer>& ready) {
        if (!ready) return call->error(ready.error());
        context.ports.host.preview(planned->channel, planned->message,
                                   [call, planned](const Result<std::string>& preview) {
                                     add_connectors_word(planned->told, preview);
                                     call->json(200, json::serialize(planned->told));
                                   });
      });
}

}  // namespace jackfield::api
