#include "imap_append.hpp"

#include <algorithm>
#include <utility>

#include "imap_names.hpp"
#include "mail_envelope.hpp"

namespace jackfield::email {
namespace {

constexpr std::size_t most_waiting = 20;
constexpr int most_tries = 5;
constexpr std::int64_t pause_ms = 15 * 1000;
constexpr std::size_t small_literal = 64 * 1024;  // of answers, which hold no mails

}  // namespace

void ImapAppend::keep(std::shared_ptr<const std::string> mail) {
  if (waiting_.size() == most_waiting) return host_.warn("a copy of a sent mail is dropped: too many wait");
  waiting_.push_back(std::move(mail));
  if (!opening_ && !link_) open();
}

void ImapAppend::open() {
  opening_ = true;
  if (!tokens_) return open_with(settings_.password);
  tokens_->get([this](const OauthTokens::Token& token) {
    token_ = token.value;
    token.value.empty() ? ended(token.problem) : open_with(token.value);
  });
}

void ImapAppend::open_with(const std::string& secret) {
  link_ = ImapLink::open(host_, settings_, secret, small_literal,
                         {.ready = [this] { find_folder(); },
                          .untagged = [this](ImapResponse& response) { listed(response); },
                          .ended =
                              [this](ImapFault fault, const std::string& why) {
                                if (fault == ImapFault::auth && tokens_) tokens_->refused(token_);
                                ended(why);
                              }});
}

void ImapAppend::find_folder() {
  opening_ = false;
  if (settings_.sent != "auto") folder_ = imap_mailbox(settings_.sent);
  if (!folder_.empty()) return append();
  link_->run("LIST \"\" \"*\"", [this](const ImapResponse&) {
    if (folder_.empty()) folder_ = "\"Sent\"";
    append();
  });
}

// * LIST (\HasNoChildren \Sent) "/" "Sent Mail"
void ImapAppend::listed(const ImapResponse& response) {
  if (!response.is("LIST") || response.values.size() != 3 || !response.values[2].is_text()) return;
  const auto& attributes = response.values[0].items;
  const bool is_sent = std::any_of(attributes.begin(), attributes.end(),
                                   [](const ImapValue& value) { return lower_case(value.text) == "\\sent"; });
  if (is_sent) folder_ = imap_quoted(response.values[2].text);
}

void ImapAppend::append() {
  const std::string& mail = *waiting_.front();
  ++tries_;
  link_->run_pieces({"APPEND " + folder_ + " (\\Seen) {" + std::to_string(mail.size()) + "}", mail},
                    [this](const ImapResponse& answer) { appended(answer); });
}

void ImapAppend::appended(const ImapResponse& answer) {
  if (answer.code == "TRYCREATE" && !std::exchange(created_, true))
    return link_->run("CREATE " + folder_, [this](const ImapResponse&) { append(); });
  if (!answer.ok()) return drop_first(answer.text);
  waiting_.pop_front();
  tries_ = 0;
  if (!waiting_.empty()) return append();
  std::exchange(link_, nullptr)->drop();
}

void ImapAppend::drop_first(const std::string& why) {
  host_.warn("a copy of a sent mail could not be kept: " + why);
  waiting_.pop_front();
  tries_ = 0;
  if (!waiting_.empty()) return append();
  std::exchange(link_, nullptr)->drop();
}

void ImapAppend::ended(const std::string& why) {
  link_.reset();
  opening_ = true;  // until the pause is over
  if (!waiting_.empty() && ++tries_ > most_tries) {
    host_.warn("a copy of a sent mail could not be kept: " + why);
    waiting_.pop_front();
    tries_ = 0;
  }
  host_.after(pause_ms, [this] {
    opening_ = false;
    if (!waiting_.empty() && !link_) open();
  });
}

}  // namespace jackfield::email
