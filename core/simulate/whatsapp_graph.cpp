#include "simulate/whatsapp_graph.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/crypto.hpp"
#include "simulate/whatsapp_bodies.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

std::string text_at(const json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_at(const json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value && value->is_int64() ? value->get_int64() : 0;
}

bool true_at(const json::object& in, std::string_view key) {
  const auto* value = in.if_contains(key);
  return value && value->is_bool() && value->get_bool();
}

GraphAnswer answer(int status, std::string body) {
  GraphAnswer out;
  out.response.status = status;
  out.response.content_type = "application/json";
  out.response.body = std::move(body);
  return out;
}

GraphAnswer refusal(int status, std::int64_t code, std::string_view message) {
  return answer(status, graph_error(code, message));
}

// "/v26.0/1000001/messages" → {"v26.0", "1000001", "messages"}
std::vector<std::string> pieces_of(std::string_view path) {
  std::vector<std::string> pieces;
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto end = path.find('/');
    pieces.push_back(net::percent_decode(path.substr(0, end)));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  }
  return pieces;
}

GraphAnswer spoilt(const Fault& fault) {
  GraphAnswer out;
  if (fault.status >= 300) {
    const auto code = fault.code ? fault.code : fault.status == 429 ? 130429 : fault.status == 401 ? 190 : 131000;
    out = refusal(fault.status, code, "as it was told to answer");
    if (fault.retry_after > 0) out.response.headers.emplace_back("Retry-After", std::to_string(fault.retry_after));
  }
  if (fault.drop) out.response.status = 0;
  out.dropped = fault.drop;
  out.delay_ms = fault.delay_ms;
  return out;
}

}  // namespace

Fault fault_from(const json::object& call) {
  Fault fault;
  fault.status = static_cast<int>(number_at(call, "status"));
  fault.code = number_at(call, "code");
  fault.retry_after = static_cast<int>(number_at(call, "retry_after"));
  fault.delay_ms = number_at(call, "delay_ms");
  fault.drop = true_at(call, "drop");
  if (const auto on = text_at(call, "on"); !on.empty()) fault.on = on;
  fault.taken = true_at(call, "taken");
  return fault;
}

bool parse(std::string_view text, Receipts& out) {
  static constexpr std::pair<std::string_view, Receipts> kNames[] = {{"auto", Receipts::automatic},
                                                                     {"none", Receipts::none},
                                                                     {"reversed", Receipts::reversed},
                                                                     {"before_answer", Receipts::before_answer},
                                                                     {"twice", Receipts::twice}};
  for (const auto& [name, receipts] : kNames)
    if (name == text) return out = receipts, true;
  return false;
}

Graph::Graph(const WhatsAppOptions& options, const Clock& clock, std::string id_prefix)
    : options_(options), clock_(clock), id_prefix_(std::move(id_prefix)) {}

bool Graph::bearer_is_right(const net::HttpRequest& request) const {
  return equal_constant_time(request.header("authorization"), "Bearer " + options_.access_token);
}

GraphAnswer Graph::handle(const net::HttpRequest& request) {
  const auto path = pieces_of(request.path);
  if (!bearer_is_right(request)) return refusal(401, 190, "Invalid OAuth access token");
  if (!proof_is_right(request)) return refusal(400, 100, "Invalid appsecret_proof provided in the API argument");
  if (path.size() == 2 && path[0] == "media-bytes" && request.method == "GET") return media_bytes(path[1]);
  if (path.size() == 2 && request.method == "GET") return media_info(request, path[1]);
  if (path.size() == 2 && request.method == "DELETE")
    return media_.erase(path[1]) ? answer(200, R"({"success":true})") : refusal(400, 100, "no such media");
  if (path.size() != 3 || request.method != "POST") return refusal(404, 100, "Unknown path components");
  if (path[1] != options_.phone_number_id) return refusal(400, 100, "Object with this ID does not exist");
  if (path[2] == "messages") return messages(request);
  return path[2] == "media" ? upload(request) : refusal(404, 100, "Unknown path components");
}

Fault Graph::next_fault(std::string_view on) {
  const auto at = std::find_if(faults_.begin(), faults_.end(), [&](const Fault& fault) { return fault.on == on; });
  if (at == faults_.end()) return {};
  const auto fault = *at;
  faults_.erase(at);
  return fault;
}

// Only who sends one must have it right.
bool Graph::proof_is_right(const net::HttpRequest& request) const {
  for (const auto& [name, value] : net::parse_query(request.query)) {
    if (name != "appsecret_proof") continue;
    const auto mac = hmac_sha256(options_.app_secret, options_.access_token);
    return value == to_hex(mac.data(), mac.size());
  }
  return true;
}

