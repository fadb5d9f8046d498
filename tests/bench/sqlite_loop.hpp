// Yardstick of ingest: a bare loop that commits one row of 1 kB a message to SQLite (WAL, synchronous=FULL) in batches
// of 64.
#pragma once

#include <string>

namespace jackfield::bench {

// Rows a second, over so many seconds, into a new file in the folder.
double run_sqlite_loop(const std::string& folder, double seconds);

}  // namespace jackfield::bench
