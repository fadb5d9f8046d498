// What a connector delivers, read and checked (sdk/schema/inbound-event.json).
#include <boost/json/serialize.hpp>

#include "model/json.hpp"

namespace jackfield {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostAddresses = 1000;
constexpr std::size_t kMostThreads = 100;
constexpr std::size_t kMostIdBytes = 1024;

// Reads members of one object; the first thing wrong is kept and everything after it is harmless.
class Members {
 public:
  Members(const json::object& object, std::string place) : object_(object), place_(std::move(place)) {}

  std::string text(std::string_view name, std::size_t most = 4 * 1024 * 1024) {
    const auto* value = find(name);
    if (!value) return {};
    if (!value->is_string()) return wrong(name, "must be a string"), std::string{};
    if (value->get_string().size() > most) return wrong(name, "is too long"), std::string{};
    return std::string(value->get_string());
  }
  std::string needed_text(std::string_view name, std::size_t most) {
    auto out = text(name, most);
    if (out.empty()) wrong(name, "is missing");
    return out;
  }
  std::optional<Time> time(std::string_view name) {
    const auto* value = find(name);
    if (!value) return std::nullopt;
    auto out = value->is_string() ? parse_rfc3339(value->get_string()) : std::nullopt;
    if (!out) wrong(name, "must be a time as in RFC 3339");
    return out;
  }
  bool flag(std::string_view name) { return maybe(name).value_or(false); }
  std::optional<bool> maybe(std::string_view name) {
    const auto* value = find(name);
    if (!value) return std::nullopt;
    if (!value->is_bool()) return wrong(name, "must be true or false"), std::nullopt;
    return value->get_bool();
  }
  const json::object* object(std::string_view name) {
    const auto* value = find(name);
    if (value && !value->is_object()) wrong(name, "must be an object");
    return value ? value->if_object() : nullptr;
  }
  const json::array* list(std::string_view name, std::size_t most) {
    const auto* value = find(name);
    if (!value) return nullptr;
    if (!value->is_array()) return wrong(name, "must be a list"), nullptr;
    if (value->get_array().size() > most) return wrong(name, "has too many entries"), nullptr;
    return value->if_array();
  }
  void wrong(std::string_view name, std::string_view what) {
    if (error_.empty()) error_ = place_ + std::string(name) + (name.empty() ? "" : " ") + std::string(what);
  }
  void adopt(const Members& inner) {
    if (error_.empty()) error_ = inner.error_;
  }
  const std::string& error() const { return error_; }

 private:
  const json::value* find(std::string_view name) const {
    const auto* value = object_.if_contains(name);
    return value && !value->is_null() ? value : nullptr;
  }

