// Lists of contacts as people have them: CSV (RFC 4180, with a header) or JSON lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "flow/contacts.hpp"

namespace jackfield::api {

inline constexpr std::size_t kMostImported = 10'000;  // a request: one transaction

struct ListEntry {
  int line = 0;  // where it begins, from 1
  flow::ContactPatch fields;
  std::string wrong;  // not empty: why it cannot be taken
};

// Columns and members: name, language, tags, tier, addresses, and attributes (CSV: a column "attributes.KEY" each). In
// CSV tags and addresses are separated by semicolons or spaces (tags by semicolons alone), and an empty cell says
// nothing. Errc::invalid: of another type, a column that is not known, no header; Errc::too_large: more than
// kMostImported.
Result<std::vector<ListEntry>> read_contact_list(std::string_view content_type, std::string_view body);

}  // namespace jackfield::api
