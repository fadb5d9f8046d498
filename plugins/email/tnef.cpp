#include "tnef.hpp"

#include <utility>

#include "charset.hpp"

namespace jackfield::email {
namespace {

constexpr std::uint32_t signature = 0x223E9F78;
constexpr std::size_t most_files = 500, most_properties = 20000, most_text = 4 * 1024 * 1024;

enum Attribute : std::uint32_t {
  att_title = 0x00018010,
  att_body = 0x0002800C,
  att_data = 0x0006800F,
  att_rend_data = 0x00069002,
  att_message_properties = 0x00069003,
  att_attachment_properties = 0x00069005,
  att_codepage = 0x00069007
};
enum Property : std::uint16_t {
  pr_body = 0x1000,
  pr_rtf_compressed = 0x1009,
  pr_html = 0x1013,
  pr_attach_data = 0x3701,
  pr_attach_short_name = 0x3704,
  pr_attach_long_name = 0x3707,
  pr_attach_mime = 0x370E,
  pr_attach_content_id = 0x3712,
  pr_html_codepage = 0x3FDE
};
constexpr std::uint16_t type_object = 0x000D, type_string = 0x001E, type_unicode = 0x001F, type_binary = 0x0102;
constexpr std::uint16_t multiple = 0x1000;

// Little-endian numbers and stretches of bytes; once something is missing, nothing more comes.
class Bytes {
 public:
  explicit Bytes(std::string_view rest) : rest_(rest) {}
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  std::uint32_t number(std::size_t width) {
    const std::string_view bytes = take(width);
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
  }
  // Properties are padded to four bytes.
  std::string_view take_padded(std::size_t count) {
    const std::string_view bytes = take(count);
    if (const std::size_t over = count % 4; over != 0 && good_) take(std::min(4 - over, rest_.size()));
    return bytes;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::size_t width_of(std::uint16_t type) {
  switch (type) {
    case 0x0001: return 0;
    case 0x0005:
    case 0x0006:
    case 0x0007:
    case 0x0014:
    case 0x0040: return 8;
    case 0x0048: return 16;
    default: return 4;
  }
}

std::string_view without_zeros(std::string_view text) { return text.substr(0, text.find('\0')); }

std::string from_utf16(std::string_view bytes) {
  while (bytes.size() >= 2 && bytes.substr(bytes.size() - 2) == std::string_view("\0\0", 2)) bytes.remove_suffix(2);
  return to_utf8(bytes.substr(0, most_text), "utf-16le");
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : in_(bytes) {}

  std::optional<TnefMessage> read() {
    if (in_.number(4) != signature) return std::nullopt;
    in_.number(2);  // a key, for what is kept elsewhere
    while (!in_.at_end() && in_.good() && !out_.cut_off) read_attribute();
    out_.cut_off = out_.cut_off || !in_.good();
    finish();
    return std::move(out_);
  }

 private:
  void read_attribute() {
    in_.number(1);  // of the message or of a file: the id says the same
    const std::uint32_t id = in_.number(4), size = in_.number(4);
    const std::string_view data = in_.take(size);
    in_.number(2);  // a sum of the bytes: damage shows elsewhere
    if (!in_.good()) return;
    switch (id) {
      case att_codepage: return read_codepage(data);
      case att_body: body_ = without_zeros(data); return;
      case att_rend_data: return begin_file();
      case att_title: return with_file([&](TnefFile& file) { title(file, data); });
      case att_data: return with_file([&](TnefFile& file) { file.bytes = data; });
      case att_message_properties:
      case att_attachment_properties: return read_properties(data, id == att_attachment_properties);
      default: return;
    }
  }

  void read_codepage(std::string_view data) {
    if (data.size() >= 4) codepage_ = "cp" + std::to_string(Bytes(data).number(4));
  }
  void begin_file() {
    if (out_.files.size() < most_files)
      out_.files.emplace_back();
    else
      out_.cut_off = true;
  }
  template <class Do>
  void with_file(Do act) {
    if (!out_.files.empty()) act(out_.files.back());
  }
  void title(TnefFile& file, std::string_view data) {
    if (file.name.empty()) file.name = to_utf8(without_zeros(data), codepage_);
  }

  void read_properties(std::string_view data, bool of_file) {
    Bytes in(data);
    const std::uint32_t count = in.number(4);
    for (std::uint32_t i = 0; i < count && in.good(); ++i) {
      if (++properties_ > most_properties) return void(out_.cut_off = true);
      read_property(in, of_file);
    }
    if (!in.good()) out_.cut_off = true;
  }

  static void skip_name(Bytes& in) {
    in.take(16);
    if (in.number(4) == 0)
      in.take(4);
    else
      in.take_padded(in.number(4));
  }

  void read_property(Bytes& in, bool of_file) {
    const std::uint32_t tag = in.number(4);
    const auto id = static_cast<std::uint16_t>(tag >> 16);
    const auto full = static_cast<std::uint16_t>(tag & 0xFFFF);
    const auto type = static_cast<std::uint16_t>(full & ~multiple);
    if (id >= 0x8000) skip_name(in);
    const bool varies = type == type_string || type == type_unicode || type == type_binary || type == type_object;
    std::uint32_t values = varies || (full & multiple) ? in.number(4) : 1;
    for (; values > 0 && in.good(); --values) {
      if (++properties_ > most_properties) return void(out_.cut_off = true);
      const std::string_view value = varies ? in.take_padded(in.number(4)) : in.take_padded(width_of(type));
      if (in.good()) of_file ? file_property(id, type, value) : message_property(id, type, value);
    }
  }

  std::string text_of(std::uint16_t type, std::string_view value) const {
    return type == type_unicode ? from_utf16(value) : to_utf8(without_zeros(value), codepage_);
  }

  void message_property(std::uint16_t id, std::uint16_t type, std::string_view value) {
    value = value.substr(0, most_text);
    if (id == pr_body) out_.text = text_of(type, value);
    if (id == pr_html && type == type_unicode) out_.html = from_utf16(value);
    if (id == pr_html && type != type_unicode) html_ = value;
    if (id == pr_rtf_compressed && type == type_binary) rtf_ = value;
    if (id == pr_html_codepage) html_codepage_ = "cp" + std::to_string(Bytes(value).number(4));
  }

  void file_property(std::uint16_t id, std::uint16_t type, std::string_view value) {
    if (out_.files.empty()) return;
    TnefFile& file = out_.files.back();
    if (id == pr_attach_long_name || (id == pr_attach_short_name && file.name.empty()))
      file.name = text_of(type, value);
    if (id == pr_attach_mime) file.media_type = text_of(type, value);
    if (id == pr_attach_content_id) file.content_id = text_of(type, value);
    if (id != pr_attach_data || !file.bytes.empty()) return;
    file.is_tnef = type == type_object;
    file.bytes = file.is_tnef && value.size() > 16 ? value.substr(16) : value;  // behind the interface's id
  }

  void finish() {
    if (out_.text.empty()) out_.text = to_utf8(body_.substr(0, most_text), codepage_);
    if (out_.html.empty())
      out_.html = to_utf8(without_zeros(html_), html_codepage_ == "cp65001" ? "utf-8" : html_codepage_);
    if (!rtf_.empty()) out_.rtf = uncompress_rtf(rtf_, most_text).value_or("");
  }

  Bytes in_;
  TnefMessage out_;
  std::string_view body_, html_, rtf_;
  std::string codepage_ = "cp1252", html_codepage_ = "utf-8";
  std::size_t properties_ = 0;
};

// What every compressed RTF begins with in its dictionary (MS-OXRTFCP 2.1.2.1).
constexpr std::string_view rtf_dictionary =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    "MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    "\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

// Runs of a sliding window of 4 KiB; each control byte says of eight tokens which are references.
std::optional<std::string> uncompress_runs(Bytes& in, std::size_t size) {
  std::string window(rtf_dictionary), out;
  window.resize(4096, '\0');
  std::size_t at = rtf_dictionary.size();
  const auto put = [&](char c) {
    out += c;
    window[at] = c;
    at = (at + 1) % window.size();
  };
  while (out.size() < size && in.good()) {
    const std::uint32_t control = in.number(1);
    for (int bit = 0; bit < 8 && out.size() < size && in.good(); ++bit) {
      if ((control >> bit & 1) == 0) {
        const std::string_view literal = in.take(1);
        if (!literal.empty()) put(literal.front());
        continue;
      }
      const std::uint32_t high = in.number(1), reference = high << 8 | in.number(1);
      const std::size_t from = reference >> 4, length = (reference & 15) + 2;
      if (from == at) return out;  // the end
      for (std::size_t i = 0; i < length && out.size() < size; ++i) put(window[(from + i) % window.size()]);
    }
  }
  if (out.size() < size) return std::nullopt;
  return out;
}

}  // namespace

std::optional<TnefMessage> read_tnef(std::string_view bytes) { return Reader(bytes).read(); }

std::optional<std::string> uncompress_rtf(std::string_view bytes, std::size_t most) {
  Bytes in(bytes);
  in.number(4);  // of the compressed bytes
  const std::uint32_t size = in.number(4), kind = in.number(4);
  in.number(4);  // a checksum
  if (!in.good() || size > most) return std::nullopt;
  if (kind == 0x414C454D) return std::string(in.take(std::min<std::size_t>(size, bytes.size() - 16)));  // "MELA"
  if (kind != 0x75465A4C) return std::nullopt;                                                          // "LZFu"
  return uncompress_runs(in, size);
}

}  // namespace jackfield::email
