#include "net/http_client.hpp"

#include <curl/curl.h>
#include <signal.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/log.hpp"
#include "net/http_transfer.hpp"

namespace jackfield::net {
namespace {

constexpr long most_per_host = 128;  // more wait for one of these
constexpr long pooled = 256;
constexpr int longest_sleep_ms = 1000;

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

struct HttpClient::State {
  explicit State(std::size_t most) : most_open(most) {
    initialise_curl();
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, most_per_host);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, pooled);
    thread = std::thread([this] { run(); });
  }
  ~State() { curl_multi_cleanup(multi); }

  void run();
  void take_new();
  void begin(std::unique_ptr<Transfer> transfer);
  void reap();
  void end(std::unique_ptr<Transfer> transfer);
  void end_all();

  const std::size_t most_open;
  CURLM* multi = nullptr;
  std::mutex mutex;
  std::vector<std::unique_ptr<Transfer>> waiting;
  std::size_t open = 0;
  bool stopping = false;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> running;  // the thread's own
  std::thread thread;
};

void HttpClient::State::run() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  for (;;) {
    {
      std::lock_guard lock(mutex);
      if (stopping) break;
    }
    take_new();
    int still_running = 0;
    curl_multi_perform(multi, &still_running);
    reap();
    curl_multi_poll(multi, nullptr, 0, longest_sleep_ms, nullptr);
  }
  end_all();
}

void HttpClient::State::take_new() {
  std::vector<std::unique_ptr<Transfer>> taken;
  {
    std::lock_guard lock(mutex);
    taken.swap(waiting);
  }
  for (auto& transfer : taken) begin(std::move(transfer));
}

void HttpClient::State::begin(std::unique_ptr<Transfer> transfer) {
  if (!transfer->prepare()) return end(std::move(transfer));
  CURL* handle = transfer->handle();
  running[handle] = std::move(transfer);
  curl_multi_add_handle(multi, handle);
}

void HttpClient::State::reap() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* handle = message->easy_handle;
    const CURLcode result = message->data.result;  // the message is gone after the next call
    const auto found = running.find(handle);
    std::unique_ptr<Transfer> transfer = std::move(found->second);
    running.erase(found);
    const bool again = transfer->finish(result);
    curl_multi_remove_handle(multi, handle);
    again ? begin(std::move(transfer)) : end(std::move(transfer));
  }
}

void HttpClient::State::end(std::unique_ptr<Transfer> transfer) {
  {
    std::lock_guard lock(mutex);
    --open;  // before the callback, which may submit the next one
  }
  try {
    transfer->deliver();
  } catch (const std::exception& broken) {
    log::error("net", std::string("the receiver of an HTTP answer threw: ") + broken.what());
  }
}

void HttpClient::State::end_all() {
  for (auto& [handle, transfer] : running) {
    curl_multi_remove_handle(multi, handle);
    transfer->cut_short();
    end(std::move(transfer));
  }
  running.clear();
  std::vector<std::unique_ptr<Transfer>> never_begun;
  {
    std::lock_guard lock(mutex);
    never_begun.swap(waiting);
  }
  for (auto& transfer : never_begun) {
    transfer->cut_short();
    end(std::move(transfer));
  }
}

HttpClient::HttpClient(std::size_t most_open) : state_(std::make_unique<State>(most_open)) {}

HttpClient::~HttpClient() { stop(); }

bool HttpClient::submit(HttpCall call, std::function<void(HttpAnswer)> done) {
  auto transfer = std::make_unique<Transfer>(std::move(call), std::move(done));
  {
    std::lock_guard lock(state_->mutex);
    if (state_->stopping || state_->open >= state_->most_open) return false;
    ++state_->open;
    state_->waiting.push_back(std::move(transfer));
  }
  curl_multi_wakeup(state_->multi);
  return true;
}

void HttpClient::stop() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  curl_multi_wakeup(state_->multi);
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace jackfield::net
