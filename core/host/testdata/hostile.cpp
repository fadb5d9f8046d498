// A connector that attacks the host when a test tells it to, by the body of a webhook or the message of a send.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "jackfield/jackfield.h"

namespace {

#ifdef NEEDS_NETWORK
#define NEEDS R"("needs": ["network"],)"
#else
#define NEEDS ""
#endif

constexpr char kManifest[] = R"({"id": "hostile", "version": "0.1.0", "name": "Hostile", )" NEEDS R"(
 "channel": {"scheme": "hostile", "webhooks": [{"method": "POST", "path": "/webhook"}]},
 "settings": {"type": "object", "properties": {"mode": {"type": "string"}, "token": {"type": "string", "secret": true}}}})";

const jf_host_api* host = nullptr;
std::string settings;

std::string text(jf_str s) { return std::string(s.data ? s.data : "", s.len); }
jf_str str(const std::string& s) { return {s.data(), s.size()}; }

void reply(std::uint64_t request, const std::string& body) {
  jf_webhook_reply r{};
  r.size = sizeof r;
  r.http_status = 200;
  r.body = str(body);
  host->webhook_reply(host->host, request, &r);
}

std::string tries(int result) { return result < 0 ? std::string("refused ") + std::strerror(errno) : "works"; }

std::string starts_a_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  if (child > 0) ::waitpid(child, nullptr, 0);
  return tries(child);
}

std::string environment() {
  std::ifstream file("/proc/self/environ");
  std::stringstream all;
  all << file.rdbuf();
  return all.str();
}

[[maybe_unused]] void attack(const std::string& how) {
  if (how == "crash") ::raise(SIGSEGV);
  if (how == "exit") std::exit(7);
  if (how == "hang")
    for (;;) ::usleep(1000);
  if (how == "garbage") {
    const std::string garbage(100'000, '\xff');
    [[maybe_unused]] const auto sent = ::send(3, garbage.data(), garbage.size(), MSG_NOSIGNAL);
  }
  if (how == "close") ::close(3), ::usleep(2'000'000);
  if (how == "shut") ::shutdown(3, SHUT_RDWR), ::usleep(2'000'000);
  if (how == "states")
    for (int i = 0; i < 100'000; ++i) host->set_state(host->host, JF_STATE_READY, str(std::to_string(i)));
  if (how == "breaks")
    for (int i = 0; i < 20'000; ++i) reply(1, "");
}

void on_webhook(void*, const jf_webhook* w) {
  const auto body = text(w->body);
  if (body == "hello") return reply(w->request, settings);
  if (body == "fork") return reply(w->request, starts_a_process());
  if (body == "signal") return reply(w->request, tries(::kill(::getppid(), SIGTERM)));
  if (body == "socket") return reply(w->request, tries(::socket(AF_INET, SOCK_STREAM, 0)));
  if (body == "unix socket") return reply(w->request, tries(::socket(AF_UNIX, SOCK_STREAM, 0)));
  if (body.starts_with("read ")) return reply(w->request, tries(::open(body.c_str() + 5, O_RDONLY)));
  if (body.starts_with("write ")) return reply(w->request, tries(::open(body.c_str() + 6, O_WRONLY | O_CREAT, 0600)));
  if (body == "environment") return reply(w->request, environment());
  if (body == "print") {
    std::printf("printed by the connector\nand more");
    std::fflush(stdout);
    std::fprintf(stderr, " of it\n");
    return reply(w->request, "");
  }
  if (body == "print flood") {
    for (int i = 0; i < 20'000; ++i) std::puts("a line of a flood");
    std::fflush(stdout);
    return reply(w->request, "");
  }
  attack(body);
  if (body == "breaks") reply(w->request, "done");
}

jf_status start(void*, jf_error*) {
  if (settings.find("crash_start") != std::string::npos) ::raise(SIGSEGV);
  host->set_state(host->host, JF_STATE_READY, {nullptr, 0});
  return JF_OK;
}
jf_status send(void*, const jf_send* s) { return attack(text(s->message)), JF_OK; }
void cancel(void*, std::uint64_t) {}
void on_delivered(void*, std::uint64_t, jf_status) {}
void on_timer(void*, std::uint64_t, jf_str) {}
void on_http(void*, std::uint64_t, const jf_http_response*) {}
void on_complete(void*, std::uint64_t, jf_status, jf_str) {}
void drain(void*, std::int64_t) {}
void stop(void*) {
  if (settings.find("hang_stop") != std::string::npos) attack("hang");
}
void destroy(void*) {}
const jf_connector_api kApi = {sizeof(jf_connector_api), 0,       start,       send,       cancel, on_delivered, on_timer,
                               on_http,                  on_complete, on_webhook, drain,  stop,         destroy,  nullptr};

jf_status create(const jf_host_api* api_of_host, const jf_create* args, const jf_connector_api** api, void**, jf_error*) {
  host = api_of_host;
  settings = text(args->settings);
  if (settings.find("crash_create") != std::string::npos) ::raise(SIGSEGV);
  *api = &kApi;
  return JF_OK;
}

const jf_module kModule = {sizeof(jf_module), JF_ABI_MINOR, 0, 0, kManifest, nullptr, create};

}  // namespace

extern "C" JF_EXPORT const jf_module* jackfield_plugin_v0(void) { return &kModule; }
