// How it stands in queues and how it went in them, for Prometheus. What the numbers mean: docs/figures.md.
#pragma once

#include "api/exposition.hpp"
#include "flow/environment.hpp"
#include "store/reader.hpp"

namespace jackfield::api {

// Gauges of every queue that is configured; counters and histograms of every queue and channel that figures were
// counted of, over all days: they outlive restarts and never go down.
void write_queues(Exposition& out, store::Reader& reader, const flow::Environment& env);

}  // namespace jackfield::api