  const json::object& object_;
  std::string place_;
  std::string error_;
};

Address read_address(const json::object& object, Members& outer, std::string_view place,
                     std::vector<Address>* also = nullptr) {
  Members in(object, std::string(place) + ".");
  Address address;
  address.uri = in.needed_text("address", 512);
  address.name = in.text("name", kMostIdBytes);
  address.scope = in.text("scope", kMostIdBytes);
  if (const auto evidence = in.text("evidence"); !evidence.empty()) {
    // "entered" is our own word, which no connector can give.
    if (!parse(evidence, address.evidence) || address.evidence == Evidence::entered)
      in.wrong("evidence", "must be guessed, asserted or attested");
  }
  if (!address.uri.empty() && !is_address(address.uri)) in.wrong("address", "is not scheme:value");
  if (also)
    if (const auto* list = in.list("also", 20))
      for (const auto& entry : *list) {
        if (!entry.is_object())
          in.wrong("also", "must hold objects");
        else
          also->push_back(read_address(entry.get_object(), in, "also"));
      }
  outer.adopt(in);
  return address;
}

std::vector<Address> read_addresses(Members& in, std::string_view name) {
  std::vector<Address> out;
  const auto* list = in.list(name, kMostAddresses);
  if (!list) return out;
  for (const auto& entry : *list) {
    if (!entry.is_object())
      in.wrong(name, "must hold objects");
    else
      out.push_back(read_address(entry.get_object(), in, name));
  }
  return out;
}

void read_parts(Members& in, Content& content, bool needed) {
  const auto* parts = in.list("parts", 1000);
  if (!parts) {
    if (needed) in.wrong("parts", "is missing");
    return;
  }
  if (auto checked = check_parts(*parts); !checked) return in.wrong("", checked.error().message);
  // Into default storage: the event's own dies with its parse.
  content.parts = json::array(*parts, json::storage_ptr{});
  content.text = text_of(content.parts);
}

void read_authorship(Members& in, Inbound& out) {
  if (const auto d = in.text("direction"); !d.empty() && (!parse(d, out.direction) || out.direction == Direction::note))
    in.wrong("direction", "must be in or out");
  if (out.direction == Direction::out && out.content.to.empty())
    in.wrong("to", "is missing: a message of ours names the customer");
  out.correlation = in.text("correlation", kMostIdBytes);
  out.content.automatic = in.text("automatic", 16);
  const auto& automatic = out.content.automatic;
  if (!automatic.empty() && automatic != "reply" && automatic != "bulk" && automatic != "notice")
    in.wrong("automatic", "must be reply, bulk or notice");
}

void read_message(Members& in, Inbound& out) {
  if (out.id.empty()) in.wrong("id", "is missing");
  if (const auto* from = in.object("from"))
    out.content.from = read_address(*from, in, "from", &out.also);
  else
    in.wrong("from", "is missing");
  out.content.to = read_addresses(in, "to");
  out.content.cc = read_addresses(in, "cc");
  out.content.subject = in.text("subject", 64 * 1024);
  out.content.html = in.text("html");
  out.content.new_text = in.text("new_text");
  out.content.language = in.text("language", 64);
  read_parts(in, out.content, true);
  if (const auto* quoted = in.object("quoted")) {
    Members inner(*quoted, "quoted.");
    out.content.quoted = inner.text("provider_id", kMostIdBytes);
    in.adopt(inner);
  }
  if (const auto* extra = in.object("extra")) out.content.extra = json::object(*extra, json::storage_ptr{});
  if (const auto* threads = in.list("threads", kMostThreads))
    for (const auto& id : *threads) {
      if (!id.is_string())
        in.wrong("threads", "must hold strings");
      else
        out.threads.emplace_back(id.get_string());
    }
  out.thread = in.text("thread", kMostIdBytes);
  out.thread_proof = in.flag("thread_proof");
  read_authorship(in, out);
  out.sent_at = in.time("sent_at");
  if (const auto v = in.text("visibility"); !v.empty() && !parse(v, out.visibility))
    in.wrong("visibility", "must be private or public");
}

void read_status(Members& in, Inbound& out) {
  out.correlation = in.text("correlation", kMostIdBytes);
  if (out.id.empty() && out.correlation.empty()) in.wrong("id", "is missing, and correlation too");
  const auto status = in.needed_text("status", 32);
  if (!parse(status, out.status) || out.status == Status::received || out.status == Status::queued)
    in.wrong("status", "must be accepted, sent, delivered, read, played, failed or unknown");
  out.sent_at = in.time("at");
  out.through = in.flag("through");
  if (const auto* error = in.object("error")) {
    Members inner(*error, "error.");
    out.error.error_class = inner.text("class", 64);
    out.error.code = inner.text("code", 256);
    out.error.detail = inner.text("detail", 4096);
    in.adopt(inner);
  }
}

void read_change(Members& in, Inbound& out) {
  if (out.id.empty()) in.wrong("id", "is missing");
  out.sent_at = in.time("at");
  if (const auto* from = in.object("from")) out.content.from = read_address(*from, in, "from", &out.also);
  read_parts(in, out.content, out.kind == InboundKind::edited);
  if (out.kind == InboundKind::reaction) out.reason = in.text("emoji", 64);
}

// contact and typing: something about a person, without a message.
void read_person(Members& in, Inbound& out) {
  if (const auto* from = in.object("from"))
    out.content.from = read_address(*from, in, "from", &out.also);
  else
    in.wrong("from", "is missing");
  if (const auto name = in.text("name", kMostIdBytes); !name.empty()) out.content.from.name = name;
  out.replaced = read_addresses(in, "replaced");
  out.opted_out = in.maybe("opted_out");
  out.reason = in.text("reason", 4096);
  out.sent_at = in.time("at");
}

bool parse_kind(std::string_view text, InboundKind& out) {
  static constexpr std::pair<std::string_view, InboundKind> kKinds[] = {
      {"message", InboundKind::message}, {"status", InboundKind::status},          {"edited", InboundKind::edited},
      {"deleted", InboundKind::deleted}, {"reaction", InboundKind::reaction},      {"contact", InboundKind::contact},
      {"typing", InboundKind::typing},   {"undecodable", InboundKind::undecodable}};
  for (const auto& [name, kind] : kKinds)
    if (name == text) return out = kind, true;
  return false;
}

}  // namespace

Result<Inbound> read_event(const json::value& event) {
  const auto* object = event.if_object();
  if (!object) return fail(Errc::invalid, "an event must be an object");
  Members in(*object, "");
  Inbound out;
  if (!parse_kind(in.text("type", 32), out.kind))
    in.wrong("type", "must be message, status, edited, deleted, reaction, contact, typing or undecodable");
  out.account = in.text("account", kMostIdBytes);
  out.id = in.text("id", kMostIdBytes);
  out.dedupe = in.text("dedupe", kMostIdBytes);
  switch (out.kind) {
    case InboundKind::message: read_message(in, out); break;
    case InboundKind::status: read_status(in, out); break;
    case InboundKind::edited:
    case InboundKind::deleted:
    case InboundKind::reaction: read_change(in, out); break;
    case InboundKind::contact:
    case InboundKind::typing: read_person(in, out); break;
    case InboundKind::undecodable:
      out.reason = in.text("reason", 4096);
      out.raw = in.text("raw", 64 * 1024 * 1024);
      break;
  }
  if (!in.error().empty()) return fail(Errc::invalid, in.error());
  return out;
}

}  // namespace jackfield
