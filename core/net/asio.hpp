// The one place that includes Boost.Asio. Its function bodies are compiled once, in asio_src.cpp: a file that
// included Asio header-only would compile them again and break the one-definition rule (the build's definitions see to it
// that none does).
#pragma once

#ifndef BOOST_ASIO_SEPARATE_COMPILATION
#define BOOST_ASIO_SEPARATE_COMPILATION
#endif
#ifndef BOOST_BEAST_SEPARATE_COMPILATION
#define BOOST_BEAST_SEPARATE_COMPILATION
#endif

#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <thread>
#include <vector>

#include "net/io.hpp"

#ifdef BOOST_ASIO_HEADER_ONLY
#error "Asio was included header-only before this header"
#endif

namespace jackfield::net {

namespace asio = boost::asio;
using error_code = boost::system::error_code;
using Tcp = asio::ip::tcp;
// Concrete types: asio::any_io_executor costs an indirection and more at every operation.
using StrandExecutor = asio::strand<asio::io_context::executor_type>;
using Socket = asio::basic_stream_socket<Tcp, StrandExecutor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, StrandExecutor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, StrandExecutor>;

struct Strand::State {
  StrandExecutor executor;
};

class Lookups;

struct IoContext::State {
  explicit State(int count);
  ~State();

  asio::io_context io;
  const std::unique_ptr<Lookups> lookups;  // goes before io: who waits there holds sockets
  const int thread_count;
  asio::executor_work_guard<asio::io_context::executor_type> guard;
  std::vector<std::thread> threads;
  std::atomic<bool> running{false};
};

}  // namespace jackfield::net
