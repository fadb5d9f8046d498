// Where a contact can be reached, in the API's form.
#pragma once

#include <string>

#include "api/context.hpp"

namespace jackfield::api {

// {"items": […], "next": null}, one for each configured channel. conversation: null for the contact in general.
Result<std::string> ways_json(Context& context, store::Reader& reader, const Contact* contact,
                              const Conversation* conversation);

}  // namespace jackfield::api
