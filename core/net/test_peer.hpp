// For tests: a blocking TCP peer, a thread-safe list of events to wait for, a self-signed certificate.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace jackfield::net {

// Fails the test by an exception after 10 s instead of hanging.
class TestPeer {
 public:
  explicit TestPeer(const std::string& address) : TestPeer(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) throw std::runtime_error("no connection");
  }
  explicit TestPeer(int fd) : fd_(fd) {
    timeval limit{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  TestPeer(const TestPeer&) = delete;
  TestPeer& operator=(const TestPeer&) = delete;
  ~TestPeer() { ::close(fd_); }

  void send(const std::string& bytes) { (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void half_close() { ::shutdown(fd_, SHUT_WR); }
  int fd() const { return fd_; }

  // Empty: the peer's end (or its reset).
  std::string read_some() {
    char bytes[65536];
    const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("nothing came in 10 s");
    return got > 0 ? std::string(bytes, static_cast<std::size_t>(got)) : std::string();
  }
  std::string read_to_end() {
    std::string out = std::exchange(rest_, {});
    for (std::string more = read_some(); !more.empty(); more = read_some()) out += more;
    return out;
  }
  std::string read_bytes(std::size_t count) {
    while (rest_.size() < count) {
      const std::string more = read_some();
      if (more.empty()) throw std::runtime_error("the peer ended early, after: " + rest_);
      rest_ += more;
    }
    const std::string out = rest_.substr(0, count);
    rest_.erase(0, count);
    return out;
  }
  // One HTTP response, by its Content-Length.
  std::string read_response() {
    std::string head;
    while (!head.ends_with("\r\n\r\n")) head += read_bytes(1);
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? head : head + read_bytes(std::stoul(head.substr(at + 16)));
  }

 private:
  const int fd_;
  std::string rest_;
};

// What other threads report, to be waited for.
template <class T>
class Seen {
 public:
  void add(T value) {
    std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    more_.notify_all();  // under the lock: who waits may destroy this as soon as it has the value
  }
  T next() {
    std::unique_lock lock(mutex_);
    if (!more_.wait_for(lock, std::chrono::seconds(10), [this] { return at_ < values_.size(); })) {
      throw std::runtime_error("nothing was seen in 10 s");
    }
    return values_[at_++];
  }
  std::size_t unread() const {
    std::lock_guard lock(mutex_);
    return values_.size() - at_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::vector<T> values_;
  std::size_t at_ = 0;
};

// Self-signed, for "localhost" and 127.0.0.1; the files go with the object.
class TestCertificate {
 public:
  TestCertificate() {
    char folder[] = "/tmp/jackfield-net-XXXXXX";
    if (!::mkdtemp(folder)) throw std::runtime_error("no folder");
    folder_ = folder;
    const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
    X509* x509 = certificate.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_set_pubkey(x509, key.get());
    X509_NAME* name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1,
                               0);
    X509_set_issuer_name(x509, name);
    X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_add_ext(x509, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(x509, key.get(), EVP_sha256());
    write(certificate_file(), [&](std::FILE* file) { PEM_write_X509(file, x509); });
    write(key_file(),
          [&](std::FILE* file) { PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  ~TestCertificate() {
    ::unlink(certificate_file().c_str());
    ::unlink(key_file().c_str());
    ::rmdir(folder_.c_str());
  }
  std::string certificate_file() const { return folder_ + "/cert.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }

 private:
  static void write(const std::string& path, const std::function<void(std::FILE*)>& content) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    content(file);
    std::fclose(file);
  }
  std::string folder_;
};

}  // namespace jackfield::net
