#include "intake.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <memory>

#include "json_write.hpp"

namespace jackfield::twitter {
namespace {

namespace json = boost::json;
constexpr auto kCursor = "cursor";

std::int64_t number(std::string_view text) {
  std::int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

// It was sent by us: the status of that message in place of one from elsewhere.
std::string status_of(const Echo& echo, const std::string& account_and_rest, const std::string& correlation) {
  std::string out = R"({"type":"status")";
  append_field(out, "id", echo.id);
  out += account_and_rest;
  append_field_if(out, "correlation", correlation);
  return out + R"(,"status":"sent"})";
}

// ,"account":"111" as it stands in the event
std::string account_field(std::string_view event) {
  const auto from = event.find(",\"account\":");
  const auto to = from == std::string_view::npos ? from : event.find('"', from + 12);
  return to == std::string_view::npos ? std::string() : std::string(event.substr(from, to + 1 - from));
}

}  // namespace

void Intake::load(sdk::Function<void()> then) {
  host_.kv_get(kCursor, [this, then = std::move(then)](jf_status status, std::string_view value) mutable {
    if (status == JF_OK) stored_cursor_ = value;
    cursor_ms_ = std::max(cursor_ms_, number(stored_cursor_));
    then();
  });
}

void Intake::take(std::string_view body, Done done) {
  auto decoded = decode(body);
  if (decoded.deleted.empty()) return deliver(std::move(decoded), std::move(done));
  auto waiting = std::make_shared<Waiting>();
  waiting->body = body;
  waiting->done = std::move(done);
  waiting->ids = std::move(decoded.deleted);
  find_roots(std::move(waiting));
}

// A deletion names the version that was shown last; what is stored has the id of the first.
void Intake::find_roots(std::shared_ptr<Waiting> waiting) {
  if (waiting->ids.empty()) return deliver(decode(waiting->body, waiting->roots), std::move(waiting->done));
  auto id = std::move(waiting->ids.back());
  waiting->ids.pop_back();
  const auto key = "root." + id;
  host_.kv_get(key, [this, waiting, id](jf_status status, std::string_view root) {
    if (status == JF_OK) waiting->roots[id] = root;
    find_roots(waiting);
  });
}

void Intake::deliver(Decoded decoded, Done done) {
  if (decoded.ignored > 0) host_.count("ignored_events", static_cast<double>(decoded.ignored));
  if (decoded.undecodable > 0) host_.count("undecodable_items", static_cast<double>(decoded.undecodable));
  for (const auto& user : decoded.revoked)
    if (on_revoked) on_revoked(user);
  if (decoded.count == 0) return done(true);
  const auto cursor = gap_ ? cursor_ms_ : std::max(cursor_ms_, std::min(decoded.newest_ms, host_.now_ms()));
  const auto events = decoded.echoes.empty() ? std::move(decoded.events) : with_own_sends(decoded);
  const auto writes = kv_writes(decoded, cursor);
  host_.deliver(events, writes, [this, cursor, done = std::move(done)](jf_status status) mutable {
    if (status == JF_OK && !gap_ && cursor > cursor_ms_) {
      cursor_ms_ = cursor;
      stored_cursor_ = std::to_string(cursor);
    }
    done(status == JF_OK);
  });
}

std::string Intake::with_own_sends(const Decoded& decoded) {
  std::string out = "[";
  std::size_t from = 1, echo = 0;
  for (std::size_t i = 0; i < decoded.ends.size(); ++i) {
    auto event = std::string_view(decoded.events).substr(from, decoded.ends[i] - from);
    if (event.starts_with(',')) event.remove_prefix(1);
    from = decoded.ends[i];
    if (i > 0) out += ',';
    const bool ours = echo < decoded.echoes.size() && decoded.echoes[echo].event == i;
    auto correlation = ours ? open_sends_.take(decoded.echoes[echo]) : std::nullopt;
    if (ours && !correlation && open_sends_.was_accepted(decoded.echoes[echo].id)) correlation.emplace();
    out += correlation ? status_of(decoded.echoes[echo], account_field(event), *correlation) : std::string(event);
    if (ours) ++echo;
  }
  return out + ']';
}

std::string Intake::kv_writes(const Decoded& decoded, std::int64_t cursor) {
  if (cursor <= cursor_ms_ && decoded.unsummoned.empty() && decoded.edits.empty()) return {};
  json::object out;
  if (cursor > cursor_ms_) out[kCursor] = std::to_string(cursor);
  for (const auto& id : decoded.unsummoned) out["unsummoned." + id] = "1";
  for (const auto& edit : decoded.edits) out["root." + edit.id] = edit.root;
  return json::serialize(out);
}

void Intake::complete_until(std::int64_t ms) {
  gap_ = false;
  if (ms <= cursor_ms_) return;
  cursor_ms_ = ms;
  const auto value = std::to_string(ms);
  host_.kv_cas(kCursor, stored_cursor_, value, [this, value](jf_status status) {
    if (status == JF_OK) stored_cursor_ = value;
  });
}

}  // namespace jackfield::twitter
