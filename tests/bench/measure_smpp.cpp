#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "daemon.hpp"
#include "graph.hpp"
#include "kannel.hpp"
#include "load.hpp"
#include "measure.hpp"
#include "simulate/smsc.hpp"

namespace jackfield::bench {
namespace {

namespace json = boost::json;

constexpr std::uint64_t senders = 4096;
constexpr const char* text =
    "Bonjour Ana, votre colis est au relais de la rue des Lilas depuis ce matin. Bonne journee !";

// The SMSC is the simulator's, on a thread of this process.
struct Carrier {
  Carrier() : smsc({.listen = "127.0.0.1:0", .window = 50, .quiet = true}) {
    const auto addresses = smsc.start();
    if (!addresses) throw std::runtime_error(addresses.error().message);
    port = std::stoi(addresses->smpp.substr(addresses->smpp.rfind(':') + 1));
    if (!smsc.behave({{"receipts", "none"}})) throw std::runtime_error("the SMSC does not behave");
  }
  std::uint64_t count(const char* group, const char* what) const {
    return static_cast<std::uint64_t>(smsc.state().at(group).at(what).to_number<std::int64_t>());
  }
  void wait_until_bound() const {
    wait("bound", [&] { return smsc.state().at("bound").to_number<std::int64_t>() > 0; });
  }
  // Throws when nothing moves for ten seconds.
  template <class Condition>
  void wait(const char* what, Condition condition) const {
    std::string last;
    for (int quiet = 0; !condition(); ++quiet) {
      if (quiet == 10'000) throw std::runtime_error(std::string("waited in vain until: ") + what);
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
      if (const auto now = json::serialize(smsc.state()); now != last) quiet = 0, last = now;
    }
  }
  simulate::Smsc smsc;
  int port = 0;
};

// Messages in a second that were answered and, with a service behind, have come to it. So many are given as will take
// about that time.
double inbound(Carrier& carrier, double seconds, double guess, const Graph* service = nullptr) {
  const auto before = carrier.count("messages", "delivered");
  const auto served = service ? service->taken() : 0;
  const auto count = static_cast<std::int64_t>(guess * seconds);
  const double begin = steady_ms();
  if (!carrier.smsc.add_messages({{"to", "+15550001"}, {"text", text}, {"count", count}, {"senders", senders}}))
    throw std::runtime_error("the SMSC takes no messages");
  carrier.wait("all are answered",
               [&] { return carrier.count("messages", "delivered") >= before + static_cast<std::uint64_t>(count); });
  for (int quiet = 0; service && service->taken() < served + static_cast<std::uint64_t>(count); ++quiet) {
    if (quiet == 60'000) throw std::runtime_error("the service behind never got all of it");
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return static_cast<double>(count) * 1000 / (steady_ms() - begin);
}

std::string post(const std::string& target, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: contact.example.com\r\nAuthorization: Bearer " + api_token +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string send_by_api(std::uint64_t number) {
  const json::object body{
      {"channel", "smpp"}, {"to", "tel:+" + std::to_string(447700000000 + number % senders)}, {"text", text}};
  return post("/v1/messages", json::serialize(body));
}

std::string send_by_kannel(std::uint64_t number) {
  return "GET /cgi-bin/sendsms?username=tester&password=foobar&from=15550001&to=%2B" +
         std::to_string(447700000000 + number % senders) +
         "&text=Bonjour+Ana,+votre+colis+est+au+relais+de+la+rue+des+Lilas+depuis+ce+matin.+Bonne+journee+! "
         "HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n";
}

double outbound(Carrier& carrier, int port, double seconds, std::string (*request)(std::uint64_t number)) {
  const auto before = carrier.count("submits", "taken");
  std::uint64_t number = 0;
  const double begin = steady_ms();
  const auto load = run_load(port, 64, 0, seconds, [&](std::string& buffer) { buffer = request(number++); });
  if (load.accepted == 0) throw std::runtime_error("no message was accepted, as with " + std::to_string(load.refusal));
  carrier.wait("all are taken", [&] { return carrier.count("submits", "taken") >= before + load.accepted; });
  return static_cast<double>(load.accepted) * 1000 / (steady_ms() - begin);
}

// Where scripts/bench put the npm package; none: nothing to stand beside.
std::string npm_folder(const Options& options) {
  const auto folder = std::filesystem::path(options.binary).parent_path().parent_path() / "npm";
  return std::filesystem::exists(folder / "node_modules" / "smpp") ? folder.string() : std::string();
}

double npm(const Options& options, const char* direction) {
  Child child({"/usr/bin/env", "node", JACKFIELD_BENCH_SOURCES "/npm_smpp.mjs", npm_folder(options), direction,
               std::to_string(options.seconds)},
              options.folder + "/npm-stderr");
  for (;;)
    if (const auto line = child.line(); line.starts_with("RATE ")) return std::stod(line.substr(5));
}

struct Rates {
  std::vector<double> ours, npm, kannel, to_npm, to_kannel;
  void add(double own, double npm_rate, double kannel_rate) {
    ours.push_back(own);
    if (npm_rate > 0) npm.push_back(npm_rate), to_npm.push_back(own / npm_rate);
    if (kannel_rate > 0) kannel.push_back(kannel_rate), to_kannel.push_back(own / kannel_rate);
  }
  void write(Table& table, const std::string& what, double least_to_kannel) const {
    if (!npm.empty())
      table.add({what, rate(median(ours)), "npm's bare pair " + rate(median(npm)), percent(to_npm), "–", true});
    else
      table.add({what, rate(median(ours)), "–", "–", "–", true});
    if (kannel.empty()) return;
    const bool wanted = least_to_kannel > 0;
    table.add({what + ", beside Kannel", rate(median(ours)), "Kannel " + rate(median(kannel)), times(to_kannel),
               wanted ? "≥ " + decimal(least_to_kannel, 0) + "×" : "–",
               !wanted || median(to_kannel) >= least_to_kannel});
  }
};

}  // namespace

void measure_smpp(const Options& options, Table& table) {
  const bool with_npm = !npm_folder(options).empty(), with_kannel = Kannel::is_installed();
  Carrier ours, kannels;
  Configuration configuration;
  configuration.whatsapp_channels = 0;
  configuration.smpp_port = ours.port;
  Daemon daemon(options, configuration, "smpp");
  Graph service;
  std::unique_ptr<Kannel> kannel;
  if (with_kannel) kannel = std::make_unique<Kannel>(options.folder + "/kannel", kannels.port, service.port());
  ours.wait_until_bound();
  if (kannel) kannels.wait_until_bound();
  double guess = inbound(ours, 1, 2000), kannel_guess = kannel ? inbound(kannels, 1, 500, &service) : 0;
  Rates in, out;
  for (int i = 0; i < options.pairs; ++i) {
    guess = inbound(ours, options.seconds, guess);
    kannel_guess = kannel ? inbound(kannels, options.seconds, kannel_guess, &service) : 0;
    in.add(guess, with_npm ? npm(options, "in") : 0, kannel_guess);
    out.add(outbound(ours, daemon.port(), options.seconds, send_by_api), with_npm ? npm(options, "out") : 0,
            kannel ? outbound(kannels, kannel->send_port(), options.seconds, send_by_kannel) : 0);
    std::cerr << "  pair " << i + 1 << ": in " << rate(in.ours.back()) << ", out " << rate(out.ours.back()) << '\n';
  }
  in.write(table, "SMPP in: durable, routed, answered, window 50", 3);
  out.write(table, "SMPP out: accepted on the API, durable, taken, window 50", 0);
  table.note(
      "Over SMPP the SMSC is that of `jackfield simulate smsc`, inside the load generator. npm's bare pair is the npm "
      "package smpp as server and client, each in a process of its own, nothing durable. Kannel (bearerbox and smsbox) "
      "is bound to an SMSC of the same kind, hands what comes to a bare HTTP service and is given what goes out over "
      "its "
      "HTTP interface; a message in counts once that service has it, though Kannel answers the SMSC before, out of "
      "memory.");
  if (!with_npm) table.note("The npm package smpp was not there to be measured beside.");
  if (!with_kannel) table.note("Kannel is not installed.");
}

}  // namespace jackfield::bench
