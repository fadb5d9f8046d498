#include "api/context.hpp"

namespace jackfield::api {

// openapi_document() is docs/openapi.json, compiled in (CMakeLists.txt).
void add_openapi(Router& router, Context&) {
  router.add("GET", "/openapi.json", kAll,
             [](const CallPtr& call) { call->json(200, std::string(openapi_document())); });
}

}  // namespace jackfield::api
