#include "mail_event.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "ascii.hpp"
#include "charset.hpp"
#include "sender_trust.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;

json::object address_json(const Mailbox& mailbox) {
  json::object out{{"address", "mailto:" + lower_case(mailbox.address)}};
  if (!mailbox.name.empty()) out["name"] = mailbox.name;
  return out;
}

json::array addresses_json(const std::vector<Mailbox>& mailboxes) {
  json::array out;
  for (const Mailbox& mailbox : mailboxes) out.push_back(address_json(mailbox));
  return out;
}

// The Message-ID of ours that the mail was sent to the signed address of.
std::optional<std::string> proven_answer(const MailFacts& facts) {
  for (const std::string& address : facts.envelope.to)
    if (auto id = facts.own.answered(address)) return id;
  for (const auto* list : {&facts.headers.to, &facts.headers.cc})
    for (const Mailbox& mailbox : *list)
      if (auto id = facts.own.answered(mailbox.address)) return id;
  return std::nullopt;
}

// "Your parcel [#0abc…]": the message that the mark in the subject names.
std::optional<std::string> marked_answer(const MailFacts& facts) {
  const std::string& subject = facts.headers.subject;
  const auto begin = subject.rfind("[#");
  const auto end = subject.find(']', begin == std::string::npos ? 0 : begin);
  if (begin == std::string::npos || end == std::string::npos || end - begin > 60 || end < begin + 4)
    return std::nullopt;
  if (facts.own.from().address.empty()) return std::nullopt;
  return facts.own.message_id(std::string_view(subject).substr(begin + 2, end - begin - 2));
}

// What it answers first, then the rest of its thread from the nearest to the farthest.
json::array threads_json(const MailFacts& facts, const std::optional<std::string>& proven) {
  std::vector<std::string> ids;
  if (proven) ids.push_back(*proven);
  if (!is_forward(facts.headers.subject)) {
    ids.insert(ids.end(), facts.headers.in_reply_to.begin(), facts.headers.in_reply_to.end());
    ids.insert(ids.end(), facts.headers.references.rbegin(), facts.headers.references.rend());
    if (const auto marked = marked_answer(facts)) ids.push_back(*marked);
  }
  json::array out;
  for (auto id = ids.begin(); id != ids.end() && out.size() < 100; ++id)
    if (std::find(ids.begin(), id, *id) == id) out.emplace_back(*id);
  return out;
}

json::object media_json(const Attachment& file) {
  return {{"type", "media"},
          {"media_type", file.media_type},
          {"name", file.name},
          {"size", file.size},
          {"blob", file.blob},
          {"state", "ready"},
          {"disposition", file.disposition},
          {"content_id", file.content_id.empty() ? json::value() : json::value(file.content_id)}};
}

json::array parts_json(const MailParts& parts) {
  json::array out;
  const bool nothing_else = parts.attachments.empty() && parts.notices.empty();
  if (!parts.body.text.empty() || nothing_else)
    out.push_back(json::object{{"type", "text"}, {"text", parts.body.text}});
  for (const Notice& notice : parts.notices)
    out.push_back(json::object{{"type", "system"}, {"what", notice.what}, {"text", notice.text}});
  for (const Attachment& file : parts.attachments) out.push_back(media_json(file));
  return out;
}

json::object calendar_json(const CalendarEvent& event) {
  json::object out;
  const std::pair<const char*, const std::string*> fields[] = {
      {"method", &event.method},       {"uid", &event.uid},
      {"summary", &event.summary},     {"location", &event.location},
      {"start", &event.start},         {"end", &event.end},
      {"time_zone", &event.time_zone}, {"organizer", &event.organizer},
      {"attendee", &event.attendee},   {"participation", &event.participation}};
  for (const auto& [name, value] : fields)
    if (!value->empty()) out[name] = *value;
  return out;
}

json::object authentication_json(const Authentication& authentication) {
  json::object out{{"sender_proven", authentication.sender_proven}};
  if (!authentication.found) return out;
  out["authserv_id"] = clean_line(to_utf8(authentication.said.authserv_id, "utf-8"), 255);
  json::array results;
  for (const AuthenticationResult& result : authentication.said.results) {
    json::object one{{"method", clean_line(to_utf8(result.method, "utf-8"), 64)},
                     {"result", clean_line(to_utf8(result.result, "utf-8"), 64)}};
    for (const auto& [name, value] : result.properties)
      one[clean_line(to_utf8(name, "utf-8"), 64)] = clean_line(to_utf8(value, "utf-8"), 320);
    results.push_back(std::move(one));
  }
  out["results"] = std::move(results);
  return out;
}

bool differ(const std::optional<Mailbox>& a, const std::optional<Mailbox>& b) {
  return a && b && lower_case(a->address) != lower_case(b->address);
}

json::object extra_json(const MailFacts& facts, const Mailbox& author) {
  const MailHeaders& headers = facts.headers;
  json::object extra{{"envelope", envelope_json(facts.envelope)}};
  if (differ(headers.reply_to, headers.from)) extra["reply_to"] = address_json(*headers.reply_to);
  if (differ(headers.sender, headers.from)) extra["sender"] = address_json(*headers.sender);
  if (headers.message_id.empty()) extra["message_id_missing"] = true;
  if (is_forward(headers.subject)) extra["forwarded"] = true;
  if (!facts.automatic.because.empty()) extra["automatic_because"] = facts.automatic.because;
  if (facts.authentication) extra["authentication"] = authentication_json(*facts.authentication);
  if (const auto warnings = warnings_about(author, headers.reply_to, facts.own.from()); !warnings.empty())
    extra["warnings"] = json::array(warnings.begin(), warnings.end());
  if (facts.parts.calendar.found) extra["calendar"] = calendar_json(facts.parts.calendar);
  if (!facts.parts.signature.empty()) extra["signed"] = facts.parts.signature;
  if (!facts.parts.encryption.empty()) extra["encrypted"] = facts.parts.encryption;
  return extra;
}

