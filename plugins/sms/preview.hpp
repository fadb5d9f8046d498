// What would become of a message (jackfield.preview/1). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "provider.hpp"

namespace jackfield::sms {

struct SendProblem {
  sdk::ErrorClass error = sdk::ErrorClass::content;
  std::string detail;
};

struct TextRules {
  bool transliterate = false;
  std::size_t max_segments = 10;
};
// As the rules have it sent: with stand-ins where they keep it in the GSM alphabet.
std::string text_as_sent(const std::string& text, const TextRules& rules);
// The text needs more segments than it may; nullopt: it does not.
std::optional<SendProblem> too_long(const std::string& text, const TextRules& rules);

// {"sendable","problems","notes"} and how the text is split. with_media: what a message with files is called ("mms"),
// which is not split.
std::string preview_json(const Outbound& message, const TextRules& rules, const std::optional<SendProblem>& problem,
                         std::string_view with_media = {});

// For a message that does not even get to a provider.
std::string preview_of_problem(const SendProblem& problem);

}  // namespace jackfield::sms
