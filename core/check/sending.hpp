// One send, led to its end under a provider that answers as a check wants.
#pragma once

#include <functional>
#include <optional>

#include "check/context.hpp"
#include "check/messages.hpp"

namespace jackfield::check {

// A started instance with one send of a text open, whose HTTP requests wait for an answer.
class Sending {
 public:
  // Throws Skipped when the manifest says it does not send, or a send makes no HTTP request.
  explicit Sending(Context& context);

  testkit::FakeHost& host() { return one_.host(); }
  // Every request of the send gets this, until the send is answered.
  void provider_says(const testkit::HttpAnswer& answer);
  // Time passes until the send is answered; throws Failed when that takes longer than any connector may.
  testkit::SendAnswer answer();
  void finish() { one_.finish(); }

 private:
  Context& context_;
  Instance one_;
};

// The same in one go.
testkit::SendAnswer outcome_under(Context& context, const testkit::HttpAnswer& answer);

// Throws Failed when the outcome is none of these; `after` says what it followed.
void expect_outcome(const testkit::SendAnswer& answer, std::initializer_list<std::uint32_t> right,
                    const std::string& after);
// Throws Skipped when the manifest says that it does not send.
void must_send(Context& context);

}  // namespace jackfield::check