GraphAnswer Graph::messages(const net::HttpRequest& request) {
  boost::system::error_code error;
  const auto body = json::parse(request.body, error);
  if (error || !body.is_object()) return refusal(400, 100, "the body is no JSON object");
  if (const auto problem = problem_of_send(body.get_object()); !problem.empty()) return refusal(400, 100, problem);
  if (text_at(body.get_object(), "status") == "read") {
    signs_.push_back(json::object{{"message_id", body.at("message_id")},
                                  {"typing", body.get_object().contains("typing_indicator")}});
    return answer(200, R"({"success":true})");
  }
  const auto fault = next_fault("messages");
  if (fault.status >= 300 || (fault.drop && !fault.taken)) return spoilt(fault);
  auto out = accept(body.get_object());
  out.delay_ms = fault.delay_ms;
  out.dropped = fault.drop;
  if (fault.drop) out.response.status = 0;
  return out;
}

GraphAnswer Graph::accept(const json::object& body) {
  const auto id = next_id();
  const bool to_phone = body.contains("to");
  const auto to = text_at(body, to_phone ? "to" : "recipient");
  const json::object contact{{"input", to}, {to_phone ? "wa_id" : "user_id", to}};
  auto out = answer(200, json::serialize(json::object{
                             {"messaging_product", "whatsapp"},
                             {"contacts", json::array{contact}},
                             {"messages", json::array{json::object{{"id", id}, {"message_status", "accepted"}}}}}));
  out.accepted = id;
  out.to = to;
  out.correlation = text_at(body, "biz_opaque_callback_data");
  out.to_user_id = !to_phone;
  if (const auto* content = body.if_contains(text_at(body, "type")); content && content->is_object())
    out.link = text_at(content->get_object(), "link");
  by_id_[id] = sent_.size();
  sent_.push_back({{"id", id}, {"at", to_rfc3339(clock_.now())}, {"to", to}, {"body", body}});
  return out;
}

void Graph::fetched(const std::string& id, int status, std::string_view bytes) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  sent_[found->second]["fetched"] = {{"status", status}, {"size", bytes.size()}, {"sha256", sha256_hex(bytes)}};
}

// Of what is no send: an answer of that kind, or a wait before the right one.
GraphAnswer Graph::or_fault(std::string_view on, GraphAnswer right) {
  const auto fault = next_fault(on);
  if (fault.status >= 300 || fault.drop) return spoilt(fault);
  right.delay_ms = fault.delay_ms;
  return right;
}

GraphAnswer Graph::upload(const net::HttpRequest& request) {
  auto file = uploaded_file(request.header("content-type"), request.body);
  if (!file) return refusal(400, 100, "the field file is missing");
  return or_fault("upload", answer(200, json::serialize(json::object{
                                            {"id", add_media(std::move(file->bytes), std::move(file->media_type))}})));
}

GraphAnswer Graph::media_info(const net::HttpRequest& request, const std::string& id) {
  const auto found = media_.find(id);
  if (found == media_.end()) return refusal(400, 100, "Object with ID '" + id + "' does not exist");
  const auto& [bytes, media_type] = found->second;
  return or_fault("media",
                  answer(200, json::serialize(json::object{
                                  {"messaging_product", "whatsapp"},
                                  {"url", "http://" + std::string(request.header("host")) + "/media-bytes/" + id},
                                  {"mime_type", media_type},
                                  {"sha256", sha256_hex(bytes)},
                                  {"file_size", std::to_string(bytes.size())},
                                  {"id", id}})));
}

GraphAnswer Graph::media_bytes(const std::string& id) {
  const auto found = media_.find(id);
  if (found == media_.end()) return answer(404, "");
  auto out = answer(200, found->second.bytes);
  out.response.content_type = found->second.media_type;
  return or_fault("download", std::move(out));
}

void Graph::add_faults(const json::array& faults) {
  for (const auto& each : faults)
    if (const auto* object = each.if_object()) faults_.push_back(fault_from(*object));
}

std::string Graph::add_media(std::string bytes, std::string media_type) {
  const auto id = std::to_string(900000 + ++last_id_);
  media_[id] = {std::move(bytes), media_type.empty() ? "application/octet-stream" : std::move(media_type)};
  return id;
}

json::object Graph::sent(std::size_t after, std::size_t limit) const {
  json::array items;
  for (auto i = after; i < sent_.size() && items.size() < limit; ++i) items.push_back(sent_[i]);
  return {{"total", sent_.size()}, {"items", std::move(items)}};
}

const json::object* Graph::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &sent_[found->second];
}

void Graph::forget() {
  signs_.clear();
  faults_.clear();
  sent_.clear();
  by_id_.clear();
}

}  // namespace jackfield::simulate
