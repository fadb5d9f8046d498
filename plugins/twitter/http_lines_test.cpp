#include "http_lines.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace jackfield::twitter {
namespace {

constexpr std::string_view kChunked =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nTransfer-Encoding: Chunked\r\n\r\n";

struct Read {
  bool fine = true;
  int status = 0;
  bool ended = false;
  std::vector<std::string> lines;
};

Read read(std::string_view bytes, std::size_t piece) {
  HttpLines reader;
  Read out;
  while (out.fine && !bytes.empty()) {
    out.fine = reader.feed(bytes.substr(0, piece), [&](std::string_view line) { out.lines.emplace_back(line); });
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  out.status = reader.status();
  out.ended = reader.ended();
  return out;
}

TEST(HttpLines, AreTheSameHoweverTheBytesAreCut) {
  const auto bytes = std::string(kChunked) + "7\r\none\r\ntw\r\n5;ext=1\r\no\r\n\r\n\r\n2\r\nx\n\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const auto got = read(bytes, piece);
    ASSERT_TRUE(got.fine) << piece;
    EXPECT_EQ(got.status, 200);
    EXPECT_TRUE(got.ended);
    EXPECT_EQ(got.lines, (std::vector<std::string>{"one", "two", "", "x"})) << piece;
  }
}

TEST(HttpLines, OfABodyThatIsNotChunkedGoOnUntilTheEnd) {
  const auto got = read("HTTP/1.1 200 OK\r\n\r\n{\"a\":1}\r\n\r\nrest", 5);
  EXPECT_EQ(got.lines, (std::vector<std::string>{"{\"a\":1}", ""}));
  EXPECT_FALSE(got.ended);
}

TEST(HttpLines, SkipAnInterimAnswer) {
  EXPECT_EQ(read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Too Many\r\n\r\n", 7).status, 429);
}

TEST(HttpLines, RefuseWhatIsNoHttpOrTooLarge) {
  EXPECT_FALSE(read("SSH-2.0-OpenSSH\r\n\r\n", 100).fine);
  EXPECT_FALSE(read("HTTP/1.1 2\r\n\r\n", 100).fine);
  EXPECT_FALSE(read(std::string(kChunked) + "zz\r\n", 100).fine);
  EXPECT_FALSE(read(std::string(kChunked) + std::string(2000, '1'), 100).fine);
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\n" + std::string(40'000, 'a'), 1000).fine);
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\n\r\n" + std::string(5 << 20, 'a'), 65536).fine);
}

}  // namespace
}  // namespace jackfield::twitter
