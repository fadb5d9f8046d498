#include "kannel.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace jackfield::bench {
namespace {

constexpr const char* bearerbox = "/usr/sbin/bearerbox";
constexpr const char* smsbox = "/usr/sbin/smsbox";

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int free_port() {
  const int made = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  const bool fine = bind(made, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                    getsockname(made, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  close(made);
  if (!fine) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

void wait_until_listening(int port) {
  for (int tries = 0; tries < 1000; ++tries) {
    const int made = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(port);
    const bool listens = connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    close(made);
    if (listens) return;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  throw std::runtime_error("Kannel does not come up");
}

std::string configuration(const std::string& folder, int smpp_port, int http_port, int box_port, int send_port) {
  const auto text = [](int number) { return std::to_string(number); };
  return "group = core\nadmin-port = " + text(free_port()) + "\nadmin-password = bar\nsmsbox-port = " + text(box_port) +
         "\nbox-allow-ip = 127.0.0.1\nlog-level = 3\nlog-file = " + folder + "/bearerbox.log\n\n" +
         "group = smsc\nsmsc = smpp\nsmsc-id = SIM\nhost = 127.0.0.1\nport = " + text(smpp_port) +
         "\ntransceiver-mode = true\nsmsc-username = bench\nsmsc-password = bench\nsystem-type = \"\"\n"
         "max-pending-submits = 50\n\ngroup = smsbox\nbearerbox-host = 127.0.0.1\nsendsms-port = " +
         text(send_port) + "\nlog-level = 3\nlog-file = " + folder +
         "/smsbox.log\n\ngroup = sendsms-user\nusername = tester\npassword = foobar\n\n"
         "group = sms-service\nkeyword = default\ncatch-all = true\nmax-messages = 0\n"
         "get-url = \"http://127.0.0.1:" +
         text(http_port) + "/in?from=%p&text=%a\"\n";
}

}  // namespace

bool Kannel::is_installed() { return std::filesystem::exists(bearerbox) && std::filesystem::exists(smsbox); }

Kannel::Kannel(const std::string& folder, int smpp_port, int http_port) : send_port_(free_port()) {
  const int box_port = free_port();
  std::filesystem::create_directories(folder);
  const std::string file = folder + "/kannel.conf", errors = folder + "/stderr";
  std::ofstream(file) << configuration(folder, smpp_port, http_port, box_port, send_port_);
  bearerbox_ = std::make_unique<Child>(std::vector<std::string>{bearerbox, "-v", "4", file}, errors);
  wait_until_listening(box_port);
  smsbox_ = std::make_unique<Child>(std::vector<std::string>{smsbox, "-v", "4", file}, errors);
  wait_until_listening(send_port_);
}

}  // namespace jackfield::bench
