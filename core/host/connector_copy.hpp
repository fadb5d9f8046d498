// The file that a channel runs: a private copy, named by its content. So the file in the plugin folder may be written
// over or removed at any time without touching what runs (it is mapped), a process that crashed comes back as the
// version it was, and a newer version can be loaded beside an older one, which is never unloaded.
#pragma once

#include <set>
#include <string>

#include "base/result.hpp"
#include "host/host.hpp"

namespace jackfield::host {

// The copy's path, `FOLDER/ID-SHA256.so`; made when it is not there. A file that looks for libraries beside itself
// ($ORIGIN) is not copied: its own path is given back. Blocking. Errors are for people: the file is not what was
// scanned any more, or the copy cannot be written.
Result<std::string> copy_connector(const PluginFile& plugin, const std::string& folder);

// Removes the copies that are none of these.
void remove_other_copies(const std::string& folder, const std::set<std::string>& keep);

// SHA-256 of a file's content in hex; "" when it cannot be read.
std::string digest_of_file(const std::string& path);

}  // namespace jackfield::host
