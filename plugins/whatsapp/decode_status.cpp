// A receipt: what became of a message that we sent.
#include <array>

#include "decode_item.hpp"
#include "json_read.hpp"
#include "json_write.hpp"
#include "outcome.hpp"

namespace jackfield::whatsapp {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostDetail = 4000;  // the host takes 4096 bytes
constexpr std::array<std::string_view, 5> kStatuses = {"sent", "delivered", "read", "played", "failed"};

bool fail(std::string& reason, std::string_view why) {
  reason = why;
  return false;
}

bool is_known(std::string_view status) {
  for (const auto each : kStatuses)
    if (each == status) return true;
  return false;
}

// Only the first: further ones say the same in other words.
void append_error(std::string& out, const json::object& item) {
  const auto* errors = array_at(item, "errors");
  const auto* error = errors && !errors->empty() ? errors->front().if_object() : nullptr;
  if (!error) return;
  const auto* code = error->if_contains("code");
  const std::int64_t number = code && code->is_int64() ? code->get_int64() : 0;
  out += R"(,"error":{"class":")";
  out += class_name(refusal_of(number).error_class);
  out += '"';
  append_field(out, "code", std::to_string(number));
  append_field(out, "detail", cut(detail_of(*error), kMostDetail));
  out += '}';
}

}  // namespace

bool write_status(std::string& out, const Envelope& envelope, const json::value& value, std::string& reason) {
  const auto* item = value.if_object();
  if (!item) return fail(reason, "it is " + kind_name(value));
  const auto id = text_at(*item, "id"), status = text_at(*item, "status");
  if (id.empty()) return fail(reason, "id is missing");
  if (!is_known(status)) return fail(reason, "status \"" + std::string(cut(status, 64)) + "\" is not known");
  out += R"({"type":"status")";
  append_field(out, "id", id);
  append_field(out, "account", envelope.account);
  append_field_if(out, "correlation", text_at(*item, "biz_opaque_callback_data"));
  append_field(out, "status", status);
  append_timestamp(out, "at", *item);
  append_error(out, *item);
  out += '}';
  return true;
}

}  // namespace jackfield::whatsapp
