// How JSON of others is read: the SDK's functions by their plain names.
#pragma once

#include "jackfield/json_read.hpp"

namespace jackfield::whatsapp {

using sdk::array_at;
using sdk::is_utf8;
using sdk::object_at;
using sdk::parse_provider_json;
using sdk::text_at;
using sdk::text_of;
using sdk::true_at;

}  // namespace jackfield::whatsapp
