// What was missed while nobody listened: X posts the last 24 hours again on request, and what is older, or was missed
// by the stream, is read page by page. X charges for what is read, so that is bounded.
#pragma once

#include <cstdint>
#include <jackfield/jackfield.hpp>
#include <memory>
#include <string>
#include <vector>

#include "api.hpp"
#include "health.hpp"
#include "intake.hpp"

namespace jackfield::twitter {

// On the strand.
class Recovery {
 public:
  Recovery(sdk::Host& host, Api& api, const Settings& settings, Health& health, Intake& intake)
      : host_(host), api_(api), settings_(settings), health_(health), intake_(intake) {}

  // From the cursor until now. webhook_id empty: by the stream. One at a time.
  void run(std::string webhook_id);
  bool is_running() const { return running_; }

 private:
  struct Reading {
    PageKind kind = PageKind::direct_messages;
    std::vector<Page> pages;  // newest first
    std::string next_token;
  };
  using ReadingPtr = std::shared_ptr<Reading>;

  void replay(const std::string& webhook_id);
  void read(PageKind kind);
  void next_page(const ReadingPtr& reading);
  void on_page(const ReadingPtr& reading, const sdk::HttpResponse& response);
  void store(const ReadingPtr& reading);
  void end();
  void failed(const std::string& why, std::int64_t wait_ms);
  std::string path_of(const Reading& reading) const;

  sdk::Host& host_;
  Api& api_;
  const Settings& settings_;
  Health& health_;
  Intake& intake_;
  std::string webhook_id_;
  std::int64_t from_ms_ = 0, until_ms_ = 0;
  bool running_ = false;
  unsigned failures_ = 0;
};

}  // namespace jackfield::twitter
