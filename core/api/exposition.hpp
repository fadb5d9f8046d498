// The Prometheus text format, version 0.0.4, written family by family, since the samples of one must stand together.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jackfield::api {

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

class Exposition {
 public:
  // Begins a family; its name gets "jackfield_" in front.
  void family(std::string_view name, std::string_view type, std::string_view help);
  // One of the family begun last; the suffix is that of a histogram's samples ("_bucket").
  void sample(double value, const Labels& labels = {}, std::string_view suffix = {});
  void one(std::string_view name, std::string_view type, std::string_view help, double value);
  std::string take() { return std::move(out_); }

 private:
  std::string out_, name_;
};

// A number as samples and the `le` of buckets show it.
std::string shown(double value);

}  // namespace jackfield::api
