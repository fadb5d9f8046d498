// Any bytes, cut anywhere, as what an SMTP server says: each mail ends once, and nothing is said without bounds.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "smtp_client.hpp"

using jackfield::email::SmtpClient;
using jackfield::email::SmtpClientOptions;
using jackfield::email::SmtpResult;
using jackfield::email::TlsPolicy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  SmtpClientOptions options;
  if ((data[0] & 1) != 0) options.login = {"user", "secret", (data[0] & 2) != 0, "mail.example", 587};
  options.tls = (data[0] & 4) != 0 ? TlsPolicy::required : TlsPolicy::opportunistic;
  const auto mail = std::make_shared<const std::string>("Subject: x\r\n\r\n.hello\r\n");
  SmtpClient* at = nullptr;
  int begun = 0, ended = 0, failed = 0;
  SmtpClient client(options, {.ready =
                                  [&] {
                                    if (begun == 50) return at->quit();
                                    ++begun;
                                    at->send({"a@x.example", {"b@y.example", "c@y.example"}, "id", mail});
                                  },
                              .done = [&](const SmtpResult&) { ++ended; },
                              .failed = [&](const SmtpResult&) { ++failed; }});
  at = &client;
  const std::size_t step = data[1] + 1u;
  std::string_view bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  for (; !bytes.empty() && client.wants() != SmtpClient::Want::close;
       bytes.remove_prefix(std::min(step, bytes.size()))) {
    client.receive(bytes.substr(0, step));
    if (client.wants() == SmtpClient::Want::tls) client.tls_started();
    for (int i = 0; !client.take_output(7).empty(); ++i)
      if (i > 100000) std::abort();
  }
  client.lost("the end");
  if (ended != begun || failed > 1 || (failed == 1 && begun > 0)) std::abort();
  return 0;
}
