#include "mail_headers.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <iterator>

#include "ascii.hpp"
#include "charset.hpp"
#include "gmime_memory.hpp"
#include "mime_limits.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_addresses = 100;
constexpr std::size_t most_references = 50;
constexpr std::size_t longest_id = 400;
constexpr std::int64_t year_1990_ms = 631152000000, day_ms = 86400000;

void add_mailboxes(InternetAddressList* list, std::vector<Mailbox>& out) {
  const int count = list ? internet_address_list_length(list) : 0;
  for (int i = 0; i < count && out.size() < most_addresses; ++i) {
    InternetAddress* entry = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(entry)) {
      InternetAddressList* members = internet_address_group_get_members(INTERNET_ADDRESS_GROUP(entry));
      if (members != list) add_mailboxes(members, out);
      continue;
    }
    const char* written = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(entry));
    if (written && !g_str_is_ascii(written))
      written = internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(entry));
    const std::string address = clean_line(view_of(written), 512);
    if (is_mail_address(address)) out.push_back({clean_line(view_of(internet_address_get_name(entry)), 256), address});
  }
}

std::optional<Mailbox> first_mailbox(InternetAddressList* list) {
  std::vector<Mailbox> all;
  add_mailboxes(list, all);
  return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

std::string clean_id(const char* id) {
  std::string clean = clean_line(view_of(id), longest_id + 1);
  std::erase_if(clean, [](char c) { return c == ' ' || c == '<' || c == '>'; });
  return clean.size() > longest_id ? std::string() : clean;
}

std::vector<std::string> ids_of(GMimeMessage* mail, const char* header) {
  std::vector<std::string> ids;
  const char* value = g_mime_object_get_header(GMIME_OBJECT(mail), header);
  if (!value) return ids;
  GMimeReferences* references = g_mime_references_parse(nullptr, value);
  const int count = g_mime_references_length(references);
  for (int i = std::max(0, count - static_cast<int>(most_references)); i < count; ++i)
    if (std::string id = clean_id(g_mime_references_get_message_id(references, i)); !id.empty())
      ids.push_back(std::move(id));
  g_mime_references_free(references);
  return ids;
}

std::optional<std::int64_t> date_of(GMimeMessage* mail, std::int64_t now_ms) {
  GDateTime* date = g_mime_message_get_date(mail);
  if (!date) return std::nullopt;
  const std::int64_t ms = g_date_time_to_unix(date) * 1000;
  if (ms < year_1990_ms || ms > now_ms + day_ms) return std::nullopt;
  return ms;
}

// Folding and runs of white space change on the way; they count as one space.
void digest_value(EVP_MD_CTX* digest, std::string_view value) {
  std::string plain;
  for (const char c : value) {
    const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!space)
      plain += c;
    else if (!plain.empty() && plain.back() != ' ')
      plain += ' ';
  }
  while (!plain.empty() && plain.back() == ' ') plain.pop_back();
  plain += '\n';
  EVP_DigestUpdate(digest, plain.data(), plain.size());
}

// What a mail keeps on whatever way it comes.
constexpr std::string_view lasting_headers[] = {"from", "to", "date", "subject", "message-id"};
using LastingValues = std::array<std::string_view, std::size(lasting_headers)>;

// The raw values of the first header of each of those names, continuation lines included.
LastingValues lasting_values(std::string_view header) {
  LastingValues values{};
  for (std::size_t at = 0; at < header.size();) {
    std::size_t end = std::min(header.find('\n', at), header.size());
    while (end + 1 < header.size() && (header[end + 1] == ' ' || header[end + 1] == '\t'))
      end = std::min(header.find('\n', end + 1), header.size());
    const std::string_view field = header.substr(at, end - at);
    const std::string_view name = field.substr(0, field.substr(0, 12).find(':'));
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i].data() == nullptr && name.size() < field.size() && is_word(name, lasting_headers[i]))
        values[i] = field.substr(name.size() + 1);
    at = end + 1;
  }
  return values;
}

const EVP_MD* sha256() {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // looked up once, not for each mail
  return digest;
}

}  // namespace

MailHeaders read_headers(GMimeMessage* mail, std::int64_t now_ms) {
  MailHeaders headers;
  headers.message_id = clean_id(g_mime_message_get_message_id(mail));
  headers.in_reply_to = ids_of(mail, "In-Reply-To");
  headers.references = ids_of(mail, "References");
  headers.from = first_mailbox(g_mime_message_get_from(mail));
  headers.sender = first_mailbox(g_mime_message_get_sender(mail));
  headers.reply_to = first_mailbox(g_mime_message_get_reply_to(mail));
  add_mailboxes(g_mime_message_get_to(mail), headers.to);
  add_mailboxes(g_mime_message_get_cc(mail), headers.cc);
  headers.subject = clean_line(view_of(g_mime_message_get_subject(mail)));
  headers.sent_at_ms = date_of(mail, now_ms);
  return headers;
}

std::vector<std::string> header_values(GMimeMessage* mail, std::string_view lower_name) {
  std::vector<std::string> values;
  GMimeHeaderList* headers = g_mime_object_get_header_list(GMIME_OBJECT(mail));
  const int count = g_mime_header_list_get_count(headers);
  for (int i = 0; i < count && values.size() < 50; ++i) {
    GMimeHeader* header = g_mime_header_list_get_header_at(headers, i);
    if (!is_word(view_of(g_mime_header_get_name(header)), lower_name)) continue;
    std::string value(view_of(g_mime_header_get_raw_value(header)));
    for (char& c : value)
      if (c == '\r' || c == '\n') c = ' ';
    values.push_back(std::move(value));
  }
  return values;
}

bool is_forward(std::string_view subject) {
  static constexpr std::string_view marks[] = {"fwd",  "fw",   "wg",   "tr",     "rv",  "i",   "enc",
                                               "pd",   "vb",   "vl",   "doorst", "ilt", "πρθ", "转发",
                                               "轉寄", "転送", "전달", "пересл", "пер"};
  subject = trim(subject);
  const auto colon = std::min(subject.find(':'), subject.find("："));
  if (colon == std::string_view::npos || colon > 24) return false;
  const std::string mark = lower_case(trim(subject.substr(0, colon)));
  return std::any_of(std::begin(marks), std::end(marks), [&](std::string_view each) { return mark == each; });
}

std::string content_hash(std::string_view mail) {
  const std::size_t offset = body_offset(mail);
  const std::string_view header = mail.substr(0, offset);
  std::string_view body = mail.substr(offset);
  while (!body.empty() && (body.back() == '\r' || body.back() == '\n')) body.remove_suffix(1);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_DigestInit_ex(digest.get(), sha256(), nullptr);
  for (const std::string_view value : lasting_values(header)) digest_value(digest.get(), value);
  EVP_DigestUpdate(digest.get(), body.data(), body.size());
  std::array<unsigned char, 32> hash{};
  EVP_DigestFinal_ex(digest.get(), hash.data(), nullptr);
  std::string hex;
  for (std::size_t i = 0; i < 16; ++i) {
    constexpr char digits[] = "0123456789abcdef";
    hex += digits[hash[i] >> 4];
    hex += digits[hash[i] & 15];
  }
  return hex;
}

std::string rfc3339(std::int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, static_cast<int>(ms % 1000));
  return text;
}

}  // namespace jackfield::email
