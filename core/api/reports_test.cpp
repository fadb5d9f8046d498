#include <gtest/gtest.h>

#include <algorithm>

#include "api/report_rows.hpp"
#include "api/test_world.hpp"

namespace jackfield::api {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class ReportsTest : public ::testing::Test {
 protected:
  void count(DayNumber day, const std::string& queue, const std::string& channel, const std::string& agent,
             std::function<void(Figures&)> add) {
    ASSERT_TRUE(world.committer->run([&](store::Unit& unit) -> Result<void> {
      add(unit.figures({.day = day, .channel = channel, .queue = queue, .agent = agent}));
      add(unit.figures({.day = kAllDays, .channel = channel, .queue = queue, .agent = {}}));
      return {};
    }));
  }
  void some_days() {
    for (const DayNumber day : {today - 7, today - 1, today}) {
      count(day, "general", "wa", "", [](Figures& f) { f[Count::opened] += 2; });
      count(day, "billing", "wa", "ana", [](Figures& f) {
        ++f[Count::first_response_met];
        f[count_of_score(4)] += 3;
        f[Measure::first_response].wall.add(seconds{90});
        f[Measure::first_response].open.add(seconds{30});
      });
    }
  }
  boost::json::array items(const std::string& query, const std::string& who = "crm") {
    return world.get(who, "/v1/reports" + query).at("items").as_array();
  }
  std::string csv(const std::string& query) { return world.call("crm", "GET", "/v1/reports" + query).body; }

  World world;
  const DayNumber today = world.flow->environment()->report_day(world.clock.now());
};

TEST_F(ReportsTest, WithoutParametersTheLastSevenDaysAreOneRow) {
  some_days();
  const auto report = world.get("crm", "/v1/reports");
  EXPECT_EQ(report.at("to").as_string(), day_text(today));
  EXPECT_EQ(report.at("from").as_string(), day_text(today - 6));
  EXPECT_EQ(report.at("timezone").as_string(), "UTC");
  ASSERT_EQ(report.at("items").as_array().size(), 1u);
  const auto& row = report.at("items").at(0);
  EXPECT_EQ(row.at("opened").to_number<int>(), 4);
  EXPECT_EQ(row.at("satisfaction").at("average").to_number<double>(), 4);
  EXPECT_EQ(row.at("service_level").at("first_response").at("percent").to_number<double>(), 100);
  EXPECT_EQ(row.at("service_level").at("resolution").at("percent"), nullptr);
  EXPECT_EQ(row.at("first_response").at("wall").at("average_seconds").to_number<double>(), 90);
  EXPECT_EQ(row.at("first_response").at("open").at("total_seconds").to_number<double>(), 60);
  EXPECT_EQ(row.at("resolution").at("open").at("p90_seconds"), nullptr);
}

TEST_F(ReportsTest, RowsAreToldApartByWhatIsAsked) {
  some_days();
  EXPECT_EQ(items("?by=day").size(), 2u);
  EXPECT_EQ(items("?by=day&from=" + day_text(today - 7)).size(), 3u);
  const auto rows = items("?by=queue,agent");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].at("queue").as_string(), "billing");
  EXPECT_EQ(rows[0].at("agent").as_string(), "ana");
  EXPECT_EQ(rows[1].at("agent"), nullptr);
  EXPECT_FALSE(rows[0].as_object().contains("day"));
}

TEST_F(ReportsTest, AFilterLeavesTheOthersOut) {
  some_days();
  EXPECT_EQ(items("?queue=general")[0].at("opened").to_number<int>(), 4);
  EXPECT_EQ(items("?queue=billing")[0].at("opened").to_number<int>(), 0);
  EXPECT_EQ(items("?agent=ana&by=queue").size(), 1u);
  EXPECT_EQ(items("?channel=fax").size(), 0u);
}

TEST_F(ReportsTest, AnAgentIsToldOfItsQueuesOnly) {
  some_days();
  const auto rows = items("?by=queue", "ana");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].at("queue").as_string(), "billing");
  EXPECT_EQ(world.call("ana", "GET", "/v1/reports?queue=general").status, 403);
  EXPECT_EQ(items("?by=queue", "bob").size(), 2u);
}

