#include "api/router.hpp"

#include <gtest/gtest.h>

namespace jackfield::api {
namespace {

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    for (const auto* method : {"GET", "PATCH"}) router.add(method, "/v1/contacts/{id}", kAll, [](const CallPtr&) {});
    router.add("POST", "/v1/contacts/{id}/merge", kAdmin, [](const CallPtr&) {});
  }
  const Route* match(std::string_view method, std::string_view path) {
    return router.match(method, path, arguments, allowed);
  }

  Router router;
  std::vector<std::string> arguments;
  std::string allowed;
};

TEST_F(RouterTest, APathIsMatchedWithItsArgumentDecoded) {
  ASSERT_TRUE(match("GET", "/v1/contacts/a%20b"));
  EXPECT_EQ(arguments, std::vector<std::string>{"a b"});
}

TEST_F(RouterTest, AnotherMethodTellsWhichThereAre) {
  EXPECT_FALSE(match("DELETE", "/v1/contacts/1"));
  EXPECT_EQ(allowed, "GET, PATCH");
}

TEST_F(RouterTest, AnotherPathMatchesNothing) {
  for (const auto* path : {"/v1/contacts", "/v1/contacts/", "/v1/contacts/1/", "/v1/contacts/1/2", "/v2/contacts/1",
                           "v1/contacts/1", "//v1/contacts/1", "", "/"}) {
    EXPECT_FALSE(match("GET", path)) << path;
    EXPECT_EQ(allowed, "") << path;
  }
}

TEST_F(RouterTest, AnEncodedSlashStaysInItsArgument) {
  ASSERT_TRUE(match("POST", "/v1/contacts/a%2Fb/merge"));
  EXPECT_EQ(arguments.at(0), "a/b");
}

}  // namespace
}  // namespace jackfield::api
