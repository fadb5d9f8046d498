// What an IMAP server says (RFC 3501, RFC 9051), bytes to responses: literals, quoted strings, nested lists, response
// codes. Pure: no sockets, no clock, and it holds no more than its limits whatever the server sends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::email {

struct ImapValue {
  enum class Kind : std::uint8_t { nil, atom, string, list };
  Kind kind = Kind::nil;
  std::string text;  // of an atom ("\\Seen", "BODY[]<0>") or a string
  std::vector<ImapValue> items;

  bool is_list() const { return kind == Kind::list; }
  bool is_text() const { return kind == Kind::atom || kind == Kind::string; }
  std::optional<std::uint64_t> number() const;  // when it is one
};

struct ImapResponse {
  enum class Kind : std::uint8_t { untagged, tagged, go_ahead };  // "* …", "A1 …", "+ …"
  Kind kind = Kind::untagged;
  std::string tag;
  std::uint64_t number = 0;       // "* 12 EXISTS"
  std::string name;               // in upper case: OK, NO, BAD, BYE, PREAUTH, CAPABILITY, EXISTS, FETCH …
  std::string code, argument;     // "[UIDVALIDITY 7]": the code in upper case, and the rest
  std::string text;               // for people; of a go-ahead, the challenge
  std::vector<ImapValue> values;  // of all others
  bool malformed = false;         // its end is sure, its values are not: there are none

  bool is(std::string_view what) const { return name == what; }
  bool ok() const { return name == "OK"; }
};

// The value after that name in "(UID 7 FLAGS (\\Seen))"; null when it is not there.
const ImapValue* find_item(const std::vector<ImapValue>& items, std::string_view name);

struct ImapLimits {
  std::size_t line = 1024 * 1024;          // of a response without its literals
  std::size_t literal = 32 * 1024 * 1024;  // all literals of a response; more is read over
  std::size_t values = 20000;
  int depth = 32;
};

class ImapReader {
 public:
  explicit ImapReader(ImapLimits limits = {}) : limits_(limits) {}

  void receive(std::string_view bytes);
  std::optional<ImapResponse> next();  // until there is none
  // Why nothing can be understood any more; empty: all is well.
  const std::string& problem() const { return problem_; }
  void forget();             // what was received and not handed out
  std::size_t held() const;  // bytes

 private:
  bool read_line(std::string_view& input);
  void read_literal(std::string_view& input);
  bool start_literal();
  ImapResponse finish();

  ImapLimits limits_;
  std::string input_;  // received, not looked at
  std::size_t used_ = 0;
  std::string line_;                   // of the response under way; a literal is "{7}" in it
  std::size_t line_start_ = 0;         // where its part after the last literal begins
  std::vector<std::string> literals_;  // in their order
  std::uint64_t literal_left_ = 0;
  std::size_t literal_bytes_ = 0;
  bool in_literal_ = false, oversize_ = false;
  std::string problem_;
};

}  // namespace jackfield::email
