#include "simulate/twitter_api.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace jackfield::simulate {
namespace {

namespace json = boost::json;
constexpr std::int64_t kEpoch = 1288834974657;

std::string text_at(const json::object& in, std::string_view key, std::string otherwise = {}) {
  const auto* value = in.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : otherwise;
}

std::int64_t number_at(const json::object& in, std::string_view key, std::int64_t otherwise = 0) {
  const auto* value = in.if_contains(key);
  return value && value->is_int64() ? value->get_int64() : otherwise;
}

bool true_at(const json::object& in, std::string_view key, bool otherwise = false) {
  const auto* value = in.if_contains(key);
  return value && value->is_bool() ? value->get_bool() : otherwise;
}

json::object parsed(std::string_view body) {
  boost::system::error_code error;
  auto value = json::parse(body, error);
  return error || !value.is_object() ? json::object() : std::move(value.get_object());
}

std::string query_of(const net::HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : net::parse_query(request.query))
    if (key == name) return value;
  return {};
}

// The field "media" of a multipart/form-data body.
std::string media_piece(const net::HttpRequest& request) {
  const auto type = request.header("content-type");
  const auto at = type.find("boundary=");
  if (at == std::string_view::npos) return {};
  const auto line = "\r\n--" + std::string(type.substr(at + 9));
  const auto field = request.body.find("name=\"media\"");
  const auto start = field == std::string::npos ? field : request.body.find("\r\n\r\n", field);
  const auto end = start == std::string::npos ? start : request.body.find(line, start + 4);
  return end == std::string::npos ? std::string() : request.body.substr(start + 4, end - start - 4);
}

}  // namespace

std::vector<std::string> path_pieces(std::string_view path) {
  std::vector<std::string> pieces;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = path.find('/');
    pieces.push_back(net::percent_decode(path.substr(0, end)));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  }
  return pieces;
}

TwitterAnswer json_answer(int status, const json::value& body) {
  TwitterAnswer out;
  out.response = {status, "application/json", json::serialize(body) + "\n", {}, {}};
  return out;
}

TwitterAnswer problem(int status, std::string_view detail) {
  return json_answer(
      status,
      json::object{{"type", "about:blank"}, {"title", "as the detail says"}, {"status", status}, {"detail", detail}});
}

// ------------------------------------------------------------ faults and limits

void TwitterApi::add_faults(const json::array& faults) {
  for (const auto& each : faults) {
    if (!each.is_object()) continue;
    const auto& call = each.get_object();
    faults_.push_back({text_at(call, "path"), static_cast<int>(number_at(call, "status")),
                       text_at(call, "detail", "as it was told to answer"), number_at(call, "reset_s"),
                       number_at(call, "delay_ms"), true_at(call, "drop"), true_at(call, "taken")});
  }
}

TwitterFault TwitterApi::take_fault(const net::HttpRequest& request) {
  const auto found = std::find_if(faults_.begin(), faults_.end(),
                                  [&](const TwitterFault& each) { return request.path.starts_with(each.path); });
  if (found == faults_.end()) return {};
  const auto fault = *found;
  faults_.erase(found);
  return fault;
}

TwitterAnswer TwitterApi::spoilt(const TwitterFault& fault) const {
  auto out = problem(fault.status ? fault.status : 500, fault.detail);
  if (fault.reset_s > 0) {
    out.response.headers.emplace_back("x-rate-limit-remaining", "0");
    out.response.headers.emplace_back("x-rate-limit-reset", std::to_string(to_ms(clock_.now()) / 1000 + fault.reset_s));
  }
  if (fault.drop) out.response.status = 0;
  out.delay_ms = fault.delay_ms;
  return out;
}

void TwitterApi::set_limit(const std::string& what, std::int64_t limit, std::int64_t window_s) {
  limits_[what] = {limit, limit, 0, window_s};
}

