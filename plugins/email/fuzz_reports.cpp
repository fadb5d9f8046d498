// Any text as the fields that other servers write: results of authentication, statuses, invitations, styles.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "authentication.hpp"
#include "calendar.hpp"
#include "charset.hpp"
#include "delivery_status.hpp"
#include "html_style.hpp"
#include "own_mail.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jackfield::email;
  const std::string text(reinterpret_cast<const char*>(data), size);
  // Nobody but the server that is believed can make a sender proven.
  if (const auto said = parse_authentication_results(text); said && said->results.size() > 50) std::abort();
  if (authentication_of({"mx.example.org; none", text}, "mx.example.org", "example.com").sender_proven) std::abort();
  for (const FieldGroup& group : read_field_groups(text)) typed_value(field(group, "final-recipient"));
  if (enhanced_code(text).size() > 9 || smtp_code(text).size() > 3) std::abort();
  summary_of(read_calendar(clean_text(text)));
  const std::string style = safe_style(text);
  if (style.find("url") != std::string::npos && style.find("url(") != std::string::npos) std::abort();
  // Without the key nothing is ours.
  const OwnMail own("key", "mail", {"", "support@example.org"}, {"support@example.org"});
  if (own.wrote(text) || own.answered(text) || !own.find_own_id(text).empty()) std::abort();
  return 0;
}
