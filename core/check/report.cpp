// What people and continuous integration get to read.
#include <algorithm>
#include <sstream>

#include "check/check.hpp"

namespace jackfield::check {
namespace {

std::string again(const Order& order, const Outcome& outcome) {
  std::string out = "jackfield plugin check " + order.plugin;
  if (!order.settings.empty()) out += " --settings " + order.settings;
  if (!order.testdata.empty()) out += " --testdata " + order.testdata;
  return out + " --reproduce " + std::to_string(order.seed) + ":" + outcome.check;
}

std::size_t count(const std::vector<Outcome>& outcomes, Kind kind) {
  return static_cast<std::size_t>(
      std::count_if(outcomes.begin(), outcomes.end(), [kind](const Outcome& one) { return one.kind == kind; }));
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;  // XML has no word for most of these
    }
  }
  return out;
}

}  // namespace

std::string text_of(const Order& order, const Outcome& outcome) {
  switch (outcome.kind) {
    case Kind::ok: return "ok    " + outcome.check + "\n";
    case Kind::skipped: return "skip  " + outcome.check + "  skipped: " + outcome.text + "\n";
    case Kind::failed: break;
  }
  return "FAIL  " + outcome.check + "  " + outcome.text + "\n      why: " + outcome.why +
         "\n      again: " + again(order, outcome) + "\n";
}

std::string summary_of(const Order& order, const std::vector<Outcome>& outcomes) {
  std::ostringstream out;
  out << outcomes.size() << " checks with seed " << order.seed << ": " << count(outcomes, Kind::ok) << " passed, "
      << count(outcomes, Kind::skipped) << " skipped, " << count(outcomes, Kind::failed) << " failed\n";
  return out.str();
}

std::string junit_of(const Order& order, const std::vector<Outcome>& outcomes) {
  std::ostringstream out;
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"jackfield plugin check "
      << escaped(order.plugin) << "\" tests=\"" << outcomes.size() << "\" failures=\"" << count(outcomes, Kind::failed)
      << "\" skipped=\"" << count(outcomes, Kind::skipped) << "\">\n";
  for (const auto& one : outcomes) {
    out << "  <testcase classname=\"plugin.check\" name=\"" << one.check << "\" time=\""
        << static_cast<double>(one.took.count()) / 1000 << "\">";
    if (one.kind == Kind::skipped) out << "<skipped message=\"" << escaped(one.text) << "\"/>";
    if (one.kind == Kind::failed)
      out << "<failure message=\"" << escaped(one.text) << "\">" << escaped(one.why + "; again: " + again(order, one))
          << "</failure>";
    out << "</testcase>\n";
  }
  out << "</testsuite>\n";
  return out.str();
}

}  // namespace jackfield::check
