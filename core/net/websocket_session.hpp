// One WebSocket, server side, over a plain or a TLS stream that an HTTP session hands over.
#pragma once

#include <memory>

#include "net/beast.hpp"
#include "net/http_connection.hpp"

namespace jackfield::net {

using PlainStream = Socket;
using TlsStream = asio::ssl::stream<Socket>;
using UpgradeRequest = http::request<http::empty_body>;

// Registers the connection with the core and answers the handshake. On the stream's strand.
template <class Stream>
void start_websocket(std::shared_ptr<ServerCore> core, Stream stream, UpgradeRequest request, WebSocketHandler handler);

extern template void start_websocket<PlainStream>(std::shared_ptr<ServerCore>, PlainStream, UpgradeRequest,
                                                  WebSocketHandler);
extern template void start_websocket<TlsStream>(std::shared_ptr<ServerCore>, TlsStream, UpgradeRequest,
                                                WebSocketHandler);

}  // namespace jackfield::net
