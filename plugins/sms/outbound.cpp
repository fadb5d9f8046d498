#include "outbound.hpp"

#include <boost/json/array.hpp>

#include "json_read.hpp"

namespace jackfield::sms {
namespace {

namespace json = boost::json;
using enum sdk::ErrorClass;

void add_line(std::string& text, std::string_view line) {
  if (line.empty()) return;
  if (!text.empty()) text += '\n';
  text += line;
}

OutboundMedia media_of(const json::object& part) {
  return {std::string(text_at(part, "media_type")), std::string(text_at(part, "name")),
          std::string(text_at(part, "url")), std::string(text_at(part, "blob")),
          static_cast<std::uint64_t>(number_at(part, "size"))};
}

// Empty: it can be sent.
std::string read_parts(const json::object& in, Outbound& message) {
  const auto* parts = array_at(in, "parts");
  for (std::size_t i = 0; parts && i < parts->size(); ++i) {
    const auto* part = (*parts)[i].if_object();
    if (!part) continue;
    const auto type = text_at(*part, "type");
    if (type == "text") {
      add_line(message.text, text_at(*part, "text"));
    } else if (type == "media") {
      message.media.push_back(media_of(*part));
      add_line(message.text, text_at(*part, "caption"));
    } else {
      return "a part of type " + std::string(type) + " cannot be sent as SMS";
    }
  }
  if (!parts || parts->empty()) message.text = text_at(in, "text");
  return {};
}

std::optional<SendProblem> read_recipient(const json::object& in, Numbers& numbers, Outbound& message) {
  const auto* to = array_at(in, "to");
  const auto* first = to && !to->empty() ? to->front().if_object() : nullptr;
  const auto address = first ? text_at(*first, "address") : std::string_view();
  if (!address.starts_with("tel:")) return SendProblem{recipient, "the recipient has no phone number"};
  const auto& number = numbers.read(address.substr(4));
  if (number.kind == NumberKind::name)
    return SendProblem{recipient, "\"" + number.text + "\" is a sender's name, to which nothing can be sent"};
  message.to = number.text;
  return std::nullopt;
}

}  // namespace

ReadOutbound read_outbound(std::string_view text, Numbers& numbers) {
  const auto in = parsed_object(text);
  ReadOutbound out;
  out.message.id = text_at(in, "id");
  out.message.automatic = true_at(in, "automatic");
  if (const auto url = text_at(in, "channel_url"); !url.empty())
    out.message.callback_url = std::string(url) + "/webhook";
  out.problem = read_recipient(in, numbers, out.message);
  if (auto why = read_parts(in, out.message); !why.empty()) out.problem = SendProblem{content, std::move(why)};
  return out;
}

}  // namespace jackfield::sms
