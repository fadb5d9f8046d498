#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

namespace jackfield::bench {
namespace {

std::string line_of(const Row& row) {
  std::string out;
  for (const auto* cell : {&row.what, &row.jackfield, &row.yardstick, &row.ratio, &row.reach})
    out += "| " + *cell + ' ';
  return out + "| " + (row.reach == "–" ? "" : row.reached ? "reached" : "**missed**") + " |\n";
}

std::string with_span(const std::vector<double>& values, double factor, int digits, const std::string& unit) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return decimal(median(values) * factor, digits) + unit + " (" + decimal(*least * factor, digits) + "–" +
         decimal(*most * factor, digits) + ')';
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string grouped(double whole) {
  std::string digits = decimal(std::round(whole), 0);
  for (auto at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  return digits;
}

std::string percent(const std::vector<double>& ratios) { return with_span(ratios, 100, 0, " %"); }
std::string times(const std::vector<double>& ratios) { return with_span(ratios, 1, 1, "×"); }
std::string rate(double per_second) { return grouped(per_second) + "/s"; }

void Table::add(Row row) {
  std::cerr << line_of(row);  // so that one sees it come
  rows_.push_back(std::move(row));
}

void Table::note(std::string sentence) { notes_.push_back(std::move(sentence)); }

std::string Table::text() const {
  std::string out = "| what | Jackfield | yardstick | ratio | reach | |\n|---|---|---|---|---|---|\n";
  for (const auto& row : rows_) out += line_of(row);
  out += '\n';
  for (const auto& note : notes_) out += "- " + note + '\n';
  return out;
}

bool Table::all_reached() const {
  return std::all_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.reached; });
}

}  // namespace jackfield::bench
