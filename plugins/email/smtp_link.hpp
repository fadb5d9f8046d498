// One connection to the SMTP server: the host's stream and the dialogue put together. [strand]
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "smtp_pool.hpp"

namespace jackfield::email {

class SmtpLink : public sdk::Stream, public std::enable_shared_from_this<SmtpLink> {
 public:
  SmtpLink(SmtpPool& pool, SmtpClientOptions options, std::uint32_t tls_flags, std::string secret);

  bool is_idle() const { return client_.is_ready() && !job_ && is_open(); }
  bool was_used_again() const { return mails_ > 1; }
  bool is_worn() const;
  bool works_on(std::uint64_t id) const { return job_ && job_->id == id; }
  const std::string& secret() const { return secret_; }
  void send(SmtpPool::Job job);
  void give_up();
  void quit();
  void close_when_idle(std::int64_t ms);
  void expect_answer();  // within a minute, or it is given up

 protected:
  void on_open(std::string_view peer) override;
  void on_data(std::string_view bytes) override;
  void on_writable() override { act(); }
  void on_tls(std::string_view version) override;
  void on_close(jf_status status, std::string_view why) override;

 private:
  void act();

  SmtpPool& pool_;
  SmtpClient client_;
  std::uint32_t tls_flags_;
  std::string secret_;  // said to the server
  std::optional<SmtpPool::Job> job_;
  int mails_ = 0;
  bool answers_ = false;          // it has become ready
  std::uint64_t idle_since_ = 0;  // counts: which idleness it is
};

}  // namespace jackfield::email
