// The "stream" member of a step: a dialogue over byte streams.
#pragma once

#include <boost/json/array.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "fake_host.hpp"

namespace jackfield::testkit {

// Plays the items on the stream that was opened last, or on the n-th of the case with "on": n (listeners count).
//   {"accept": PEER}        a peer connects to the last listener
//   {"connect": "HOST:PORT"} the connector was connecting there, and now is
//   {"in": TEXT} {"in_file": NAME}  the peer sends that
//   {"out": TEXT}           all that the connector wrote since
//   {"tls": VERSION}        the connector asked for TLS, and now has it
//   {"close": WHY, "status": NAME}  the peer is gone; also refuses a connection
//   {"closed": true}        the connector has closed
//   {"advance_ms": N}       time passes
// What the connector writes must stand in an "out" right after. With update, "out" items are corrected and added.
void play(FakeHost& host, boost::json::array& items, const std::filesystem::path& folder, const std::string& where,
          bool update, std::vector<std::string>& problems);

}  // namespace jackfield::testkit
