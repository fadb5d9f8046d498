// A JSON body, read strictly: an object, no unknown member, the right types, within limits. The first error stands and
// names the member, with what is allowed.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/problem.hpp"
#include "base/clock.hpp"
#include "base/id.hpp"

namespace jackfield::api {

class RequestBody {
 public:
  // An empty body is an empty object.
  RequestBody(std::string_view body, std::vector<std::string_view> allowed);

  bool has(std::string_view name) const { return object_.contains(name); }
  const boost::json::object& object() const { return object_; }
  std::optional<std::string> text(std::string_view name, std::size_t most_bytes);
  std::optional<std::string> text_or_null(std::string_view name, std::size_t most_bytes);  // null: ""
  std::string required_text(std::string_view name, std::size_t most_bytes);                // not empty
  std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t most, std::size_t most_bytes);
  std::optional<boost::json::array> array(std::string_view name);
  std::optional<boost::json::object> object(std::string_view name);
  std::optional<Time> time(std::string_view name);
  Id id(std::string_view name);
  template <class T>
  std::optional<T> one_of(std::string_view name) {
    const auto value = text(name, 64);
    T out{};
    if (!value) return std::nullopt;
    if (parse(*value, out)) return out;
    refuse(name, "\"" + *value + "\" is not known");
    return std::nullopt;
  }
  void refuse(std::string_view name, const std::string& why);
  const std::optional<Problem>& error() const { return error_; }

 private:
  const boost::json::value* find(std::string_view name) const;

  boost::json::object object_;
  std::optional<Problem> error_;
};

}  // namespace jackfield::api
