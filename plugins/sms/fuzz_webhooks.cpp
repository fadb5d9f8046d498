// libFuzzer: whatever a webhook brings, as form, JSON or token, becomes events that are JSON, the same every time.
#include <boost/json/parse.hpp>
#include <cstdlib>

#include "events.hpp"
#include "form.hpp"
#include "twilio_decode.hpp"
#include "vonage_decode.hpp"
#include "vonage_jwt.hpp"

namespace {

using namespace jackfield::sms;

template <class Event>
std::string events_of(Event event) {
  Numbers numbers("FR");
  static const OptOutWords words({.languages = {"en", "fr", "ru"}});
  const EventContext context{numbers, words};
  std::string items;
  if (event.message) append_message(items, Whole{std::move(*event.message), 1, {}}, context);
  if (event.receipt) append_receipt(items, *event.receipt, context);
  if (!event.problem.empty()) append_undecodable(items, event.problem, "raw");
  return '[' + items + ']';
}

void check(const std::string& events, const std::string& again) {
  boost::system::error_code error;
  const auto parsed = boost::json::parse(events, error);
  if (error || !parsed.is_array() || events != again) std::abort();
  for (const auto& event : parsed.get_array())
    if (!event.is_object() || !event.get_object().contains("type")) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(bytes), size);
  if (const auto form = parse_form(body)) {
    if (form->size() > kMostFormFields) std::abort();
    check(events_of(decode_twilio(*form)), events_of(decode_twilio(*form)));
    std::string written;
    for (const auto& field : *form) append_field(written, field.name, field.value);
    const auto read = parse_form(written);
    if (!read || read->size() < form->size()) std::abort();
    for (std::size_t i = 0; i < form->size(); ++i)
      if ((*read)[i].name != (*form)[i].name || (*read)[i].value != (*form)[i].value) std::abort();
  }
  check(events_of(decode_twilio(form_of_json(body))), events_of(decode_twilio(form_of_json(body))));
  check(events_of(decode_vonage(body)), events_of(decode_vonage(body)));
  if (VonageJwt({"secret"}, "key").problem(body, "", 1'795'255'200'000).empty()) std::abort();
  if (const auto kept = kept_set_from(body); kept && !kept->parts.empty()) (void)kept->whole();
  return 0;
}
