#include "imap_response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jackfield::email {
namespace {

std::vector<ImapResponse> read_in_pieces(std::string_view bytes, std::size_t piece, ImapLimits limits = {}) {
  ImapReader reader(limits);
  std::vector<ImapResponse> out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    reader.receive(bytes.substr(0, piece));
    while (auto response = reader.next()) out.push_back(std::move(*response));
  }
  EXPECT_EQ(reader.held(), 0u);
  EXPECT_EQ(reader.problem(), "");
  return out;
}

ImapResponse read_one(std::string_view line, ImapLimits limits = {}) {
  auto all = read_in_pieces(line, 7, limits);
  EXPECT_EQ(all.size(), 1u);
  return all.empty() ? ImapResponse() : all.front();
}

TEST(ImapResponse, StatusHasItsCodeAndItsTextApart) {
  const auto ok = read_one("* OK [UIDVALIDITY 3857529045] UIDs valid {7}\r\n");
  EXPECT_TRUE(ok.ok());
  EXPECT_EQ(ok.code, "UIDVALIDITY");
  EXPECT_EQ(ok.argument, "3857529045");
  EXPECT_EQ(ok.text, "UIDs valid {7}");
  const auto tagged = read_one("A7 no [AUTHENTICATIONFAILED] Wrong\r\n");
  EXPECT_EQ(tagged.kind, ImapResponse::Kind::tagged);
  EXPECT_EQ(tagged.tag, "A7");
  EXPECT_TRUE(tagged.is("NO"));
  EXPECT_EQ(read_one("* BYE\r\n").text, "");
  EXPECT_EQ(read_one("* OK [open\r\n").text, "[open");
}

TEST(ImapResponse, GoAheadHasItsChallenge) {
  EXPECT_EQ(read_one("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n").text, "eyJzdGF0dXMiOiI0MDEifQ==");
  EXPECT_EQ(read_one("+\r\n").kind, ImapResponse::Kind::go_ahead);
}

TEST(ImapResponse, FetchWithLiteralsIsReadWhereverItIsCut) {
  const std::string bytes =
      "* 12 FETCH (UID 7 FLAGS (\\Seen $Done) RFC822.SIZE 44 BODY[HEADER.FIELDS (FROM TO)]<0> {8}\r\na)\r\n\"(c} "
      "BODY[] {0}\r\n X \"q\\\"}\" Y NIL)\r\n* 3 EXISTS\r\n";
  for (std::size_t piece = 1; piece < bytes.size(); ++piece) {
    SCOPED_TRACE(piece);
    const auto all = read_in_pieces(bytes, piece);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].number, 12u);
    ASSERT_EQ(all[0].values.size(), 1u);
    const auto& items = all[0].values[0].items;
    EXPECT_EQ(find_item(items, "UID")->number(), 7u);
    EXPECT_EQ(find_item(items, "FLAGS")->items[1].text, "$Done");
    EXPECT_EQ(find_item(items, "BODY[HEADER.FIELDS (FROM TO)]<0>")->text, "a)\r\n\"(c}");
    EXPECT_EQ(find_item(items, "BODY[]")->text, "");
    EXPECT_EQ(find_item(items, "X")->text, "q\"}");
    EXPECT_EQ(find_item(items, "Y")->kind, ImapValue::Kind::nil);
    EXPECT_EQ(find_item(items, "ABSENT"), nullptr);
    EXPECT_TRUE(all[1].is("EXISTS"));
    EXPECT_EQ(all[1].number, 3u);
  }
}

TEST(ImapResponse, WhatBreaksTheGrammarIsToldAndTheNextIsReadAllTheSame) {
  for (const char* broken :
       {"* 1 FETCH (UID 7\r\n", "* 1 FETCH (UID \"7)\r\n", "* 1 FETCH )\r\n", "* 1 FETCH (UID {x})\r\n"}) {
    const auto all = read_in_pieces(std::string(broken) + "* 2 EXISTS\r\n", 1000);
    ASSERT_EQ(all.size(), 2u) << broken;
    EXPECT_TRUE(all[0].malformed) << broken;
    EXPECT_TRUE(all[0].values.empty());
    EXPECT_EQ(all[1].number, 2u);
  }
}

TEST(ImapResponse, LimitsHold) {
  ImapLimits limits;
  limits.line = 200;
  limits.literal = 100;
  limits.depth = 4;
  limits.values = 20;
  EXPECT_TRUE(read_one("* 1 FETCH (((((x)))))\r\n", limits).malformed);
  EXPECT_FALSE(read_one("* 1 FETCH ((((x))))\r\n", limits).malformed);
  EXPECT_TRUE(read_one("* X a b c d e f g h i j k l m n o p q r s t u v w\r\n", limits).malformed);
  EXPECT_TRUE(
      read_one("* 1 FETCH (A {60}\r\n" + std::string(60, 'x') + " B {60}\r\n" + std::string(60, 'x') + ")\r\n", limits)
          .malformed);
  for (const std::string& hostile : {std::string(300, 'x'), std::string("* 1 FETCH (BODY[] {99999999999999}\r\n"),
                                     std::string("* X {1}\r\n") + "y"}) {
    ImapReader reader(limits);
    for (int i = 0; i < 1000 && reader.problem().empty(); ++i) {
      reader.receive(hostile);
      while (reader.next()) {
      }
      EXPECT_LT(reader.held(), 1000u);
    }
    EXPECT_NE(reader.problem(), "");
  }
}

}  // namespace
}  // namespace jackfield::email
