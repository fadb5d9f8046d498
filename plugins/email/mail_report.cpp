#include "mail_report.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "ascii.hpp"
#include "charset.hpp"
#include "delivery_status.hpp"
#include "gmime_memory.hpp"
#include "mail_envelope.hpp"
#include "mail_headers.hpp"
#include "mime_limits.hpp"
#include "own_mail.hpp"
#include "part_content.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_recipients = 100;
constexpr std::size_t most_text = 256 * 1024;  // of a part that is looked at
constexpr std::size_t deepest = 5;

// What the parts of a report say, each decoded.
struct Parts {
  std::string status, disposition, feedback;  // the machine-readable ones
  std::string text;                           // what is for people
  std::string returned;                       // our mail, or its header
};

std::string decoded(GMimeObject* object) {
  return GMIME_IS_PART(object) ? decoded_content(GMIME_PART(object)).substr(0, most_text) : std::string();
}

std::string returned_mail(GMimeMessagePart* part) {
  GMimeMessage* mail = g_mime_message_part_get_message(part);
  if (!mail) return {};
  const Owned<GMimeStream> memory(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(GMIME_OBJECT(mail), nullptr, memory.get());
  return std::string(bytes_of(memory.get()).substr(0, most_text));
}

bool is_type(GMimeObject* object, const char* type, const char* subtype) {
  GMimeContentType* content_type = g_mime_object_get_content_type(object);
  return content_type && g_mime_content_type_is_type(content_type, type, subtype);
}

void collect(GMimeObject* object, std::size_t depth, std::size_t& count, Parts& parts) {
  if (depth > deepest || ++count > most_parts) return;
  if (GMIME_IS_MULTIPART(object)) {
    const int children = g_mime_multipart_get_count(GMIME_MULTIPART(object));
    for (int i = 0; i < children; ++i)
      collect(g_mime_multipart_get_part(GMIME_MULTIPART(object), i), depth + 1, count, parts);
    return;
  }
  const auto set = [](std::string& slot, std::string text) {
    if (slot.empty()) slot = std::move(text);
  };
  if (is_type(object, "message", "delivery-status") || is_type(object, "message", "global-delivery-status"))
    set(parts.status, decoded(object));
  else if (is_type(object, "message", "disposition-notification") ||
           is_type(object, "message", "global-disposition-notification"))
    set(parts.disposition, decoded(object));
  else if (is_type(object, "message", "feedback-report"))
    set(parts.feedback, decoded(object));
  else if (GMIME_IS_MESSAGE_PART(object) || is_type(object, "text", "rfc822-headers") ||
           is_type(object, "message", "global-headers"))
    set(parts.returned, GMIME_IS_MESSAGE_PART(object) ? returned_mail(GMIME_MESSAGE_PART(object)) : decoded(object));
  else if (is_type(object, "text", "*"))
    set(parts.text, to_utf8(decoded(object), view_of(g_mime_object_get_content_type_parameter(object, "charset"))));
}

std::string status_of_action(const std::string& action, const std::string& code) {
  if (is_word(action, "delivered")) return "delivered";
  if (is_word(action, "relayed") || is_word(action, "expanded")) return "sent";
  if (is_word(action, "delayed") || is_word(action, "delay")) return "accepted";
  if (is_word(action, "failed") || is_word(action, "failure")) return "failed";
  return code.starts_with("2")   ? "delivered"
         : code.starts_with("4") ? "accepted"
         : code.starts_with("5") ? "failed"
                                 : "";
}

MailReport::Recipient recipient_of(const FieldGroup& group) {
  MailReport::Recipient out;
  std::string address = typed_value(field(group, "original-recipient"));
  if (!is_mail_address(address)) address = typed_value(field(group, "final-recipient"));
  if (is_mail_address(address)) out.address = lower_case(address);
  out.code = enhanced_code(field(group, "status"));
  out.detail = typed_value(field(group, "diagnostic-code"));
  // A server that only passes on a refusal says 5.0.0, and the far one's words say more.
  if (const std::string exact = enhanced_code(out.detail);
      !exact.empty() && (out.code.empty() || out.code.ends_with(".0.0")))
    out.code = exact;
  out.status = status_of_action(field(group, "action"), out.code);
  if (out.status == "failed" || out.status == "accepted") out.error_class = error_class_of(out.code);
  return out;
}

void read_delivery(const Parts& parts, MailReport& report) {
  for (const FieldGroup& group : read_field_groups(parts.status)) {
    if (field(group, "final-recipient").empty() && field(group, "original-recipient").empty()) continue;
    MailReport::Recipient recipient = recipient_of(group);
    if (!recipient.status.empty() && report.recipients.size() < most_recipients)
      report.recipients.push_back(std::move(recipient));
  }
}

// "manual-action/MDN-sent-manually; displayed/error"; deleted unread and the like say nothing about reading.
void read_disposition(const Parts& parts, MailReport& report) {
  for (const FieldGroup& group : read_field_groups(parts.disposition)) {
    const std::string value = field(group, "disposition");
    const std::string what =
        lower_case(trim(std::string_view(value).substr(std::min(value.find(';') + 1, value.size()))));
    if (value.empty() || !what.starts_with("displayed")) continue;
    std::string address = typed_value(field(group, "final-recipient"));
    report.recipients.push_back({is_mail_address(address) ? lower_case(address) : "", "read", "", "", ""});
  }
}

void read_complaint(const Parts& parts, const OwnMail& own, MailReport& report) {
  std::string address;
  for (const FieldGroup& group : read_field_groups(parts.feedback))
    if (address.empty()) address = typed_value(field(group, "original-rcpt-to"));
  if (!is_mail_address(address)) {
    const auto header = read_field_groups(parts.returned);
    const auto to = header.empty() ? std::nullopt : parse_mailbox(field(header.front(), "to"));
    address = to ? to->address : "";
  }
  if (is_mail_address(address) && !own.is_ours(address))
    report.recipients.push_back(
        {lower_case(address), "", "opted-out", "",
         field(read_field_groups(parts.feedback).empty() ? FieldGroup{} : read_field_groups(parts.feedback).front(),
               "feedback-type")});
}

// A bounce for people only: qmail's, Exchange's, those of appliances. Told by who sent it and what it says.
bool is_bounce_subject(std::string_view subject) {
  static constexpr std::string_view marks[] = {"undeliver",
                                               "delivery status notification",
                                               "delivery failure",
                                               "delivery has failed",
                                               "delivery failed",
                                               "failure notice",
                                               "returned mail",
                                               "mail delivery",
                                               "delivery notification",
                                               "non remis",
                                               "échec de la remise",
                                               "échec de remise",
                                               "unzustellbar",
                                               "nicht zugestellt",
                                               "zustellung fehlgeschlagen",
                                               "no se puede entregar",
                                               "no entregado",
                                               "impossibile recapitare",
                                               "mancato recapito",
                                               "onbestelbaar",
                                               "niet bezorgd",
                                               "não entregue",
                                               "nie można dostarczyć",
                                               "niedostarczon",
                                               "nedoručiteln",
                                               "kan inte levereras",
                                               "kan ikke leveres",
                                               "не доставлено",
                                               "недоставленное",
                                               "配信不能",
                                               "配信できません",
                                               "无法送达",
                                               "退信",
                                               "未送達",
                                               "반송",
                                               "could not be delivered",
                                               "warning: message",
                                               "delayed",
                                               "verzögert",
                                               "retardé"};
  return std::any_of(std::begin(marks), std::end(marks),
                     [&](std::string_view mark) { return contains_word(subject, mark); });
}

bool is_system_sender(const MailHeaders& headers, const Envelope& envelope) {
  const std::string address = headers.from ? lower_case(headers.from->address) : "";
  return address.starts_with("mailer-daemon@") || address.starts_with("postmaster@") ||
         (envelope.known && envelope.from.empty());
}

// The first address in the text that is none of ours.
std::string other_address(std::string_view text, const OwnMail& own) {
  std::size_t tried = 0;
  for (auto at = text.find('@'); at != std::string_view::npos && ++tried < 200; at = text.find('@', at + 1)) {
    const auto is_part = [](char c) {
      return is_letter(c) || is_digit(c) || std::string_view("._%+-=").find(c) != std::string_view::npos;
    };
    std::size_t begin = at, end = at + 1;
    while (begin > 0 && at - begin < 64 && is_part(text[begin - 1])) --begin;
    while (end < text.size() && end - at < 255 && is_part(text[end])) ++end;
    while (end > at + 1 && text[end - 1] == '.') --end;
    const std::string address = lower_case(text.substr(begin, end - begin));
    const std::string local = address.substr(0, address.find('@'));
    if (begin == at || address.find('.', at - begin) == std::string::npos || own.is_ours(address)) continue;
    if (local == "mailer-daemon" || local == "postmaster" || local == "abuse") continue;
    return address;
  }
  return {};
}

void read_plain_bounce(const Parts& parts, const MailHeaders& headers, const OwnMail& own, MailReport& report) {
  const bool bounces =
      is_bounce_subject(headers.subject) || contains_word(parts.text.substr(0, 2000), "hi. this is the");
  std::string code = enhanced_code(parts.text);
  if (code.empty()) code = smtp_code(parts.text);
  if (!bounces || (code.empty() && report.own_id.empty())) return;
  report.kind = MailReport::Kind::delivery;
  const bool delayed =
      code.starts_with("4") ||
      (code.empty() && (contains_word(headers.subject, "delayed") || contains_word(headers.subject, "warning")));
  MailReport::Recipient recipient;
  recipient.address = other_address(parts.text, own);
  recipient.status = delayed ? "accepted" : "failed";
  recipient.code = code;
  recipient.error_class = error_class_of(code);
  recipient.detail = clean_line(to_utf8(parts.text, "utf-8"), 500);
  report.recipients.push_back(std::move(recipient));
}

// Our own id: in a token that the report was sent to, in the fields that are made for it, in what came back of our
// mail, or anywhere in the text.
std::string own_id_of(const Parts& parts, const MailHeaders& headers, const Envelope& envelope, const OwnMail& own) {
  for (const std::string& address : envelope.to)
    if (const auto id = own.answered(address)) return *id;
  for (const std::string* text : {&parts.status, &parts.disposition, &parts.feedback, &parts.returned, &parts.text})
    if (std::string id = own.find_own_id(*text); !id.empty()) return id;
  for (const auto* ids : {&headers.in_reply_to, &headers.references})
    for (const std::string& id : *ids)
      if (own.wrote(id)) return lower_case(id);
  return {};
}

}  // namespace

MailReport read_report(GMimeMessage* mail, const MailHeaders& headers, const Envelope& envelope, const OwnMail& own) {
  MailReport report;
  GMimeObject* top = g_mime_message_get_mime_part(mail);
  if (!top) return report;
  const bool formal = is_type(top, "multipart", "report");
  if (!formal && !is_system_sender(headers, envelope)) return report;
  Parts parts;
  std::size_t count = 0;
  collect(top, 1, count, parts);
  report.own_id = own_id_of(parts, headers, envelope, own);
  if (!parts.status.empty()) {
    report.kind = MailReport::Kind::delivery;
    read_delivery(parts, report);
  } else if (!parts.disposition.empty()) {
    report.kind = MailReport::Kind::reading;
    read_disposition(parts, report);
  } else if (!parts.feedback.empty()) {
    report.kind = MailReport::Kind::complaint;
    read_complaint(parts, own, report);
  } else if (is_system_sender(headers, envelope)) {
    read_plain_bounce(parts, headers, own, report);
  }
  return report;
}

}  // namespace jackfield::email
