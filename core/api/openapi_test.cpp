#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

#include "api/context.hpp"
#include "api/test_world.hpp"

namespace jackfield::api {
namespace {

TEST(Openapi, DocumentAndRouterNameTheSameRoutesAndRoles) {
  World world;
  const auto document = boost::json::parse(openapi_document()).as_object();
  std::set<std::string> written, served;
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& operation : path.value().as_object()) {
      std::string method(operation.key());
      for (char& c : method) c = static_cast<char>(std::toupper(c));
      Roles roles = 0;
      for (const auto& role : operation.value().at("x-roles").as_array()) {
        roles |= role.as_string() == "admin" ? kAdmin : role.as_string() == "agent" ? kAgent : kIntegration;
      }
      written.insert(method + " " + std::string(path.key()) + " " + std::to_string(roles));
    }
  }
  Context context(world.ports(), {});
  Router router;
  add_all(router, context);
  for (const auto& route : router.routes()) {
    served.insert(route.method + " " + route.pattern + " " + std::to_string(route.roles));
  }
  EXPECT_EQ(written, served);
}

TEST(Openapi, EveryReferenceOfTheDocumentLeadsSomewhere) {
  const auto document = boost::json::parse(openapi_document());
  const std::string text(openapi_document());
  for (std::size_t at = 0; (at = text.find("\"#/", at)) != std::string::npos; ++at) {
    const std::string pointer = text.substr(at + 2, text.find('"', at + 2) - at - 2);
    boost::system::error_code code;
    EXPECT_TRUE(document.find_pointer(pointer, code)) << pointer;
  }
}

TEST(Openapi, EveryTypeOfEventThatItNamesIsOneAndNoneIsMissing) {
  const auto document = boost::json::parse(openapi_document());
  const auto& types = document.at_pointer("/components/schemas/Event/properties/type/enum").as_array();
  EventType last{};
  for (const auto& name : types) EXPECT_TRUE(parse(name.as_string().c_str(), last)) << name;
  EXPECT_EQ(types.size(), static_cast<std::size_t>(EventType::satisfaction_scored) + 1);  // the last of them
}

}  // namespace
}  // namespace jackfield::api
