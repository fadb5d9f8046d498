#include "simulate/smtp_sink_mail.hpp"

#include <boost/json/array.hpp>
#include <cctype>
#include <utility>
#include <vector>

#include "base/crypto.hpp"

namespace jackfield::simulate {
namespace {

namespace json = boost::json;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// Header and body, the empty line between them gone.
std::pair<std::string_view, std::string_view> halves(std::string_view part) {
  if (part.starts_with("\r\n")) return {{}, part.substr(2)};
  const auto end = part.find("\r\n\r\n");
  if (end == std::string_view::npos) return {part, {}};
  return {part.substr(0, end + 2), part.substr(end + 4)};
}

using Headers = std::vector<std::pair<std::string, std::string>>;

Headers headers_of(std::string_view header) {
  Headers headers;
  while (!header.empty()) {
    const auto end = header.find("\r\n");
    const std::string_view line = header.substr(0, end);
    header.remove_prefix(end == std::string_view::npos ? header.size() : end + 2);
    if (!headers.empty() && (line.starts_with(' ') || line.starts_with('\t'))) {
      headers.back().second += line;
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      std::string_view value = line.substr(colon + 1);
      if (value.starts_with(' ')) value.remove_prefix(1);
      headers.emplace_back(lower(line.substr(0, colon)), std::string(value));
    }
  }
  return headers;
}

std::string value_of(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

std::string boundary_of(const std::string& content_type) {
  const auto at = lower(content_type).find("boundary=");
  if (!lower(content_type).starts_with("multipart/") || at == std::string::npos) return {};
  std::string value = content_type.substr(at + 9);
  if (value.starts_with('"')) return value.substr(1, value.find('"', 1) - 1);
  return value.substr(0, value.find_first_of("; \t"));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string from_quoted_printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=')
      out += text[i];
    else if (text.substr(i + 1).starts_with("\r\n"))
      i += 2;
    else if (i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += '=';
    }
  }
  return out;
}

std::string decoded(std::string_view body, const std::string& encoding) {
  if (encoding == "quoted-printable") return from_quoted_printable(body);
  if (encoding != "base64") return std::string(body);
  std::string letters;
  for (const char c : body)
    if (c != '\r' && c != '\n' && c != ' ') letters += c;
  return from_base64(letters).value_or(letters);
}

std::string first_text(std::string_view part, int depth) {
  const auto [header, body] = halves(part);
  const Headers headers = headers_of(header);
  const std::string boundary = boundary_of(value_of(headers, "content-type"));
  if (boundary.empty() || depth > 10) return decoded(body, lower(value_of(headers, "content-transfer-encoding")));
  const std::string line = "--" + boundary;
  const auto begin = body.find(line + "\r\n");
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = body.substr(begin + line.size() + 2);
  return first_text(rest.substr(0, rest.find("\r\n" + line)), depth + 1);
}

}  // namespace

std::string text_of_mail(std::string_view mail) {
  std::string text = first_text(mail, 0);
  std::erase(text, '\r');
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

json::object json_of(const SunkMail& mail) {
  json::object headers;
  for (const auto& [name, value] : headers_of(halves(mail.bytes).first)) headers[name] = value;
  json::array to;
  for (const std::string& address : mail.to) to.emplace_back(address);
  return {{"from", mail.from},
          {"to", std::move(to)},
          {"headers", std::move(headers)},
          {"text", text_of_mail(mail.bytes)},
          {"raw", mail.bytes}};
}

std::string page_of(const SunkMail& mail, std::size_t number) {
  std::string page = "---- mail " + std::to_string(number) + ": from <" + mail.from + "> to";
  for (const std::string& address : mail.to) page += " <" + address + ">";
  page += ", " + std::to_string(mail.bytes.size()) + " bytes\n";
  page += std::string(halves(mail.bytes).first) + "\n" + text_of_mail(mail.bytes) + "\n----\n";
  std::erase(page, '\r');
  return page;
}

}  // namespace jackfield::simulate
