#include <algorithm>

#include "api/context.hpp"
#include "api/json_object.hpp"
#include "flow/media_links.hpp"

namespace jackfield::api {
namespace {

constexpr std::size_t kMostNameBytes = 255;
constexpr std::string_view kAnyType = "application/octet-stream";

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$&-^_.+").find(c) != std::string_view::npos;
}

// "type/subtype" with at most harmless parameters; what else a provider or client said becomes octets.
std::string safe_type(std::string_view type) {
  const auto base = type.substr(0, type.find(';'));
  const auto slash = base.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == base.size() || base.size() > 127)
    return std::string(kAnyType);
  const bool plain = std::all_of(base.begin(), base.end(), [](char c) { return c == '/' || is_token_char(c); });
  if (!plain || std::count(base.begin(), base.end(), '/') != 1) return std::string(kAnyType);
  return std::string(base);
}

// The last part of a path, without what could break out of a header or a folder.
std::string safe_name(std::string_view name) {
  name.remove_prefix(std::min(name.find_last_of("/\\") + 1, name.size()));
  std::string out;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out += c;
  }
  if (out == "." || out == "..") out.clear();
  while (out.size() > kMostNameBytes) out.pop_back();
  while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0) == 0x80 && name.size() > kMostNameBytes)
    out.pop_back();
  return out;
}

// RFC 6266: a plain ASCII name for all, the real one in RFC 8187's form for those who read it.
std::string disposition_of(const std::string& name) {
  if (name.empty()) return "attachment";
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string ascii, encoded;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    ascii += byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\' && c != '%' ? c : '_';
    if (is_token_char(c)) {
      encoded += c;
    } else {
      encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return "attachment; filename=\"" + ascii + "\"; filename*=UTF-8''" + encoded;
}

// Files reach people only with the messages that they may see, or when they have uploaded them.
bool may_fetch(store::Reader& reader, const Caller& caller, const store::Media& media) {
  if (caller.sees_all() || (!media.owner.empty() && media.owner == caller.name)) return true;
  const auto message = media.message ? reader.message(media.message) : Result<std::optional<MessageRow>>(std::nullopt);
  return message && *message && QueueLookup(reader).visible((*message)->head.conversation, caller);
}

void serve_file(Context& context, Call& c, const store::Media& media) {
  if (!context.ports.media.has(media.sha256))
    return c.problem(not_found("the file of media " + to_string(media.id) + " is gone"));
  net::HttpResponse response;
  response.content_type = safe_type(media.media_type);
  response.file = context.ports.media.path(media.sha256);
  // What a customer sent must not run in the origin of the API.
  response.headers = {{"Content-Disposition", disposition_of(safe_name(media.name))},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Content-Security-Policy", "default-src 'none'; sandbox"},
                      {"Cache-Control", "private, max-age=31536000, immutable"}};
  c.responder->respond(std::move(response));
}

void get(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "media");
  if (!id) return;
  context.read(call, [&context, id](Call& c, store::Reader& reader) {
    const auto found = reader.media(*id);
    if (!found) return c.error(found.error());
    if (!*found) return c.problem(not_found("no media " + to_string(*id)));
    if (!may_fetch(reader, *c.caller, **found))
      return c.problem(denied("media " + to_string(*id) + " came with no message of your queues"));
    serve_file(context, c, **found);
  });
}

// For providers, without a token: the signature is the right to it.
void get_signed(Context& context, const CallPtr& call) {
  const auto id = call->id_or_404(0, "media");
  if (!id) return;
  Query query(call->request, {"expires", "signature"});
  const std::string expires = query.text("expires").value_or(""), signature = query.text("signature").value_or("");
  if (query.error()) return call->problem(*query.error());
  const auto links = context.ports.flow.environment()->links;
  if (!links) return call->problem(not_found("no signed address is given out: server.public_url is not configured"));
  if (!links->allows(*id, expires, signature, context.ports.clock.now()))
    return call->problem(denied("this address was not given out, or its time is over"));
  context.read(call, [&context, id](Call& c, store::Reader& reader) {
    const auto found = reader.media(*id);
    if (!found) return c.error(found.error());
    if (!*found) return c.problem(not_found("no media " + to_string(*id)));
    serve_file(context, c, **found);
  });
}

std::string to_json(const store::Media& media) {
  std::string out;
  JsonObject object(out);
  object.id("id", media.id);
  object.text("media_type", media.media_type);
  object.text_or_null("name", media.name);
  object.number("size", media.size);
  object.end();
  return out;
}

// On a reading thread: file first and synced, then the row that names it. A file whose row is refused stays behind
// until unnamed files are collected; the same bytes sent again use it.
void store_upload(Context& context, const CallPtr& call, store::Media media, flow::Idempotency idempotency) {
  auto& files = context.ports.media;
  const auto sha256 = files.put(call->request.body);
  if (!sha256) return call->error(sha256.error());
  if (const auto synced = files.sync({*sha256}); !synced) return call->error(synced.error());
  media.sha256 = *sha256;
  context.ports.flow.write(
      std::move(idempotency),
      [media](store::Unit& unit, const flow::Environment& env) -> Result<flow::Answer> {
        store::Media row = media;
        row.id = env.ids.next();
        row.created_at = env.clock.now();
        return flow::Answer{201, to_json(unit.add(std::move(row)))};
      },
      [call, &files, sha256 = *sha256](const Result<flow::Answer>& result) {
        if (result) files.settled({sha256});
        answer(*call, result);
      });
}

void upload(Context& context, const CallPtr& call) {
  Query query(call->request, {"name"});
  store::Media media;
  media.owner = call->caller->name;
  media.name = safe_name(query.text("name").value_or(""));
  if (query.error()) return call->problem(*query.error());
  if (call->request.body.empty()) return call->problem(invalid("the body must hold the file's bytes"));
  media.media_type = safe_type(call->request.header("content-type"));
  media.size = static_cast<std::int64_t>(call->request.body.size());
  flow::Idempotency idempotency;
  if (!context.idempotency_of(call, idempotency)) return;
  const bool taken = context.reads->submit(
      [&context, call, media, idempotency](store::Reader&) { store_upload(context, call, media, idempotency); });
  if (!taken) call->problem(busy("too many requests wait for the store"));
}

}  // namespace

void add_media(Router& router, Context& context) {
  router.add("GET", "/v1/media/{id}", kAll, [&context](const CallPtr& call) { get(context, call); });
  router.add("GET", "/media/{id}", 0, [&context](const CallPtr& call) { get_signed(context, call); });
  router.add("POST", "/v1/media", kAll, [&context](const CallPtr& call) { upload(context, call); });
}

}  // namespace jackfield::api
