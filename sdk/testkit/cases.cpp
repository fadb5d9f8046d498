#include "cases.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "case_file.hpp"
#include "compare.hpp"
#include "fake_host.hpp"
#include "record.hpp"
#include "transcript.hpp"

namespace jackfield::testkit {
namespace json = boost::json;
namespace fs = std::filesystem;
namespace {

class Case {
 public:
  Case(const jf_module& module, const fs::path& file, bool update) : file_(file), update_(update) {
    result_.name = file.stem().string();
    case_ = read_object(file);
    const fs::path shared = file.parent_path() / "settings.json";
    if (fs::exists(shared)) base_ = read_object(shared);
    options_ = options_from(module, base_, case_);
    host_ = std::make_unique<FakeHost>(module, options_);
    preset(*host_, base_);
    preset(*host_, case_);
  }

  CaseResult run() {
    const bool starts_itself = case_.contains("start") || (steps() != nullptr && !steps()->empty() &&
                                                           steps()->front().as_object().contains("start"));
    if (!starts_itself) start_first();
    if (result_.problems.empty()) run_steps();
    close_books();
    if (update_) write_back();
    return std::move(result_);
  }

 private:
  json::array* steps() {
    auto* found = case_.if_contains("steps");
    return found == nullptr ? nullptr : &found->as_array();
  }

  void start_first() {
    json::object step = member_object(base_, "start");
    const jf_status status = host_->start();
    settle_http(step, "settings.json: start");
    if (auto* items = step.if_contains("stream"))
      play(*host_, items->as_array(), file_.parent_path(), "settings.json: start.stream", false, result_.problems);
    if (status != JF_OK) problem("start failed: " + std::string(status_name(status)) + ": " + host_->error().message);
  }

  void run_steps() {
    if (steps() == nullptr) return run_step(case_, "");
    std::size_t number = 0;
    for (auto& step : *steps()) run_step(step.as_object(), "steps[" + std::to_string(number++) + "].");
  }

  void run_step(json::object& step, const std::string& where) {
    const Mark mark(*host_);
    json::object seen;
    answered_ = 0;  // of this step's own answers
    trigger(step, seen);
    settle_http(step, where);
    if (auto* items = step.if_contains("stream")) {
      play(*host_, items->as_array(), file_.parent_path(), where + "stream", update_, result_.problems);
      settle_http(step, where);
    }
    for (auto& [key, value] : record_since(*host_, mark)) seen[key] = value;
    if (update_) {
      step["expect"] = seen;
    } else {
      compare(where + "expect", member_object(step, "expect"), seen, result_.problems);
    }
  }

  void trigger(const json::object& step, json::object& seen) {
    if (step.contains("start")) start(seen);
    if (const auto* call = step.if_contains("webhook")) webhook(call->as_object());
    if (const auto* message = step.if_contains("send")) send(message->as_object(), step, seen);
    if (step.contains("cancel")) host_->cancel(token_);
    if (const auto* part = step.if_contains("fetch")) fetch(*part, seen);
    if (const auto* raw = step.if_contains("replay")) replay(body_text(*raw), seen);
    if (const auto* sign = step.if_contains("signal")) signal(*sign, seen);
    if (const auto* message = step.if_contains("preview")) preview(*message, seen);
    if (const auto* ms = step.if_contains("advance_ms")) host_->advance(ms->to_number<std::int64_t>());
  }

  void start(json::object& seen) {
    const jf_status status = host_->start();
    seen["start"] = status_name(status);
    if (status != JF_OK)
      seen["error"] = json::object{{"code", host_->error().code}, {"message", host_->error().message}};
  }

  void webhook(const json::object& from) {
    try {
      host_->webhook(webhook_call(from, options_));
    } catch (const std::runtime_error& wrong) {
      problem(wrong.what());
    }
  }

  void send(const json::object& message, const json::object& step, json::object& seen) {
    const auto* attempt = step.if_contains("attempt");
    const jf_status status = host_->send(++token_, string_or(message, "id", "m1"), json::serialize(message),
                                         attempt == nullptr ? 1 : attempt->to_number<std::uint32_t>());
    if (status != JF_OK) seen["send"] = status_name(status);
  }

  void fetch(const json::value& part, json::object& seen) {
    const jf_status status = host_->fetch(++token_, json::serialize(part));
    if (status != JF_OK) seen["fetch"] = status_name(status);
  }

  void replay(const std::string& raw, json::object& seen) {
    std::string events;
    const jf_status status = host_->replay(raw, events);
    seen["replay"] = status == JF_OK ? json::parse(events) : json::value(status_name(status));
  }

  void signal(const json::value& sign, json::object& seen) {
    const jf_status status = host_->signal(json::serialize(sign));
    if (status != JF_OK) seen["signal"] = status_name(status);
  }

  void preview(const json::value& message, json::object& seen) {
    std::string result;
    const jf_status status = host_->preview(json::serialize(message), result);
    seen["preview"] = status == JF_OK ? json::parse(result) : json::value(status_name(status));
  }

  // Answers open requests with the step's answers, in order, until these or those run out.
  void settle_http(const json::object& step, const std::string& where) {
    host_->settle();
    const auto* given = step.if_contains("http_answer");
    const std::size_t count = given == nullptr ? 0 : given->is_array() ? given->get_array().size() : 1;
    while (!host_->open_http.empty() && answered_ < count) {
      const json::value& one = given->is_array() ? given->get_array()[answered_] : *given;
      ++answered_;
      host_->answer(host_->open_http.front(), http_answer(one.as_object()));
      host_->settle();
    }
    (void)where;
  }

  void close_books() {
    host_->drain(host_->now_ms() + 1000);
    host_->stop();
    host_->check_end();
    for (const auto& violation : host_->violations) problem("contract: " + violation);
    host_->destroy();
  }

  void write_back() {
    const std::string text = pretty(case_) + "\n";
    std::ifstream in(file_, std::ios::binary);
    const std::string old{std::istreambuf_iterator<char>(in), {}};
    if (old == text) return;
    std::ofstream(file_, std::ios::binary) << text;
    result_.updated = true;
  }

  void problem(std::string what) { result_.problems.push_back(std::move(what)); }

  fs::path file_;
  bool update_;
  CaseResult result_;
  json::object base_, case_;
  Options options_;
  std::unique_ptr<FakeHost> host_;
  std::uint64_t token_ = JF_ID_HOST + 1000;
  std::size_t answered_ = 0;
};

}  // namespace

CaseResult run_case(const jf_module& module, const fs::path& file, bool update) {
  try {
    return Case(module, file, update).run();
  } catch (const std::exception& problem) {
    return {file.stem().string(), {std::string("the file cannot be run: ") + problem.what()}, false};
  }
}

std::vector<CaseResult> run_cases(const jf_module& module, const fs::path& folder, bool update) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".json" && entry.path().filename() != "settings.json")
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<CaseResult> results;
  for (const auto& file : files) results.push_back(run_case(module, file, update));
  return results;
}

}  // namespace jackfield::testkit
