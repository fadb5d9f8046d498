// The words by which people say that they want no more messages, want them again, or want help.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::sms {

enum class Keyword : unsigned char { stop, start, help };
std::string_view name_of(Keyword keyword);  // "stop"

struct OptOutSettings {
  std::vector<std::string> languages = {"en"};  // whose usual words count; empty: only those below
  std::vector<std::string> stop, start, help;   // more words
};

bool has_words(std::string_view language);  // "fr"
std::vector<std::string> languages_with_words();

// A message is a keyword when it is nothing else: case, accents, spaces and punctuation do not matter. Pure after its
// making.
class OptOutWords {
 public:
  explicit OptOutWords(const OptOutSettings& settings = {});

  std::optional<Keyword> keyword(std::string_view text) const;

 private:
  std::set<std::string> stop_, start_, help_;
};

}  // namespace jackfield::sms
