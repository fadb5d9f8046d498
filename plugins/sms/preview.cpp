#include "preview.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "events.hpp"
#include "segments.hpp"

namespace jackfield::sms {
namespace {

namespace json = boost::json;

json::array problems_of(const std::optional<SendProblem>& problem) {
  if (!problem) return {};
  return {json::object{{"class", class_name(problem->error)}, {"detail", problem->detail}}};
}

json::array notes_of(const Segmented& segmented) {
  json::array notes;
  if (segmented.transliterated) notes.push_back("characters are replaced, so that it stays in the GSM alphabet");
  if (!segmented.first_outside_gsm.empty())
    notes.push_back(json::string('"' + segmented.first_outside_gsm +
                                 "\" is not in the GSM alphabet: a segment holds less than half as much"));
  return notes;
}

Segmented split_by(const std::string& text, const TextRules& rules) {
  return segment(text, {.transliterate = rules.transliterate});
}

}  // namespace

std::string text_as_sent(const std::string& text, const TextRules& rules) {
  if (!rules.transliterate) return text;
  std::string out;
  for (const auto& each : split_by(text, rules).segments) out += each.text;
  return out;
}

std::optional<SendProblem> too_long(const std::string& text, const TextRules& rules) {
  const auto needed = split_by(text, rules).segments.size();
  if (needed <= rules.max_segments) return std::nullopt;
  return SendProblem{sdk::ErrorClass::content, "the text needs " + std::to_string(needed) +
                                                   " short messages, and max_segments is " +
                                                   std::to_string(rules.max_segments)};
}

std::string preview_json(const Outbound& message, const TextRules& rules, const std::optional<SendProblem>& problem,
                         std::string_view with_media) {
  const bool is_sms = message.media.empty();
  const auto segmented = split_by(message.text, rules);
  const json::object out{{"sendable", !problem},
                         {"problems", problems_of(problem)},
                         {"notes", is_sms ? notes_of(segmented) : json::array()},
                         {"kind", is_sms ? std::string_view("sms") : with_media}};
  auto text = json::serialize(out);
  if (is_sms) text.insert(text.size() - 1, ',' + preview_members(segmented));
  return text;
}

std::string preview_of_problem(const SendProblem& problem) {
  return json::serialize(
      json::object{{"sendable", false}, {"problems", problems_of(problem)}, {"notes", json::array()}});
}

}  // namespace jackfield::sms
