#include "opt_out.hpp"

#include <gtest/gtest.h>

namespace jackfield::sms {
namespace {

const OptOutWords kEnglish;

TEST(OptOutWords, AreTheWholeMessageWhateverCaseAndPunctuation) {
  for (const auto* text :
       {"STOP", "stop", " Stop. ", "\"STOP\"", "stop!!!", "Stop all", "OPT-OUT", "opt out", "unsubscribe"})
    EXPECT_EQ(kEnglish.keyword(text), Keyword::stop) << text;
  for (const auto* text : {"please stop", "stop it now", "non-stop", "", " ", "!!", "stopp"})
    EXPECT_EQ(kEnglish.keyword(text), std::nullopt) << text;
}

TEST(OptOutWords, OfStartAndHelp) {
  for (const auto* text : {"START", "unstop", "Yes"}) EXPECT_EQ(kEnglish.keyword(text), Keyword::start) << text;
  for (const auto* text : {"help?", "INFO"}) EXPECT_EQ(kEnglish.keyword(text), Keyword::help) << text;
}

TEST(OptOutWords, DoNotMindAccents) {
  const OptOutWords french({.languages = {"fr"}});
  for (const auto* text : {"ARRET", "Arrêt", "arre\u0302t", "désabonnement"})
    EXPECT_EQ(french.keyword(text), Keyword::stop) << text;
  EXPECT_EQ(french.keyword("aide"), Keyword::help);
  EXPECT_EQ(french.keyword("unsubscribe"), std::nullopt) << "only the languages that are named";
}

TEST(OptOutWords, ComeInOtherAlphabets) {
  EXPECT_EQ(OptOutWords({.languages = {"ru"}}).keyword("стоп"), Keyword::stop);
}

TEST(OptOutWords, TakeMoreWordsAndNoneOfALanguage) {
  const OptOutWords words({.languages = {}, .stop = {"Genug jetzt"}, .start = {"weiter"}, .help = {"?!"}});
  EXPECT_EQ(words.keyword("genug jetzt!"), Keyword::stop);
  EXPECT_EQ(words.keyword("Weiter"), Keyword::start);
  EXPECT_EQ(words.keyword("STOP"), std::nullopt);
  EXPECT_EQ(words.keyword(""), std::nullopt);
}

TEST(OptOutWords, EveryLanguageUnderstandsStop) {
  for (const auto& language : languages_with_words()) {
    EXPECT_TRUE(has_words(language));
    EXPECT_EQ(OptOutWords({.languages = {language}}).keyword("STOP"), Keyword::stop) << language;
  }
  EXPECT_FALSE(has_words("xx"));
}

TEST(OptOutWords, BytesThatAreNoTextAreNoWord) {
  EXPECT_EQ(kEnglish.keyword("\xff\xfe"), std::nullopt);
  EXPECT_EQ(kEnglish.keyword(std::string(100000, 's')), std::nullopt);
}

}  // namespace
}  // namespace jackfield::sms
