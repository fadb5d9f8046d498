#include "outbound.hpp"

#include <glib.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "charset.hpp"
#include "text_html.hpp"

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

// Addresses as every server takes them: other domains in their ASCII form. Empty: only SMTPUTF8 could say it.
std::string wire_address(const std::string& address) {
  if (g_str_is_ascii(address.c_str())) return address;
  const auto at = address.rfind('@');
  const std::string local = address.substr(0, at);
  if (!g_str_is_ascii(local.c_str())) return {};
  char* domain = g_hostname_to_ascii(address.c_str() + at + 1);
  const std::string plain = domain ? local + "@" + domain : std::string();
  g_free(domain);
  return plain;
}

void refuse_recipient(Outbound& out, const char* why) {
  out.refusal = why;
  out.bad_recipient = true;
}

void read_recipients(const json::object& message, Outbound& out) {
  for (const json::value& entry : array_of(message, "to")) {
    if (!entry.is_object()) continue;
    std::string address = text_of(entry.get_object(), "address");
    if (address.starts_with("mailto:")) address.erase(0, 7);
    if (!is_mail_address(address)) return refuse_recipient(out, "the recipient is no mail address");
    address = wire_address(address);
    if (address.empty())
      return refuse_recipient(out,
                              "the recipient's address has letters before its @ that only servers with SMTPUTF8 take");
    out.mail.to.push_back({text_of(entry.get_object(), "name"), address});
  }
  if (out.mail.to.empty()) refuse_recipient(out, "there is no recipient");
}

// The body, in the order of the message's parts, as text and as HTML.
class BodyWriter {
 public:
  BodyWriter(Outbound& out, const Composition& composition, Values author)
      : out_(out), composition_(composition), author_(std::move(author)) {}

  void write(const json::object& message) {
    for (const json::value& value : array_of(message, "parts"))
      if (value.is_object()) write_part(value.get_object());
    if (array_of(message, "parts").empty()) add_text(text_of(message, "text"));
    if (out_.refusal.empty() && out_.mail.text.empty() && out_.mail.files.empty())
      out_.refusal = "the message is empty";
    add_signature();
  }

 private:
  void write_part(const json::object& part) {
    const std::string type = text_of(part, "type");
    if (type == "text")
      add_text(text_of(part, "text"));
    else if (type == "media")
      add_file(part);
    else if (type == "template")
      add_template(part);
    else
      out_.refusal = "a mail cannot hold a part of type " + type;
  }

  void add_text(const std::string& text) {
    if (text.empty()) return;
    if (!out_.mail.text.empty()) out_.mail.text += out_.mail.text.ends_with('\n') ? "\n" : "\n\n";
    out_.mail.text += text;
    out_.mail.html += text_to_html(text);
  }

  void add_file(const json::object& part) {
    out_.blobs.push_back(text_of(part, "blob"));
    if (out_.blobs.back().empty()) out_.refusal = "a file of this message is not stored here";
    OutboundFile file{text_of(part, "name"), text_of(part, "media_type"), {}, {}};
    const std::string caption = text_of(part, "caption");
    if (text_of(part, "disposition") == "inline" && file.media_type.starts_with("image/")) {
      file.content_id = "image-" + std::to_string(out_.blobs.size()) + "." + out_.mail.message_id;
      out_.mail.html += "<p><img src=\"cid:" + escape_html(file.content_id) + "\" alt=\"" +
                        escape_html(caption.empty() ? file.name : caption) + "\"></p>\r\n";
    }
    out_.mail.files.push_back(std::move(file));
    add_text(caption);
  }

  void add_template(const json::object& part) {
    const std::string name = text_of(part, "name");
    const auto found = composition_.templates.find(name);
    if (found == composition_.templates.end()) {
      out_.refusal = "no template of this channel is called " + name;
      return;
    }
    Values values = author_;
    add_parameters(part, values);
    if (!found->second.subject.empty()) out_.mail.subject = fill_in(found->second.subject, values);
    add_text(fill_in(found->second.text, values));
  }

