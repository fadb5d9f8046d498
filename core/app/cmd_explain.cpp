#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "app/config.hpp"
#include "app/connectors.hpp"
#include "app/small_file.hpp"
#include "app/verbs.hpp"
#include "base/log.hpp"
#include "flow/explain.hpp"
#include "store/store.hpp"

namespace jackfield::app {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostBytes = 16 * 1024 * 1024;

// What deciding needs of a daemon.
struct Sources {
  FakeClock clock{SystemClock().now()};  // one moment for all of it
  SystemRandom random;
  IdSource ids{clock};
};

int failed(const Error& error, int code = exit_failed) {
  std::cerr << "jackfield explain: " << error.message << '\n';
  return code;
}

std::map<std::string, host::Manifest> manifests_of(const std::vector<host::ChannelConfig>& channels) {
  std::map<std::string, host::Manifest> out;
  for (const auto& channel : channels)
    if (channel.plugin.error.empty()) out[channel.name] = channel.plugin.manifest;
  return out;
}

std::string text_in(const json::value& value, const char* name) {
  const auto* object = value.if_object();
  const auto* member = object ? object->if_contains(name) : nullptr;
  return member && member->is_string() ? std::string(member->get_string()) : std::string{};
}

void line(std::string_view name, const std::string& text) {
  std::cout << name << std::string(name.size() < 14 ? 14 - name.size() : 1, ' ') << text << '\n';
}

std::string joined(const json::value& list) {
  std::string out;
  for (const auto& entry : list.as_array()) out += (out.empty() ? "" : "; ") + std::string(entry.as_string());
  return out;
}

std::string contact_line(const json::object& contact) {
  const auto& is = contact.at("is");
  std::string out = contact.at("new").as_bool() ? "new" : text_in(is, "id");
  if (!text_in(is, "name").empty()) out += ", " + text_in(is, "name");
  for (const auto& address : is.at("addresses").as_array()) out += ", " + text_in(address, "address");
  return out;
}

void print(const json::object& told) {
  line("channel", text_in(told.at("channel"), "name") + " (" + text_in(told.at("channel"), "plugin") + ")");
  if (told.at("language").is_string()) line("language", text_in(told, "language"));
  line("contact", contact_line(told.at("contact").as_object()));
  for (const auto& rule : told.at("rules").as_array()) {
    const bool fits = rule.at("fits").as_bool();
    const std::string why = joined(rule.at("because"));
    line("rule", text_in(rule, "rule") + " (line " + json::serialize(rule.at("line")) + ") " +
                     (fits ? "fits" + (why.empty() ? std::string() : ": " + why)
                           : "does not fit" + (why.empty() ? std::string() : ", though " + why)) +
                     (text_in(rule, "to").empty() ? "" : " -> " + text_in(rule, "to")));
  }
  if (told.at("dropped").as_bool()) return line("outcome", "dropped: kept and marked, no conversation");
  const auto& conversation = told.at("conversation").as_object();
  const auto& is = conversation.at("is");
  const auto& decision = told.at("decision");
  line("conversation",
       (conversation.at("new").as_bool() ? "new" : text_in(is, "id")) + ", because " + text_in(decision, "thread"));
  line("queue", text_in(is, "queue") + ": " + text_in(decision, "reason"));
  line("priority", text_in(is, "priority"));
  if (const auto* assignment = decision.as_object().if_contains("assignment"))
    line("agent", text_in(*assignment, "agent") + " would be asked: " + text_in(*assignment, "because"));
  else
    line("agent", "nobody would be asked now");
  if (const auto* answer = decision.as_object().if_contains("answer"))
    line("answer",
         answer->at("sent").as_bool() ? "by rule " + text_in(*answer, "rule") : "none: " + text_in(*answer, "why_not"));
}

Result<json::object> read_message(const std::string& file) {
  const auto bytes = read_small_file(file, kMostBytes);
  if (!bytes) return bytes.error();
  boost::system::error_code bad;
  json::value value = json::parse(*bytes, bad);
  if (bad || !value.is_object()) return fail(Errc::invalid, file + " is no JSON object: " + bad.message());
  return std::move(value.as_object());
}

int explain_message(const ExplainOptions& options, store::Trial& trial, const flow::Environment& env) {
  auto message = read_message(options.message);
  if (!message) return failed(message.error(), exit_wrong);
  std::string channel = options.channel.empty() ? text_in(*message, "channel") : options.channel;
  if (channel.empty() && env.channels.size() == 1) channel = env.channels.begin()->first;
  if (channel.empty())
    return failed(fail(Errc::invalid, "which channel? Say \"channel\" in the message, or --channel"), exit_wrong);
  store::Unit unit(*trial.backend);
  const auto told = flow::explain(unit, env, channel, std::move(*message));
  if (!told) return failed(told.error(), told.error().code == Errc::invalid ? exit_wrong : exit_failed);
  options.json ? void(std::cout << json::serialize(*told) << '\n') : print(*told);
  return exit_fine;
}

int explain_recorded(const ExplainOptions& options, store::Trial& trial, const flow::Environment& env) {
  const auto replayed = flow::replay_recorded(*trial.reader, env, options.recorded);
  if (!replayed) return failed(replayed.error());
  for (const auto& d : replayed->differences)
    std::cout << to_string(d.message) << "  " << d.was << " -> " << d.would_be << "  (" << d.because << ")  " << d.text
              << '\n';
  std::cout << replayed->differences.size() << " of " << replayed->messages << " routed messages would go elsewhere\n";
  return exit_fine;
}

int explain(const ExplainOptions& options, const Config& config, const std::vector<host::ChannelConfig>& channels) {
  Sources sources;
  auto trial = store::open_trial({.url = config.store.url});
  if (!trial) return failed(trial.error());
  sources.ids.start_after(trial->backend->greatest_id());
  auto env = flow::make_environment(config.flow, manifests_of(channels), sources.clock, sources.ids, sources.random);
  if (!env) return failed(env.error(), exit_wrong);
  return options.message.empty() ? explain_recorded(options, *trial, *env) : explain_message(options, *trial, *env);
}

}  // namespace

int cmd_explain(const ExplainOptions& options) {
  Problems problems(options.config);
  auto config = load_config(options.config, problems);
  log::set_level(log::Level::off);
  const auto channels = match_connectors(config, find_connectors(config), Missing::is_warning, problems);
  check_rules(config, problems);
  if (problems.has_errors()) return std::cerr << problems.text(), exit_wrong;
  try {
    return explain(options, config, channels);
  } catch (const store::Failure& failure) {
    return failed(failure.error);
  }
}

}  // namespace jackfield::app
