// Outgoing HTTP for a connector: its request as a net::HttpCall, the answer's body into a blob when it asked for that.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "host/services.hpp"
#include "net/http_client.hpp"

namespace jackfield::host {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostOpen = 256;
constexpr Millis kTimeout{30'000};
constexpr std::uint64_t kMaxBytes = 4ull * 1024 * 1024;
constexpr std::uint64_t kMaxBlobBytes = 100ull * 1024 * 1024;
constexpr std::uint64_t kHardMax = 256ull * 1024 * 1024;

bool read_form(const std::string& text, net::HttpCall& call) {
  if (text.empty()) return true;
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (error || !value.is_object()) return false;
  const auto& form = value.get_object();
  const auto string_of = [&](std::string_view key) {
    const auto* found = form.if_contains(key);
    return found && found->is_string() ? std::string(found->get_string()) : std::string{};
  };
  call.file_name = string_of("name");
  call.file_type = string_of("media_type");
  const auto* fields = form.if_contains("fields");
  if (!fields) return true;
  if (!fields->is_object()) return false;
  for (const auto& item : fields->get_object()) {
    if (!item.value().is_string()) return false;
    call.form_fields.emplace_back(item.key(), item.value().get_string());
  }
  return true;
}

net::HttpCall call_of(HttpOrder& order, const std::string& exempt_origin) {
  net::HttpCall call;
  if (!order.method.empty()) call.method = std::move(order.method);
  call.url = std::move(order.url);
  call.headers = std::move(order.headers);
  call.body = std::move(order.body);
  call.timeout = order.timeout.count() ? order.timeout : kTimeout;
  call.max_bytes = std::min(order.max_bytes ? order.max_bytes : order.to_blob ? kMaxBlobBytes : kMaxBytes, kHardMax);
  call.follow = order.follow;
  call.guard = order.untrusted;
  call.exempt_origin = exempt_origin;
  return call;
}

Status status_of(const net::HttpAnswer& answer) {
  if (answer.denied) return Status::denied;
  if (answer.timed_out) return Status::timeout;
  if (answer.too_large) return Status::invalid;
  return answer.progress == net::Progress::answered ? Status::ok : Status::internal;
}

HttpOutcome outcome_of(net::HttpAnswer answer) {
  HttpOutcome out;
  out.status = status_of(answer);
  out.progress = static_cast<HttpProgress>(answer.progress);
  // What was cut off was answered in part only.
  if (out.status != Status::ok && out.progress == HttpProgress::answered) out.progress = HttpProgress::maybe;
  out.http_status = out.progress == HttpProgress::answered ? answer.status : 0;
  out.headers = std::move(answer.headers);
  out.body = std::move(answer.body);
  out.error = std::move(answer.error);
  return out;
}

bool success(const HttpOutcome& outcome) { return outcome.http_status >= 200 && outcome.http_status < 300; }

}  // namespace

HttpService::HttpService(ChannelContext& context, std::string exempt_origin)
    : context_(context), exempt_origin_(std::move(exempt_origin)), ops_(kMostOpen) {}

Status HttpService::submit(std::uint64_t op, HttpOrder order) {
  const bool to_blob = order.to_blob;
  net::HttpCall call = call_of(order, exempt_origin_);
  if (!order.body_blob.empty()) {
    if (!context_.ports.blobs.size(order.body_blob)) return Status::not_found;
    call.body_file = context_.ports.blobs.path(order.body_blob);
    if (!read_form(order.form, call)) return Status::invalid;
  }
  std::uint64_t ticket = 0;
  if (const auto status = ops_.open(op, ticket); status != Status::ok) return status;
  const auto done = [this, op, ticket, to_blob](net::HttpAnswer got) {
    HttpOutcome outcome = outcome_of(std::move(got));
    if (to_blob && success(outcome)) return store_body(op, ticket, std::move(outcome));
    answer(op, ticket, std::move(outcome));
  };
  const bool taken = context_.ports.http.submit(std::move(call), context_.while_alive(done));
  if (!taken) ops_.close(op, ticket);
  return taken ? Status::ok : Status::busy;
}

// On the client's thread, which must not wait for a disk.
void HttpService::store_body(std::uint64_t op, std::uint64_t ticket, HttpOutcome outcome) {
  auto shared = std::make_shared<HttpOutcome>(std::move(outcome));
  const auto store = [this, op, ticket, shared] {
    auto stored = context_.ports.blobs.put(shared->body);
    shared->body.clear();
    if (stored) shared->blob = std::move(*stored);
    if (!stored) shared->status = Status::internal, shared->error = stored.error().message;
    answer(op, ticket, std::move(*shared));
  };
  if (context_.workers->submit(context_.while_alive(store))) return;
  shared->body.clear();
  shared->status = Status::internal;
  shared->error = "too much waits to be stored";
  answer(op, ticket, std::move(*shared));
}

void HttpService::answer(std::uint64_t op, std::uint64_t ticket, HttpOutcome outcome) {
  context_.to_connector([this, op, ticket, outcome = std::move(outcome)](Link& link) mutable {
    if (ops_.close(op, ticket)) link.http(op, std::move(outcome));
  });
}

}  // namespace jackfield::host
