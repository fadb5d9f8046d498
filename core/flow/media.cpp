#include "flow/media.hpp"

#include <boost/json/serialize.hpp>

#include "base/backoff.hpp"

namespace jackfield::flow {
namespace {

namespace json = boost::json;

constexpr Millis kHeldAgain = std::chrono::minutes{10};
constexpr Millis kGiveUpAfter = std::chrono::hours{24};
constexpr Backoff kFetchBackoff{Millis{2000}, std::chrono::minutes{30}, 2.0};

std::string text_in(const json::object& part, std::string_view name) {
  const auto* value = part.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}

json::object* media_part(json::value& entry) {
  auto* part = entry.if_object();
  return part && text_in(*part, "type") == "media" ? part : nullptr;
}

Id add_media(store::Unit& unit, const Environment& env, const Message& message, const json::object& part,
             const std::string& blob, std::int64_t size, Time now) {
  store::Media media;
  media.id = env.ids.next();
  media.message = message.id;
  media.sha256 = blob;
  media.media_type = text_in(part, "media_type");
  media.name = text_in(part, "name");
  media.size = size;
  media.created_at = now;
  return unit.add(std::move(media)).id;
}

std::int64_t size_in(const json::object& part) {
  const auto* size = part.if_contains("size");
  return size && size->is_int64() ? size->get_int64() : 0;
}

void add_fetch_job(store::Unit& unit, const Environment& env, const Message& message, std::size_t index, Time now) {
  store::Timer job;
  job.id = env.ids.next();
  job.kind = store::TimerKind::media_fetch;
  job.channel = message.channel;
  job.key = to_string(message.id) + "/" + std::to_string(index);
  job.due_at = now;
  job.message = message.id;
  job.payload = std::to_string(index);
  unit.add(std::move(job));
}

std::size_t index_of(const store::Timer& job) {
  return static_cast<std::size_t>(std::strtoul(job.payload.c_str(), nullptr, 10));
}

// Images that the HTML shows by the part's Content-ID (RFC 2392) get the address of the stored file.
void resolve_images(Content& content) {
  if (content.html.find("cid:") == std::string::npos) return;
  for (const auto& entry : content.parts) {
    const auto* part = entry.if_object();
    if (!part || text_in(*part, "id").empty() || text_in(*part, "content_id").empty()) continue;
    const std::string from = "\"cid:" + text_in(*part, "content_id") + '"';
    const std::string to = "\"/v1/media/" + text_in(*part, "id") + '"';
    for (auto at = content.html.find(from); at != std::string::npos; at = content.html.find(from, at + to.size()))
      content.html.replace(at, from.size(), to);
  }
}

}  // namespace

std::vector<std::string> blobs_of(const json::array& parts) {
  std::vector<std::string> out;
  for (const auto& entry : parts)
    if (const auto* part = entry.if_object())
      if (auto blob = text_in(*part, "blob"); !blob.empty()) out.push_back(std::move(blob));
  return out;
}

void store_media(store::Unit& unit, const Environment& env, Message& message, Time now) {
  for (std::size_t i = 0; i < message.content.parts.size(); ++i) {
    auto* part = media_part(message.content.parts[i]);
    if (!part || part->contains("id")) continue;
    const std::string blob = text_in(*part, "blob");
    if (!blob.empty()) {
      (*part)["id"] = to_string(add_media(unit, env, message, *part, blob, size_in(*part), now));
      (*part)["state"] = "ready";
      part->erase("blob");
    } else if (text_in(*part, "state") != "failed") {
      (*part)["id"] = nullptr;
      (*part)["state"] = "pending";
      add_fetch_job(unit, env, message, i, now);
    }
  }
  resolve_images(message.content);
}

void drop_media(store::Unit& unit, const Environment& env, const Message& message) {
  std::vector<std::string> files;
  for (const auto& entry : message.content.parts) {
    const auto* part = entry.if_object();
    const auto id = part && text_in(*part, "type") == "media" ? parse_id(text_in(*part, "id")) : std::nullopt;
    auto* media = id ? unit.media(*id) : nullptr;
    if (!media || media->message != message.id) continue;
    files.push_back(media->sha256);
    unit.remove(*media);
  }
  for (const auto& sha256 : files) drop_file(unit, env, sha256);
}

void drop_file(store::Unit& unit, const Environment& env, const std::string& sha256) {
  if (unit.file_used(sha256)) return;
  store::Timer timer;
  timer.id = env.ids.next();
  timer.kind = store::TimerKind::remove_file;
  timer.key = sha256;
  timer.due_at = env.clock.now();
  unit.add(std::move(timer));
}

void remove_file(store::Unit& unit, store::MediaStore& files, store::Timer& timer, Time now) {
  if (unit.file_used(timer.key) || files.remove(timer.key)) return unit.remove(timer);
  timer.due_at = now + kHeldAgain;  // somebody is about to name it
  unit.changed(timer);
}

std::string part_of_job(store::Unit& unit, const store::Timer& job) {
  Message* message = unit.message(job.message);
  if (!message || index_of(job) >= message->content.parts.size()) return {};
  auto* part = media_part(message->content.parts[index_of(job)]);
  return part ? json::serialize(*part) : std::string{};
}

void end_fetch(store::Unit& unit, const Environment& env, const std::string& channel, const std::string& job_key,
               const host::FetchResult& result, std::int64_t size) {
  store::Timer* job = unit.timer(store::TimerKind::media_fetch, channel, job_key);
  if (!job) return;
  const Time now = env.clock.now();
  Message* message = unit.message(job->message);
  json::object* part = nullptr;
  if (message && index_of(*job) < message->content.parts.size())
    part = media_part(message->content.parts[index_of(*job)]);
  if (!part) return unit.remove(*job);

  const bool over = now - message->received_at > kGiveUpAfter;
  if (result.outcome != host::Outcome::accepted && result.outcome != host::Outcome::rejected && !over) {
    job->due_at = now + std::max(kFetchBackoff.after(job->attempts, env.random), result.retry_after);
    return unit.changed(*job);
  }
  const bool ready = result.outcome == host::Outcome::accepted;
  if (ready) {
    if (!result.media_type.empty()) (*part)["media_type"] = result.media_type;
    (*part)["size"] = size;
    (*part)["id"] = to_string(add_media(unit, env, *message, *part, result.blob, size, now));
  } else {
    (*part)["error"] = result.detail;
  }
  (*part)["state"] = ready ? "ready" : "failed";
  unit.changed(*message);
  std::string data = "{\"part\":" + job->payload + ",\"state\":\"" + (ready ? "ready" : "failed") + "\"}";
  unit.add(Event{.type = EventType::message_media,
                 .at = now,
                 .source = channel,
                 .conversation = message->conversation,
                 .message = message->id,
                 .contact = message->contact,
                 .data = std::move(data)});
  unit.remove(*job);
}

}  // namespace jackfield::flow
