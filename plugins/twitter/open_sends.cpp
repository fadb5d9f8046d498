#include "open_sends.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "json_read.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;
constexpr auto kKey = "open_sends";
constexpr std::size_t kMostAccepted = 256, kMost = 64, kMostText = 2000;
constexpr std::int64_t kDay = 24 * 3600 * 1000;

std::string shortened(const std::string& text) { return text.substr(0, kMostText); }

json::value to_json(const OpenSend& each) {
  return json::object{{"correlation", each.correlation},
                      {"to", each.to},
                      {"text", each.text},
                      {"public", each.is_public},
                      {"at_ms", each.at_ms}};
}

std::deque<OpenSend> from_json(std::string_view text) {
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  std::deque<OpenSend> out;
  const auto* list = error ? nullptr : value.if_array();
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    const auto* each = (*list)[i].if_object();
    if (!each) continue;
    const auto* at = each->if_contains("at_ms");
    out.push_back({std::string(text_at(*each, "correlation")), std::string(text_at(*each, "to")),
                   std::string(text_at(*each, "text")), true_at(*each, "public"),
                   at && at->is_int64() ? at->get_int64() : 0});
  }
  return out;
}

}  // namespace

void OpenSends::load(sdk::Function<void()> then) {
  host_.kv_get(kKey, [this, then = std::move(then)](jf_status status, std::string_view value) mutable {
    if (status == JF_OK) {
      stored_ = value;
      for (auto& each : from_json(value)) open_.push_front(std::move(each));
    }
    then();
  });
}

void OpenSends::begin(OpenSend send, sdk::Function<void()> then) {
  send.text = shortened(send.text);
  std::erase_if(open_, [&](const OpenSend& each) {
    return each.correlation == send.correlation || each.at_ms < send.at_ms - kDay;
  });
  open_.push_back(std::move(send));
  if (open_.size() > kMost) open_.pop_front();
  waiting_.push_back(std::move(then));
  changed_ = true;
  save();
}

void OpenSends::end(const std::string& correlation) {
  if (std::erase_if(open_, [&](const OpenSend& each) { return each.correlation == correlation; }) == 0) return;
  changed_ = true;
  save();
}

std::optional<std::string> OpenSends::take(const Echo& echo) {
  const auto text = shortened(echo.text);
  const auto found = std::find_if(open_.begin(), open_.end(), [&](const OpenSend& each) {
    return each.is_public == echo.is_public && each.to == echo.to && each.text == text;
  });
  if (found == open_.end()) return std::nullopt;
  auto correlation = found->correlation;
  end(correlation);
  return correlation;
}

void OpenSends::accepted(std::string id) {
  accepted_.push_back(std::move(id));
  if (accepted_.size() > kMostAccepted) accepted_.pop_front();
}

bool OpenSends::was_accepted(const std::string& id) const {
  return std::find(accepted_.begin(), accepted_.end(), id) != accepted_.end();
}

// One write at a time; what changes meanwhile goes with the next. A store that fails stops no message: what is then
// lost is only how to know it again.
void OpenSends::save() {
  if (saving_ || !std::exchange(changed_, false)) return;
  saving_ = true;
  json::array list;
  for (const auto& each : open_) list.push_back(to_json(each));
  const auto value = list.empty() ? std::string() : json::serialize(list);
  auto waiting = std::exchange(waiting_, {});
  if (value == stored_) {
    saving_ = false;
    for (auto& each : waiting) each();
    return;
  }
  host_.kv_cas(kKey, stored_, value, [this, value, waiting = std::move(waiting)](jf_status status) mutable {
    if (status == JF_OK) stored_ = value;
    saving_ = false;
    for (auto& each : waiting) each();
    save();
  });
}

}  // namespace jackfield::twitter
