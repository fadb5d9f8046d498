#include "calendar.hpp"

#include <utility>

#include "ascii.hpp"
#include "charset.hpp"
#include "mail_envelope.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_bytes = 1024 * 1024;
constexpr std::size_t most_lines = 5000;
constexpr std::size_t longest_line = 16 * 1024;

// NAME;PARAMETER=…;PARAMETER="…":VALUE
struct Line {
  std::string_view name, parameters, value;
};

Line dissect(std::string_view line) {
  bool quoted = false;
  std::size_t name_end = std::string_view::npos;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == ';' && name_end == std::string_view::npos) name_end = i;
    if (line[i] != ':' || quoted) continue;
    if (name_end == std::string_view::npos) return {line.substr(0, i), {}, line.substr(i + 1)};
    return {line.substr(0, name_end), line.substr(name_end, i - name_end), line.substr(i + 1)};
  }
  return {};
}

// "CN" of ;CN="Lima, Ana";PARTSTAT=ACCEPTED
std::string parameter(std::string_view parameters, std::string_view lower_name) {
  for (auto at = parameters.find(';'); at != std::string_view::npos; at = parameters.find(';', at + 1)) {
    std::string_view one = parameters.substr(at + 1);
    if (!starts_with_word(one, lower_name) || one.size() <= lower_name.size() || one[lower_name.size()] != '=')
      continue;
    one.remove_prefix(lower_name.size() + 1);
    const bool quoted = one.starts_with('"');
    if (quoted) one.remove_prefix(1);
    return clean_line(one.substr(0, one.find_first_of(quoted ? "\"" : ";:")), 256);
  }
  return {};
}

std::string text_value(std::string_view value) {
  std::string plain;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) {
      ++i;
      plain += value[i] == 'n' || value[i] == 'N' ? ' ' : value[i];
    } else {
      plain += value[i];
    }
  }
  return clean_line(plain, 500);
}

// 20261123T100000Z, 20261123
std::string time_value(std::string_view value) {
  const auto digits = [&](std::size_t at, std::size_t count) {
    for (std::size_t i = at; i < at + count; ++i)
      if (i >= value.size() || !is_digit(value[i])) return false;
    return true;
  };
  if (!digits(0, 8)) return {};
  std::string text =
      std::string(value.substr(0, 4)) + "-" + std::string(value.substr(4, 2)) + "-" + std::string(value.substr(6, 2));
  if (value.size() > 8 && value[8] == 'T' && digits(9, 4))
    text += " " + std::string(value.substr(9, 2)) + ":" + std::string(value.substr(11, 2));
  return text;
}

std::string person(const Line& line) {
  std::string_view value = line.value;
  if (starts_with_word(value, "mailto:")) value.remove_prefix(7);
  const std::string address = clean_line(value, 320), name = parameter(line.parameters, "cn");
  if (name.empty() || name == address) return address;
  return is_mail_address(address) ? name + " <" + address + ">" : name;
}

void read_start(const Line& line, CalendarEvent& event) {
  event.start = time_value(line.value);
  event.time_zone = line.value.ends_with('Z') ? "UTC" : parameter(line.parameters, "tzid");
}

void read_attendee(const Line& line, CalendarEvent& event) {
  if (!event.attendee.empty()) return;
  event.attendee = person(line);
  for (const char c : parameter(line.parameters, "partstat"))
    event.participation += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
}

void read_property(const Line& line, CalendarEvent& event) {
  if (is_word(line.name, "summary"))
    event.summary = text_value(line.value);
  else if (is_word(line.name, "location"))
    event.location = text_value(line.value);
  else if (is_word(line.name, "uid"))
    event.uid = text_value(line.value);
  else if (is_word(line.name, "dtstart"))
    read_start(line, event);
  else if (is_word(line.name, "dtend"))
    event.end = time_value(line.value);
  else if (is_word(line.name, "organizer"))
    event.organizer = person(line);
  else if (is_word(line.name, "attendee"))
    read_attendee(line, event);
  else if (is_word(line.name, "rrule"))
    event.repeats = true;
}

// Follows BEGIN and END: what is asked for stands directly in the calendar, or directly in its first event.
class Reader {
 public:
  void take(std::string_view text) {
    const Line line = dissect(text);
    if (is_word(line.name, "begin")) return begin(line.value);
    if (is_word(line.name, "end")) return end();
    if (depth_ == 1 && is_word(line.name, "method"))
      for (const char c : clean_line(line.value, 32))
        event_.method += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
    if (in_event_ && depth_ == 2) read_property(line, event_);
  }
  CalendarEvent result() { return std::move(event_); }

 private:
  void begin(std::string_view what) {
    ++depth_;
    if (depth_ == 2 && !event_.found && is_word(trim(what), "vevent")) event_.found = in_event_ = true;
  }
  void end() {
    if (depth_ > 0) --depth_;
    if (depth_ < 2) in_event_ = false;
  }
  CalendarEvent event_;
  int depth_ = 0;
  bool in_event_ = false;
};

std::string title_of(const CalendarEvent& event) {
  if (event.method == "CANCEL") return "Cancelled";
  if (event.method == "COUNTER") return "Another time proposed";
  if (event.method != "REPLY") return "Invitation";
  if (event.participation == "ACCEPTED") return "Accepted";
  if (event.participation == "DECLINED") return "Declined";
  return event.participation == "TENTATIVE" ? "Tentatively accepted" : "Answer to an invitation";
}

}  // namespace

CalendarEvent read_calendar(std::string_view text) {
  text = cut_utf8(text, most_bytes);
  Reader reader;
  std::string line;
  std::size_t lines = 0;
  while (!text.empty() && ++lines <= most_lines) {
    const std::string_view next = take_line(text);
    const bool folded = next.starts_with(' ') || next.starts_with('\t');
    if (!folded) reader.take(std::exchange(line, std::string()));
    if (line.size() < longest_line) line += folded ? next.substr(1) : next;
  }
  reader.take(line);
  return reader.result();
}

std::string summary_of(const CalendarEvent& event) {
  std::string text = title_of(event) + ": " + (event.summary.empty() ? "(no title)" : event.summary);
  if (event.method == "REPLY" && !event.attendee.empty()) text += "\nBy: " + event.attendee;
  if (!event.start.empty()) {
    text += "\nWhen: " + event.start;
    const bool same_day = event.end.substr(0, 10) == event.start.substr(0, 10) && event.end.size() > 11;
    if (!event.end.empty() && event.end != event.start) text += " – " + (same_day ? event.end.substr(11) : event.end);
    if (!event.time_zone.empty()) text += " (" + event.time_zone + ")";
    if (event.repeats) text += ", repeated";
  }
  if (!event.location.empty()) text += "\nWhere: " + event.location;
  if (!event.organizer.empty()) text += "\nOrganizer: " + event.organizer;
  return text;
}

}  // namespace jackfield::email
