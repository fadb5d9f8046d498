// What a calendar invitation says (iCalendar, RFC 5545, and iTIP, RFC 5546): its first event. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield::email {

struct CalendarEvent {
  std::string method;  // "REQUEST", "REPLY", "CANCEL" …, upper case; empty: none is given
  std::string uid, summary, location;
  std::string start, end;     // "2026-11-23 10:00", or a day
  std::string time_zone;      // "Europe/Paris", "UTC"; empty: the reader's own
  std::string organizer;      // "Ana Lima <ana@example.com>"
  std::string participation;  // in a REPLY: "ACCEPTED", "DECLINED", "TENTATIVE" …
  std::string attendee;       // in a REPLY: who answers
  bool repeats = false;
  bool found = false;  // there was an event
};

// Never fails; bounded and linear.
CalendarEvent read_calendar(std::string_view text);

// For people: "Invitation: Planning", "When: …", "Where: …".
std::string summary_of(const CalendarEvent& event);

}  // namespace jackfield::email
