#include "follower.hpp"

#include <atomic>
#include <boost/beast/websocket.hpp>
#include <string>
#include <thread>

#include "configuration.hpp"
#include "load.hpp"
#include "net/beast.hpp"
#include "webhooks.hpp"

namespace jackfield::bench {

namespace beast = boost::beast;
namespace asio = boost::asio;

struct Follower::State {
  State(int port, std::uint64_t first_number, std::size_t count) : first(first_number), at(count, 0.0), stream(io) {
    stream.next_layer().connect({asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)});
    stream.next_layer().set_option(asio::ip::tcp::no_delay(true));
    stream.set_option(beast::websocket::stream_base::decorator([](beast::websocket::request_type& request) {
      request.set(beast::http::field::authorization, std::string("Bearer ") + api_token);
    }));
    stream.handshake("127.0.0.1", "/v1/stream?types=message.received");
    thread = std::thread([this] { follow(); });
  }

  void follow() {
    beast::flat_buffer frame;
    boost::system::error_code error;
    while (came < at.size()) {
      stream.read(frame, error);
      if (error) return;
      note(frame);
      frame.clear();
    }
  }

  void note(const beast::flat_buffer& frame) {
    const double now = steady_ms();
    const auto bytes = frame.cdata();
    const auto number = Webhooks::number_in({static_cast<const char*>(bytes.data()), bytes.size()});
    const auto index = static_cast<std::uint64_t>(number) - first;
    if (number < 0 || index >= at.size() || at[index] != 0) return;
    at[index] = now;
    ++came;
  }

  const std::uint64_t first;
  std::vector<double> at;
  std::atomic<std::size_t> came{0};
  asio::io_context io{1};
  beast::websocket::stream<asio::ip::tcp::socket> stream;
  std::thread thread;
};

Follower::Follower(int port, std::uint64_t first, std::size_t count)
    : state_(std::make_unique<State>(port, first, count)) {}

Follower::~Follower() {
  shutdown(state_->stream.next_layer().native_handle(), SHUT_RDWR);
  if (state_->thread.joinable()) state_->thread.join();
}

std::vector<double> Follower::arrivals() {
  auto last = state_->came.load();
  for (int quiet = 0; quiet < 500 && state_->came < state_->at.size(); ++quiet) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    if (const auto now = state_->came.load(); now != last) {
      last = now;
      quiet = 0;
    }
  }
  shutdown(state_->stream.next_layer().native_handle(), SHUT_RDWR);
  state_->thread.join();
  return state_->at;
}

}  // namespace jackfield::bench
