#include "imap_feed.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "mime_reader.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;

constexpr std::int64_t first_wait_ms = 100, longest_wait_ms = 10000;

// Says in the event that its mail was too large to be taken whole.
std::string note_size(std::string event, std::uint64_t whole_size) {
  boost::system::error_code bad;
  json::value value = json::parse(event, bad);
  if (bad || !value.is_object()) return event;
  json::value& extra = value.get_object()["extra"];
  if (!extra.is_object()) extra = json::object{};
  extra.get_object()["too_large"] = whole_size;
  return json::serialize(value);
}

// Events are objects or arrays of them; this is what goes into one array.
std::string_view inside(std::string_view event) {
  if (!event.starts_with('[')) return event;
  return event.substr(1, event.rfind(']') - 1);
}

}  // namespace

struct ImapFeed::Batch {
  std::vector<FetchedMail> mails;
  std::vector<std::string> events;  // of the mails, when they have been read
  ImapCursor cursor;
  Done done;
  std::size_t unread = 0, next = 0;  // next: the first that is not delivered
  std::size_t together = 0;          // how many of them are being delivered
  bool one_by_one = false, raw = false;
  std::int64_t wait_ms = first_wait_ms;
};

void ImapFeed::load(std::function<void(bool)> done) {
  host_.kv_get(key_, [self = shared_from_this(), done = std::move(done)](jf_status status, std::string_view value) {
    if (status != JF_OK && status != JF_NOT_FOUND) return done(false);
    self->stored_ = status == JF_OK ? std::string(value) : std::string();
    self->cursor_ = read_cursor(value).value_or(ImapCursor());
    done(true);
  });
}

void ImapFeed::save(ImapCursor cursor) {
  cursor_ = std::move(cursor);
  const std::string value = to_json(cursor_);
  if (value == stored_ || is_busy()) return;
  host_.kv_cas(key_, stored_, value, [self = shared_from_this(), value](jf_status status) {
    if (status == JF_OK) self->stored_ = value;  // else it is written with the next mails
  });
}

void ImapFeed::take(std::vector<FetchedMail> mails, ImapCursor cursor, Done done) {
  batch_ = std::make_shared<Batch>();
  batch_->mails = std::move(mails);
  batch_->events.resize(batch_->mails.size());
  batch_->cursor = std::move(cursor);
  batch_->done = std::move(done);
  read_next();
}

// All that have not been read yet.
void ImapFeed::read_next() {
  const auto batch = batch_;
  batch->unread = 1;  // this function itself, so that the last one is only seen after all were begun
  for (std::size_t at = 0; at < batch->mails.size(); ++at)
    if (batch->events[at].empty()) read_one(at);
  read_done(batch->mails.size(), JF_OK, {});
}

void ImapFeed::read_one(std::size_t at) {
  FetchedMail& fetched = batch_->mails[at];
  if (!fetched.problem.empty()) {
    batch_->events[at] = undecodable_event(fetched.mail->bytes, fetched.mail->envelope, fetched.problem);
    return;
  }
  ++batch_->unread;
  reading_.read(fetched.mail, [self = shared_from_this(), at](jf_status status, std::string event) {
    self->read_done(at, status, std::move(event));
  });
}

void ImapFeed::read_done(std::size_t at, jf_status status, std::string event) {
  Batch& batch = *batch_;
  if (at < batch.mails.size() && status == JF_OK) {
    const std::uint64_t size = batch.mails[at].whole_size;
    batch.events[at] = size > 0 ? note_size(std::move(event), size) : std::move(event);
  }
  if (--batch.unread > 0) return;
  const bool all = std::none_of(batch.events.begin(), batch.events.end(), [](const auto& e) { return e.empty(); });
  if (!all) return wait_and(&ImapFeed::read_next);
  batch.wait_ms = first_wait_ms;
  deliver();
}

void ImapFeed::wait_and(void (ImapFeed::*then)()) {
  Batch& batch = *batch_;
  const std::int64_t wait = std::exchange(batch.wait_ms, std::min(batch.wait_ms * 2, longest_wait_ms));
  host_.after(wait, [self = shared_from_this(), then] { (self.get()->*then)(); });
}

// The cursor of a part of the batch ends at its last mail.
void ImapFeed::deliver() {
  Batch& batch = *batch_;
  batch.together = batch.one_by_one ? 1 : batch.mails.size() - batch.next;
  std::string events = "[";
  for (std::size_t at = batch.next; at < batch.next + batch.together; ++at) {
    const std::string_view event = inside(batch.events[at]);
    if (events.size() > 1 && !event.empty()) events += ",";
    events += event;
  }
  events += "]";
  ImapCursor cursor = batch.cursor;
  const std::size_t end = batch.next + batch.together;
  if (end < batch.mails.size()) {
    cursor.uid = batch.mails[end - 1].uid;
    std::erase_if(cursor.unmarked, [&](std::uint32_t uid) { return uid > cursor.uid; });
  }
  cursor_ = cursor;
  const json::object writes{{key_, to_json(cursor)}};
  host_.deliver(events, json::serialize(writes), [self = shared_from_this()](jf_status s) { self->delivered(s); });
}

void ImapFeed::delivered(jf_status status) {
  Batch& batch = *batch_;
  if (status == JF_INVALID) return deliver_alone();
  if (status != JF_OK) return wait_and(&ImapFeed::deliver);
  batch.wait_ms = first_wait_ms;
  batch.raw = false;
  stored_ = to_json(cursor_);
  batch.next += batch.together;
  if (batch.next < batch.mails.size()) return deliver();
  const auto ended = std::exchange(batch_, nullptr);
  ended->done();
}

// The host does not take them: too much together, or one that it cannot take at all, which is kept raw, or at least
// told.
void ImapFeed::deliver_alone() {
  Batch& batch = *batch_;
  if (batch.one_by_one || batch.mails.size() == 1) {
    const ReceivedMail& mail = *batch.mails[batch.next].mail;
    const std::string_view bytes = batch.raw ? std::string_view(mail.bytes).substr(0, 65536) : mail.bytes;
    batch.events[batch.next] = undecodable_event(bytes, mail.envelope, "the host did not take its event");
    batch.raw = true;
  }
  batch.one_by_one = true;
  wait_and(&ImapFeed::deliver);
}

}  // namespace jackfield::email
