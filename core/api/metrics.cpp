// GET /metrics: the Prometheus text format, version 0.0.4.
#include <unistd.h>

#include <concepts>
#include <fstream>

#include "api/context.hpp"
#include "api/exposition.hpp"
#include "api/queue_metrics.hpp"

namespace jackfield::api {
namespace {

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double number(std::integral auto value) { return static_cast<double>(value); }

void write_store(Exposition& out, const Context& context) {
  const auto stats = context.ports.committer.stats();
  out.one("store_commits_total", "counter", "Transactions committed.", number(stats.commits));
  out.one("store_commit_seconds_total", "counter", "Time that commits took.", stats.commit_seconds);
  out.one("store_slow_commits_total", "counter", "Commits that took over a second.", number(stats.slow_commits));
  out.one("store_commands_total", "counter", "Commands decided.", number(stats.commands));
  out.one("store_failures_total", "counter", "Commits that failed.", number(stats.failures));
  out.one("store_retried_alone_total", "counter", "Commands run again outside their group.",
          number(stats.retried_alone));
  out.one("store_commands_waiting", "gauge", "Commands that wait for a transaction.", number(stats.waiting));
  out.one("store_writable", "gauge", "1 when the last commit went through.",
          context.ports.committer.writable() ? 1 : 0);
}

void write_http(Exposition& out, const Context& context) {
  if (!context.http_stats) return;
  const auto stats = context.http_stats();
  out.one("http_connections", "gauge", "Connections that are open.", number(stats.connections));
  out.one("http_accepted_total", "counter", "Connections accepted.", number(stats.accepted));
  out.one("http_refused_total", "counter", "Connections refused at the bound.", number(stats.refused));
  out.one("http_requests_total", "counter", "Requests read.", number(stats.requests));
  out.one("http_timeouts_total", "counter", "Connections closed for slowness.", number(stats.timeouts));
  out.one("event_followers", "gauge", "WebSockets that follow the event log.", number(context.hub->followers()));
  out.one("event_long_polls", "gauge", "Long polls that wait.", number(context.hub->waiters()));
}

void write_flow(Exposition& out, const Context& context) {
  const auto stats = context.ports.flow.stats();
  out.one("flow_received_total", "counter", "Events of connectors stored: messages, receipts, edits, reactions.", number(stats.received));
  out.one("flow_duplicates_total", "counter", "Redeliveries recognised.", number(stats.duplicates));
  out.one("flow_dead_letters_total", "counter", "Dead letters written.", number(stats.dead_letters));
  out.one("flow_sends_total", "counter", "Sends handed to connectors.", number(stats.sends));
  out.one("flow_retries_total", "counter", "Sends that are to be tried again.", number(stats.retries));
  out.one("flow_rejected_total", "counter", "Sends that were rejected.", number(stats.rejected));
  out.one("flow_unknown_total", "counter", "Sends whose outcome is unknown.", number(stats.unknown));
}

struct ChannelNumbers {
  host::ChannelInfo info;
  store::ChannelFigures figures;
};

using Value = double (*)(const ChannelNumbers&);

void write_family(Exposition& out, const std::vector<ChannelNumbers>& channels, std::string_view name,
                  std::string_view type, std::string_view help, Value value) {
  out.family(name, type, help);
  for (const auto& channel : channels) out.sample(value(channel), {{"channel", channel.info.name}});
}

void write_channels(Exposition& out, const std::vector<ChannelNumbers>& all) {
  using N = const ChannelNumbers&;
  write_family(out, all, "channel_ready", "gauge", "1 when the channel is ready.",
               [](N c) { return c.info.state == host::ChannelState::ready ? 1.0 : 0.0; });
  write_family(out, all, "channel_messages_received", "gauge", "Inbound messages held.",
               [](N c) { return number(c.figures.received); });
  write_family(out, all, "channel_messages_sent", "gauge", "Outbound messages that left.",
               [](N c) { return number(c.figures.sent); });
  write_family(out, all, "channel_messages_failed", "gauge", "Outbound messages that failed.",
               [](N c) { return number(c.figures.failed); });
  write_family(out, all, "channel_outbox", "gauge", "Replies that wait or fly.",
               [](N c) { return number(c.figures.outbox); });
  write_family(out, all, "channel_held", "gauge", "Replies whose outcome is unknown.",
               [](N c) { return number(c.figures.held); });
  write_family(out, all, "channel_dead_inbound", "gauge", "Inbound dead letters.",
               [](N c) { return number(c.figures.dead_inbound); });
  write_family(out, all, "channel_dead_outbound", "gauge", "Outbound dead letters.",
               [](N c) { return number(c.figures.dead_outbound); });
  write_family(out, all, "channel_webhooks_total", "counter", "Webhook requests.",
               [](N c) { return number(c.info.webhooks); });
  write_family(out, all, "channel_webhooks_refused_total", "counter", "Webhook requests answered 4xx or 5xx.",
               [](N c) { return number(c.info.webhooks_refused); });
  write_family(out, all, "channel_contract_breaks_total", "counter", "Breaks of the connector contract.",
               [](N c) { return number(c.info.contract_breaks); });
  write_family(out, all, "channel_slow_callbacks_total", "counter", "Calls into the connector over their time.",
               [](N c) { return number(c.info.slow_callbacks); });
}

void write_connectors(Exposition& out, const std::vector<ChannelNumbers>& channels) {
  out.family("connector_metric", "untyped", "What connectors report of themselves.");
  for (const auto& channel : channels) {
    for (const auto& [name, value] : channel.info.metrics) {
      out.sample(value, {{"channel", channel.info.name}, {"name", name}});
    }
  }
}

void metrics(Context& context, const CallPtr& call) {
  context.read(call, [&context](Call& c, store::Reader& reader) {
    std::vector<ChannelNumbers> channels;
    for (auto& info : context.ports.host.channels()) {
      const auto figures = reader.channel(info.name);
      channels.push_back({std::move(info), figures ? *figures : store::ChannelFigures{}});
    }
    Exposition out;
    out.one("resident_memory_bytes", "gauge", "Memory of the process.", resident_bytes());
    write_store(out, context);
    write_http(out, context);
    write_flow(out, context);
    write_channels(out, channels);
    write_connectors(out, channels);
    write_queues(out, reader, *context.ports.flow.environment());
    net::HttpResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = out.take();
    c.responder->respond(std::move(response));
  });
}

}  // namespace

void add_metrics(Router& router, Context& context) {
  router.add("GET", "/metrics", kAll, [&context](const CallPtr& call) { metrics(context, call); });
}

}  // namespace jackfield::api