// Counts one; true: too many, and `answer` says so. The headers go with every answer.
bool TwitterApi::limited(const std::string& what, TwitterAnswer& answer) {
  auto& limit =
      limits_.try_emplace(what, Limit{what == "dm" ? 15 : 100, what == "dm" ? 15 : 100, 0, 900}).first->second;
  const auto now_s = to_ms(clock_.now()) / 1000;
  if (now_s >= limit.reset_s) limit.left = limit.most, limit.reset_s = now_s + limit.window_s;
  const bool over = limit.left <= 0;
  if (over) answer = problem(429, "Too Many Requests");
  if (!over) --limit.left;
  answer.response.headers.emplace_back("x-rate-limit-limit", std::to_string(limit.most));
  answer.response.headers.emplace_back("x-rate-limit-remaining", std::to_string(limit.left));
  answer.response.headers.emplace_back("x-rate-limit-reset", std::to_string(limit.reset_s));
  return over;
}

// ------------------------------------------------------------ requests

TwitterAnswer TwitterApi::handle(const net::HttpRequest& request) {
  const auto path = path_pieces(request.path);
  const bool post = request.method == "POST";
  ++calls_[request.method + ' ' + (path.size() > 1 ? path[1] : "")];
  if (path.size() < 2 || path[0] != "2") return problem(404, "no such path");
  if (path[1] == "tweets" && path.size() == 2 && post) return send_post(request);
  if (path[1] == "media" && path.size() >= 3) return media(request, path);
  if (path[1] == "dm_events" && !post) return direct_page(request, {});
  if (path[1] == "dm_conversations" && path.size() == 6 && path[2] == "media") return direct_media(path);
  if (path[1] == "dm_conversations" && path.size() == 5 && path[2] == "with")
    return post && path[4] == "messages" ? send_direct(request, path[3]) : direct_page(request, path[3]);
  if (path[1] == "users" && path.size() == 4 && path[3] == "mentions") return mentions(request);
  if (path[1] == "users" && path.size() == 3 && path[2] == "me")
    return json_answer(200, {{"data", {{"id", options_.user_id}}}});
  return problem(404, "no such path");
}

std::string TwitterApi::next_id() {
  return std::to_string(((to_ms(clock_.now()) - kEpoch) << 22) + static_cast<std::int64_t>(++last_id_ & 0x3FFFFF));
}

void TwitterApi::keep(const std::string& kind, const std::string& id, const std::string& to, json::object body) {
  sent_.push_back(
      {{"kind", kind}, {"id", id}, {"at", to_rfc3339(clock_.now())}, {"to", to}, {"body", std::move(body)}});
}

TwitterAnswer TwitterApi::send_direct(const net::HttpRequest& request, const std::string& to) {
  TwitterAnswer answer;
  if (limited("dm", answer)) return answer;
  const auto body = parsed(request.body);
  const auto text = text_at(body, "text");
  const auto* files = body.if_contains("attachments");
  if (text.empty() && !files) return problem(400, "text or attachments is missing");
  const auto id = next_id();
  keep("dm", id, to, body);
  directs_.push_front({{"id", id},
                       {"event_type", "MessageCreate"},
                       {"text", text},
                       {"sender_id", options_.user_id},
                       {"dm_conversation_id", options_.user_id + '-' + to},
                       {"created_at", to_rfc3339(clock_.now())}});
  const json::object item{
      {"type", "message_create"},
      {"id", id},
      {"created_timestamp", std::to_string(to_ms(clock_.now()))},
      {"message_create",
       {{"target", {{"recipient_id", to}}}, {"sender_id", options_.user_id}, {"message_data", {{"text", text}}}}}};
  if (echo) events_.emit("dm.sent", {{"direct_message_events", json::array{item}}});
  auto made = json_answer(201, {{"data", {{"dm_conversation_id", options_.user_id + '-' + to}, {"dm_event_id", id}}}});
  made.response.headers = answer.response.headers;
  return made;
}

TwitterAnswer TwitterApi::send_post(const net::HttpRequest& request) {
  TwitterAnswer answer;
  if (limited("post", answer)) return answer;
  const auto body = parsed(request.body);
  const auto text = text_at(body, "text");
  const auto* reply = body.if_contains("reply");
  const auto parent =
      reply && reply->is_object() ? text_at(reply->get_object(), "in_reply_to_tweet_id") : std::string();
  const auto known = summons_.find(parent);
  if (!options_.enterprise && known != summons_.end() && !known->second)
    return problem(403, "You are not permitted to reply: the author of the post did not mention you.");
  if (!text.empty() && !texts_.insert(parent + ' ' + text).second)
    return problem(403, "You are not allowed to create a Tweet with duplicate content.");
  const auto id = next_id(), to = authors_[parent];
  keep("post", id, to, body);
  if (echo)
    events_.emit("post.create",
                 {{"id", id},
                  {"text", text},
                  {"author_id", options_.user_id},
                  {"created_at", to_rfc3339(clock_.now())},
                  {"conversation_id", parent},
                  {"in_reply_to_user_id", to},
                  {"in_reply_to_tweet_id", parent},
                  {"referenced_tweets", json::array{json::object{{"type", "replied_to"}, {"id", parent}}}}});
  auto made = json_answer(201, {{"data", {{"id", id}, {"text", text}}}});
  made.response.headers = answer.response.headers;
  return made;
}