TEST_F(ReportsTest, CsvHasALineOfNamesAndALineForEachRow) {
  some_days();
  const std::string text = csv("?by=queue,agent&format=csv");
  EXPECT_EQ(text.find("queue,agent,opened,reopened,closed,"), 0u);
  EXPECT_NE(text.find("wait_open_p90_seconds"), std::string::npos);
  EXPECT_NE(text.find("\r\nbilling,ana,0,0,0,"), std::string::npos);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  std::size_t commas = 0;
  for (std::size_t at = 0, end = 0; (end = text.find("\r\n", at)) != std::string::npos; at = end + 2) {
    const auto here = static_cast<std::size_t>(
        std::count(text.begin() + static_cast<long>(at), text.begin() + static_cast<long>(end), ','));
    if (at > 0) EXPECT_EQ(here, commas);
    commas = here;
  }
  const auto asked = world.call("crm", "GET", "/v1/reports", "", {{"accept", "text/csv"}});
  EXPECT_TRUE(asked.content_type.starts_with("text/csv"));
}

TEST_F(ReportsTest, CsvIsNoWayToPutAFormulaIntoASpreadsheet) {
  const FiguresRow row{{.day = 0, .channel = "a,\"b\"", .queue = "=1+2", .agent = {}}, {}};
  const std::string text = report_csv({row}, {.queue = true, .channel = true});
  EXPECT_NE(text.find("\r\n\"'=1+2\",\"a,\"\"b\"\"\",0,"), std::string::npos) << text;
}

TEST_F(ReportsTest, WhatIsWrongWithAParameterIsToldPlainly) {
  const std::map<std::string, std::string> expected{
      {"?from=yesterday", "from: \"yesterday\" is no day; days are written as in 2026-11-23"},
      {"?to=2026-02-30", "to: \"2026-02-30\" is no day; days are written as in 2026-11-23"},
      {"?from=2026-11-02&to=2026-11-01", "from: 2026-11-02 is after to, which is 2026-11-01"},
      {"?from=2020-01-01&to=2026-11-01", "from: at most 400 days at once; ask for them in parts"},
      {"?by=day,queu", "by: unknown key \"queu\"; did you mean \"queue\"? Allowed: day, queue, channel, agent"},
      {"?by=day,", "by: unknown key \"\". Allowed: day, queue, channel, agent"},
      {"?format=xls", "format: must be json or csv"},
  };
  for (const auto& [query, detail] : expected) {
    const auto response = world.call("crm", "GET", "/v1/reports" + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_EQ(std::string(boost::json::parse(response.body).at("detail").as_string()), detail) << query;
  }
  EXPECT_EQ(world.call("crm", "GET", "/v1/reports?colour=red").status, 400);
}

TEST_F(ReportsTest, MoreRowsThanFitAreRefusedAndNotCut) {
  ASSERT_TRUE(world.committer->run([&](store::Unit& unit) -> Result<void> {
    for (int i = 0; i < 10'001; ++i)
      ++unit.figures({.day = today, .channel = "wa", .queue = "q" + std::to_string(i), .agent = {}})[Count::opened];
    return {};
  }));
  EXPECT_EQ(world.call("crm", "GET", "/v1/reports?by=queue").status, 413);
  EXPECT_EQ(items("")[0].at("opened").to_number<int>(), 10'001);
}

TEST_F(ReportsTest, PrometheusIsToldOfAllDays) {
  some_days();
  world.add_conversation("billing");
  const std::string text = world.call("crm", "GET", "/metrics").body;
  for (const std::string line : {
           "jackfield_queue_agents_online{queue=\"billing\"} 0",
           "jackfield_conversations_opened_total{queue=\"general\",channel=\"wa\"} 6",
           "# TYPE jackfield_first_response_seconds histogram",
           "jackfield_first_response_seconds_bucket{queue=\"billing\",channel=\"wa\",le=\"15\"} 0",
           "jackfield_first_response_seconds_bucket{queue=\"billing\",channel=\"wa\",le=\"30\"} 3",
           "jackfield_first_response_seconds_bucket{queue=\"billing\",channel=\"wa\",le=\"+Inf\"} 3",
           "jackfield_first_response_seconds_sum{queue=\"billing\",channel=\"wa\"} 90",
           "jackfield_first_response_seconds_count{queue=\"billing\",channel=\"wa\"} 3",
           "jackfield_service_level_total{queue=\"billing\",channel=\"wa\",level=\"first_response\",outcome=\"met\"} 3",
           "jackfield_satisfaction_scores_total{queue=\"billing\",channel=\"wa\",score=\"4\"} 9",
       })
    EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line;
}

}  // namespace
}  // namespace jackfield::api
