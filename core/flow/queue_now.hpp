// How it stands in a queue at this moment: for rules, for automatic answers, and for those who ask from outside.
#pragma once

#include "flow/environment.hpp"
#include "flow/rules.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

bool is_open(const Environment& env, const std::string& calendar, Time now);  // one that is not there is always open
QueueNow queue_now(store::Unit& unit, const Environment& env, const std::string& queue);

}  // namespace jackfield::flow
