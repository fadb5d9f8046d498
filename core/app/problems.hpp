// Problems of a configuration file, collected so that all are told at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jackfield::app {

// Of a file's text; both count from 1, columns in bytes. 0: the file as a whole.
struct Place {
  int line = 0, column = 0;
  auto operator<=>(const Place&) const = default;
};

struct Problem {
  Place place;
  bool warning = false;
  std::string message;
  auto operator<=>(const Problem&) const = default;
};

class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  void error(Place place, std::string message) { all_.push_back({place, false, std::move(message)}); }
  void warning(Place place, std::string message) { all_.push_back({place, true, std::move(message)}); }

  void add(const Problems& others) { all_.insert(all_.end(), others.all_.begin(), others.all_.end()); }

  bool has_errors() const;
  bool empty() const { return all_.empty(); }
  const std::string& file() const { return file_; }
  // In the order of the file, each once: "FILE:LINE:COL: error: message\n".
  std::string text() const;

 private:
  std::string file_;
  std::vector<Problem> all_;
};

// ` (did you mean "plugin"?)`, or nothing when none of the candidates is near.
std::string suggestion(std::string_view written, const std::vector<std::string>& candidates);

// `a, b or c`
std::string one_of(const std::vector<std::string>& choices);

}  // namespace jackfield::app
