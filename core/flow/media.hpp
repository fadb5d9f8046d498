// Media of inbound messages: files by content, and the jobs that fetch what the provider still holds.
#pragma once

#include <string>
#include <vector>

#include "flow/environment.hpp"
#include "host/port.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// The blobs that parts name, to be synced before the commit.
std::vector<std::string> blobs_of(const boost::json::array& parts);

// Parts with a blob become media with an id of ours; those that are pending get a job that fetches them.
void store_media(store::Unit& unit, const Environment& env, Message& message, Time now);

// The message's parts go, and with them the rows that make its files reachable.
void drop_media(store::Unit& unit, const Message& message);

// A fetch ended: the part becomes ready or failed, or the job waits for its next try.
void end_fetch(store::Unit& unit, const Environment& env, const std::string& channel, const std::string& job,
               const host::FetchResult& result, std::int64_t size);

// The part that a job is for, as JSON for the connector; empty when there is no such part any more.
std::string part_of_job(store::Unit& unit, const store::Timer& job);

}  // namespace jackfield::flow
