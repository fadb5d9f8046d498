// Which mails are ours, and which answer ours: Message-IDs and plus-addresses signed with a key that only this channel
// has. Any thread; fixed once made.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail_envelope.hpp"

namespace jackfield::email {

class OwnMail {
 public:
  OwnMail() = default;  // knows nothing to be ours
  // key: 32 random bytes, kept for good; empty: nothing is known to be ours. recipients: what mail is taken for.
  OwnMail(std::string key, std::string channel, Mailbox from, std::vector<std::string> recipients);

  // KEY.MAC@DOMAIN: the same for every try of one message, so that a receiver can tell a second copy.
  std::string message_id(std::string_view message_key) const;
  // Did this channel make that Message-ID? (Without angle brackets.) Whoever has seen a mail of ours knows its id.
  bool wrote(std::string_view message_id) const;
  // The first Message-ID of ours that stands anywhere in the text; empty: none does.
  std::string find_own_id(std::string_view text) const;

  // support+KEY.MAC@DOMAIN, where an answer to that message is to go; empty when such an address would not reach us.
  std::string reply_address(std::string_view message_key) const;
  // The Message-ID of ours that a mail to this address answers: proof that its sender got our mail.
  std::optional<std::string> answered(std::string_view address) const;

  // Is it an address that mail is taken for, or the one we write from?
  bool is_ours(std::string_view address) const;
  const Mailbox& from() const { return from_; }

 private:
  std::string mac(std::string_view purpose, std::string_view message_key) const;
  std::string with_tag(std::string_view tag) const;

  std::string key_, channel_;
  Mailbox from_;
  std::string domain_;
  std::vector<std::string> recipients_;
};

// Equal, in a time that says nothing about where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace jackfield::email
