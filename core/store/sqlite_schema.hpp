// The tables, and how a file of an older version becomes one of this version.
#pragma once

#include "store/sqlite_connection.hpp"

namespace jackfield::store {

inline constexpr int kPageSize = 4096;  // measured, see docs/decisions/0003-store.md

// Sets what every connection needs. The writer alone may change anything.
void prepare_connection(Connection& db, bool writer);

// Throws store::Failure when the file is of another program or of a newer version. Changes nothing, so ask first.
void check_ours(Connection& db);
bool is_current(Connection& db);  // needs no step

// Creates the schema in an empty file or brings an older one up to date, each step in its own transaction.
void migrate(Connection& db);

}  // namespace jackfield::store
