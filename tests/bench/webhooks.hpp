// Signed WhatsApp webhooks, one text message of 0.9 kB each, with ids that never repeat in this process.
#pragma once

#include <openssl/sha.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace jackfield::bench {

// Cheap for the generator: the request is a template, of which a few digits and the signature change.
class Webhooks {
 public:
  // Messages of so many senders, over the channels wa0 to waN-1; a sender always writes to the same one.
  Webhooks(std::uint64_t senders, int channels = 1);

  // Writes the next request into the connection's buffer.
  void next(std::string& buffer);

  static std::uint64_t next_number();  // the message that next() writes next has this number
  // The number of the message whose id stands in this text; -1: there is none.
  static std::int64_t number_in(std::string_view text);
  // The body of one, for who only decodes.
  static std::string sample_body();

 private:
  struct Template {
    std::string bytes;
    std::size_t body = 0, signature = 0, wamid = 0, text_number = 0;
    std::vector<std::size_t> senders;
  };
  Template make_template(int channel) const;

  std::uint64_t senders_;
  std::vector<Template> templates_;
};

}  // namespace jackfield::bench
