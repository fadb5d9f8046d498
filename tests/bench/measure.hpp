// One function a group of rows.
#pragma once

#include "options.hpp"
#include "table.hpp"

namespace jackfield::bench {

void measure_ingest(const Options& options, Table& table);   // ingest, CPU, messages per commit
void measure_against(const Options& options, Table& table);  // ingest beside another commit's daemon
void measure_latency(const Options& options, Table& table);  // webhook to WebSocket
void measure_replies(const Options& options, Table& table);
void measure_rules(const Options& options, Table& table);
void measure_decode(const Options& options, Table& table);
void measure_smpp(const Options& options, Table& table);       // in and out
void measure_isolation(const Options& options, Table& table);  // ingest, recovery from a crash
void measure_overload(const Options& options, Table& table);
void measure_assignment(const Options& options, Table& table);  // cost of a decision
void measure_mailboxes(const Options& options, Table& table);   // memory per IMAP connection
void measure_memory(const Options& options, Table& table);      // memory, start

}  // namespace jackfield::bench
