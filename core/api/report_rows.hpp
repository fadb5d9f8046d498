// Figures as clients get them: JSON, and CSV for spreadsheets. Both are written from one description, so that they say
// the same: what is "wait": {"open": {"p90_seconds": …}} in the one is the column wait_open_p90_seconds in the other.
#pragma once

#include <string>
#include <vector>

#include "model/figures.hpp"

namespace jackfield::api {

// By what rows are told apart.
struct ReportKeys {
  bool day = false, queue = false, channel = false, agent = false;
};

std::string day_text(DayNumber day);                    // "2026-11-23"
bool parse_day(std::string_view text, DayNumber& out);  // that form only, from 1970 to 9999

std::string report_row_json(const FiguresRow& row, const ReportKeys& keys);
// With a line of names first (RFC 4180). A text that a spreadsheet would take for a formula is given a ' in front.
std::string report_csv(const std::vector<FiguresRow>& rows, const ReportKeys& keys);

}  // namespace jackfield::api
