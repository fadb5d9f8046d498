// One request of any kind to a whole API over a store with a conversation in it. The input: who asks (its first byte),
// a line with method and target, header lines, an empty line, the body. Every request is answered, with JSON where it
// says so, and never with a fault of the server. Text in the input that reads CONVERSATION, CONTACT or MESSAGE stands
// for the ids of what is there.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "api/test_world.hpp"
#include "base/log.hpp"

namespace {

using namespace jackfield;
using namespace jackfield::api;

// Made anew now and then, so that a long run does not drown in rows.
struct Fixture {
  World world;
  World::Thread thread = world.add_conversation("billing");
};

Fixture& fixture() {
  static std::unique_ptr<Fixture> made;
  static int uses = 0;
  if (!made || ++uses % 5000 == 0) {
    log::set_level(log::Level::off);
    made.reset();
    made = std::make_unique<Fixture>();
  }
  return *made;
}

void replace(std::string& text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

std::string next_line(std::string& rest) {
  const auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.erase(0, end == std::string::npos ? end : end + 1);
  return line;
}

[[noreturn]] void wrong(const char* what, const net::HttpResponse& response) {
  std::fprintf(stderr, "%s: %d %s\n", what, response.status, response.body.c_str());
  std::abort();
}

void check(const net::HttpResponse& response) {
  if (response.status < 100 || response.status >= 600 || response.status == 500)
    wrong("a fault of the server", response);
  if (response.status >= 400 && response.status != 404 && response.content_type.empty())
    wrong("a refusal that does not say why", response);
  if (response.content_type.find("json") == std::string::npos) return;
  boost::system::error_code error;
  boost::json::parse(response.body, error, {}, {.max_depth = 64});
  if (error) wrong("no JSON", response);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static constexpr std::array kWho = {"root", "ana", "bob", "crm", ""};
  auto& [world, thread] = fixture();
  std::string rest(reinterpret_cast<const char*>(data + 1), size - 1);
  replace(rest, "CONVERSATION", to_string(thread.conversation));
  replace(rest, "CONTACT", to_string(thread.contact));
  replace(rest, "MESSAGE", to_string(thread.message));
  const auto line = next_line(rest);
  const auto blank = line.find(' ');
  auto target = blank == std::string::npos ? std::string("/") : line.substr(blank + 1);
  if (target.find("wait") != std::string::npos) return 0;  // a long poll would hold the run up
  std::vector<std::pair<std::string, std::string>> headers;
  for (auto header = next_line(rest); !header.empty(); header = next_line(rest)) {
    const auto colon = header.find(": ");
    if (colon != std::string::npos) headers.emplace_back(header.substr(0, colon), header.substr(colon + 2));
  }
  const auto responder = world.send(kWho[data[0] % kWho.size()], line.substr(0, blank), target, rest, headers);
  check(responder->wait());
  if (responder->socket) responder->socket->leave();
  if (responder->body_stream) responder->body_stream->leave();
  return 0;
}
