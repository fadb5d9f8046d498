// A connector in a process of its own: the Link that turns calls into frames, and the frames that come back into calls
// of the HostSide. A process that crashes, hangs or breaks the rules is killed and HostSide::instance_lost told why.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/link.hpp"
#include "net/io.hpp"

namespace jackfield::host {

struct ProcessSpec {
  std::string file, channel;
  std::map<std::string, std::vector<std::string>, std::less<>> secrets;  // of this channel
  bool network = false;                                                  // it may open sockets by itself
};

// The HostSide may be gone before the link. Blobs are stored on workers.
std::shared_ptr<Link> make_process_link(ProcessSpec spec, std::weak_ptr<HostSide> side, net::IoContext& io,
                                        net::Strand strand, std::shared_ptr<net::Workers> workers,
                                        const HostLimits& limits);

}  // namespace jackfield::host
