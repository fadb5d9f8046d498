#include "recovery.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "decode_item.hpp"
#include "json_write.hpp"
#include "oauth1.hpp"
#include "outcome.hpp"
#include "rate_limits.hpp"

namespace jackfield::twitter {
namespace {

constexpr std::int64_t kMinute = 60'000, kDay = 24 * 60 * kMinute;
constexpr std::int64_t kOverlap =
    2 * kMinute;  // what was under way, and clocks that differ; the host knows what it has
constexpr std::int64_t kFirstWait = 30'000, kLongestWait = 900'000;

// "2026-11-21T09:30:00.000Z"
std::string iso(std::int64_t ms) {
  std::string out;
  append_time(out, ms / 1000);
  return out.substr(1, out.size() - 2);
}

// yyyymmddhhmm
std::string by_the_minute(std::int64_t ms) {
  const auto text = iso(ms);
  return text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 2) + text.substr(11, 2) + text.substr(14, 2);
}

}  // namespace

void Recovery::run(std::string webhook_id) {
  if (running_) return;
  until_ms_ = host_.now_ms();
  if (intake_.cursor_ms() == 0) return intake_.complete_until(until_ms_);  // the first start: nothing was missed
  running_ = true;
  from_ms_ = intake_.cursor_ms() - kOverlap;
  webhook_id_ = std::move(webhook_id);
  webhook_id_.empty() ? read(PageKind::direct_messages) : replay(webhook_id_);
}

void Recovery::replay(const std::string& webhook_id) {
  const auto earliest = until_ms_ - kDay + 2 * kMinute;
  const boost::json::object body{{"webhook_id", webhook_id},
                                 {"from_date", by_the_minute(std::max(from_ms_, earliest))},
                                 {"to_date", by_the_minute(until_ms_)}};
  api_.as_app({.method = "POST", .path = "/2/webhooks/replay", .body = boost::json::serialize(body)},
              [this, earliest](const sdk::HttpResponse& response) {
                if (!response.answered()) return failed(std::string(response.error), 0);
                if (response.ok() && from_ms_ >= earliest) return end();
                if (!response.ok()) host_.warn("X posts nothing again: " + detail_of(response.body));
                read(PageKind::direct_messages);
              });
}

void Recovery::read(PageKind kind) {
  if (settings_.recovery_pages == 0) return end();
  auto reading = std::make_shared<Reading>();
  reading->kind = kind;
  next_page(reading);
}

std::string Recovery::path_of(const Reading& reading) const {
  std::string path =
      reading.kind == PageKind::direct_messages
          ? "/2/dm_events?max_results=100&event_types=MessageCreate"
            "&dm_event.fields=id,text,event_type,created_at,sender_id,dm_conversation_id,attachments,entities"
            "&expansions=sender_id,attachments.media_keys&user.fields=name,username&media.fields=type,url,variants,alt_"
            "text"
          : "/2/users/" + settings_.user_id + "/mentions?max_results=100&start_time=" + escaped(iso(from_ms_)) +
                "&tweet.fields=author_id,conversation_id,created_at,in_reply_to_user_id,referenced_tweets,entities,"
                "attachments,note_tweet,edit_history_tweet_ids,lang,possibly_sensitive"
                "&expansions=author_id,attachments.media_keys,referenced_tweets.id"
                "&user.fields=name,username&media.fields=type,url,variants,alt_text";
  if (!reading.next_token.empty()) path += "&pagination_token=" + escaped(reading.next_token);
  return path;
}

void Recovery::next_page(const ReadingPtr& reading) {
  api_.as_user({.path = path_of(*reading)},
               [this, reading](const sdk::HttpResponse& response) { on_page(reading, response); });
}

void Recovery::on_page(const ReadingPtr& reading, const sdk::HttpResponse& response) {
  if (!response.ok()) {
    RateLimits limits;
    limits.note(Limited::reads, response, host_.now_ms());
    const auto wait = static_cast<std::int64_t>(limits.wait_ms(Limited::reads, host_.now_ms()));
    return failed(response.answered() ? detail_of(response.body) : std::string(response.error), wait);
  }
  auto page = decode_page(reading->kind, settings_.user_id, response.body);
  reading->next_token = page.next_token;
  const bool reached = page.oldest_ms > 0 && page.oldest_ms < from_ms_;
  reading->pages.push_back(std::move(page));
  const bool more = !reading->next_token.empty() && !reached;
  if (more && reading->pages.size() < settings_.recovery_pages) return next_page(reading);
  if (more)
    host_.warn("more was missed than recovery_pages lets be read; what is older than the last page stays with X");
  store(reading);
}

// The oldest page first, each once the one before is durable.
void Recovery::store(const ReadingPtr& reading) {
  if (reading->pages.empty()) return reading->kind == PageKind::direct_messages ? read(PageKind::mentions) : end();
  auto decoded = std::move(reading->pages.back().decoded);
  reading->pages.pop_back();
  decoded.newest_ms = 0;  // only when all of it is stored does the cursor move
  intake_.deliver(std::move(decoded), [this, reading](bool durable) {
    durable ? store(reading) : failed("what was read could not be stored", 0);
  });
}

void Recovery::end() {
  running_ = false;
  failures_ = 0;
  intake_.complete_until(until_ms_);
  health_.fine("recovery");
}

void Recovery::failed(const std::string& why, std::int64_t wait_ms) {
  const auto wait = std::max(std::min(kFirstWait << std::min(failures_++, 10u), kLongestWait), wait_ms);
  health_.complain("recovery", sdk::State::degraded, "what was missed cannot be read: " + why);
  host_.after(wait, [this] {
    running_ = false;
    run(webhook_id_);
  });
}

}  // namespace jackfield::twitter
