// What decisions need beside the rows: the time, ids, the configuration and what channels can do.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/random.hpp"
#include "flow/config.hpp"
#include "host/manifest.hpp"
#include "model/figures.hpp"

namespace jackfield::flow {

class MediaLinks;
class Rules;

// A configured channel as the flow sees it; constant while a configuration is in force.
struct Channel {
  ChannelPolicy policy;
  host::Manifest manifest;
};

struct Environment {
  const Clock& clock;
  IdSource& ids;
  Random& random;
  FlowConfig config;
  std::map<std::string, Channel> channels;
  std::shared_ptr<const Rules> rules;
  std::shared_ptr<const MediaLinks> links;  // null: no public address is configured
  std::map<std::string, Calendar> calendars;

  std::optional<Calendar> reports;  // whose days figures are counted on; none: UTC's

  DayNumber report_day(Time at) const {
    const LocalDay day =
        reports ? reports->day_of(at) : LocalDay{std::chrono::floor<std::chrono::days>(at).time_since_epoch()};
    return static_cast<DayNumber>(day.time_since_epoch().count());
  }
  // Null: always open.
  const Calendar* calendar(const std::string& name) const {
    const auto at = calendars.find(name);
    return at == calendars.end() ? nullptr : &at->second;
  }
  const Channel* channel(const std::string& name) const {
    const auto at = channels.find(name);
    return at == channels.end() ? nullptr : &at->second;
  }
};

}  // namespace jackfield::flow
