// Mails of 25 MiB that were built to cost: each is read within bounds of time and memory.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/json.hpp>
#include <ctime>
#include <functional>

#include "mime_reader.hpp"

namespace jackfield::email {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr std::size_t size = 3 * 1024 * 1024;  // it looks at all that iconv was given for every byte that is wrong
#else
constexpr std::size_t size = 25 * 1024 * 1024;
#endif
// A sanitizer or a busy machine costs a factor; what must not happen is minutes.
constexpr double most_cpu_seconds = 20;
constexpr long most_memory_kib = 768L * 1024;

const std::string top = "From: ana@example.com\r\nTo: support@example.org\r\nMessage-ID: <h@example.com>\r\n";

std::string filled(std::string begin, const std::string& piece) {
  begin.reserve(size + piece.size());
  while (begin.size() < size) begin += piece;
  return begin;
}
std::string plain(const std::string& piece) {
  return filled(top + "Content-Type: text/plain; charset=utf-8\r\n\r\n", piece);
}
std::string html(const std::string& piece) {
  return filled(top + "Content-Type: text/html; charset=utf-8\r\n\r\n", piece);
}
std::string bounce(const std::string& piece) {
  return filled("From: mailer-daemon@example.com\r\nSubject: failure notice\r\n\r\n", piece);
}
std::string base64(std::string_view bytes) {
  constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t j = i; j < i + 3; ++j) bits = bits << 8 | static_cast<unsigned char>(bytes[j]);
    for (int shift = 18; shift >= 0; shift -= 6) out += letters[bits >> shift & 63];
    if (i % 57 == 54) out += "\r\n";
  }
  return out;
}
std::string tnef(const std::string& piece) {
  std::string bytes("\x78\x9F\x3E\x22\x01\x00", 6);
  while (bytes.size() < size / 4 * 3) bytes += piece;
  return top + "Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64(bytes);
}

struct Hostile {
  const char* name;
  std::function<std::string()> mail;
};

void PrintTo(const Hostile& mail, std::ostream* out) { *out << mail.name; }

const Hostile mails[] = {
    {"OneLine", [] { return plain("x"); }},
    {"ManyLines", [] { return plain("x\r\n"); }},
    {"Flowed", [] { return filled(top + "Content-Type: text/plain; format=flowed\r\n\r\n", "> x \r\n"); }},
    {"Quotes", [] { return plain("> > > >\r\n"); }},
    {"Attributions", [] { return plain("On Sat, Nov 21, 2026 at 10:30 AM x@example.com wrote\r\n:"); }},
    {"HeaderBlocks", [] { return plain("From: x\r\n"); }},
    {"Signatures", [] { return plain("-- \r\n"); }},
    {"Uuencode", [] { return plain("begin 644 x\r\n#\r\n"); }},
    {"WrongUtf8", [] { return plain("\xC3\xFF\xE2\x82"); }},
    {"Tags", [] { return html("<b>"); }},
    {"Divs", [] { return html("<div><p>x</p>"); }},
    {"OpenTags", [] { return html("<"); }},
    {"Entities", [] { return html("&amp;&#x41;&nope"); }},
    {"Attributes", [] { return html("<p a=1 b=2 c=3 style='color:red;width:1px' class='x y z'>"); }},
    {"Tables", [] { return html("<table><tr><td>x</td></tr></table>"); }},
    {"Links", [] { return html("<a href=https://x.example/>x</a>"); }},
    {"Blockquotes", [] { return html("<blockquote type=cite>"); }},
    {"Comments", [] { return html("<!--"); }},
    {"Parts", [] { return filled(top + "Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n\r\nx\r\n"); }},
    {"BigParts",
     [] {
       return filled(top + "Content-Type: multipart/mixed; boundary=b\r\n\r\n",
                     "--b\r\n\r\n" + std::string(30000, 'x') + "\r\n");
     }},
    {"Boundaries", [] { return plain("boundary=\"x\"; boundary*0=y\r\n--x\r\n"); }},
    {"Attachment",
     [] {
       return filled(top + "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n",
                     std::string(76, 'A') + "\r\n");
     }},
    {"Headers", [] { return filled(top, "Authentication-Results: mx.example.org; ((((\r\n"); }},
    {"EncodedWords", [] { return filled(top + "Subject:", " =?utf-8?Q?=C3=A9?=\r\n"); }},
    {"Calendar",
     [] {
       return filled(top + "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n",
                     "BEGIN:VEVENT\r\nSUMMARY:x\r\n y\r\n");
     }},
    {"BounceAddresses", [] { return bounce("a@b.example 5.1.1 <x.0123456789abcdef@example.org> "); }},
    {"BounceAts", [] { return bounce("@"); }},
    {"TnefAttributes", [] { return tnef(std::string("\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 11)); }},
    {"TnefFiles", [] { return tnef(std::string("\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00", 11)); }},
    {"TnefProperties",
     [] {
       return tnef(
           std::string("\x01\x03\x90\x06\x00\xFF\xFF\x00\x00\xFF\xFF\xFF\x7F\x01\x10\x01\x00\xFF\xFF\xFF\x7F", 21));
     }},
};

class HostileMail : public testing::TestWithParam<Hostile> {};

TEST_P(HostileMail, CostsBoundedTimeAndMemory) {
  const std::string mail = GetParam().mail();
  const ReadingRules rules{OwnMail("key", "mail", {"", "support@example.org"}, {"support@example.org"}),
                           "mx.example.org"};
  const std::clock_t begin = std::clock();
  const auto event = read_mail(mail, {"ana@example.com", {"support@example.org"}}, rules, 1795262400000,
                               [](std::string_view) { return std::string(64, 'a'); });
  EXPECT_LT(static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC, most_cpu_seconds);
  ASSERT_TRUE(event);
  if (event->starts_with(R"({"type":"message")")) {
    EXPECT_LT(event->size(), 4u * 1024 * 1024);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  EXPECT_LT(usage.ru_maxrss, most_memory_kib);
}

INSTANTIATE_TEST_SUITE_P(Built, HostileMail, testing::ValuesIn(mails),
                         [](const auto& mail) { return mail.param.name; });

}  // namespace
}  // namespace jackfield::email
