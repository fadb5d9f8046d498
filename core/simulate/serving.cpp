#include "simulate/serving.hpp"

#include <pthread.h>
#include <signal.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace jackfield::simulate {

int serve(const std::function<Result<std::string>()>& start) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread is made, so that all of them inherit it
  const auto started = start();
  if (!started) {
    std::fprintf(stderr, "jackfield: %s\n", started.error().message.c_str());
    return EXIT_FAILURE;
  }
  std::printf("%s\n", started->c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  return EXIT_SUCCESS;
}

void reply_json(const Reply& reply, const boost::json::value& value, int status) {
  reply->respond({status, "application/json", boost::json::serialize(value) + "\n", {}, {}});
}

void refuse(const Reply& reply, int status, std::string_view why) {
  reply_json(reply, boost::json::object{{"error", why}}, status);
}

std::size_t number_in(std::string_view query, std::string_view name, std::size_t otherwise) {
  for (const auto& [key, value] : net::parse_query(query))
    if (key == name) std::from_chars(value.data(), value.data() + value.size(), otherwise);
  return otherwise;
}

bool is_loopback(std::string_view address) { return address.starts_with("127.") || address == "::1"; }

}  // namespace jackfield::simulate
