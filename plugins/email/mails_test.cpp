// Mails from files, by topic: testdata/mails/TOPIC/NAME.eml in, NAME.json out. JACKFIELD_UPDATE=1 writes the outs.
// Return-Path and Delivered-To of a file are its envelope; in trust/ a server is configured that vouches for senders.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "mime_reader.hpp"
#include "testkit/compare.hpp"
#include "testkit/fake_host.hpp"

namespace jackfield::email {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::int64_t now_ms = 1795262400000;  // 2026-11-21T12:00:00Z
const fs::path folder = fs::path(EMAIL_TESTDATA) / "mails";

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

std::string header_of(const std::string& mail, const std::string& name, const std::string& otherwise) {
  const auto at = mail.find("\n" + name + ": ");
  if (at == std::string::npos || at > mail.find("\n\n")) return otherwise;
  const auto begin = at + name.size() + 3;
  std::string value = mail.substr(begin, mail.find('\n', begin) - begin);
  std::erase_if(value, [](char c) { return c == '<' || c == '>'; });
  return value;
}

std::string event_of(const std::string& name) {
  const std::string mail = file_bytes(folder / (name + ".eml"));
  const Envelope envelope{header_of(mail, "Return-Path", "ana@example.com"),
                          {header_of(mail, "Delivered-To", "support@example.org")}};
  const ReadingRules rules{
      OwnMail("key-of-the-test-data", "support-mail", {"Support", "support@example.org"}, {"support@example.org"}),
      name.starts_with("trust/") ? "mx.example.org" : ""};
  const auto put = [](std::string_view bytes) { return testkit::sha256_hex(bytes); };
  return testkit::pretty(json::parse(read_mail(with_crlf(mail), envelope, rules, now_ms, put).value())) + "\n";
}

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".eml")
      found.push_back(fs::relative(entry.path(), folder).replace_extension().generic_string());
  std::sort(found.begin(), found.end());
  return found;
}

class Mails : public testing::TestWithParam<std::string> {};

TEST_P(Mails, AreUnderstoodAsExpected) {
  const std::string event = event_of(GetParam());
  const fs::path expected = folder / (GetParam() + ".json");
  if (std::getenv("JACKFIELD_UPDATE")) std::ofstream(expected) << event;
  EXPECT_EQ(event, file_bytes(expected));
}

INSTANTIATE_TEST_SUITE_P(Testdata, Mails, testing::ValuesIn(names()), [](const auto& file) {
  std::string name = file.param;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
});

TEST(MailsOnFile, AreManyAndOfEveryTopic) {
  EXPECT_GE(names().size(), 250u);
  for (const char* topic :
       {"automatic", "bodies", "charsets", "hostile", "names", "quotes", "reports", "threading", "trust"})
    EXPECT_TRUE(fs::is_directory(folder / topic)) << topic;
}

}  // namespace
}  // namespace jackfield::email
