#include "imap_visit.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "imap_mail.hpp"
#include "imap_names.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_listed = 2000;
constexpr std::size_t batch_mails = 50;
constexpr std::size_t batch_bytes = 1024 * 1024;
constexpr int one_by_one_after = 3;  // times that a connection broke off amid the mails
constexpr int header_only_after = 6;
constexpr std::uint64_t header_bytes = 256 * 1024;
constexpr std::int64_t idle_ms = 9 * 60 * 1000;  // a server may end it after 30 minutes, a NAT after 10
constexpr std::int64_t budget_wait_ms = 500;
constexpr std::int64_t overlap_ms = 3 * 86'400'000LL;  // looked at again when UIDVALIDITY has changed

template <class Number>
Number number_in(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool has_flag(const ImapValue* flags, std::string_view flag) {
  if (!flags) return false;
  return std::any_of(flags->items.begin(), flags->items.end(),
                     [&](const ImapValue& item) { return lower_case(item.text) == flag; });
}

std::uint32_t uid_in(const std::vector<ImapValue>& items) {
  const ImapValue* uid = find_item(items, "UID");
  const auto number = uid ? uid->number() : std::nullopt;
  return number && *number <= 0xFFFFFFFFu ? static_cast<std::uint32_t>(*number) : 0;
}

// BODY[], BODY[HEADER]<0>: whichever was asked for.
ImapValue* body_in(std::vector<ImapValue>& items) {
  for (std::size_t at = 0; at + 1 < items.size(); at += 2)
    if (items[at].text.starts_with("BODY[")) return &items[at + 1];
  return nullptr;
}

std::string mebibytes(std::uint64_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB"; }

}  // namespace

ImapVisit::~ImapVisit() {
  if (timer_ != 0) at_.host.cancel_timer(timer_);
  at_.budget->give_back(reserved_);
}

std::uint64_t ImapVisit::after(std::int64_t ms, void (ImapVisit::*then)()) {
  return at_.host.after(ms, safely([then](ImapVisit& self) {
                          self.timer_ = 0;
                          (self.*then)();
                        }));
}

void ImapVisit::leave() { leaving_ = true; }

// ------------------------------------------------------------ selection

void ImapVisit::begin() {
  cursor_ = at_.feed->cursor();
  const bool condstore = at_.link->session().has("CONDSTORE");
  at_.link->run("SELECT " + imap_mailbox(at_.folder) + (condstore ? " (CONDSTORE)" : ""),
                safely([](ImapVisit& self, const ImapResponse& answer) { self.selected(answer); }));
}

void ImapVisit::untagged(ImapResponse& response) {
  if (response.code == "UIDVALIDITY") validity_ = number_in<std::uint32_t>(response.argument);
  if (response.code == "UIDNEXT") uid_next_ = number_in<std::uint32_t>(response.argument);
  if (response.code == "HIGHESTMODSEQ") modseq_ = number_in<std::uint64_t>(response.argument);
  if (response.code == "ALERT") at_.host.warn("mailbox " + at_.folder + ": " + response.text);
  if (response.is("EXISTS") || response.is("RECENT")) return wake();
  if (!response.is("FETCH")) return;
  unreadable_ = unreadable_ || (response.malformed && asking_ == Asking::list);
  if (response.values.size() != 1) return;
  if (asking_ == Asking::list) listed(response.values[0].items);
  if (asking_ == Asking::mails) fetched(response.values[0].items);
}

void ImapVisit::selected(const ImapResponse& answer) {
  if (!answer.ok()) return at_.broken("folder " + at_.folder + " cannot be opened: " + answer.text);
  if (validity_ == 0) return at_.broken("folder " + at_.folder + " has no UIDVALIDITY");
  if (cursor_.validity == 0 && uid_next_ == 0 && at_.settings.first != FirstStart::all)
    return at_.broken("folder " + at_.folder +
                      " does not tell UIDNEXT: its old mails cannot be told, say existing: all");
  at_.opened();
  if (answer.code == "READ-ONLY" && at_.settings.after != AfterTaking::keep)
    at_.trouble("folder " + at_.folder + " is read-only: mails are taken, but stay as they are");
  if (cursor_.validity == 0) start_cursor();
  if (cursor_.validity != validity_) start_again();
  again_ = false;
  mark();
}

void ImapVisit::start_cursor() {
  cursor_.validity = validity_;
  if (at_.settings.first == FirstStart::all || uid_next_ == 0) return;
  cursor_.old = {uid_next_ - 1, at_.settings.first == FirstStart::unread, 0};
  if (at_.settings.first == FirstStart::none) cursor_.uid = uid_next_ - 1;
}

// The numbers mean other mails now. What may not have been taken is looked at again: the unread, and what arrived since
// shortly before the newest that was; of a folder that is emptied, all. What is known already changes nothing.
void ImapVisit::start_again() {
  at_.host.warn("folder " + at_.folder + " has new numbers (UIDVALIDITY " + std::to_string(cursor_.validity) +
                ", now " + std::to_string(validity_) + "): what is young or unread is looked at again");
  const std::int64_t newest_ms = cursor_.newest_ms;
  cursor_ = {};
  cursor_.validity = validity_;
  cursor_.newest_ms = newest_ms;
  const bool emptied = at_.settings.after == AfterTaking::move || at_.settings.after == AfterTaking::remove;
  if (emptied || uid_next_ == 0) return;
  cursor_.old = {uid_next_ - 1, true, newest_ms > overlap_ms ? newest_ms - overlap_ms : 0};
}

// ------------------------------------------------------------ listing

void ImapVisit::catch_up() {
  if (leaving_) return;
  const bool nothing_new = uid_next_ != 0 && uid_next_ <= cursor_.uid + 1;
  const bool unchanged = modseq_ != 0 && modseq_ == cursor_.modseq;
  if (nothing_new || unchanged) return wait();
  list();
}

void ImapVisit::list() {
  asking_ = Asking::list;
  again_ = more_listed_ = false;
  listed_.clear();
  highest_listed_ = cursor_.uid;
  at_.link->run("UID FETCH " + std::to_string(cursor_.uid + 1) + ":* (UID FLAGS INTERNALDATE RFC822.SIZE)",
                safely([](ImapVisit& self, const ImapResponse& answer) { self.list_done(answer); }));
}

bool ImapVisit::wants_old(const ImapValue* flags, std::int64_t arrived_ms) const {
  if (cursor_.old.unread && !has_flag(flags, "\\seen")) return true;
  return cursor_.old.since_ms != 0 && arrived_ms >= cursor_.old.since_ms;
}

// n:* gives the last mail even when its number is below n.
void ImapVisit::listed(const std::vector<ImapValue>& items) {
  const std::uint32_t uid = uid_in(items);
  if (uid <= cursor_.uid) return;
  const ImapValue* size = find_item(items, "RFC822.SIZE");
  if (!size) return;  // flags that changed, told by the way
  highest_listed_ = std::max(highest_listed_, uid);
  const ImapValue* flags = find_item(items, "FLAGS");
  const ImapValue* date = find_item(items, "INTERNALDATE");
  const std::int64_t arrived_ms = date ? read_internal_date(date->text).value_or(0) : 0;
  if (has_flag(flags, "\\deleted") || has_flag(flags, "\\draft")) return;
  if (uid <= cursor_.old.until_uid && !wants_old(flags, arrived_ms)) return;
  listed_[uid] = {size->number().value_or(0), arrived_ms};
  if (listed_.size() <= most_listed) return;
  listed_.erase(std::prev(listed_.end()));
  more_listed_ = true;
}

void ImapVisit::list_done(const ImapResponse& answer) {
  asking_ = Asking::nothing;
  if (!answer.ok()) return at_.broken("folder " + at_.folder + " cannot be listed: " + answer.text);
  if (std::exchange(unreadable_, false))
    at_.trouble("what the server lists of folder " + at_.folder +
                " cannot all be understood: a mail may be left there");
  next_batch();
}

// ------------------------------------------------------------ fetching

void ImapVisit::next_batch() {
  if (leaving_) return;
  if (listed_.empty()) {
    if (!more_listed_) cursor_.uid = std::max(cursor_.uid, highest_listed_);
    return more_listed_ || again_ ? list() : wait();
  }
  batch_.clear();
  const std::size_t most = at_.broke_off >= one_by_one_after ? 1 : batch_mails;
  std::size_t bytes = 0;
  for (const auto& [uid, mail] : listed_) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(mail.size, header_bytes + at_.max_size));
    const bool too_large = mail.size > at_.max_size;
    if (!batch_.empty() && (too_large || bytes + size > batch_bytes || batch_.size() == most)) break;
    batch_[uid] = mail;
    bytes += too_large ? header_bytes : size;
    if (too_large) break;
  }
  if (!at_.budget->take(bytes)) {  // others have taken it: later
    timer_ = after(budget_wait_ms, &ImapVisit::next_batch);
    return;
  }
  reserved_ = bytes;
  bytes_came_ = 0;
  for (const auto& [uid, mail] : batch_) listed_.erase(uid);
  fetch();
}

