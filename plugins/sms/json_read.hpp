// How JSON of others is read: the SDK's functions by their plain names.
#pragma once

#include "jackfield/json_read.hpp"

namespace jackfield::sms {

using sdk::array_at;
using sdk::number_at;
using sdk::object_at;
using sdk::parsed_object;
using sdk::text_at;
using sdk::text_of;
using sdk::true_at;

}  // namespace jackfield::sms
