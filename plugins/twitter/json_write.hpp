// How events are written: the SDK's functions by their plain names.
#pragma once

#include "jackfield/json_write.hpp"

namespace jackfield::twitter {

using sdk::append_field;
using sdk::append_field_if;
using sdk::append_number;
using sdk::append_quoted;
using sdk::append_time;
using sdk::cut;

}  // namespace jackfield::twitter
