// Mails from files: testdata/mime/NAME.eml in, NAME.json out. JACKFIELD_UPDATE=1 writes the outs.
#include "mime_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "mail_headers.hpp"
#include "testkit/fake_host.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::int64_t now_ms = 1795262400000;  // 2026-11-21T12:00:00Z
const Envelope envelope{"ana@example.com", {"support+tag@example.org"}};

std::string file_bytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' && !out.ends_with('\r')) out += '\r';
    out += c;
  }
  return out;
}

// JSON that a person can compare: one member a line.
void write(std::ostream& out, const json::value& value, const std::string& indent = "") {
  const std::string deeper = indent + "  ";
  const char* separator = "";
  if (value.is_object() && !value.get_object().empty()) {
    out << "{";
    for (const auto& member : value.get_object()) {
      out << std::exchange(separator, ",") << "\n" << deeper << json::serialize(json::value(member.key())) << ": ";
      write(out, member.value(), deeper);
    }
    out << "\n" << indent << "}";
  } else if (value.is_array() && !value.get_array().empty()) {
    out << "[";
    for (const json::value& item : value.get_array()) {
      out << std::exchange(separator, ",") << "\n" << deeper;
      write(out, item, deeper);
    }
    out << "\n" << indent << "]";
  } else {
    out << json::serialize(value);
  }
}

std::string event_of(const std::string& mail, const Envelope& from = envelope) {
  return read_mail(mail, from, {}, now_ms, [](std::string_view bytes) { return testkit::sha256_hex(bytes); }).value();
}
json::object object_of(const std::string& mail, const Envelope& from = envelope) {
  return json::parse(event_of(mail, from)).as_object();
}

class MimeFiles : public testing::TestWithParam<std::string> {};

TEST_P(MimeFiles, BecomeTheExpectedEvent) {
  const fs::path base = fs::path(EMAIL_TESTDATA) / "mime" / GetParam();
  std::stringstream event;
  write(event, json::parse(event_of(with_crlf(file_bytes(base.string() + ".eml")))));
  event << "\n";
  if (std::getenv("JACKFIELD_UPDATE")) std::ofstream(base.string() + ".json") << event.str();
  EXPECT_EQ(event.str(), file_bytes(base.string() + ".json"));
}

std::vector<std::string> mime_files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path(EMAIL_TESTDATA) / "mime"))
    if (entry.path().extension() == ".eml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}
INSTANTIATE_TEST_SUITE_P(Testdata, MimeFiles, testing::ValuesIn(mime_files()),
                         [](const auto& file) { return file.param; });

TEST(MimeReader, HashIgnoresWhatIsAddedInTransit) {
  const std::string mail = "From: a@example.com\r\nSubject: x\r\n y\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n";
  EXPECT_EQ(content_hash(mail), content_hash("Received: from b\r\n by c\r\nX-Spam: no\r\n" + mail));
  EXPECT_EQ(content_hash(mail),
            content_hash("FROM: a@example.com\r\nSubject: x y\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n\r\n"));
  EXPECT_NE(content_hash(mail),
            content_hash("From: a@example.com\r\nSubject: x\r\n y\r\nMessage-ID: <1@x>\r\n\r\nOther\r\n"));
}

TEST(MimeReader, SameMessageIdWithOtherContentIsAnotherMail) {
  const auto one = object_of("From: a@example.com\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n");
  const auto two = object_of("From: a@example.com\r\nMessage-ID: <1@x>\r\n\r\nOther\r\n");
  EXPECT_EQ(one.at("id"), two.at("id"));
  EXPECT_NE(one.at("dedupe"), two.at("dedupe"));
}

TEST(MimeReader, MailWithoutAnySenderIsKeptRaw) {
  const auto event = object_of("Subject: who\r\n\r\nhello\r\n", Envelope{"", {"support@example.org"}});
  EXPECT_EQ(event.at("type"), "undecodable");
  EXPECT_EQ(event.at("reason"), "it names no sender");
  EXPECT_THAT(std::string(event.at("raw").as_string()), testing::HasSubstr("hello"));
}

TEST(MimeReader, RawThatIsNotUtf8ComesBackByteForByte) {
  const std::string mail = "Subject: \xFF\xFE\r\n\r\nhello \xE9\r\n";
  const auto event = json::parse(undecodable_event(mail, envelope, "x")).as_object();
  const auto again =
      read_raw(std::string(event.at("raw").as_string()), {}, now_ms, [](std::string_view) { return "id"; });
  ASSERT_TRUE(again);
  const auto events = json::parse(*again).as_array();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0], json::parse(event_of(mail)));
}

TEST(MimeReader, FileThatCannotBeStoredMakesTheMailComeAgain) {
  const std::string mail = with_crlf(file_bytes(fs::path(EMAIL_TESTDATA) / "mime" / "attachment.eml"));
  EXPECT_EQ(read_mail(mail, envelope, {}, now_ms, [](std::string_view) { return std::string(); }), std::nullopt);
}

std::string nested(int depth) {
  std::string mail = "From: a@example.com\r\n";
  for (int i = 0; i < depth; ++i) {
    const std::string boundary = "b" + std::to_string(i);
    mail += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
  }
  return mail + "Content-Type: text/plain\r\n\r\ndeep\r\n";
}

TEST(MimeReader, NestingIsBounded) {
  EXPECT_EQ(object_of(nested(20)).at("type"), "message");
  EXPECT_EQ(object_of(nested(60)).at("type"), "undecodable");
  EXPECT_EQ(object_of(nested(50000)).at("type"), "undecodable");
}

TEST(MimeReader, MailsWithinMailsAreBounded) {
  std::string mail = "From: a@example.com\r\n";
  for (int i = 0; i < 100000; ++i) mail += "Content-Type: message/rfc822\r\n\r\n";
  EXPECT_EQ(object_of(mail).at("type"), "undecodable");
}

TEST(MimeReader, NumberOfPartsIsBounded) {
  std::string mail = "From: a@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 100000; ++i) mail += "--b\r\n\r\nx\r\n";
  EXPECT_EQ(object_of(mail).at("reason"), "it has more than 1000 parts");
}

TEST(MimeReader, HeaderIsBounded) {
  EXPECT_EQ(object_of("From: a@example.com\r\nX: " + std::string(300 * 1024, 'x') + "\r\n\r\nhi\r\n").at("type"),
            "undecodable");
}

TEST(MimeReader, LongTextIsCutAndKeptWholeAsAFile) {
  const auto event = object_of("From: a@example.com\r\n\r\n" + std::string(400 * 1024, 'x') + "\r\n");
  const auto& parts = event.at("parts").as_array();
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].at("text").as_string().size(), 256u * 1024);
  EXPECT_EQ(parts[1].at("size"), 400 * 1024);
}

TEST(MimeReader, AnyBytesGiveAnEvent) {
  std::string bytes;
  for (unsigned i = 0; i < 5000; ++i) bytes += static_cast<char>((i * 2654435761u) >> 13);
  for (std::size_t length = 0; length < bytes.size(); length += 97) object_of(bytes.substr(0, length));
}

}  // namespace
}  // namespace jackfield::email
