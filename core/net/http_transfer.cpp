#include "net/http_transfer.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "net/address_guard.hpp"

namespace jackfield::net {
namespace {

constexpr int most_redirects = 5;
constexpr std::size_t most_header_bytes = 256 * 1024;
constexpr long connect_timeout_ms = 10'000;
constexpr long idle_reuse_seconds =
    50;  // servers commonly close at 60: a connection about to be closed loses a request

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return out;
}

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

bool has_line_break(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// May it be sent twice without having a second effect?
bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" || method == "OPTIONS";
}

std::string ip_of(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.sa_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  } else if (address.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  }
  return text;
}

}  // namespace

Transfer::Transfer(HttpCall call, std::function<void(HttpAnswer)> done)
    : call_(std::move(call)), done_(std::move(done)), deadline_(Steady::now() + call_.timeout) {
  if (!call_.exempt_origin.empty()) call_.exempt_origin = origin_of(call_.exempt_origin);
}

Transfer::~Transfer() {
  if (easy_) curl_easy_cleanup(easy_);
  curl_mime_free(upload_);
  curl_slist_free_all(headers_);
}

// ------------------------------------------------------------------ set-up

bool Transfer::prepare() {
  if (!easy_) easy_ = curl_easy_init();
  if (!easy_) return fail("out of memory"), false;
  curl_easy_reset(easy_);
  sent_ = false;
  answer_.status = 0;
  answer_.headers.clear();
  answer_.body.clear();
  header_bytes_ = 0;
  error_[0] = '\0';
  const auto left = std::chrono::duration_cast<Millis>(deadline_ - Steady::now()).count();
  if (left <= 0) {
    answer_.timed_out = true;
    return fail("timed out"), false;
  }
  curl_easy_setopt(easy_, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy_, CURLOPT_URL, call_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_QUICK_EXIT, 1L);  // else all would wait until a name that hangs is given up
  curl_easy_setopt(easy_, CURLOPT_PROXY, "");  // never by an environment variable: the guard would see the proxy
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(left));
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, std::min<long>(static_cast<long>(left), connect_timeout_ms));
  curl_easy_setopt(easy_, CURLOPT_MAXAGE_CONN, idle_reuse_seconds);
  curl_easy_setopt(easy_, CURLOPT_USERAGENT, "jackfield");
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETFUNCTION, &Transfer::on_open_socket);
  curl_easy_setopt(easy_, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy_, CURLOPT_PREREQFUNCTION, &Transfer::on_connected);
  curl_easy_setopt(easy_, CURLOPT_PREREQDATA, this);
  if (!set_headers()) return false;
  if (!call_.body_file.empty()) return set_upload();
  set_body();
  return true;
}

bool Transfer::set_headers() {
  curl_slist_free_all(headers_);
  headers_ = nullptr;
  bool typed = false;
  for (const auto& [name, value] : call_.headers) {
    if (name.empty() || has_line_break(name) || has_line_break(value)) {
      return fail("a header field with a line break or without a name"), false;
    }
    typed = typed || lower(name) == "content-type";
    headers_ = curl_slist_append(headers_, (value.empty() ? name + ";" : name + ": " + value).c_str());
  }
  headers_ = curl_slist_append(headers_, "Expect:");  // waiting for a 100 costs a second with servers that send none
  if (!typed && call_.body_file.empty()) headers_ = curl_slist_append(headers_, "Content-Type:");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  return true;
}

void Transfer::set_body() {
  const std::string& method = call_.method;
  if (method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else if (!call_.body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, call_.body.data());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
  } else {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
    if (method != "GET") curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

bool Transfer::set_upload() {
  curl_mime_free(upload_);
  upload_ = curl_mime_init(easy_);
  for (const auto& [name, value] : call_.form_fields) {
    curl_mimepart* part = curl_mime_addpart(upload_);
    curl_mime_name(part, name.c_str());
    curl_mime_data(part, value.data(), value.size());
  }
  curl_mimepart* part = curl_mime_addpart(upload_);
  curl_mime_name(part, "file");
  if (curl_mime_filedata(part, call_.body_file.c_str()) != CURLE_OK) return fail("the file cannot be read"), false;
  if (!call_.file_name.empty()) curl_mime_filename(part, call_.file_name.c_str());
  if (!call_.file_type.empty()) curl_mime_type(part, call_.file_type.c_str());
  curl_easy_setopt(easy_, CURLOPT_MIMEPOST, upload_);
  if (call_.method != "POST") curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, call_.method.c_str());
  return true;
}

// --------------------------------------------------------------- callbacks

std::size_t Transfer::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  HttpAnswer& answer = transfer.answer_;
  const std::string_view line(bytes, size * count);
  transfer.header_bytes_ += line.size();
  if (transfer.header_bytes_ > most_header_bytes) {
    answer.too_large = true;
    return 0;
  }
  const auto colon = line.find(':');
  if (line.substr(0, 5) == "HTTP/") {
    answer.headers.clear();  // of a 100 Continue before
  } else if (colon != std::string_view::npos) {
    answer.headers.emplace_back(lower(trimmed(line.substr(0, colon))), trimmed(line.substr(colon + 1)));
  }
  return line.size();
}

