#include "authentication.hpp"

#include <algorithm>

#include "ascii.hpp"
#include "mail_envelope.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t longest_header = 16 * 1024;
constexpr std::size_t most_results = 50, most_properties = 20;
constexpr int deepest_comment = 10;

// Tokens, quoted strings and the separators ; = . / of a structured header; comments and white space are passed over.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool at_end() { return skip(), rest_.empty(); }
  bool broken() const { return broken_; }
  bool take(char wanted) {
    skip();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // A quoted string, or all up to a separator; '.' '@' and '/' belong to a value, and to no keyword.
  std::string value(bool keyword) {
    skip();
    if (!rest_.empty() && rest_.front() == '"') return quoted();
    std::size_t end = 0;
    while (end < rest_.size() && !ends(rest_[end], keyword)) ++end;
    const std::string text(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return text;
  }

 private:
  static bool ends(char c, bool keyword) {
    if (c == ';' || c == '(' || c == '"' || white_space.find(c) != std::string_view::npos) return true;
    return keyword && (c == '=' || c == '.' || c == '/');
  }
  void skip() {
    while (!rest_.empty()) {
      if (rest_.front() == '(')
        skip_comment();
      else if (white_space.find(rest_.front()) != std::string_view::npos)
        rest_.remove_prefix(1);
      else
        return;
    }
  }
  void skip_comment() {
    int depth = 0;
    std::size_t at = 0;
    for (; at < rest_.size(); ++at) {
      if (rest_[at] == '\\')
        ++at;
      else if (rest_[at] == '(' && ++depth > deepest_comment)
        break;
      else if (rest_[at] == ')' && --depth == 0)
        return rest_.remove_prefix(at + 1);
    }
    fail();
  }
  std::string quoted() {
    std::string text;
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '"') return rest_.remove_prefix(at + 1), text;
      if (rest_[at] == '\\' && at + 1 < rest_.size()) ++at;
      text += rest_[at];
    }
    return fail(), text;
  }
  void fail() {
    broken_ = true;
    rest_ = {};
  }

  std::string_view rest_;
  bool broken_ = false;
};

// ptype.property=value
bool read_property(Scanner& in, AuthenticationResult& result) {
  const std::string type = lower_case(in.value(true));
  if (type.empty()) return false;
  std::string name = type;
  if (in.take('.')) name += "." + lower_case(in.value(true));
  if (!in.take('=')) return false;
  const std::string value = in.value(false);
  if (result.properties.size() < most_properties) result.properties.emplace(name, value);
  return true;
}

// method[/version]=result and what follows up to the semicolon
std::optional<AuthenticationResult> read_result(Scanner& in) {
  AuthenticationResult result;
  result.method = lower_case(in.value(true));
  if (result.method.empty()) return std::nullopt;
  if (result.method == "none") return result;  // no checks were made
  if (in.take('/')) in.value(true);
  if (!in.take('=')) return std::nullopt;
  result.result = lower_case(in.value(true));
  if (result.result.empty()) return std::nullopt;
  while (!in.at_end() && !in.take(';'))
    if (!read_property(in, result)) return std::nullopt;
  return result;
}

// Is one the other, or a domain below it? The public suffixes are not known here, so only DMARC itself aligns sisters.
bool is_aligned(std::string_view authenticated, std::string_view from_domain) {
  const std::string domain = domain_of("@" + lower_case(authenticated.substr(authenticated.rfind('@') + 1)));
  if (domain.find('.') == std::string::npos || from_domain.empty()) return false;
  return from_domain == domain || from_domain.ends_with("." + domain);
}

std::string property(const AuthenticationResult& result, const char* name) {
  const auto found = result.properties.find(name);
  return found == result.properties.end() ? std::string() : found->second;
}

bool proves(const AuthenticationResult& result, std::string_view from_domain) {
  if (result.result != "pass") return false;
  if (result.method == "dmarc") {
    const std::string from = property(result, "header.from");
    return from.empty() || is_word(from_domain, lower_case(from.substr(from.rfind('@') + 1)));
  }
  if (result.method == "dkim") {
    const std::string domain = property(result, "header.d");
    return is_aligned(domain.empty() ? property(result, "header.i") : domain, from_domain);
  }
  return result.method == "spf" && is_aligned(property(result, "smtp.mailfrom"), from_domain);
}

bool failed_dmarc(const AuthenticationResults& said) {
  return std::any_of(said.results.begin(), said.results.end(),
                     [](const auto& each) { return each.method == "dmarc" && each.result == "fail"; });
}

}  // namespace

std::optional<AuthenticationResults> parse_authentication_results(std::string_view value) {
  if (value.size() > longest_header) return std::nullopt;
  AuthenticationResults out;
  Scanner in(value);
  out.authserv_id = lower_case(in.value(false));
  if (out.authserv_id.find('=') != std::string::npos) return std::nullopt;  // names no host: nobody's word
  if (!in.at_end() && !in.take(';')) {
    in.value(false);  // the version of the grammar
    if (!in.at_end() && !in.take(';')) return std::nullopt;
  }
  while (!in.at_end() && out.results.size() < most_results) {
    auto result = read_result(in);
    if (!result) return std::nullopt;
    if (result->method != "none") out.results.push_back(std::move(*result));
    in.take(';');
  }
  if (in.broken() || out.authserv_id.empty()) return std::nullopt;
  return out;
}

Authentication authentication_of(const std::vector<std::string>& headers, std::string_view authserv_id,
                                 std::string_view from_domain) {
  Authentication out;
  if (authserv_id.empty()) return out;
  const std::string ours = lower_case(authserv_id);
  const auto top = std::find_if(headers.begin(), headers.end(),
                                [&](const std::string& header) { return is_word(Scanner(header).value(false), ours); });
  if (top == headers.end()) return out;
  out.found = true;
  if (auto said = parse_authentication_results(*top)) out.said = std::move(*said);
  // A domain that says "refuse what fails DMARC" is taken at its word, whatever else passed.
  out.sender_proven =
      !failed_dmarc(out.said) && std::any_of(out.said.results.begin(), out.said.results.end(),
                                             [&](const auto& result) { return proves(result, from_domain); });
  return out;
}

}  // namespace jackfield::email
