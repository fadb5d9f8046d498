#include "html_text.hpp"

#include <gtest/gtest.h>

#include "plain_text.hpp"

namespace jackfield::email {
namespace {

std::string html_to_text(std::string_view html) { return email::html_to_text(HtmlDocument(html)).whole; }

TEST(HtmlText, BlocksBecomeLines) {
  EXPECT_EQ(html_to_text("<p>One</p><p>Two<br>three</p><div>four</div><div>five</div>"),
            "One\n\nTwo\nthree\n\nfour\nfive");
}
TEST(HtmlText, WhiteSpaceIsOneSpace) { EXPECT_EQ(html_to_text("a\n  <b> b </b>\n c&nbsp;d"), "a b c d"); }
TEST(HtmlText, ListsAndQuotesAreMarked) {
  EXPECT_EQ(html_to_text("<ul><li>one</li><li> two</li></ul><blockquote>q<br>r</blockquote>x"),
            "- one\n- two\n\n> q\n> r\n\nx");
}
TEST(HtmlText, LinksShowWhereTheyLead) {
  EXPECT_EQ(html_to_text("<a href='https://x.example/a'>here</a>"), "here (https://x.example/a)");
  EXPECT_EQ(html_to_text("<a href='https://x.example'>https://x.example</a>"), "https://x.example");
  EXPECT_EQ(html_to_text("<a href='javascript:alert(1)'>here</a>"), "here");
}
TEST(HtmlText, ScriptsStylesAndHiddenTextAreLeftOut) {
  EXPECT_EQ(html_to_text("<style>a{}</style><script>x</script><p hidden>h</p><i style='Display : none;'>n</i>ok"),
            "ok");
}
TEST(HtmlText, PreformattedTextKeepsItsLines) { EXPECT_EQ(html_to_text("<pre>a\n  b</pre>"), "a\n  b"); }
TEST(HtmlText, TableCellsAreApart) {
  EXPECT_EQ(html_to_text("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"), "a b\nc");
}
TEST(HtmlText, EndlessNestingDoesNotOverflow) {
  std::string html;
  for (int i = 0; i < 150000; ++i) html += "<div>";
  EXPECT_EQ(html_to_text(html + "deep"), "deep");
}
TEST(HtmlText, FormattingLeftOpenDoesNotMultiply) {
  std::string html;
  for (int i = 0; i < 3000; ++i) html += "<b id=" + std::to_string(i) + ">";
  for (int i = 0; i < 100000; ++i) html += "<p>x";
  EXPECT_FALSE(html_to_text(html).empty());
}

TEST(PlainText, FlowedLinesAreJoined) {
  EXPECT_EQ(unflow("a \nb\n> q \n> r\n>> s\n-- \nme\n", false), "a b\n> q r\n>> s\n-- \nme\n");
  EXPECT_EQ(unflow("wo \nrd\n", true), "word\n");
}

}  // namespace
}  // namespace jackfield::email
