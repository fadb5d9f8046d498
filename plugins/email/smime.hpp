// Signed mails that hide their content in the signature (S/MIME, application/pkcs7-mime). Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace jackfield::email {

// The signed MIME part of a CMS SignedData in DER. The signature is not checked: nobody here knows whom to trust.
// Nothing when it is something else.
std::optional<std::string> signed_content(std::string_view der);

}  // namespace jackfield::email
