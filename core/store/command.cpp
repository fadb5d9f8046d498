#include "store/command.hpp"

#include <utility>

#include "base/log.hpp"

namespace jackfield::store {
namespace {

class LambdaCommand final : public Command {
 public:
  LambdaCommand(std::function<Result<void>(Unit&)> decide, std::function<void(const Result<void>&)> finished)
      : decide_(std::move(decide)), finished_(std::move(finished)) {}

  Result<void> decide(Unit& unit) override { return decide_(unit); }

  void finished(const Result<void>& outcome) noexcept override try {
    if (finished_) finished_(outcome);
  } catch (const std::exception& e) {
    log::error("store", std::string("a command's end failed: ") + e.what());
  }

 private:
  std::function<Result<void>(Unit&)> decide_;
  std::function<void(const Result<void>&)> finished_;
};

}  // namespace

std::unique_ptr<Command> command(std::function<Result<void>(Unit&)> decide,
                                 std::function<void(const Result<void>&)> finished) {
  return std::make_unique<LambdaCommand>(std::move(decide), std::move(finished));
}

}  // namespace jackfield::store
