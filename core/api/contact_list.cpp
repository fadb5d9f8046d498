#include "api/contact_list.hpp"

#include <algorithm>
#include <optional>

#include "api/problem.hpp"
#include "api/request_body.hpp"

namespace jackfield::api {
namespace {

constexpr std::string_view kAttribute = "attributes.";
constexpr std::size_t kMostCell = 4096, kMostItems = 64;

const std::vector<std::string_view> kColumns{"name", "language", "tags", "tier", "addresses"};

// --- CSV

struct Record {
  int line;
  std::vector<std::string> cells;
};

// One record after another; quoted cells may hold separators, quotes (doubled) and line ends.
class Csv {
 public:
  explicit Csv(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // what spreadsheets put before UTF-8
  }

  std::optional<Record> next() {
    while (at_ < text_.size()) {
      Record record{line_, {}};
      while (cell(record)) {
      }
      if (record.cells.size() > 1 || !record.cells.front().empty()) return record;
    }
    return std::nullopt;
  }

 private:
  // Reads one cell and what ends it; false: that was the record's last.
  bool cell(Record& record) {
    std::string& out = record.cells.emplace_back();
    bool quoted = at_ < text_.size() && text_[at_] == '"';
    if (quoted) ++at_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      line_ += c == '\n';
      if (quoted && c == '"') {
        const bool doubled = at_ + 1 < text_.size() && text_[at_ + 1] == '"';
        if (!doubled) quoted = false;
        if (!doubled) continue;
        ++at_;
      } else if (!quoted && (c == ',' || c == '\n')) {
        if (c == '\n' && out.ends_with('\r')) out.pop_back();
        ++at_;
        return c == ',';
      }
      out += c;
    }
    if (out.ends_with('\r')) out.pop_back();
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

std::vector<std::string> pieces(std::string_view text, std::string_view separators) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    auto piece = text.substr(0, end);
    while (piece.starts_with(' ')) piece.remove_prefix(1);
    while (piece.ends_with(' ')) piece.remove_suffix(1);
    if (!piece.empty()) out.emplace_back(piece);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

bool is_column(std::string_view name) {
  if (name.starts_with(kAttribute)) return name.size() > kAttribute.size() && name.size() <= kAttribute.size() + 128;
  return std::find(kColumns.begin(), kColumns.end(), name) != kColumns.end();
}

Result<void> check_header(const Record& header) {
  for (const auto& name : header.cells)
    if (!is_column(name))
      return fail(Errc::invalid, "line 1: " + unknown_name("column", name, kColumns) + ", attributes.KEY");
  if (std::find(header.cells.begin(), header.cells.end(), "addresses") == header.cells.end())
    return fail(Errc::invalid,
                "line 1: a column \"addresses\" is missing: by it the same list finds its contacts again");
  return {};
}

void take_cell(flow::ContactPatch& fields, const std::string& column, const std::string& cell) {
  if (cell.empty()) return;
  if (column == "name") fields.name = cell;
  if (column == "language") fields.language = cell;
  if (column == "tags") fields.tags = pieces(cell, ";");
  if (column == "tier") fields.attributes["tier"] = cell;
  if (column == "addresses") fields.add_addresses = pieces(cell, "; ");
  if (column.starts_with(kAttribute)) fields.attributes[column.substr(kAttribute.size())] = cell;
}

std::string fault_of(const flow::ContactPatch& fields) {
  if (fields.name.value_or("").size() > 512) return "name: is longer than 512 bytes";
  if (fields.language.value_or("").size() > 35) return "language: is longer than 35 bytes";
  if (fields.tags && fields.tags->size() > kMostItems) return "tags: more than 64";
  if (fields.tags && std::any_of(fields.tags->begin(), fields.tags->end(), [](auto& t) { return t.size() > 128; }))
    return "tags: one is longer than 128 bytes";
  if (fields.add_addresses.size() > kMostItems) return "addresses: more than 64";
  for (const auto& address : fields.add_addresses)
    if (!is_address(address))
      return "addresses: \"" + address.substr(0, 64) + "\" is no address such as tel:+33612345678";
  for (const auto& [key, value] : fields.attributes)
    if (value.value_or("").size() > kMostCell) return key + ": is longer than 4096 bytes";
  return {};
}

ListEntry entry_of(const Record& header, const Record& record) {
  ListEntry entry;
  entry.line = record.line;
  if (record.cells.size() != header.cells.size()) {
    entry.wrong =
        "it has " + std::to_string(record.cells.size()) + " cells, the header " + std::to_string(header.cells.size());
    return entry;
  }
  for (std::size_t i = 0; i < header.cells.size(); ++i) take_cell(entry.fields, header.cells[i], record.cells[i]);
  entry.wrong = fault_of(entry.fields);
  return entry;
}

Error too_many() {
  return fail(Errc::too_large, "more than " + std::to_string(kMostImported) + " contacts; send them in pieces");
}

Result<std::vector<ListEntry>> read_csv(std::string_view body) {
  Csv csv(body);
  const auto header = csv.next();
  if (!header) return fail(Errc::invalid, "the list is empty: the first line names the columns");
  if (auto known = check_header(*header); !known) return known.error();
  std::vector<ListEntry> out;
  while (const auto record = csv.next()) {
    if (out.size() == kMostImported) return too_many();
    out.push_back(entry_of(*header, *record));
  }
  return out;
}

// --- JSON lines

void read_attributes(RequestBody& body, flow::ContactPatch& fields) {
  if (const auto tier = body.text("tier", kMostCell)) fields.attributes["tier"] = *tier;
  const auto attributes = body.object("attributes");
  if (!attributes) return;
  if (attributes->size() > kMostItems) return body.refuse("attributes", "has more than 64 members");
  for (const auto& [key, value] : *attributes) {
    if (!value.is_string() || key.empty() || key.size() > 128)
      return body.refuse("attributes", "\"" + std::string(key.substr(0, 64)) + "\" must be a string with a short name");
    fields.attributes[std::string(key)] = std::string(std::string_view(value.get_string()));
  }
}

ListEntry entry_of(std::string_view line, int number) {
  ListEntry entry;
  entry.line = number;
  RequestBody body(line, {"name", "language", "tags", "tier", "addresses", "attributes"});
  entry.fields.name = body.text("name", 512);
  entry.fields.language = body.text("language", 35);
  entry.fields.tags = body.texts("tags", kMostItems, 128);
  entry.fields.add_addresses = body.texts("addresses", kMostItems, 512).value_or(std::vector<std::string>{});
  read_attributes(body, entry.fields);
  entry.wrong = body.error() ? body.error()->detail : fault_of(entry.fields);
  return entry;
}

Result<std::vector<ListEntry>> read_lines(std::string_view body) {
  std::vector<ListEntry> out;
  for (int number = 1; !body.empty(); ++number) {
    const auto end = std::min(body.find('\n'), body.size());
    auto line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (out.size() == kMostImported) return too_many();
    out.push_back(entry_of(line, number));
  }
  return out;
}

}  // namespace

Result<std::vector<ListEntry>> read_contact_list(std::string_view content_type, std::string_view body) {
  const auto type = content_type.substr(0, content_type.find_first_of("; "));
  if (type == "text/csv") return read_csv(body);
  if (type == "application/x-ndjson" || type == "application/jsonl") return read_lines(body);
  return fail(Errc::invalid, "Content-Type: send text/csv or application/x-ndjson (JSON lines)");
}

}  // namespace jackfield::api
