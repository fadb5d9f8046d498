#include "flow/hours.hpp"

#include <date/tz.h>

#include <algorithm>

namespace jackfield::flow {
namespace {

constexpr int kMostDays = 750;

using Interval = OpenTime;

}  // namespace

struct Calendar::State {
  CalendarSpec spec;
  const date::time_zone* zone = nullptr;

  // A wall clock's moment as a time. One that daylight saving skips is the moment of the change; of one that comes
  // twice, an opening takes the first and a closing the second, so that a span is never shorter than people expect.
  Time moment(date::local_days day, int minutes, bool closing) const {
    const date::local_seconds local = date::local_seconds{day} + std::chrono::minutes{minutes};
    const auto info = zone->get_info(local);
    const auto offset = [&](const date::sys_info& of) {
      return Time{std::chrono::duration_cast<Millis>(local.time_since_epoch() - of.offset)};
    };
    if (info.result == date::local_info::nonexistent)
      return Time{std::chrono::duration_cast<Millis>(info.first.end.time_since_epoch())};
    if (info.result == date::local_info::ambiguous && closing) return offset(info.second);
    return offset(info.first);
  }

  date::local_days day_of(Time at) const {
    const date::sys_seconds seconds{std::chrono::floor<std::chrono::seconds>(at.time_since_epoch())};
    return date::floor<date::days>(zone->to_local(seconds));
  }

  const std::vector<OpenSpan>& spans(date::local_days day) const {
    const LocalDay key{std::chrono::days{day.time_since_epoch().count()}};
    if (const auto special = spec.days.find(key); special != spec.days.end()) return special->second;
    return spec.week[date::weekday{day}.iso_encoding() - 1];
  }

  // The open intervals that begin on that day, in order, those that touch made one.
  std::vector<Interval> intervals(date::local_days day) const {
    std::vector<Interval> out;
    for (const auto& span : spans(day)) {
      const int to = span.to > span.from ? span.to : span.to + 24 * 60;
      const Interval next{moment(day, span.from, false), moment(day, to, true)};
      if (!out.empty() && next.from <= out.back().to)
        out.back().to = std::max(out.back().to, next.to);
      else if (next.from < next.to)
        out.push_back(next);
    }
    return out;
  }

  // Calls visit with the parts of open intervals from `from` on, none twice, until it says false or the days end.
  template <class Visit>
  void walk(Time from, Visit visit) const {
    Time done = from;
    date::local_days day = day_of(from) - date::days{1};  // yesterday's may reach over midnight
    for (int i = 0; i < kMostDays; ++i, day += date::days{1}) {
      for (Interval part : intervals(day)) {
        part.from = std::max(part.from, done);
        if (part.from >= part.to) continue;
        done = part.to;
        if (!visit(part)) return;
      }
    }
  }
};

Result<Calendar> Calendar::make(const CalendarSpec& spec) {
  auto state = std::make_shared<State>();
  state->spec = spec;
  for (auto& day : state->spec.week) std::sort(day.begin(), day.end());
  for (auto& [_, spans] : state->spec.days) std::sort(spans.begin(), spans.end());
  try {
    state->zone = date::locate_zone(spec.timezone);
  } catch (const std::exception&) {
    return fail(Errc::invalid, "there is no time zone \"" + spec.timezone + "\" (as in Europe/Paris)");
  }
  return Calendar(std::move(state));
}

bool Calendar::is_open(Time at) const {
  bool open = false;
  state_->walk(at, [&](const Interval& part) { return open = part.from == at, false; });
  return open;
}

std::optional<Time> Calendar::next_open(Time at) const {
  std::optional<Time> next;
  state_->walk(at, [&](const Interval& part) { return next = part.from, false; });
  return next;
}

std::optional<Time> Calendar::next_close(Time at) const {
  std::optional<Time> close;
  Time end = at;
  state_->walk(at, [&](const Interval& part) {
    if (part.from > end) return close = end, false;  // a gap; spans that touch at midnight are one
    end = part.to;
    return true;
  });
  if (!close && end - at < std::chrono::days{kMostDays - 2}) close = end;  // the last that there is
  return close && *close > at ? close : std::nullopt;
}

std::optional<Time> Calendar::add(Time from, Millis open_time) const {
  std::optional<Time> end;
  state_->walk(from, [&](const Interval& part) {
    if (open_time <= part.to - part.from) return end = part.from + open_time, false;
    open_time -= part.to - part.from;
    return true;
  });
  return end;
}

std::vector<OpenTime> Calendar::open_between(Time from, Time to) const {
  std::vector<OpenTime> out;
  // Those that reach in from before begin a day earlier at most.
  state_->walk(from - std::chrono::hours{48}, [&](const Interval& part) {
    if (part.from >= to) return false;
    if (part.to > from) out.push_back(part);
    return true;
  });
  return out;
}

std::string Calendar::shown(Time at) const {
  const date::sys_seconds seconds{std::chrono::floor<std::chrono::seconds>(at.time_since_epoch())};
  return date::format("%F %H:%M", date::floor<std::chrono::minutes>(state_->zone->to_local(seconds)));
}

Millis Calendar::between(Time from, Time to) const {
  Millis sum{0};
  if (to <= from) return sum;
  state_->walk(from, [&](const Interval& part) {
    if (part.from < to) sum += std::min(part.to, to) - part.from;
    return part.to < to;
  });
  return sum;
}

}  // namespace jackfield::flow
