#include "host/frame.hpp"

#include <bit>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cstring>

namespace jackfield::host {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are written as they stand in memory");

constexpr std::size_t kFixed = 16;  // type, zero, id, length of the head

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
T get(const char*& at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

bool known(std::uint16_t type) {
  return (type >= static_cast<unsigned>(FrameType::setup) && type <= static_cast<unsigned>(FrameType::preview)) ||
         (type >= static_cast<unsigned>(FrameType::created) && type <= static_cast<unsigned>(FrameType::confined));
}

Error bad(const char* what) { return fail(Errc::corrupt, std::string("a frame ") + what); }

// Cuts the raw bytes by the head's list; they must come out even.
bool cut(const boost::json::object& head, std::string_view raw, std::vector<std::string>& texts) {
  const auto* lengths = head.if_contains("bytes");
  if (!lengths) return raw.empty();
  if (!lengths->is_array() || lengths->get_array().size() > kMostFrameTexts) return false;
  texts.reserve(lengths->get_array().size());
  for (const auto& item : lengths->get_array()) {
    boost::system::error_code error;
    const auto length = item.to_number<std::uint64_t>(error);
    if (error || length > raw.size()) return false;
    texts.emplace_back(raw.substr(0, length));
    raw.remove_prefix(length);
  }
  return raw.empty();
}

}  // namespace

// ------------------------------------------------------------- writing

FrameWriter& FrameWriter::number(std::string_view key, std::uint64_t value) {
  head_.append(head_.empty() ? "\"" : ",\"").append(key).append("\":").append(std::to_string(value));
  return *this;
}

FrameWriter& FrameWriter::whole(std::string_view key, std::int64_t value) {
  return number(key, std::bit_cast<std::uint64_t>(value));
}

FrameWriter& FrameWriter::real(std::string_view key, double value) {
  return number(key, std::bit_cast<std::uint64_t>(value));
}

FrameWriter& FrameWriter::text(std::string_view bytes) {
  lengths_.append(lengths_.empty() ? "" : ",").append(std::to_string(bytes.size()));
  raw_.append(bytes);
  return *this;
}

std::string FrameWriter::done() const {
  std::string head = "{" + head_;
  if (!lengths_.empty()) head.append(head_.empty() ? "" : ",").append("\"bytes\":[").append(lengths_).append("]");
  head += '}';
  std::string out;
  out.reserve(4 + kFixed + head.size() + raw_.size());
  put(out, static_cast<std::uint32_t>(kFixed + head.size() + raw_.size()));
  put(out, static_cast<std::uint16_t>(type_));
  put(out, std::uint16_t{0});
  put(out, id_);
  put(out, static_cast<std::uint32_t>(head.size()));
  return out.append(head).append(raw_);
}

// ------------------------------------------------------------- reading

void FrameDecoder::add(std::string_view bytes) {
  if (begin_ > 0) buffer_.erase(0, std::exchange(begin_, 0));
  buffer_.append(bytes);
}

Result<std::optional<Frame>> FrameDecoder::next() {
  const std::string_view have = std::string_view(buffer_).substr(begin_);
  if (have.size() < 4) return std::optional<Frame>();
  const char* at = have.data();
  const auto length = get<std::uint32_t>(at);
  if (length < kFixed || length > kMostFrameBytes) return bad("has an impossible length");
  if (have.size() >= 4 + kFixed) {  // wrong from the start is told before the rest of it has come
    const char* early = at;
    if (!known(get<std::uint16_t>(early)) || get<std::uint16_t>(early) != 0) return bad("has no known type");
  }
  if (have.size() - 4 < length) return std::optional<Frame>();

  Frame frame;
  frame.type = static_cast<FrameType>(get<std::uint16_t>(at));
  at += 2;
  frame.id = get<std::uint64_t>(at);
  const auto head_length = get<std::uint32_t>(at);
  if (head_length > kMostHeadBytes || head_length > length - kFixed) return bad("has an impossible head");
  boost::system::error_code error;
  const auto head = boost::json::parse(std::string_view(at, head_length), error);
  if (error || !head.is_object()) return bad("has a head that is no JSON object");
  frame.head = head.get_object();
  if (!cut(frame.head, {at + head_length, length - kFixed - head_length}, frame.texts))
    return bad("has bytes that do not come out even");
  begin_ += 4 + length;
  if (begin_ == buffer_.size()) {
    begin_ = 0;
    buffer_.clear();
    if (buffer_.capacity() > 1024 * 1024) buffer_.shrink_to_fit();  // one great blob must not stay for ever
  }
  return std::optional<Frame>(std::move(frame));
}

std::uint64_t FrameReader::number(std::string_view key, std::uint64_t most) {
  const auto* found = frame_.head.if_contains(key);
  boost::system::error_code error;
  const auto value = found && found->is_number() ? found->to_number<std::uint64_t>(error) : 0;
  if (found && found->is_number() && !error && value <= most) return value;
  good_ = false;
  return 0;
}

std::int64_t FrameReader::whole(std::string_view key) { return std::bit_cast<std::int64_t>(number(key)); }
double FrameReader::real(std::string_view key) { return std::bit_cast<double>(number(key)); }

std::string FrameReader::text() {
  if (at_ < frame_.texts.size()) return std::move(frame_.texts[at_++]);
  good_ = false;
  return {};
}

std::vector<std::string> FrameReader::rest() {
  std::vector<std::string> out;
  while (at_ < frame_.texts.size()) out.push_back(std::move(frame_.texts[at_++]));
  return out;
}

}  // namespace jackfield::host