json::object sender_json(const MailFacts& facts, const Mailbox& author) {
  json::object from = address_json(author);
  from["evidence"] = "asserted";
  // Of a name that is not proven is made a person of its own, who neither sees nor changes anything of the real one.
  if (facts.authentication && !facts.authentication->sender_proven) from["scope"] = "unauthenticated";
  return from;
}

// A copy of what we sent, or what an agent wrote with another program; the second only when it is proven to be.
bool is_from_us(const MailFacts& facts, const Mailbox& author) {
  if (facts.own.wrote(facts.headers.message_id)) return true;
  const bool ours =
      !facts.own.from().address.empty() && lower_case(author.address) == lower_case(facts.own.from().address);
  return ours && facts.authentication && facts.authentication->sender_proven;
}

// To whom: the first that is not ourselves.
void turn_outward(const MailFacts& facts, json::object& event) {
  for (const auto* list : {&facts.headers.to, &facts.headers.cc})
    for (const Mailbox& mailbox : *list) {
      if (facts.own.is_ours(mailbox.address)) continue;
      event["direction"] = "out";
      event["to"] = json::array{address_json(mailbox)};
      return;
    }
}

json::object status_json(const MailReport& report, const MailReport::Recipient& recipient, std::int64_t at_ms) {
  json::object event{{"type", "status"}, {"id", report.own_id}, {"status", recipient.status}, {"at", rfc3339(at_ms)}};
  if (recipient.error_class.empty()) return event;
  std::string detail = recipient.detail;
  if (!recipient.address.empty()) detail = recipient.address + (detail.empty() ? "" : ": " + detail);
  event["error"] = json::object{{"class", recipient.error_class},
                                {"code", recipient.code},
                                {"detail", clean_line(to_utf8(detail, "utf-8"), 1000)}};
  return event;
}

json::object opt_out_json(const MailReport& report, const MailReport::Recipient& recipient, std::int64_t at_ms) {
  const std::string why = recipient.detail.empty() ? "abuse" : clean_line(to_utf8(recipient.detail, "utf-8"), 64);
  return {{"type", "contact"},    {"from", json::object{{"address", "mailto:" + recipient.address}}},
          {"opted_out", true},    {"reason", "they complained about mail " + report.own_id + " (" + why + ")"},
          {"at", rfc3339(at_ms)}, {"dedupe", "complaint/" + report.own_id + "/" + recipient.address}};
}

}  // namespace

std::optional<Mailbox> author_of(const MailHeaders& headers, const Envelope& envelope) {
  if (headers.from) return headers.from;
  if (headers.sender) return headers.sender;
  if (is_mail_address(envelope.from) && is_utf8(envelope.from)) return Mailbox{"", envelope.from};
  return std::nullopt;
}

json::object envelope_json(const Envelope& envelope) {
  json::array to;
  for (const std::string& address : envelope.to) to.emplace_back(clean_line(address, 512));
  json::object out{{"from", clean_line(envelope.from, 512)}, {"to", std::move(to)}};
  if (!envelope.id.empty()) out["id"] = clean_line(envelope.id, 512);
  json::array original;
  for (const std::string& address : envelope.original_to) original.emplace_back(clean_line(address, 512));
  if (!original.empty()) out["original_to"] = std::move(original);
  return out;
}

json::value message_event(const MailFacts& facts) {
  const MailHeaders& headers = facts.headers;
  const Mailbox author = *author_of(headers, facts.envelope);
  const std::string hash = content_hash(facts.mail);
  const std::string id = headers.message_id.empty() ? hash + "@message-id.missing" : headers.message_id;
  const auto proven = proven_answer(facts);
  json::object event{{"type", "message"},
                     {"id", id},
                     {"dedupe", id + "/" + hash},
                     {"from", sender_json(facts, author)},
                     {"to", addresses_json(headers.to)},
                     {"cc", addresses_json(headers.cc)},
                     {"visibility", "private"},
                     {"threads", threads_json(facts, proven)},
                     {"parts", parts_json(facts.parts)},
                     {"extra", extra_json(facts, author)}};
  if (proven) event["thread_proof"] = true;
  if (facts.automatic.kind != Automatic::no) event["automatic"] = name_of(facts.automatic.kind);
  if (headers.sent_at_ms) event["sent_at"] = rfc3339(*headers.sent_at_ms);
  if (!headers.subject.empty()) event["subject"] = headers.subject;
  if (!facts.parts.body.html.empty()) event["html"] = facts.parts.body.html;
  if (!facts.parts.body.new_text.empty()) event["new_text"] = facts.parts.body.new_text;
  if (!headers.in_reply_to.empty() && !is_forward(headers.subject))
    event["quoted"] = json::object{{"provider_id", headers.in_reply_to.front()}};
  if (is_from_us(facts, author)) turn_outward(facts, event);
  return event;
}

json::value report_events(const MailReport& report, std::int64_t at_ms) {
  json::array events;
  for (const MailReport::Recipient& recipient : report.recipients) {
    if (report.kind != MailReport::Kind::complaint)
      events.push_back(status_json(report, recipient, at_ms));
    else if (!recipient.address.empty())
      events.push_back(opt_out_json(report, recipient, at_ms));
  }
  return events;
}

}  // namespace jackfield::email
