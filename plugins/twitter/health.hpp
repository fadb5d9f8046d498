// The channel's state, of which several parts have something to say: the worst is shown.
#pragma once

#include <jackfield/jackfield.hpp>
#include <map>
#include <string>

namespace jackfield::twitter {

// On the strand. Ready only once ready() was called and nobody complains.
class Health {
 public:
  explicit Health(sdk::Host& host) : host_(host) {}

  void ready() {
    started_ = true;
    show();
  }
  void complain(const std::string& part, sdk::State state, std::string detail) {
    complaints_[part] = {state, std::move(detail)};
    show();
  }
  void fine(const std::string& part) {
    if (complaints_.erase(part) > 0) show();
  }

 private:
  struct Complaint {
    sdk::State state;
    std::string detail;
  };

  void show() {
    const Complaint* worst = nullptr;
    for (const auto& [part, each] : complaints_)
      if (!worst || each.state > worst->state) worst = &each;
    if (worst) return host_.set_state(worst->state, worst->detail);
    if (started_) host_.set_state(sdk::State::ready);
  }

  sdk::Host& host_;
  std::map<std::string, Complaint> complaints_;
  bool started_ = false;
};

}  // namespace jackfield::twitter
