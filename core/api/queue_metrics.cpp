#include "api/queue_metrics.hpp"

#include <algorithm>
#include <concepts>

#include "flow/agents.hpp"

namespace jackfield::api {
namespace {

constexpr std::size_t kMostRows = 10'000;

double number(std::integral auto value) { return static_cast<double>(value); }
double seconds(Millis duration) { return number(duration.count()) / 1000; }

struct QueueNumbers {
  const flow::QueueSpec* queue;
  store::QueueFigures now;
  std::int64_t agents = 0;
};

std::vector<QueueNumbers> numbers_of(store::Reader& reader, const flow::Environment& env) {
  const auto figures = reader.queues();
  const auto online = reader.agents_online();
  std::vector<QueueNumbers> out;
  for (const auto& queue : env.config.queues) {
    QueueNumbers numbers{&queue, {}, 0};
    if (figures)
      for (const auto& one : *figures)
        if (one.queue == queue.name) numbers.now = one;
    if (online)
      numbers.agents =
          std::count_if(online->begin(), online->end(), [&](const Agent& a) { return flow::serves(a, queue); });
    out.push_back(std::move(numbers));
  }
  return out;
}

void write_now(Exposition& out, const std::vector<QueueNumbers>& queues, Time now) {
  const auto gauge = [&](std::string_view name, std::string_view help, const auto& value) {
    out.family(name, "gauge", help);
    for (const auto& queue : queues) out.sample(value(queue), {{"queue", queue.queue->name}});
  };
  using Q = const QueueNumbers&;
  gauge("queue_waiting", "Conversations that wait for an agent.", [](Q q) { return number(q.now.waiting); });
  gauge("queue_open", "Conversations that are open.", [](Q q) { return number(q.now.open); });
  gauge("queue_oldest_seconds", "For how long the one that waits longest has waited.",
        [now](Q q) { return q.now.oldest == Time{} ? 0 : std::max(0.0, seconds(now - q.now.oldest)); });
  gauge("queue_agents_online", "Agents with the queue's skills who are online.", [](Q q) { return number(q.agents); });
}

using Rows = std::vector<FiguresRow>;

Labels labels_of(const FiguresRow& row) { return {{"queue", row.key.queue}, {"channel", row.key.channel}}; }

Labels with(Labels labels, std::string_view name, std::string_view value) {
  labels.emplace_back(name, value);
  return labels;
}

void write_count(Exposition& out, const Rows& rows, std::string_view name, std::string_view help, Count count) {
  out.family(name, "counter", help);
  for (const auto& row : rows) out.sample(number(row.figures[count]), labels_of(row));
}

// In the queue's open hours.
void write_measure(Exposition& out, const Rows& rows, std::string_view name, std::string_view help, Measure measure) {
  out.family(name, "histogram", help);
  for (const auto& row : rows) {
    const Spread& spread = row.figures[measure].open;
    std::int64_t below = 0;
    for (std::size_t i = 0; i < Spread::kEnds.size(); ++i) {
      below += spread.steps[i];
      out.sample(number(below), with(labels_of(row), "le", shown(seconds(Spread::kEnds[i]))), "_bucket");
    }
    out.sample(number(spread.count()), with(labels_of(row), "le", "+Inf"), "_bucket");
    out.sample(seconds(Millis{spread.total}), labels_of(row), "_sum");
    out.sample(number(spread.count()), labels_of(row), "_count");
  }
}

void write_levels(Exposition& out, const Rows& rows) {
  out.family("service_level_total", "counter", "Service levels that were met or missed.");
  const auto sample = [&](const FiguresRow& row, std::string_view level, std::string_view outcome, Count count) {
    out.sample(number(row.figures[count]), with(with(labels_of(row), "level", level), "outcome", outcome));
  };
  for (const auto& row : rows) {
    sample(row, "first_response", "met", Count::first_response_met);
    sample(row, "first_response", "missed", Count::first_response_missed);
    sample(row, "resolution", "met", Count::resolution_met);
    sample(row, "resolution", "missed", Count::resolution_missed);
  }
}

void write_scores(Exposition& out, const Rows& rows) {
  out.family("satisfaction_scores_total", "counter", "Scores that customers gave.");
  for (const auto& row : rows)
    for (int score = 1; score <= kBestScore; ++score) {
      const std::string shown_score = std::to_string(score);
      out.sample(number(row.figures[count_of_score(score)]), with(labels_of(row), "score", shown_score));
    }
}

void write_all_days(Exposition& out, const Rows& rows) {
  write_count(out, rows, "conversations_opened_total", "Conversations opened, also again.", Count::opened);
  write_count(out, rows, "conversations_reopened_total", "Conversations opened again.", Count::reopened);
  write_count(out, rows, "conversations_closed_total", "Conversations closed.", Count::closed);
  write_count(out, rows, "conversations_abandoned_total", "Conversations closed without an answer by a person.",
              Count::abandoned);
  write_count(out, rows, "conversations_closed_by_rule_total", "Conversations that a rule closed.",
              Count::closed_by_rule);
  write_measure(out, rows, "wait_seconds", "From waiting to an agent, in open hours.", Measure::wait);
  write_measure(out, rows, "first_response_seconds", "Until a person first answered, in open hours.",
                Measure::first_response);
  write_measure(out, rows, "resolution_seconds", "From opened to closed, of what was answered, in open hours.",
                Measure::resolution);
  write_levels(out, rows);
  write_scores(out, rows);
}

}  // namespace

void write_queues(Exposition& out, store::Reader& reader, const flow::Environment& env) {
  write_now(out, numbers_of(reader, env), env.clock.now());
  store::FiguresQuery all{.from = kAllDays, .to = kAllDays};
  all.by_channel = all.by_queue = true;
  if (const auto rows = reader.figures(all, kMostRows)) write_all_days(out, *rows);
}

}  // namespace jackfield::api
