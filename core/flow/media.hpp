// Media of inbound messages: files by content, and the jobs that fetch what the provider still holds.
#pragma once

#include <string>
#include <vector>

#include "flow/environment.hpp"
#include "host/port.hpp"
#include "store/media_store.hpp"
#include "store/unit.hpp"

namespace jackfield::flow {

// The blobs that parts name, to be synced before the commit.
std::vector<std::string> blobs_of(const boost::json::array& parts);

// Parts with a blob become media with an id of ours; those that are pending get a job that fetches them.
void store_media(store::Unit& unit, const Environment& env, Message& message, Time now);

// The message's parts go: the rows that make its files reachable, and the files that no other row names.
void drop_media(store::Unit& unit, const Environment& env, const Message& message);

// A row that named it is gone: when no other does, the file goes after the commit. As a row, so that a crash does not
// leave it behind.
void drop_file(store::Unit& unit, const Environment& env, const std::string& sha256);
// That row, a timer of kind remove_file, is due.
void remove_file(store::Unit& unit, store::MediaStore& files, store::Timer& timer, Time now);

// A fetch ended: the part becomes ready or failed, or the job waits for its next try.
void end_fetch(store::Unit& unit, const Environment& env, const std::string& channel, const std::string& job,
               const host::FetchResult& result, std::int64_t size);

// The part that a job is for, as JSON for the connector; empty when there is no such part any more.
std::string part_of_job(store::Unit& unit, const store::Timer& job);

}  // namespace jackfield::flow
