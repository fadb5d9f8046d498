// What `jackfield check` looks at beyond the file itself: where the daemon and its connectors would listen, and with
// which certificates.
#pragma once

#include "app/config.hpp"
#include "base/clock.hpp"

namespace jackfield::app {

// Certificates and keys that are not there, cannot be read, do not belong together or have expired, and those that soon
// will (a warning); addresses that two would listen on. Of channels, what stands under `listen` in their settings.
void check_listeners(const Config& config, Time now, Problems& problems);

}  // namespace jackfield::app