void ImapVisit::fetch() {
  mails_.clear();
  bytes_.clear();
  missing_.clear();
  const bool poison = std::exchange(at_.broke_off, std::min(at_.broke_off, one_by_one_after)) >= header_only_after;
  if (poison || batch_.begin()->second.size > at_.max_size) return fetch_header(batch_.begin()->first);
  std::vector<std::uint32_t> uids;
  for (const auto& [uid, mail] : batch_) uids.push_back(uid);
  asking_ = Asking::mails;
  at_.link->run("UID FETCH " + uid_set(uids) + " (UID BODY.PEEK[])",
                safely([](ImapVisit& self, const ImapResponse&) { self.fetch_done(); }));
}

// A server that sends more than it had listed gets no more memory for it.
void ImapVisit::fetched(std::vector<ImapValue>& items) {
  const std::uint32_t uid = uid_in(items);
  ImapValue* body = body_in(items);
  if (!batch_.contains(uid) || !body || body->kind != ImapValue::Kind::string) return;
  if (bytes_came_ + body->text.size() > reserved_ + reserved_ / 4 + batch_bytes) return;
  bytes_came_ += body->text.size();
  bytes_[uid] = std::move(body->text);
}

// What did not come is asked for again by its header: gone, or not to be had.
void ImapVisit::fetch_done() {
  asking_ = Asking::nothing;
  for (const auto& [uid, mail] : batch_) {
    const auto found = bytes_.find(uid);
    if (found == bytes_.end() || (found->second.empty() && mail.size > 0)) {
      missing_.push_back(uid);
      continue;
    }
    auto received = std::make_shared<ReceivedMail>();
    received->bytes = std::move(found->second);
    received->envelope = traced_envelope(received->bytes);
    mails_.push_back({uid, std::move(received), 0, {}});
  }
  bytes_.clear();
  if (missing_.empty()) return hand_over();
  const std::uint32_t uid = missing_.back();
  missing_.pop_back();
  fetch_header(uid);
}

