// Any bytes, cut anywhere, as what an IMAP server says: the session stays within its bounds and ends when it must.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "imap_session.hpp"

using jackfield::email::ImapFault;
using jackfield::email::ImapReader;
using jackfield::email::ImapResponse;
using jackfield::email::ImapSession;
using jackfield::email::ImapSessionOptions;
using jackfield::email::TlsPolicy;

namespace {

constexpr std::size_t most_line = 4096, most_literal = 4096;

void drive(std::string_view bytes, std::size_t step, std::uint8_t how) {
  ImapSessionOptions options;
  options.login = {"user", "secret", (how & 1) != 0, "mail.example", 993};
  options.tls = (how & 2) != 0 ? TlsPolicy::required : TlsPolicy::opportunistic;
  options.encrypted = (how & 4) != 0;
  options.limits = {most_line, most_literal, 100, 8};
  ImapSession* at = nullptr;
  int failures = 0;
  ImapSession session(options,
                      {.ready = [&] { at->run("SELECT INBOX", [&](const ImapResponse&) { at->idle(nullptr); }); },
                       .untagged =
                           [&](ImapResponse& response) {
                             if (response.is("EXISTS")) at->end_idle();
                           },
                       .failed = [&](ImapFault, const std::string&) { ++failures; }});
  at = &session;
  for (; !bytes.empty() && session.wants() != ImapSession::Want::close;
       bytes.remove_prefix(std::min(step, bytes.size()))) {
    session.receive(bytes.substr(0, step));
    if (session.wants() == ImapSession::Want::tls) session.tls_started();
    if (session.take_output().size() > 65536) std::abort();
  }
  if (failures > 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t step = data[1] + 1u;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  drive(bytes, step, data[0]);
  ImapReader reader({most_line, most_literal, 100, 8});
  for (std::string_view left = bytes; !left.empty(); left.remove_prefix(std::min(step, left.size()))) {
    reader.receive(left.substr(0, step));
    while (reader.next()) {
    }
    if (reader.held() > most_line + most_literal + 256) std::abort();
  }
  return 0;
}
