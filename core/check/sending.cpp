#include "check/sending.hpp"

#include <algorithm>

namespace jackfield::check {

void must_send(Context& context) {
  if (!context.manifest().sends) throw Skipped{"the manifest says that it does not send"};
}

Sending::Sending(Context& context) : context_(context), one_(context, (must_send(context), send_sample(context).own)) {
  one_.start();
  const std::size_t before = host().http_calls.size();
  const jf_status status = host().send(kToken, kKey, text_message(context), 1);
  one_.await([&] { return host().http_calls.size() > before || !host().is_open(kToken); });
  if (status != JF_OK) throw Skipped{"it takes no send now (send returned " + std::to_string(status) + ")"};
  if (host().http_calls.size() > before) return;
  const std::string how =
      host().send_answers.empty() ? "" : ", it is answered " + outcome_name(host().send_answers.back().outcome);
  throw Skipped{"a send makes no HTTP request" + how};
}

void Sending::provider_says(const testkit::HttpAnswer& answer) {
  constexpr int most = 50;  // requests of one send
  for (int i = 0; i < most && !host().open_http.empty() && host().is_open(kToken); ++i) {
    host().answer(host().open_http.front(), answer);
    one_.await([&] { return !host().open_http.empty() || !host().is_open(kToken); });
  }
}

testkit::SendAnswer Sending::answer() {
  for (int i = 0; i < 60 && host().is_open(kToken); ++i) host().advance(1000);
  one_.await([&] { return !host().is_open(kToken); });
  if (host().send_answers.empty()) throw Failed{"the send was never answered"};
  return host().send_answers.back();
}

testkit::SendAnswer outcome_under(Context& context, const testkit::HttpAnswer& answer) {
  Sending sending(context);
  sending.provider_says(answer);
  const auto out = sending.answer();
  sending.finish();
  return out;
}

void expect_outcome(const testkit::SendAnswer& answer, std::initializer_list<std::uint32_t> right,
                    const std::string& after) {
  if (std::find(right.begin(), right.end(), answer.outcome) != right.end()) return;
  std::string wanted;
  for (const auto one : right) wanted += (wanted.empty() ? "" : " or ") + outcome_name(one);
  throw Failed{"after " + after + " the outcome was " + outcome_name(answer.outcome) + ", not " + wanted};
}

}  // namespace jackfield::check
