// A channel's settings: from YAML to the JSON that connectors get, with the place of every value kept beside it.
#pragma once

#include "app/config.hpp"
#include "app/yaml.hpp"

namespace jackfield::app {

// Fills in channel.settings and channel.sources. Scalars become what YAML 1.2's core schema says they are.
void read_settings(const Node& node, ChannelSpec& channel, Problems& problems);

// Where the schema asks for a text, a number or word without quotes is meant as one: `phone_number_id: 1000001`.
void keep_texts(const boost::json::object& schema, ChannelSpec& channel);

// The place of the value, or of the nearest map around it that is written.
Place place_of(const ChannelSpec& channel, std::string_view pointer);

}  // namespace jackfield::app
