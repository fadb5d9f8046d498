// One bind, kept up: connects, binds, and after a loss does so again, later and later. All [strand].
#pragma once

#include <cstdint>
#include <jackfield/jackfield.hpp>
#include <memory>
#include <string>
#include <vector>

#include "smpp_session.hpp"
#include "smpp_settings.hpp"

namespace jackfield::sms::smpp {

class Bind;
class BindStream;

// Which connection of which bind a message came by: an answer to it must not go into a later one.
struct Origin {
  std::size_t bind = 0;
  std::uint64_t connection = 0;
};

class BindOwner {
 public:
  virtual ~BindOwner() = default;
  virtual void on_bind_changed() = 0;  // bound, or not any more
  virtual void on_submit_answered(std::uint64_t ticket, std::uint32_t status, const std::string& id, bool late) = 0;
  // Nobody knows what became of it.
  virtual void on_submit_lost(std::uint64_t ticket, std::string_view why) = 0;
  virtual void on_message(const Origin& origin, std::uint32_t command, std::uint32_t sequence,
                          ShortMessage&& message) = 0;
  virtual void on_response_read(std::uint64_t ticket) = 0;
  virtual void on_connection_lost(const Origin& origin) = 0;
  virtual void on_malformed(std::string_view reason, std::string_view pdu) = 0;
};

class Bind : SessionListener {
 public:
  // command: bind_transceiver, bind_transmitter or bind_receiver.
  Bind(sdk::Host& host, const SmppSettings& settings, std::uint32_t command, std::size_t index,
       const std::string& password, BindOwner& owner);
  ~Bind() override;

  void open();   // keeps it up from now on
  void leave();  // takes leave once nothing is open, and stays away

  bool is_bound() const;
  bool is_gone() const { return leaving_ && !stream_; }
  bool can_submit() const { return is_bound() && command_ != bind_receiver; }
  std::size_t room() const;
  const std::string& trouble() const { return trouble_; }  // why it is not bound; for people

  void submit(std::uint64_t ticket, const ShortMessage& message);
  // Nothing when that connection is gone.
  void respond(const Origin& origin, std::uint32_t command, std::uint32_t sequence, std::uint32_t status,
               std::uint64_t ticket);

 private:
  friend class BindStream;
  void connect();
  void connect_later();
  void tick();
  void flush();
  void flush_soon();
  void leave_when_idle();
  void lost(std::string_view why);

  // from the stream
  void on_connected();
  void on_bytes(std::string_view bytes);

  // from the session
  void on_bound(std::string_view smsc) override;
  void on_bind_refused(std::uint32_t status) override;
  void on_submit_answered(std::uint64_t ticket, std::uint32_t status, const std::string& id, bool late) override;
  void on_submit_overdue(std::uint64_t ticket) override;
  void on_message(std::uint32_t command, std::uint32_t sequence, ShortMessage&& message) override;
  void on_response_read(std::uint64_t ticket) override;
  void on_malformed(std::string_view reason, std::string_view pdu) override;

  sdk::Host& host_;
  const SmppSettings& settings_;
  const std::uint32_t command_;
  const std::string password_;
  BindOwner& owner_;
  Origin origin_;
  std::shared_ptr<BindStream> stream_;
  std::unique_ptr<Session> session_;
  std::string trouble_ = "not connected yet";
  std::int64_t bound_at_ms_ = 0, wait_ms_ = 0;
  bool ticking_ = false, leaving_ = false, flushing_ = false, lasting_refusal_ = false;
};

}  // namespace jackfield::sms::smpp
