#include "cases.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "compare.hpp"
#include "fake_host.hpp"
#include "record.hpp"
#include "transcript.hpp"

namespace jackfield::testkit {
namespace json = boost::json;
namespace fs = std::filesystem;
namespace {

json::object read_object(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read it");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return json::parse(text).as_object();
}

const json::object& member_object(const json::object& in, std::string_view key) {
  static const json::object empty;
  const auto* found = in.if_contains(key);
  return found == nullptr ? empty : found->as_object();
}

// Objects are merged member by member; anything else is replaced.
void merge(json::object& into, const json::object& from) {
  for (const auto& [key, value] : from) {
    auto* old = into.if_contains(key);
    if (old != nullptr && old->is_object() && value.is_object()) {
      merge(old->get_object(), value.get_object());
    } else {
      into[key] = value;
    }
  }
}

// Fills in what the schema has a default for, as the host does. An object that is absent stays so.
void fill_defaults(json::object& settings, const json::object& schema) {
  for (const auto& [key, property] : member_object(schema, "properties")) {
    const auto& rules = property.as_object();
    if (auto* set = settings.if_contains(key)) {
      if (set->is_object()) fill_defaults(set->get_object(), rules);
    } else if (const auto* value = rules.if_contains("default")) {
      settings[key] = *value;
    }
  }
}

std::string string_or(const json::object& in, std::string_view key, std::string_view otherwise) {
  const auto* found = in.if_contains(key);
  return std::string(found == nullptr ? otherwise : std::string_view(found->as_string()));
}

std::string hmac_sha256_hex(std::string_view key, std::string_view bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
       bytes.size(), digest, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex.append(1, kHex[digest[i] >> 4]).append(1, kHex[digest[i] & 15]);
  return hex;
}

class Case {
 public:
  Case(const jf_module& module, const fs::path& file, bool update) : file_(file), update_(update) {
    result_.name = file.stem().string();
    case_ = read_object(file);
    const fs::path shared = file.parent_path() / "settings.json";
    if (fs::exists(shared)) base_ = read_object(shared);
    host_ = std::make_unique<FakeHost>(module, options(module));
    for (const char* source : {"kv", "blobs"}) {
      for (const auto* from : {&base_, &case_}) {
        for (const auto& [key, value] : member_object(*from, source)) preset(source, key, value);
      }
    }
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

  Options options(const jf_module& module) {
    Options out;
    out.channel = string_or(base_, "channel", "test");
    json::object settings = member_object(base_, "settings");
    merge(settings, member_object(case_, "settings"));
    const json::object manifest = json::parse(module.manifest).as_object();
    fill_defaults(settings, member_object(manifest, "settings"));
    out.settings = json::serialize(settings);
    json::object secrets = member_object(base_, "secrets");
    merge(secrets, member_object(case_, "secrets"));
    for (const auto& [pointer, value] : secrets) {
      auto& list = out.secrets[pointer];
      if (value.is_string()) list.emplace_back(value.get_string());
      if (value.is_array()) {
        for (const auto& one : value.get_array()) list.emplace_back(one.as_string());
      }
    }
    for (const auto* from : {&base_, &case_}) {
      if (const auto* now = from->if_contains("now_ms")) out.now_ms = now->to_number<std::int64_t>();
    }
    secrets_ = out.secrets;
    return out;
  }

  void preset(std::string_view what, std::string_view key, const json::value& value) {
    if (what == "kv") {
      host_->kv[std::string(key)] = std::string(value.as_string());
    } else {
      host_->blobs[sha256_hex(body_text(value))] = body_text(value);  // the key is only its name
    }
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
    trigger(step, seen);
    settle_http(step, where);
    if (auto* items = step.if_contains("stream")) {
      play(*host_, items->as_array(), file_.parent_path(), where + "stream", update_, result_.problems);
      settle_http(step, where);
    }
    for (auto& [key, value] : record_since(*host_, mark)) seen[key] = value;
    answered_ = 0;
    if (update_) {
      step["expect"] = seen;
    } else {
      compare(where + "expect", member_object(step, "expect"), seen, result_.problems);
    }
  }

  void trigger(const json::object& step, json::object& seen) {
    if (step.contains("start")) start(seen);
    if (const auto* call = step.if_contains("webhook")) host_->webhook(webhook_call(call->as_object()));
    if (const auto* message = step.if_contains("send")) send(message->as_object(), step, seen);
    if (step.contains("cancel")) host_->cancel(token_);
    if (const auto* part = step.if_contains("fetch")) fetch(*part, seen);
    if (const auto* raw = step.if_contains("replay")) replay(body_text(*raw), seen);
    if (const auto* ms = step.if_contains("advance_ms")) host_->advance(ms->to_number<std::int64_t>());
  }

  void start(json::object& seen) {
    const jf_status status = host_->start();
    seen["start"] = status_name(status);
    if (status != JF_OK)
      seen["error"] = json::object{{"code", host_->error().code}, {"message", host_->error().message}};
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

  WebhookCall webhook_call(const json::object& from) {
    WebhookCall call;
    call.method = string_or(from, "method", "POST");
    call.path = string_or(from, "path", "/webhook");
    call.query = string_or(from, "query", "");
    call.remote = string_or(from, "remote", "192.0.2.1");
    call.url = string_or(from, "url", "");
    if (const auto* body = from.if_contains("body")) call.body = body_text(*body);
    call.headers = header_lines(member_object(from, "headers"));
    if (const auto* rule = from.if_contains("sign")) call.headers += signature(rule->as_object(), call.body);
    return call;
  }

  // {"header": "x-hub-signature-256", "prefix": "sha256=", "secret": "/app_secret"}: hex HMAC-SHA-256 of the body.
  std::string signature(const json::object& rule, const std::string& body) {
    const auto found = secrets_.find(string_or(rule, "secret", ""));
    if (found == secrets_.end() || found->second.empty()) {
      problem("\"sign\" names a secret that is not set");
      return {};
    }
    return string_or(rule, "header", "x-signature") + ": " + string_or(rule, "prefix", "") +
           hmac_sha256_hex(found->second.front(), body) + "\r\n";
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

  HttpAnswer http_answer(const json::object& from) {
    HttpAnswer answer;
    const std::string progress = string_or(from, "progress", "answered");
    answer.progress = progress == "not_sent" ? JF_HTTP_NOT_SENT
                      : progress == "maybe"  ? JF_HTTP_MAYBE
                                             : JF_HTTP_ANSWERED;
    if (const auto* status = from.if_contains("status")) answer.http_status = status->to_number<unsigned>();
    if (const auto* body = from.if_contains("body")) answer.body = body_text(*body);
    answer.headers = header_lines(member_object(from, "headers"));
    answer.error = string_or(from, "error", "");
    if (answer.progress != JF_HTTP_ANSWERED) answer.status = JF_TIMEOUT;
    return answer;
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
  std::map<std::string, std::vector<std::string>> secrets_;
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
