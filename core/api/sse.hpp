// Server-sent events (the HTML standard's text/event-stream) over a streamed HTTP body.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/event.hpp"
#include "net/http_server.hpp"
#include "net/io.hpp"

namespace jackfield::api {

inline constexpr Millis kSseRetry{2000};  // how long a browser is to wait before it comes back

// Does the request ask for text/event-stream?
bool wants_event_stream(const net::HttpRequest& request);

// "id: …\nevent: …\ndata: …\n\n"; the JSON has no line breaks.
std::string sse_frame(const Event& event, std::string_view json);

// The head of a stream, and its first piece: the retry hint, and the cursor it begins after as its id, so that a client
// which is cut off before the first event comes back to the same place.
net::HttpResponse sse_head();
std::string sse_preamble(std::int64_t after);

// Makes a streamed body of one that follows the hub as a WebSocket does: it begins with the preamble, and carries a
// comment every `keep_alive`, so that proxies keep it open and a client that has gone is noticed. Whatever the code, a
// close ends the body; the client then comes back and is told why by the status.
net::BodyStreamHandler sse_body(net::IoContext& io, net::WebSocketHandler follower, std::string preamble,
                                Millis keep_alive);

}  // namespace jackfield::api
