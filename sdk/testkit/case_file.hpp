// How a case, and the settings.json beside it, say what the fake host takes. All throw when a member is not of its
// type.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <string>
#include <string_view>

#include "fake_host.hpp"

namespace jackfield::testkit {

boost::json::object read_object(const std::filesystem::path& file);

// The member, or an empty object.
const boost::json::object& member_object(const boost::json::object& in, std::string_view key);
std::string string_or(const boost::json::object& in, std::string_view key, std::string_view otherwise);

// Channel, settings (the manifest's defaults filled in), secrets and time; the case's lie over those of settings.json.
Options options_from(const jf_module& module, const boost::json::object& base, const boost::json::object& own);
// "kv" and "blobs".
void preset(FakeHost& host, const boost::json::object& from);

// "webhook": the request. "sign" adds an HMAC-SHA-256 of the body; std::runtime_error when its secret is not set.
WebhookCall webhook_call(const boost::json::object& from, const Options& options);
// The header line that "sign" asks for.
std::string signature_line(const boost::json::object& sign, const Options& options, std::string_view body);
HttpAnswer http_answer(const boost::json::object& from);

}  // namespace jackfield::testkit