TwitterAnswer TwitterApi::direct_page(const net::HttpRequest& request, const std::string& with) const {
  json::array data, users;
  std::size_t skip = 0, most = 100;
  if (const auto token = query_of(request, "pagination_token"); !token.empty())
    skip = std::strtoul(token.c_str(), nullptr, 10);
  if (const auto max = query_of(request, "max_results"); !max.empty()) most = std::strtoul(max.c_str(), nullptr, 10);
  std::size_t seen = 0;
  bool more = false;
  for (const auto& each : directs_) {
    if (!with.empty() && !text_at(each, "dm_conversation_id").ends_with('-' + with)) continue;
    if (seen++ < skip) continue;
    if (data.size() == most) {
      more = true;
      break;
    }
    data.push_back(each);
  }
  for (const auto& [id, user] : users_) users.push_back(user);
  json::object meta{{"result_count", data.size()}};
  if (more) meta["next_token"] = std::to_string(skip + most);
  return json_answer(
      200, {{"data", std::move(data)}, {"includes", {{"users", std::move(users)}}}, {"meta", std::move(meta)}});
}

TwitterAnswer TwitterApi::mentions(const net::HttpRequest& request) const {
  const auto since = query_of(request, "start_time");
  json::array data, users;
  for (const auto& each : mentions_)
    if (text_at(each, "created_at") >= since) data.push_back(each);
  for (const auto& [id, user] : users_) users.push_back(user);
  return json_answer(
      200, {{"data", std::move(data)}, {"includes", {{"users", std::move(users)}}}, {"meta", json::object{}}});
}

// ------------------------------------------------------------ files

TwitterAnswer TwitterApi::media(const net::HttpRequest& request, const std::vector<std::string>& path) {
  if (path.size() == 3 && request.method == "GET") return processed(query_of(request, "media_id"));
  if (path.size() < 4) return problem(404, "no such path");
  if (path[3] == "initialize") {
    const auto body = parsed(request.body);
    const auto id = next_id();
    const auto type = text_at(body, "media_type");
    uploads_[id] = {{}, type, number_at(body, "total_bytes"), false, type.starts_with("video/") ? 1 : 0};
    return json_answer(200, {{"data", {{"id", id}, {"media_key", "3_" + id}, {"expires_after_secs", 86400}}}});
  }
  const auto found = uploads_.find(path[3]);
  if (found == uploads_.end() || path.size() < 5) return problem(400, "no such upload");
  auto& upload = found->second;
  if (path[4] == "append") {
    upload.bytes += media_piece(request);
    return json_answer(200, {{"data", {{"expires_at", 0}}}});
  }
  if (static_cast<std::int64_t>(upload.bytes.size()) != upload.total)
    return problem(400, "the size is not as it was announced");
  return processed(path[3]);
}

TwitterAnswer TwitterApi::processed(const std::string& id) {
  const auto found = uploads_.find(id);
  if (found == uploads_.end()) return problem(404, "no such upload");
  found->second.whole = true;
  json::object data{{"id", id}, {"size", found->second.bytes.size()}};
  if (found->second.looks-- > 0) data["processing_info"] = {{"state", "pending"}, {"check_after_secs", 1}};
  return json_answer(200, {{"data", std::move(data)}});
}

std::string TwitterApi::add_media(std::string bytes, std::string media_type) {
  const auto id = next_id();
  const auto total = static_cast<std::int64_t>(bytes.size());
  uploads_[id] = {std::move(bytes), std::move(media_type), total, true, 0};
  return id;
}

