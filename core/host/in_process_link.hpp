// A connector in this process: calls its C tables on the strand, and is called back through host_bridge.hpp.
#pragma once

#include <memory>
#include <string>

#include "host/link.hpp"
#include "net/io.hpp"

namespace jackfield::host {

// file is loaded by create. Offloaded work runs on workers. The HostSide may be gone before the link.
std::shared_ptr<Link> make_in_process_link(std::string file, std::weak_ptr<HostSide> side, net::Strand strand,
                                           std::shared_ptr<net::Workers> workers);

}  // namespace jackfield::host
