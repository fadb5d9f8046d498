#include "mail_reading.hpp"

#include <optional>
#include <utility>

#include "mime_reader.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t read_inline = 16 * 1024;      // a larger mail is read off the strand: it takes over a millisecond
constexpr std::size_t read_inline_html = 2 * 1024;  // HTML is 20 times slower to read

bool is_quick_to_read(const std::string& mail) {
  if (mail.size() <= read_inline_html) return true;
  return mail.size() <= read_inline && mail.find("text/html") == std::string::npos;
}

struct Work {
  std::shared_ptr<const ReceivedMail> mail;
  std::optional<std::string> event;
};

}  // namespace

void MailReading::read(std::shared_ptr<const ReceivedMail> mail, Done done) {
  auto work = std::make_shared<Work>(Work{std::move(mail), {}});
  const auto read = [this, work, rules = rules_, now = host_.now_ms()] {
    work->event = read_mail(work->mail->bytes, work->mail->envelope, *rules, now,
                            [this](std::string_view bytes) { return host_.put_blob(bytes); });
  };
  auto then = [work, done = std::move(done)](jf_status status) {
    if (status == JF_OK && !work->event) status = JF_INTERNAL;
    done(status, status == JF_OK ? std::move(*work->event) : std::string());
  };
  if (!is_quick_to_read(work->mail->bytes)) return host_.offload(read, std::move(then));
  read();
  then(JF_OK);
}

}  // namespace jackfield::email
