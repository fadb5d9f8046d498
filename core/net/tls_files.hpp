// Certificates and keys as files, for those who only look at them.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace jackfield::net {

// Can a server use them? The Error begins with "certificate FILE: " or "key FILE: ".
Result<void> check_tls_files(const std::string& certificate, const std::string& key);

// When the first certificate of that PEM file holds.
struct CertificateTerm {
  Time from{}, until{};
};
Result<CertificateTerm> certificate_term(const std::string& certificate);

}  // namespace jackfield::net
