#include "api/report_rows.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

#include "api/json_object.hpp"

namespace jackfield::api {
namespace {

// Where numbers go, in their order.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void begin(std::string_view name) = 0;
  virtual void end() = 0;
  virtual void number(std::string_view name, std::optional<double> value) = 0;  // nothing: there is none
};

double rounded(double value, double to) { return std::round(value * to) / to; }
double count(std::int64_t number) { return static_cast<double>(number); }
double seconds(Millis duration) { return count(duration.count()) / 1000; }

std::optional<double> percent(std::int64_t part, std::int64_t of) {
  if (of == 0) return std::nullopt;
  return rounded(100 * count(part) / count(of), 100);
}

void describe(Sink& sink, std::string_view name, const Spread& spread) {
  const auto n = spread.count();
  const auto told = [&](Millis duration) { return n == 0 ? std::nullopt : std::optional(seconds(duration)); };
  sink.begin(name);
  sink.number("total_seconds", seconds(Millis{spread.total}));
  sink.number("average_seconds",
              n == 0 ? std::nullopt : std::optional(rounded(count(spread.total) / count(n), 1) / 1000));
  sink.number("p50_seconds", told(spread.percentile(0.5)));
  sink.number("p90_seconds", told(spread.percentile(0.9)));
  sink.number("longest_seconds", told(Millis{spread.longest}));
  sink.end();
}

void describe(Sink& sink, std::string_view name, const Measured& measured) {
  sink.begin(name);
  sink.number("count", count(measured.wall.count()));
  describe(sink, "wall", measured.wall);
  describe(sink, "open", measured.open);
  sink.end();
}

void describe_level(Sink& sink, std::string_view name, std::int64_t met, std::int64_t missed) {
  sink.begin(name);
  sink.number("met", count(met));
  sink.number("missed", count(missed));
  sink.number("percent", percent(met, met + missed));
  sink.end();
}

void describe_satisfaction(Sink& sink, const Figures& figures) {
  std::int64_t scores = 0, sum = 0;
  for (int score = 1; score <= kBestScore; ++score) {
    scores += figures[count_of_score(score)];
    sum += score * figures[count_of_score(score)];
  }
  sink.begin("satisfaction");
  sink.number("count", count(scores));
  sink.number("average", scores == 0 ? std::nullopt : std::optional(rounded(count(sum) / count(scores), 100)));
  sink.number("satisfied_percent", percent(figures[count_of_score(4)] + figures[count_of_score(5)], scores));
  for (int score = 1; score <= kBestScore; ++score)
    sink.number("scores_" + std::to_string(score), count(figures[count_of_score(score)]));
  sink.end();
}

void describe(Sink& sink, const Figures& f) {
  sink.number("opened", count(f[Count::opened]));
  sink.number("reopened", count(f[Count::reopened]));
  sink.number("closed", count(f[Count::closed]));
  sink.number("abandoned", count(f[Count::abandoned]));
  sink.number("abandoned_percent", percent(f[Count::abandoned], f[Count::closed] - f[Count::closed_by_rule]));
  sink.number("closed_by_rule", count(f[Count::closed_by_rule]));
  sink.number("messages_in", count(f[Count::messages_in]));
  sink.number("messages_out", count(f[Count::messages_out]));
  sink.number("messages_automatic", count(f[Count::messages_automatic]));
  sink.number("transferred_in", count(f[Count::transferred_in]));
  sink.number("transferred_out", count(f[Count::transferred_out]));
  describe(sink, "wait", f[Measure::wait]);
  describe(sink, "first_response", f[Measure::first_response]);
  describe(sink, "resolution", f[Measure::resolution]);
  sink.begin("service_level");
  describe_level(sink, "first_response", f[Count::first_response_met], f[Count::first_response_missed]);
  describe_level(sink, "resolution", f[Count::resolution_met], f[Count::resolution_missed]);
  sink.end();
  describe_satisfaction(sink, f);
}

class JsonSink final : public Sink {
 public:
  explicit JsonSink(std::string& out) { objects_.emplace_back(out); }
  JsonObject& top() { return objects_.back(); }
  void begin(std::string_view name) override {
    std::string& out = top().key(name);
    objects_.emplace_back(out);
  }
  void end() override {
    top().end();
    objects_.pop_back();
  }
  void number(std::string_view name, std::optional<double> value) override {
    value ? top().number(name, *value) : top().raw(name, "null");
  }

 private:
  std::vector<JsonObject> objects_;
};

// Names, or values, with commas between.
class CsvSink final : public Sink {
 public:
  CsvSink(std::string& out, bool names) : out_(out), names_(names) {}
  void begin(std::string_view name) override { path_.push_back(std::string(name) + "_"); }
  void end() override { path_.pop_back(); }
  void number(std::string_view name, std::optional<double> value) override {
    comma();
    if (names_) {
      for (const auto& step : path_) out_ += step;
      out_ += name;
    } else if (value) {
      char digits[32];
      out_.append(digits, std::to_chars(digits, digits + sizeof digits, *value).ptr);
    }
  }
  void text(std::string_view value) {
    comma();
    if (!value.empty() && std::string_view("=+-@\t\r").find(value.front()) != std::string_view::npos)
      return quoted("'" + std::string(value));
    if (value.find_first_of(",\"\r\n") != std::string_view::npos) return quoted(value);
    out_ += value;
  }

 private:
  void comma() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  void quoted(std::string_view value) {
    out_ += '"';
    for (const char c : value) out_ += c == '"' ? std::string("\"\"") : std::string(1, c);
    out_ += '"';
  }

  std::string& out_;
  const bool names_;
  bool first_ = true;
  std::vector<std::string> path_;
};

}  // namespace

std::string day_text(DayNumber day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  char text[16];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

bool parse_day(std::string_view text, DayNumber& out) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t at, std::size_t size, int& into) {
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + size, into);
    return error == std::errc{} && end == text.data() + at + size && into >= 0;
  };
  int year = 0, month = 0, day = 0;
  if (!number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day)) return false;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year < 1970) return false;
  out = static_cast<DayNumber>(std::chrono::sys_days{date}.time_since_epoch().count());
  return true;
}

std::string report_row_json(const FiguresRow& row, const ReportKeys& keys) {
  std::string out;
  JsonSink sink(out);
  if (keys.day) sink.top().text("day", day_text(row.key.day));
  if (keys.queue) sink.top().text("queue", row.key.queue);
  if (keys.channel) sink.top().text("channel", row.key.channel);
  if (keys.agent) sink.top().text_or_null("agent", row.key.agent);
  describe(sink, row.figures);
  sink.end();
  return out;
}

std::string report_csv(const std::vector<FiguresRow>& rows, const ReportKeys& keys) {
  std::string out;
  const auto line = [&](const FiguresRow& row, bool names) {
    CsvSink sink(out, names);
    if (keys.day) sink.text(names ? "day" : day_text(row.key.day));
    if (keys.queue) sink.text(names ? "queue" : row.key.queue);
    if (keys.channel) sink.text(names ? "channel" : row.key.channel);
    if (keys.agent) sink.text(names ? "agent" : row.key.agent);
    describe(sink, row.figures);
    out += "\r\n";
  };
  line({}, true);
  for (const auto& row : rows) line(row, false);
  return out;
}

}  // namespace jackfield::api
