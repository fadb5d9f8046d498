// The table that is printed, and the little statistics it needs.
#pragma once

#include <string>
#include <vector>

namespace jackfield::bench {

double median(std::vector<double> values);  // of at least one

// "36 % (33–38)": the median and the span of all pairs.
std::string percent(const std::vector<double>& ratios);
std::string times(const std::vector<double>& ratios);  // "5.2× (5.0–5.5)"
std::string rate(double per_second);                   // "9,810/s"
std::string grouped(double whole);                     // "1,000,000"
std::string decimal(double value, int digits);

struct Row {
  std::string what, jackfield, yardstick, ratio, reach;
  bool reached = true;
};

class Table {
 public:
  void add(Row row);
  void note(std::string sentence);
  // Markdown: the rows, then the notes.
  std::string text() const;
  bool all_reached() const;

 private:
  std::vector<Row> rows_;
  std::vector<std::string> notes_;
};

}  // namespace jackfield::bench
