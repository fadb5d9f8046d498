#include "app/tokens.hpp"

#include <algorithm>

#include "api/token_secret.hpp"
#include "app/values.hpp"
#include "base/crypto.hpp"

namespace jackfield::app {
namespace {

// The values are secrets: no message may hold one.
void read_value(const Node& node, TokenSpec& token, Problems& problems) {
  token.token = read_string(node, problems).value_or("");
  if (token.token.empty()) return;
  if (const auto why = api::why_no_token(token.token); !why.empty()) problems.error(node.place, "this token " + why);
  token.hash = sha256_hex(token.token);
}

void read_hash(const Node& node, TokenSpec& token, Problems& problems) {
  const auto text = read_string(node, problems);
  if (!text) return;
  if (auto hash = api::parse_hash(*text)) {
    token.hash = std::move(*hash);
    return;
  }
  problems.error(node.place,
                 "a token_hash is \"sha256:\" and 64 hexadecimal digits, as `jackfield token` prints it beside a new "
                 "token; `jackfield token --hash` makes it of one that there is");
}

// One of the two; the hash where the file is read by others than the daemon.
void read_secret(MapReader& map, TokenSpec& token, const std::vector<TokenSpec>& others, Problems& problems) {
  const Node* value = map.get("token");
  const Node* hash = map.get("token_hash");
  if (value && hash) return problems.error(hash->place, "give either token or token_hash, not both");
  if (!value && !hash) {
    if (map.is_map()) problems.error(map.place(), "this token has neither token nor token_hash");
    return;
  }
  value ? read_value(*value, token, problems) : read_hash(*hash, token, problems);
  for (const auto& other : others) {
    if (!token.hash.empty() && other.hash == token.hash)
      problems.error((value ? value : hash)->place, "the token \"" + other.name + "\" has the same value");
  }
}

TokenSpec read_token(const Node& node, const std::vector<TokenSpec>& others, Problems& problems) {
  TokenSpec token;
  MapReader map(node, "a token", problems);
  if (const Node* name = map.required("name")) {
    token.name = read_string(*name, problems).value_or("");
    const bool taken =
        std::any_of(others.begin(), others.end(), [&](const auto& other) { return other.name == token.name; });
    if (taken && !token.name.empty()) problems.error(name->place, "there is another token " + name->shown());
  }
  if (const Node* role = map.required("role")) {
    token.role = static_cast<Role>(read_choice(*role, {"admin", "agent", "integration"}, problems).value_or(2));
  }
  read_secret(map, token, others, problems);
  const bool is_agent = token.role == Role::agent;
  if (const Node* agent = is_agent ? map.required("agent") : map.get("agent")) {
    token.agent = read_string(*agent, problems).value_or("");
    if (!is_agent) problems.error(agent->place, "only a token of role agent names an agent");
  }
  if (const Node* queues = map.get("queues")) {
    token.queues = read_strings(*queues, problems);
    if (!is_agent) problems.error(queues->place, "only a token of role agent is limited to queues");
  }
  map.finish();
  return token;
}

void check_queues(const std::vector<Node>& tokens, const Config& config, Problems& problems) {
  std::vector<std::string> names;
  for (const auto& queue : config.flow.queues) names.push_back(queue.name);
  for (const auto& token : tokens) {
    const Node* queues = token.find("queues");
    if (queues == nullptr) continue;
    const auto check = [&](const Node& item) {
      if (item.kind != Node::Kind::scalar || std::find(names.begin(), names.end(), item.text) != names.end()) return;
      problems.error(item.place, "there is no queue " + item.shown() + suggestion(item.source, names));
    };
    check(*queues);
    for (const auto& item : queues->items) check(item);
  }
}

// A token for an agent that nobody described: it would never be offered anything.
void check_agents(const std::vector<Node>& tokens, const Config& config, Problems& problems) {
  if (config.flow.agents.empty()) return;
  std::vector<std::string> names;
  for (const auto& agent : config.flow.agents) names.push_back(agent.name);
  for (const auto& token : tokens) {
    const Node* agent = token.find("agent");
    if (agent == nullptr || std::find(names.begin(), names.end(), agent->text) != names.end()) continue;
    problems.warning(agent->place, "there is no agent " + agent->shown() + suggestion(agent->source, names));
  }
}

}  // namespace

void read_tokens(const Node* node, Place server, ServerSpec& out, Problems& problems) {
  if (node == nullptr) {
    problems.warning(server, "there are no tokens: the API will answer health checks and webhooks only");
    return;
  }
  if (node->kind != Node::Kind::list) {
    problems.error(node->place, "tokens must be a list, not " + node->shown());
    return;
  }
  for (const auto& item : node->items) out.tokens.push_back(read_token(item, out.tokens, problems));
}

void check_tokens(const Node* server, const Config& config, Problems& problems) {
  const Node* tokens = server == nullptr ? nullptr : server->find("tokens");
  if (tokens == nullptr) return;
  check_queues(tokens->items, config, problems);
  check_agents(tokens->items, config, problems);
}

}  // namespace jackfield::app