TwitterAnswer TwitterApi::direct_media(const std::vector<std::string>& path) const {
  const auto found = uploads_.find(path[4]);
  if (found == uploads_.end()) return problem(404, "no such file");
  TwitterAnswer out;
  out.response = {200, found->second.media_type, found->second.bytes, {}, {}};
  return out;
}

// ------------------------------------------------------------ what others write

std::string TwitterApi::direct_message(const json::object& call, TwitterEvents::Done done) {
  const auto id = text_at(call, "id", next_id()), from = text_at(call, "from", "222"), text = text_at(call, "text");
  const json::object user{{"id", from},
                          {"name", text_at(call, "name", "Somebody")},
                          {"username", text_at(call, "username", "user" + from)}};
  users_[from] = user;
  json::object data{{"text", text}};
  if (const auto media = text_at(call, "media"); !media.empty()) {
    const auto url = "https://ton.twitter.com/1.1/ton/data/dm/" + id + '/' + media + "/file.jpg";
    data["text"] = text + " https://t.co/media";
    data["attachment"] = {
        {"type", "media"},
        {"media", {{"id_str", media}, {"type", "photo"}, {"url", "https://t.co/media"}, {"media_url_https", url}}}};
  }
  directs_.push_front({{"id", id},
                       {"event_type", "MessageCreate"},
                       {"text", text},
                       {"sender_id", from},
                       {"dm_conversation_id", options_.user_id + '-' + from},
                       {"created_at", to_rfc3339(clock_.now())}});
  const json::object item{
      {"type", "message_create"},
      {"id", id},
      {"created_timestamp", std::to_string(to_ms(clock_.now()))},
      {"message_create",
       {{"target", {{"recipient_id", options_.user_id}}}, {"sender_id", from}, {"message_data", std::move(data)}}}};
  events_.emit("dm.received", {{"direct_message_events", json::array{item}}, {"users", {{from, {{"data", user}}}}}}, {},
               std::move(done));
  return id;
}

std::string TwitterApi::post(const json::object& call, TwitterEvents::Done done) {
  const auto id = text_at(call, "id", next_id()), from = text_at(call, "from", "222"),
             kind = text_at(call, "kind", "mention");
  const bool summons = true_at(call, "summons", true);
  const json::object user{{"id", from},
                          {"name", text_at(call, "name", "Somebody")},
                          {"username", text_at(call, "username", "user" + from)}};
  users_[from] = user;
  summons_[id] = summons;
  authors_[id] = from;
  json::object item{{"id", id},
                    {"text", text_at(call, "text")},
                    {"author_id", from},
                    {"created_at", to_rfc3339(clock_.now())},
                    {"conversation_id", text_at(call, "conversation_id", id)},
                    {"lang", text_at(call, "lang", "und")}};
  if (summons)
    item["entities"] = {{"mentions", json::array{json::object{{"id", options_.user_id}, {"username", "acme"}}}}};
  if (const auto parent = text_at(call, "in_reply_to"); !parent.empty()) {
    item["in_reply_to_user_id"] = options_.user_id;
    item["referenced_tweets"] =
        json::array{json::object{{"type", kind == "quote" ? "quoted" : "replied_to"}, {"id", parent}}};
  }
  if (const auto root = text_at(call, "edit_of"); !root.empty()) item["edit_history_tweet_ids"] = json::array{root, id};
  mentions_.push_front(item);
  const json::object includes{{"users", json::array{user}}};
  if (const auto also = text_at(call, "also"); !also.empty()) events_.emit("post." + also + ".create", item, includes);
  events_.emit("post." + kind + ".create", item, includes, std::move(done));
  return id;
}

// ------------------------------------------------------------ what was seen

json::object TwitterApi::sent(std::size_t after, std::size_t limit) const {
  json::array items;
  for (std::size_t i = after; i < sent_.size() && items.size() < limit; ++i) items.push_back(sent_[i]);
  return {{"total", sent_.size()}, {"items", std::move(items)}};
}

json::object TwitterApi::counts() const {
  json::object out;
  for (const auto& [what, count] : calls_) out[what] = count;
  return out;
}

void TwitterApi::forget() {
  faults_.clear();
  limits_.clear();
  sent_.clear();
  texts_.clear();
  echo = true;
}

}  // namespace jackfield::simulate
