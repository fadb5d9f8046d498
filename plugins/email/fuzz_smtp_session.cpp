// Any bytes, cut anywhere: the session stays within its bounds and always answers.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "smtp_session.hpp"

using jackfield::email::MailBudget;
using jackfield::email::SessionOptions;
using jackfield::email::SmtpSession;
using jackfield::email::Verdict;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  SessionOptions options;
  options.lmtp = data[0] & 1;
  options.offer_tls = data[0] & 2;
  options.max_size = 4096;
  options.budget = std::make_shared<MailBudget>(256 * 1024);
  options.takes_recipient = [](std::string_view address) { return address.size() % 3 != 0; };
  const std::size_t step = data[1] + 1u;
  {
    SmtpSession session(options);
    session.greet();
    std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
    while (!bytes.empty() && session.wants() != SmtpSession::Want::close) {
      session.receive(bytes.substr(0, step));
      bytes.remove_prefix(std::min(step, bytes.size()));
      if (session.wants() == SmtpSession::Want::tls) session.tls_started();
      while (session.wants() == SmtpSession::Want::verdict) {
        const auto mail = session.take_mail();
        if (mail.bytes.size() > options.max_size || mail.envelope.to.empty()) std::abort();
        session.answer(static_cast<Verdict>(mail.bytes.size() % 4));
      }
      session.take_output();
    }
  }
  if (options.budget->used() != 0) std::abort();
  return 0;
}
