#include <boost/json.hpp>
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "daemon.hpp"
#include "graph.hpp"
#include "load.hpp"
#include "measure.hpp"
#include "webhooks.hpp"

namespace jackfield::bench {
namespace {

constexpr int channels = 128;  // the connector declares 80 sends a second a channel
constexpr std::uint64_t senders = 4096;

std::vector<std::string> conversations(const Daemon& daemon) {
  std::vector<std::string> ids;
  std::string cursor;
  do {
    const auto page =
        boost::json::parse(daemon.get("/v1/conversations?limit=500" + (cursor.empty() ? "" : "&cursor=" + cursor)));
    for (const auto& item : page.at("items").as_array()) ids.emplace_back(item.at("id").as_string());
    cursor = page.at("next").is_null() ? "" : std::string(page.at("next").as_string());
  } while (!cursor.empty());
  return ids;
}

// Answers to one conversation after the other.
class Replies {
 public:
  explicit Replies(const std::vector<std::string>& ids) {
    const std::string body =
        R"({"text":"Bonjour Ana, votre colis est au relais de la rue des Lilas depuis ce matin. Bonne journ\u00e9e !"})";
    for (const auto& id : ids)
      requests_.push_back("POST /v1/conversations/" + id +
                          "/messages HTTP/1.1\r\nHost: contact.example.com\r\nAuthorization: Bearer " + api_token +
                          "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
                          "\r\n\r\n" + body);
  }
  void next(std::string& buffer) { buffer = requests_[next_++ % requests_.size()]; }

 private:
  std::vector<std::string> requests_;
  std::size_t next_ = 0;
};

// Until the endpoint has so many, or took none for ten seconds.
void wait_until_taken(const Graph& graph, std::uint64_t count) {
  auto last = graph.taken();
  for (int quiet = 0; graph.taken() < count; ++quiet) {
    if (quiet == 10'000)
      throw std::runtime_error("accepted replies never left: " + std::to_string(count - graph.taken()));
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
    if (const auto now = graph.taken(); now != last) quiet = 0, last = now;
  }
}

struct Replied {
  double accepted_per_second, taken_per_second;
};

Replied reply(Daemon& daemon, const Graph& graph, Replies& replies, double seconds) {
  const auto before = graph.taken();
  const double begin = steady_ms();
  const auto load = run_load(daemon.port(), 128, 0, seconds, [&](std::string& buffer) { replies.next(buffer); });
  if (load.refused > 0) std::cerr << "  " << load.refused << " replies were refused, as with " << load.refusal << '\n';
  if (load.accepted == 0) throw std::runtime_error("no reply was accepted");
  wait_until_taken(graph, before + load.accepted);
  return {load.per_second(), static_cast<double>(load.accepted) * 1000 / (graph.last_taken_ms() - begin)};
}

}  // namespace

void measure_replies(const Options& options, Table& table) {
  Graph graph;
  Configuration configuration;
  configuration.whatsapp_channels = channels;
  configuration.graph_port = graph.port();
  Daemon daemon(options, configuration, "replies");
  Webhooks webhooks(senders, channels);
  const auto post = [&](std::string& buffer) { webhooks.next(buffer); };
  run_load(daemon.port(), 128, senders * 4, 0, post);
  Replies replies(conversations(daemon));
  reply(daemon, graph, replies, 0.5);
  std::vector<double> ingested, accepted, taken, ratios;
  for (int i = 0; i < options.pairs; ++i) {
    ingested.push_back(run_load(daemon.port(), 128, 0, options.seconds, post).per_second());
    const auto run = reply(daemon, graph, replies, options.seconds);
    accepted.push_back(run.accepted_per_second);
    taken.push_back(run.taken_per_second);
    ratios.push_back(run.taken_per_second / ingested.back());
    std::cerr << "  pair " << i + 1 << ": ingest " << rate(ingested.back()) << ", accepted " << rate(accepted.back())
              << ", taken " << rate(taken.back()) << '\n';
  }
  table.add({"replies: accepted, durable, taken by the provider", rate(median(taken)),
             "ingest " + rate(median(ingested)), percent(ratios), "≥ 40 %", median(ratios) >= 0.40});
  table.note("Replies go over " + std::to_string(channels) +
             " WhatsApp channels, since the connector declares 80 sends a second for each; they are posted on 128 "
             "connections (accepted at " +
             rate(median(accepted)) +
             ") and counted once a Graph endpoint inside the load generator has taken them, which only answers an id: "
             "`jackfield simulate whatsapp` would cost more than what is measured. The ingest beside it goes to the "
             "same daemon and channels.");
}

}  // namespace jackfield::bench
