#include "app/cli.hpp"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "app/problems.hpp"
#include "app/verbs.hpp"
#include "host/host.hpp"
#include "host/isolated_plugin.hpp"
#include "simulate/sms_simulator.hpp"
#include "simulate/smsc.hpp"
#include "simulate/smtp_sink.hpp"
#include "simulate/twilio.hpp"
#include "simulate/twitter.hpp"
#include "simulate/vonage.hpp"
#include "simulate/whatsapp.hpp"

namespace jackfield::app {
namespace {

// What the arguments ask for: each verb puts itself here while they are read, and is run when all of them are fine.
using Chosen = std::function<int()>;

void add_config(CLI::App& verb, std::string& file, bool required) {
  auto* option = verb.add_option("-c,--config", file, "Configuration file")->type_name("FILE");
  if (required) option->required();
}

void add_run(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("run", "Start the daemon; SIGTERM or SIGINT stops it");
  auto file = std::make_shared<std::string>();
  add_config(*verb, *file, true);
  verb->callback([file, &chosen] { chosen = [file] { return cmd_run(*file); }; });
}

void add_check(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("check", "Tell every problem of a configuration file, and start nothing");
  auto file = std::make_shared<std::string>();
  add_config(*verb, *file, true);
  verb->callback([file, &chosen] { chosen = [file] { return cmd_check(*file); }; });
}

void add_explain(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("explain", "Tell what would become of a message, and why; writes nothing");
  auto options = std::make_shared<ExplainOptions>();
  add_config(*verb, options->config, true);
  auto* message =
      verb->add_option("--message", options->message, "A message as connectors deliver it, with its \"channel\"")
          ->type_name("FILE");
  verb->add_option("--channel", options->channel, "Instead of the message's own")->type_name("NAME");
  auto* recorded =
      verb->add_option("--recorded", options->recorded,
                       "Instead: which of the last N messages of the store would go to another queue than they did")
          ->type_name("N")
          ->excludes(message);
  verb->add_flag("--json", options->json, "All of it as JSON");
  verb->callback([=, &chosen] {
    if (message->empty() && recorded->empty()) throw CLI::RequiredError("--message FILE or --recorded N");
    chosen = [options] { return cmd_explain(*options); };
  });
}

void add_scenario(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("scenario", "Play stories of customers and agents against a configuration");
  auto options = std::make_shared<ScenarioOptions>();
  verb->add_option("FILE", options->files, "Stories, or folders of them")->required();
  verb->add_option("-c,--config", options->config, "Instead of the configuration that they name")->type_name("FILE");
  verb->add_option("--junit", options->junit, "Also write the results there")->type_name("FILE");
  verb->callback([options, &chosen] { chosen = [options] { return cmd_scenario(*options); }; });
}

void add_plugins(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("plugins", "List the connectors that are found, or why one cannot be loaded");
  auto file = std::make_shared<std::string>();
  add_config(*verb, *file, false);
  verb->callback([file, &chosen] {
    chosen = [file] { return cmd_plugins(file->empty() ? std::nullopt : std::optional<std::string>(*file)); };
  });
}

void add_plugin_new(CLI::App& plugin, Chosen& chosen) {
  struct Options {
    std::string name, language = "cpp", folder;
  };
  auto* verb = plugin.add_subcommand("new", "Write a project of a connector that builds and passes its tests");
  auto options = std::make_shared<Options>();
  verb->add_option("NAME", options->name, "a-z, 0-9 and -")->required();
  verb->add_option("--language", options->language, "cpp or c")
      ->capture_default_str()
      ->check(CLI::IsMember({"cpp", "c"}));
  verb->add_option("--folder", options->folder, "Where to, instead of NAME; must not be there yet")->type_name("DIR");
  verb->callback([options, &chosen] {
    chosen = [options] { return cmd_plugin_new(options->name, options->language, options->folder); };
  });
}

void add_plugin_check(CLI::App& plugin, Chosen& chosen) {
  auto* verb = plugin.add_subcommand("check", "Hold a connector against the rules, each check in a process of its own");
  auto options = std::make_shared<PluginCheckOptions>();
  verb->add_option("FILE", options->plugin, "The connector")->required();
  verb->add_option("--settings", options->settings, "As settings.json of its test data")->type_name("FILE");
  verb->add_option("--testdata", options->testdata, "Folder with its cases")->type_name("DIR");
  auto* seed = verb->add_option("--seed", options->seed, "Of all that is left to chance")->capture_default_str();
  auto* only =
      verb->add_option("--only", options->only, "A check, or 'send.' for all that begin so")->type_name("NAME");
  verb->add_option("--reproduce", options->reproduce, "What a failure tells to use")
      ->type_name("SEED:NAME")
      ->excludes(seed, only);
  verb->add_option("--junit", options->junit, "Also write the results there")->type_name("FILE");
  verb->callback([options, &chosen] { chosen = [options] { return cmd_plugin_check(*options); }; });
}

void add_plugin(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("plugin", "For authors of connectors");
  verb->require_subcommand(1);
  add_plugin_new(*verb, chosen);
  add_plugin_check(*verb, chosen);
}

void add_simulate_smtp(CLI::App& simulate, Chosen& chosen) {
  auto* verb = simulate.add_subcommand("smtp", "A mail server that shows what it gets");
  auto options = std::make_shared<simulate::SmtpSinkOptions>();
  verb->add_option("--listen", options->listen, "Address and port")->capture_default_str()->type_name("ADDR");
  verb->add_option("--http", options->http_listen, "Address and port of its control calls; none without")
      ->type_name("ADDR");
  verb->add_option("--fault", options->faults, "reject-rcpt=550, reject-data=554, greylist, drop-after-data, slow=2s")
      ->type_name("FAULT");
  auto* certificate = verb->add_option("--certificate", options->certificate, "PEM file; with it STARTTLS is offered");
  auto* key = verb->add_option("--key", options->key, "PEM file")->needs(certificate);
  certificate->needs(key)->type_name("FILE");
  key->type_name("FILE");
  verb->add_flag("--quiet", options->quiet, "Do not show the mails");
  verb->callback([options, &chosen] { chosen = [options] { return simulate::simulate_smtp(*options); }; });
}

void add_simulate_whatsapp(CLI::App& simulate, Chosen& chosen) {
  auto* verb = simulate.add_subcommand("whatsapp", "Meta's Graph API: takes sends, posts signed messages and receipts");
  auto options = std::make_shared<simulate::WhatsAppOptions>();
  const auto add = [&](const char* name, std::string& value, const char* help, const char* type) {
    verb->add_option(name, value, help)->capture_default_str()->type_name(type);
  };
  add("--listen", options->listen, "Address and port", "ADDR");
  add("--webhook", options->webhook, "The channel's webhook; without it nothing is posted", "URL");
  add("--app-secret", options->app_secret, "Signs what it posts", "TEXT");
  add("--access-token", options->access_token, "What sends must bring", "TEXT");
  add("--phone-number-id", options->phone_number_id, "Of the account", "ID");
  add("--display-number", options->display_number, "The business's number", "DIGITS");
  verb->add_flag("--quiet", options->quiet, "No line for every send and post");
  verb->callback([options, &chosen] { chosen = [options] { return simulate::simulate_whatsapp(*options); }; });
}

void add_simulate_smsc(CLI::App& simulate, Chosen& chosen) {
  auto* verb =
      simulate.add_subcommand("smsc", "A carrier's SMSC over SMPP 3.4: takes sends, delivers messages and receipts");
  auto options = std::make_shared<simulate::SmscOptions>();
  verb->add_option("--listen", options->listen, "Address and port")->capture_default_str()->type_name("ADDR");
  verb->add_option("--http", options->http_listen, "Address and port of its control calls; none without")
      ->type_name("ADDR");
  verb->add_option("--system-id", options->system_id, "Who may bind; anybody without")->type_name("TEXT");
  verb->add_option("--password", options->password, "What they must bring; anything without")->type_name("TEXT");
  verb->add_option("--window", options->window, "Messages out to one bind without an answer")->capture_default_str();
  auto* certificate = verb->add_option("--certificate", options->certificate, "PEM file; with it TLS is spoken");
  auto* key = verb->add_option("--key", options->key, "PEM file")->needs(certificate);
  certificate->needs(key)->type_name("FILE");
  key->type_name("FILE");
  verb->add_flag("--quiet", options->quiet, "No line for every connection");
  verb->callback([options, &chosen] { chosen = [options] { return simulate::simulate_smsc(*options); }; });
}

// What both stand-ins for SMS providers' HTTP APIs take.
void add_sms_options(CLI::App& verb, simulate::SmsSimulatorOptions& options) {
  verb.add_option("--listen", options.listen, "Address and port")->capture_default_str()->type_name("ADDR");
  verb.add_option("--webhook", options.webhook, "The channel's webhook; without it nothing is posted")
      ->capture_default_str()
      ->type_name("URL");
  verb.add_flag("--quiet", options.quiet, "No line for every send and post");
}

void add_simulate_twilio(CLI::App& simulate, Chosen& chosen) {
  auto* verb = simulate.add_subcommand("twilio", "Twilio's API: takes sends, posts signed messages and receipts");
  auto frame = std::make_shared<simulate::SmsSimulatorOptions>();
  auto options = std::make_shared<simulate::TwilioOptions>();
  *frame = {"127.0.0.1:9010", "http://127.0.0.1:8080/channels/sms/webhook"};
  add_sms_options(*verb, *frame);
  verb->add_option("--account-sid", options->account_sid, "Of the account")->capture_default_str()->type_name("ID");
  verb->add_option("--auth-token", options->auth_token, "Signs what it posts")
      ->capture_default_str()
      ->type_name("TEXT");
  verb->add_option("--number", options->number, "The business's number")->capture_default_str()->type_name("NUMBER");
  verb->callback(
      [=, &chosen] { chosen = [=] { return simulate::simulate_sms(*frame, simulate::twilio_dialect(*options)); }; });
}

void add_simulate_vonage(CLI::App& simulate, Chosen& chosen) {
  auto* verb = simulate.add_subcommand("vonage", "Vonage's API: takes sends, posts signed messages and receipts");
  auto frame = std::make_shared<simulate::SmsSimulatorOptions>();
  auto options = std::make_shared<simulate::VonageOptions>();
  *frame = {"127.0.0.1:9011", "http://127.0.0.1:8080/channels/sms/webhook"};
  add_sms_options(*verb, *frame);
  verb->add_option("--api-key", options->api_key, "Of the account")->capture_default_str()->type_name("ID");
  verb->add_option("--api-secret", options->api_secret, "What sends must bring")
      ->capture_default_str()
      ->type_name("TEXT");
  verb->add_option("--signature-secret", options->signature_secret, "Signs what it posts")
      ->capture_default_str()
      ->type_name("TEXT");
  verb->add_option("--number", options->number, "The business's number")->capture_default_str()->type_name("DIGITS");
  auto clock = std::make_shared<SystemClock>();
  verb->callback([=, &chosen] {
    chosen = [=] { return simulate::simulate_sms(*frame, simulate::vonage_dialect(*options, *clock)); };
  });
}

void add_simulate_twitter(CLI::App& simulate, Chosen& chosen) {
  auto* verb = simulate.add_subcommand("twitter", "The X API: takes sends, posts signed events or streams them");
  auto options = std::make_shared<simulate::TwitterOptions>();
  const auto add = [&](const char* name, std::string& value, const char* help, const char* type) {
    verb->add_option(name, value, help)->capture_default_str()->type_name(type);
  };
  add("--listen", options->listen, "Address and port", "ADDR");
  add("--webhook", options->webhook, "A webhook that is registered already, as by hand", "URL");
  add("--consumer-key", options->consumer_key, "The app's key", "TEXT");
  add("--consumer-secret", options->consumer_secret, "Its secret, which signs what it posts", "TEXT");
  add("--access-token", options->access_token, "The account's OAuth 1.0a token", "TEXT");
  add("--access-token-secret", options->access_token_secret, "Its secret", "TEXT");
  add("--client-id", options->client_id, "The app's OAuth 2.0 client", "TEXT");
  add("--refresh-token", options->refresh_token, "The first refresh token", "TEXT");
  add("--user-id", options->user_id, "Of the account", "ID");
  verb->add_flag("--enterprise", options->enterprise, "Let the account reply to anybody");
  verb->add_flag("--quiet", options->quiet, "No line for every call and post");
  verb->callback([options, &chosen] { chosen = [options] { return simulate::simulate_twitter(*options); }; });
}

void add_simulate(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("simulate", "Stand in for a provider's API until it is stopped");
  verb->require_subcommand(1);
  add_simulate_smsc(*verb, chosen);
  add_simulate_smtp(*verb, chosen);
  add_simulate_twitter(*verb, chosen);
  add_simulate_whatsapp(*verb, chosen);
  add_simulate_twilio(*verb, chosen);
  add_simulate_vonage(*verb, chosen);
}

void add_token(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("token", "Make a token for the API, and the hash of it for the configuration file");
  auto hash = std::make_shared<bool>(false);
  verb->add_flag("--hash", *hash, "Print the hash of the token that stands on standard input");
  verb->callback([hash, &chosen] { chosen = [hash] { return cmd_token(*hash); }; });
}

void add_version(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("version", "Version, ABI of connectors, build");
  verb->callback([&chosen] { chosen = cmd_version; });
}

// The child in which the host looks at a connector's file; not for people.
void add_scan_plugin(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("scan-plugin", "")->group("");
  auto file = std::make_shared<std::string>();
  verb->add_option("FILE", *file)->required();
  verb->callback([file, &chosen] { chosen = [file] { return host::scan_plugin_child(*file); }; });
}

// The child in which a connector is checked; not for people.
void add_check_plugin_child(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("check-plugin-child", "")->group("");
  auto folder = std::make_shared<std::string>();
  verb->add_option("DIR", *folder)->required();
  verb->callback([folder, &chosen] { chosen = [folder] { return cmd_plugin_check_child(*folder); }; });
}

// The child in which a connector runs that is isolated; not for people. The channel is there for lists of processes.
void add_isolated_plugin(CLI::App& root, Chosen& chosen) {
  auto* verb = root.add_subcommand("isolated-plugin", "")->group("");
  auto file = std::make_shared<std::string>(), channel = std::make_shared<std::string>();
  verb->add_option("FILE", *file)->required();
  verb->add_option("CHANNEL", *channel)->required();
  verb->callback([file, channel, &chosen] { chosen = [file] { return host::isolated_plugin_child(*file); }; });
}

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* verb : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    names.push_back(verb->get_name());
  return names;
}

const CLI::App* verb_of(const CLI::App& app, std::string_view name) {
  const auto found = app.get_subcommands([&](const CLI::App* each) { return each->get_name() == name; });
  return found.empty() ? nullptr : found.front();
}

// What to say when a word stands where a verb should and is none; empty: that is not what is wrong.
std::string unknown_command(const CLI::App& root, int argc, char** argv) {
  const CLI::App* app = &root;
  for (int i = 1; i < argc && argv[i][0] != '-'; ++i) {
    if (app->get_subcommands([](const CLI::App*) { return true; }).empty()) return {};
    const CLI::App* next = verb_of(*app, argv[i]);
    if (!next) {
      const std::string of = app == &root ? "jackfield" : "jackfield " + app->get_name();
      return "there is no command \"" + std::string(argv[i]) + "\" of " + of + suggestion(argv[i], names_of(*app)) +
             ": it is " + one_of(names_of(*app));
    }
    app = next;
  }
  return {};
}

}  // namespace

int run_command_line(int argc, char** argv) {
  Chosen chosen;
  CLI::App root("Jackfield: every contact channel of a company in one place.", "jackfield");
  root.require_subcommand(1);
  root.set_version_flag("--version", std::string(version()));
  add_run(root, chosen);
  add_check(root, chosen);
  add_explain(root, chosen);
  add_scenario(root, chosen);
  add_plugins(root, chosen);
  add_plugin(root, chosen);
  add_simulate(root, chosen);
  add_token(root, chosen);
  add_version(root, chosen);
  add_scan_plugin(root, chosen);
  add_isolated_plugin(root, chosen);
  add_check_plugin_child(root, chosen);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (const auto unknown = unknown_command(root, argc, argv); !unknown.empty()) {
      std::cerr << "jackfield: " << unknown << "\nRun with --help for more information.\n";
      return exit_wrong;
    }
    return root.exit(e) == 0 ? exit_fine : exit_wrong;
  }
  return chosen();
}

}  // namespace jackfield::app
