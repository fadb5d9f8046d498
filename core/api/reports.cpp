// GET /v1/reports: figures of days, channels, queues and agents.
#include <algorithm>

#include "api/context.hpp"
#include "api/json_object.hpp"
#include "api/report_rows.hpp"

namespace jackfield::api {
namespace {

constexpr DayNumber kMostDays = 400, kDaysUnasked = 7;
constexpr std::size_t kMostRows = 10'000;

struct Report {
  store::FiguresQuery query;
  ReportKeys keys;
  bool csv = false;
};

// "day,queue": by what rows are told apart.
void read_by(Query& query, ReportKeys& keys) {
  const std::string by = query.text("by").value_or("");
  for (std::size_t at = 0; at <= by.size() && !by.empty();) {
    const std::size_t comma = std::min(by.find(',', at), by.size());
    const std::string name = by.substr(at, comma - at);
    at = comma + 1;
    if (name == "day")
      keys.day = true;
    else if (name == "queue")
      keys.queue = true;
    else if (name == "channel")
      keys.channel = true;
    else if (name == "agent")
      keys.agent = true;
    else
      query.refuse("by", unknown_name("key", name.substr(0, 64), {"day", "queue", "channel", "agent"}));
  }
}

DayNumber read_day(Query& query, std::string_view name, DayNumber otherwise) {
  const auto text = query.text(name);
  if (text && !parse_day(*text, otherwise))
    query.refuse(name, "\"" + text->substr(0, 64) + "\" is no day; days are written as in 2026-11-23");
  return otherwise;
}

void read_days(Query& query, DayNumber today, store::FiguresQuery& out) {
  out.to = read_day(query, "to", today);
  out.from = read_day(query, "from", std::max(0, out.to - (kDaysUnasked - 1)));
  if (out.from > out.to) query.refuse("from", day_text(out.from) + " is after to, which is " + day_text(out.to));
  if (out.to - out.from >= kMostDays)
    query.refuse("from", "at most " + std::to_string(kMostDays) + " days at once; ask for them in parts");
}

bool wants_csv(Query& query, const net::HttpRequest& request) {
  const auto format = query.text("format");
  if (format && *format != "json" && *format != "csv") query.refuse("format", "must be json or csv");
  if (format) return *format == "csv";
  return request.header("accept").find("text/csv") != std::string_view::npos;
}

Report read_report(Query& query, const Call& call, DayNumber today) {
  Report out;
  read_days(query, today, out.query);
  read_by(query, out.keys);
  out.query.queue = query.text("queue");
  out.query.channel = query.text("channel");
  out.query.agent = query.text("agent");
  out.csv = wants_csv(query, call.request);
  if (!call.caller->sees_all()) out.query.queues = call.caller->queues;
  out.query.by_day = out.keys.day;
  out.query.by_queue = out.keys.queue;
  out.query.by_channel = out.keys.channel;
  out.query.by_agent = out.keys.agent;
  return out;
}

std::string report_json(const Report& report, const std::vector<FiguresRow>& rows, const std::string& timezone) {
  std::vector<std::string> by;
  if (report.keys.day) by.emplace_back("day");
  if (report.keys.queue) by.emplace_back("queue");
  if (report.keys.channel) by.emplace_back("channel");
  if (report.keys.agent) by.emplace_back("agent");
  std::string out;
  JsonObject object(out);
  object.text("timezone", timezone);
  object.text("from", day_text(report.query.from));
  object.text("to", day_text(report.query.to));
  object.raw("by", strings_to_json(by));
  std::string& items = object.key("items");
  items += '[';
  for (std::size_t i = 0; i < rows.size(); ++i) items += (i ? "," : "") + report_row_json(rows[i], report.keys);
  items += ']';
  object.raw("next", "null");
  object.end();
  return out;
}

void answer_csv(Call& call, const Report& report, const std::vector<FiguresRow>& rows) {
  net::HttpResponse response;
  response.content_type = "text/csv; charset=utf-8; header=present";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"report-" + day_text(report.query.from) +
                                                           "-" + day_text(report.query.to) + ".csv\"");
  response.body = report_csv(rows, report.keys);
  call.responder->respond(std::move(response));
}

void get(Context& context, const CallPtr& call) {
  const auto env = context.ports.flow.environment();
  Query query(call->request, {"from", "to", "by", "queue", "channel", "agent", "format"});
  const Report report = read_report(query, *call, env->report_day(env->clock.now()));
  if (query.error()) return call->problem(*query.error());
  if (report.query.queue && !call->caller->sees_queue(*report.query.queue))
    return call->problem(denied("queue \"" + report.query.queue->substr(0, 64) + "\" is none of yours"));
  context.read(call, [report, env](Call& c, store::Reader& reader) {
    const auto rows = reader.figures(report.query, kMostRows);
    if (!rows) return c.error(rows.error());
    if (report.csv) return answer_csv(c, report, *rows);
    c.json(200, report_json(report, *rows, env->config.reports.timezone));
  });
}

}  // namespace

void add_reports(Router& router, Context& context) {
  router.add("GET", "/v1/reports", kAll, [&context](const CallPtr& call) { get(context, call); });
}

}  // namespace jackfield::api
