// One request and its answer at a time, for what is not measured.
#pragma once

#include <string>

namespace jackfield::bench {

struct Answer {
  int status = 0;  // 0: no connection
  std::string body;
};

Answer http_get(int port, const std::string& target, const std::string& token = {});

}  // namespace jackfield::bench
