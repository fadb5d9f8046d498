// What would become of a reply or of a message that we start, without sending it: the core's own rules, then what the
// channel's connector says.
#pragma once

#include <functional>

#include "api/context.hpp"
#include "flow/operations.hpp"

namespace jackfield::api {

using PlanDryRun = std::function<Result<flow::DryRun>(store::Unit&, const flow::Environment&)>;

void dry_run(Context& context, const CallPtr& call, PlanDryRun plan);

}  // namespace jackfield::api