std::size_t Transfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t length = size * count;
  if (length > transfer.call_.max_bytes - transfer.answer_.body.size()) {
    transfer.answer_.too_large = true;
    return 0;
  }
  transfer.answer_.body.append(bytes, length);
  return length;
}

bool Transfer::allows(const char* ip) const {
  if (!call_.guard || is_public_address(ip)) return true;
  return !call_.exempt_origin.empty() && origin_of(call_.url) == call_.exempt_origin;
}

curl_socket_t Transfer::on_open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string ip = ip_of(address->addr);
  if (!transfer.allows(ip.c_str())) {
    transfer.denied_ip_ = ip;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Before each request, also on a pooled connection, which a call without the guard may have opened.
int Transfer::on_connected(void* self, char* peer_ip, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (!transfer.allows(peer_ip)) {
    transfer.denied_ip_ = peer_ip;
    return CURL_PREREQFUNC_ABORT;
  }
  // libcurl would repeat a request whose pooled connection ended without an answer. The server may have acted on it.
  if (transfer.sent_ && !is_idempotent(transfer.call_.method)) return CURL_PREREQFUNC_ABORT;
  transfer.sent_ = transfer.sent_ever_ = true;
  return CURL_PREREQFUNC_OK;
}

// --------------------------------------------------------------------- end

bool Transfer::finish(CURLcode result) {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  answer_.status = static_cast<int>(status);
  if (result == CURLE_OK) {
    if (call_.follow && is_redirect(status)) return redirect();
    answer_.progress = Progress::answered;
    return false;
  }
  answer_.denied = !denied_ip_.empty() && !sent_;
  answer_.timed_out = result == CURLE_OPERATION_TIMEDOUT;
  if (answer_.denied) {
    fail("the address " + denied_ip_ + " is not public: refused");
  } else if (answer_.too_large) {
    fail("the answer is larger than " + std::to_string(call_.max_bytes) + " bytes");
  } else if (result == CURLE_ABORTED_BY_CALLBACK) {
    fail("the connection ended before an answer came");
  } else {
    fail(error_[0] ? error_ : curl_easy_strerror(result));
  }
  return false;
}

bool Transfer::redirect() {
  char* target = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_REDIRECT_URL, &target);
  if (!target) {
    answer_.progress = Progress::answered;  // without a Location: the caller's matter
    return false;
  }
  if (++hops_ > most_redirects) return fail("more than 5 redirects"), false;
  const std::string next = target;
  if (origin_of(next) != origin_of(call_.url)) forget_credentials();
  const bool keeps_method = answer_.status == 307 || answer_.status == 308 || call_.method == "HEAD" ||
                            (answer_.status != 303 && call_.method != "POST");
  if (!keeps_method) {
    call_.method = "GET";
    call_.body.clear();
    call_.body_file.clear();
    std::erase_if(call_.headers, [](const auto& field) { return lower(field.first) == "content-type"; });
  }
  call_.url = next;
  return true;
}

void Transfer::forget_credentials() {
  std::erase_if(call_.headers, [](const auto& field) {
    const std::string name = lower(field.first);
    return name == "authorization" || name == "cookie" || name == "proxy-authorization" || name == "host";
  });
}

void Transfer::fail(std::string why) {
  answer_.progress = sent_ever_ ? Progress::maybe : Progress::not_sent;
  answer_.error = std::move(why);
}

void Transfer::cut_short() { fail("stopped before an answer came"); }

}  // namespace jackfield::net
