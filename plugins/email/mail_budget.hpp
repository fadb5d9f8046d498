// Bytes that mails on their way in may take together.
#pragma once

#include <cstddef>

namespace jackfield::email {

// Shared by the sessions of one connector; one thread.
class MailBudget {
 public:
  explicit MailBudget(std::size_t limit) : limit_(limit) {}
  bool take(std::size_t bytes) { return bytes <= limit_ - used_ && (used_ += bytes, true); }
  void give_back(std::size_t bytes) { used_ -= bytes; }
  std::size_t free() const { return limit_ - used_; }
  std::size_t used() const { return used_; }

 private:
  std::size_t limit_, used_ = 0;
};

}  // namespace jackfield::email
