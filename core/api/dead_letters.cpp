#include "api/context.hpp"
#include "api/json_object.hpp"

namespace jackfield::api {
namespace {

constexpr std::size_t kRawInList = 2048;  // bytes; the whole of it with GET /v1/dead-letters/{id}

bool parse_kind(std::string_view text, store::DeadLetterKind& out) {
  out = text == "outbound" ? store::DeadLetterKind::outbound : store::DeadLetterKind::inbound;
  return text == "inbound" || text == "outbound";
}

std::string to_json(const store::DeadLetter& letter, std::size_t most_raw) {
  std::string out;
  JsonObject object(out);
  object.id("id", letter.id);
  object.text("kind", letter.kind == store::DeadLetterKind::inbound ? "inbound" : "outbound");
  object.text("channel", letter.channel);
  object.text("reason", letter.reason);
  object.id("message", letter.message);
  object.boolean("undecodable", letter.undecodable);
  object.text_or_null("raw", std::string_view(letter.raw).substr(0, most_raw));
  object.number("raw_size", letter.raw.size());
  object.time("at", letter.at);
  object.time("resolved_at", letter.resolved_at);
  object.end();
  return out;
}

void list(Context& context, const CallPtr& call) {
  Query query(call->request, {"kind", "limit", "cursor"});
  std::optional<store::DeadLetterKind> kind;
  if (const auto name = query.text("kind")) {
    if (!parse_kind(*name, kind.emplace())) query.refuse("kind", "must be \"inbound\" or \"outbound\"");
  }
  const auto page = query.page();
  if (query.error()) return call->problem(*query.error());
  context.read(call, [kind, page](Call& c, store::Reader& reader) {
    const auto found = reader.dead_letters(kind, page);
    if (!found) return c.error(found.error());
    std::vector<std::string> items;
    for (const auto& letter : found->items) items.push_back(to_json(letter, kRawInList));
    c.json(200, list_json(items, found->next));
  });
}

void get(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "dead letter");
  if (!id) return;
  context.read(call, [id](Call& c, store::Reader& reader) {
    const auto found = reader.dead_letter(*id);
    if (!found) return c.error(found.error());
    if (!*found) return c.problem(not_found("no dead letter " + to_string(*id)));
    c.json(200, to_json(**found, std::string::npos));
  });
}

void replay(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "dead letter");
  if (!id) return;
  context.ports.flow.replay(*id, [call](const Result<flow::Answer>& result) { answer(*call, result); });
}

}  // namespace

void add_dead_letters(Router& router, Context& context) {
  const auto to = [&context](void (*handler)(Context&, const CallPtr&)) {
    return [&context, handler](const CallPtr& call) { handler(context, call); };
  };
  router.add("GET", "/v1/dead-letters", kAdmin | kIntegration, to(list));
  router.add("GET", "/v1/dead-letters/{id}", kAdmin | kIntegration, to(get));
  router.add("POST", "/v1/dead-letters/{id}/replay", kAdmin, to(replay));
}

}  // namespace jackfield::api
