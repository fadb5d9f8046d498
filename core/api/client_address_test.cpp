#include "api/client_address.hpp"

#include <gtest/gtest.h>

namespace jackfield::api {
namespace {

std::string client(const std::string& remote, std::vector<std::string> forwarded,
                   const std::vector<std::string>& proxies = {"10.0.0.0/8"}) {
  net::HttpRequest request;
  request.remote = remote;
  for (auto& value : forwarded) request.headers.emplace_back("x-forwarded-for", std::move(value));
  return client_address(request, net::Networks::make(proxies).value());
}

TEST(ClientAddress, IsThePeersUnlessThatIsAProxy) {
  EXPECT_EQ(client("192.0.2.1", {"203.0.113.9"}), "192.0.2.1");
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9"}, {}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {}), "10.0.0.1");
}

TEST(ClientAddress, IsTheLastThatIsNoProxyWhateverWasInventedBeforeIt) {
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.9"}), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"1.2.3.4, 203.0.113.9 , 10.0.0.7"}), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"1.2.3.4", "203.0.113.9"}), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {"10.0.0.2,, "}), "10.0.0.1");
}

}  // namespace
}  // namespace jackfield::api