  // A list is numbered from 1, an object has names.
  static void add_parameters(const json::object& part, Values& values) {
    const json::value* parameters = part.if_contains("parameters");
    const auto set = [&](std::string name, const json::value& value) {
      if (value.is_string())
        values[std::move(name)] = value.get_string();
      else if (value.is_number())
        values[std::move(name)] = json::serialize(value);
      else if (value.is_object())
        values[std::move(name)] = text_of(value.get_object(), "text");
    };
    if (parameters && parameters->is_object())
      for (const auto& [name, value] : parameters->get_object()) set(std::string(name), value);
    std::size_t number = 0;
    if (parameters && parameters->is_array())
      for (const json::value& value : parameters->get_array()) set(std::to_string(++number), value);
  }

  void add_signature() {
    const std::string signature = fill_in(composition_.signature, author_);
    if (signature.empty() || !out_.refusal.empty()) return;
    out_.mail.text +=
        std::string(out_.mail.text.empty() || out_.mail.text.ends_with('\n') ? "" : "\n") + "\n-- \n" + signature;
    out_.mail.html += "<div class=\"signature\">-- <br>\r\n" + text_to_html(signature) + "</div>\r\n";
  }

  Outbound& out_;
  const Composition& composition_;
  Values author_;
};

Values author_of(const json::object& message) {
  const json::value* author = message.if_contains("author");
  const std::string name = author && author->is_object() ? text_of(author->get_object(), "name") : std::string();
  return {{"author", clean_line(name, 256)}};
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

// RFC 5322: what it answers comes last. The first and the nearest are kept of a long thread.
void limit_references(std::vector<std::string>& references) {
  constexpr std::size_t most = 20;
  if (references.size() > most) references.erase(references.begin() + 1, references.end() - (most - 1));
}

void read_thread(const json::object& message, Outbound& out) {
  for (const json::value& id : array_of(message, "references"))
    if (id.is_string() && id.get_string() != out.mail.message_id) out.mail.references.emplace_back(id.get_string());
  if (std::string subject = text_of(message, "subject"); !subject.empty()) out.mail.subject = std::move(subject);
  if (const json::value* answered = message.if_contains("reply_to"); answered && answered->is_object()) {
    out.mail.in_reply_to = text_of(answered->get_object(), "provider_id");
    out.mail.subject = reply_subject(out.mail.subject, text_of(answered->get_object(), "subject"));
  }
  std::vector<std::string>& references = out.mail.references;
  if (out.mail.in_reply_to.empty() && !references.empty()) out.mail.in_reply_to = references.back();
  if (!out.mail.in_reply_to.empty()) {
    std::erase(references, out.mail.in_reply_to);
    references.push_back(out.mail.in_reply_to);
  }
  limit_references(references);
}

// Where answers are asked for, and the mark that says the same to people.
void add_tokens(std::string_view key, const OwnMail& own, const Composition& composition, OutboundMail& mail) {
  if (composition.plus_addresses) mail.reply_to = own.reply_address(key);
  if (composition.subject_mark && mail.subject.find("[#") == std::string::npos)
    mail.subject += " [#" + lower_case(key) + "]";
}

}  // namespace

Outbound read_outbound(std::string_view text, std::string_view key, const OwnMail& own,
                       const Composition& composition) {
  Outbound out;
  out.mail.message_id = own.message_id(key);
  out.mail.from = own.from();
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) {
    out.refusal = "the message is no JSON object";
    return out;
  }
  const json::object& message = value.get_object();
  BodyWriter(out, composition, author_of(message)).write(message);
  read_thread(message, out);
  add_tokens(key, own, composition, out.mail);
  const json::value* automatic = message.if_contains("automatic");
  out.mail.automatic = automatic && automatic->is_bool() && automatic->get_bool();
  if (out.refusal.empty()) read_recipients(message, out);
  return out;
}

}  // namespace jackfield::email
