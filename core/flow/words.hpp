// Words of a text, folded so that case and accents do not count: what `text: {any: […]}` is matched on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace jackfield::flow {

// Case-folded, compatibility-decomposed, without combining marks (Unicode, by ICU): "Éléphant" -> "elephant".
std::string fold(std::string_view text);

// Runs of letters and digits of a folded text; every Han, kana and Thai letter is a word of its own, since these
// scripts put no space between words.
std::vector<std::string_view> words_of(std::string_view folded);

// Phrases that are looked for all at once. [any thread] once filled.
class PhraseIndex {
 public:
  // The phrase's number, the same for the same words. A phrase without a word matches nothing.
  std::uint32_t add(std::string_view phrase);
  // Appends the numbers of the phrases in the text, each at most once.
  void find(std::string_view text, std::vector<std::uint32_t>& out) const;
  std::uint32_t size() const { return count_; }
  bool empty() const { return by_first_word_.empty(); }

 private:
  struct Phrase {
    std::vector<std::string> rest;
    std::uint32_t number;
  };
  std::unordered_map<std::string, std::vector<Phrase>> by_first_word_;
  std::uint32_t count_ = 0;
};

}  // namespace jackfield::flow
