#include "net/address_guard.hpp"

#include <gtest/gtest.h>

namespace jackfield::net {
namespace {

TEST(AddressGuard, RefusesWhatIsNotPublic) {
  for (const char* ip : {"127.0.0.1",
                         "127.255.255.254",
                         "0.0.0.0",
                         "10.0.0.1",
                         "10.255.255.255",
                         "172.16.0.1",
                         "172.31.255.255",
                         "192.168.1.1",
                         "169.254.169.254",
                         "100.64.0.1",
                         "100.127.255.255",
                         "192.0.0.1",
                         "192.0.2.1",
                         "192.88.99.1",
                         "198.18.0.1",
                         "198.19.255.255",
                         "198.51.100.7",
                         "203.0.113.7",
                         "224.0.0.1",
                         "239.1.2.3",
                         "240.0.0.1",
                         "255.255.255.255",
                         "::",
                         "::1",
                         "::ffff:127.0.0.1",
                         "::ffff:10.1.2.3",
                         "::ffff:a9fe:a9fe",
                         "::127.0.0.1",
                         "fe80::1",
                         "fe80::1%eth0",
                         "fc00::1",
                         "fd12:3456::1",
                         "ff02::1",
                         "2001:db8::1",
                         "2001::1",
                         "2001:10::1",
                         "2002:7f00:1::",
                         "2002:0a00:0001::1",
                         "64:ff9b::10.0.0.1",
                         "64:ff9b::7f00:1",
                         "64:ff9b:1::1",
                         "100::1",
                         "3fff::1",
                         "fec0::1",
                         "5f00::1",
                         "",
                         "localhost",
                         "127.1",
                         "0x7f000001",
                         "2130706433",
                         "127.0.0.1 ",
                         "1.2.3"}) {
    EXPECT_FALSE(is_public_address(ip)) << ip;
  }
}

TEST(AddressGuard, LetsPublicAddressesThrough) {
  for (const char* ip : {"8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1",
                         "172.15.0.1", "172.32.0.1", "192.167.1.1", "198.17.0.1", "223.255.255.255", "2606:4700::1111",
                         "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:0808:0808::1"}) {
    EXPECT_TRUE(is_public_address(ip)) << ip;
  }
}

TEST(Origin, HasLowerCaseAndAlwaysAPort) {
  EXPECT_EQ(origin_of("HTTPS://Example.COM/a?b"), "https://example.com:443");
  EXPECT_EQ(origin_of("http://127.0.0.1:9000/x"), "http://127.0.0.1:9000");
  EXPECT_EQ(origin_of("http://user:secret@host/"), "http://host:80");
  EXPECT_EQ(origin_of("http://[::1]:81/"), "http://[::1]:81");
  EXPECT_EQ(origin_of("http://good@evil.example#@good/"), "http://evil.example:80");
  EXPECT_EQ(origin_of("/relative"), "");
  EXPECT_EQ(origin_of(""), "");
}

}  // namespace
}  // namespace jackfield::net
