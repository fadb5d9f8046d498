#include "outbound.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace jackfield::email {
namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::array& array_of(const json::object& object, std::string_view key) {
  static const json::array none;
  const json::value* value = object.if_contains(key);
  return value && value->is_array() ? value->get_array() : none;
}

void read_recipients(const json::object& message, Outbound& out) {
  for (const json::value& entry : array_of(message, "to")) {
    if (!entry.is_object()) continue;
    std::string address = text_of(entry.get_object(), "address");
    if (address.starts_with("mailto:")) address.erase(0, 7);
    if (!is_mail_address(address)) {
      out.refusal = "the recipient is no mail address";
      out.bad_recipient = true;
      return;
    }
    out.mail.to.push_back({text_of(entry.get_object(), "name"), address});
  }
  if (!out.mail.to.empty()) return;
  out.refusal = "there is no recipient";
  out.bad_recipient = true;
}

void read_parts(const json::object& message, Outbound& out) {
  for (const json::value& value : array_of(message, "parts")) {
    if (!value.is_object()) continue;
    const json::object& part = value.get_object();
    const std::string type = text_of(part, "type");
    if (type == "media") {
      out.blobs.push_back(text_of(part, "blob"));
      out.mail.files.push_back({text_of(part, "name"), text_of(part, "media_type"), {}});
      if (out.blobs.back().empty()) out.refusal = "a file of this message is not stored here";
    } else if (type != "text") {
      out.refusal = "a mail cannot hold a part of type " + type;
    }
  }
}

// "Re: Hello" without its mark.
std::string_view bare_subject(std::string_view subject) {
  for (const std::string_view mark : {"re:", "aw:", "sv:", "antw:"}) {
    if (lower_case(subject.substr(0, mark.size())) != mark) continue;
    subject.remove_prefix(mark.size());
    return subject.substr(std::min(subject.find_first_not_of(' '), subject.size()));
  }
  return subject;
}

// The subject of what is answered gets its mark; another one is the writer's own and stays.
std::string reply_subject(const std::string& given, const std::string& answered) {
  if (!given.empty() && bare_subject(given) != bare_subject(answered)) return given;
  const std::string& subject = answered.empty() ? given : answered;
  return subject.empty() || bare_subject(subject) != subject ? subject : "Re: " + subject;
}

void read_thread(const json::object& message, Outbound& out) {
  for (const json::value& id : array_of(message, "references"))
    if (id.is_string() && id.get_string() != out.mail.message_id) out.mail.references.emplace_back(id.get_string());
  out.mail.subject = text_of(message, "subject");
  if (const json::value* answered = message.if_contains("reply_to"); answered && answered->is_object()) {
    out.mail.in_reply_to = text_of(answered->get_object(), "provider_id");
    out.mail.subject = reply_subject(out.mail.subject, text_of(answered->get_object(), "subject"));
  }
  std::vector<std::string>& references = out.mail.references;
  if (out.mail.in_reply_to.empty() && !references.empty()) out.mail.in_reply_to = references.back();
  if (out.mail.in_reply_to.empty()) return;
  std::erase(references, out.mail.in_reply_to);
  references.push_back(out.mail.in_reply_to);  // RFC 5322: what it answers comes last
}

}  // namespace

Outbound read_outbound(std::string_view text, const Mailbox& from, const std::string& own_id) {
  Outbound out;
  out.mail.message_id = own_id;
  out.mail.from = from;
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) {
    out.refusal = "the message is no JSON object";
    return out;
  }
  const json::object& message = value.get_object();
  out.mail.text = text_of(message, "text");
  read_thread(message, out);
  read_parts(message, out);
  if (out.refusal.empty() && out.mail.text.empty() && out.mail.files.empty()) out.refusal = "the message is empty";
  if (out.refusal.empty()) read_recipients(message, out);
  return out;
}

}  // namespace jackfield::email