void ImapVisit::fetch_header(std::uint32_t uid) {
  asking_ = Asking::mails;
  bytes_.clear();
  at_.link->run("UID FETCH " + std::to_string(uid) + " (UID BODY.PEEK[HEADER]<0." + std::to_string(header_bytes) + ">)",
                safely([uid](ImapVisit& self, const ImapResponse& answer) { self.header_done(uid, answer); }));
}

void ImapVisit::header_done(std::uint32_t uid, const ImapResponse& answer) {
  asking_ = Asking::nothing;
  const std::uint64_t size = batch_[uid].size;
  const bool too_large = size > at_.max_size;
  if (const auto found = bytes_.find(uid); found != bytes_.end() && !found->second.empty()) {
    auto received = std::make_shared<ReceivedMail>();
    const std::string notice =
        too_large ? "[This mail was too large to be taken over (" + mebibytes(size) +
                        "). It is in the mailbox, folder " + at_.folder + ".]"
                  : "[The body of this mail could not be had from the server. It is in the mailbox, folder " +
                        at_.folder + ".]";
    received->envelope = traced_envelope(found->second);
    received->bytes = header_only_mail(found->second, notice);
    mails_.push_back({uid, std::move(received), too_large ? size : 0, {}});
  } else if (!answer.ok()) {
    mails_.push_back({uid, std::make_shared<ReceivedMail>(), 0,
                      "mail " + std::to_string(uid) + " of folder " + at_.folder +
                          " could not be had from the server: " + answer.text});
  }
  if (missing_.empty()) return hand_over();
  const std::uint32_t next = missing_.back();
  missing_.pop_back();
  fetch_header(next);
}

void ImapVisit::hand_over() {
  std::sort(mails_.begin(), mails_.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
  cursor_.uid = std::max(cursor_.uid, batch_.rbegin()->first);
  for (const FetchedMail& mail : mails_) {
    cursor_.newest_ms = std::max(cursor_.newest_ms, batch_[mail.uid].arrived_ms);
    if (at_.settings.after != AfterTaking::keep) cursor_.unmarked.push_back(mail.uid);
  }
  if (mails_.empty()) return mark();
  at_.feed->take(std::move(mails_), cursor_, safely([](ImapVisit& self) {
                   self.at_.progress();
                   self.mark();
                 }));
  mails_.clear();
}

// ------------------------------------------------------------ waiting

void ImapVisit::wait() {
  if (again_) return list();
  cursor_.modseq = modseq_;
  at_.feed->save(cursor_);
  at_.progress();
  if (leaving_) return;
  if (at_.link->session().has("IDLE")) return idle();
  timer_ = after(at_.settings.poll_ms, &ImapVisit::poll);
}

void ImapVisit::idle() {
  timer_ = after(idle_ms, &ImapVisit::wake);
  at_.link->idle(safely([](ImapVisit& self, const ImapResponse& answer) {
    if (self.timer_ != 0) self.at_.host.cancel_timer(std::exchange(self.timer_, 0));
    if (answer.ok()) return self.list();
    self.timer_ = self.after(self.at_.settings.poll_ms, &ImapVisit::poll);  // offered, and refused all the same
  }));
}

void ImapVisit::poll() {
  if (leaving_) return;
  at_.link->run("NOOP", safely([](ImapVisit& self, const ImapResponse&) { self.list(); }));
}

void ImapVisit::wake() {
  again_ = true;
  at_.link->end_idle();
}

}  // namespace jackfield::email
