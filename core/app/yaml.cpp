#include "app/yaml.hpp"

#include <yaml-cpp/anchor.h>
#include <yaml-cpp/emitterstyle.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>

namespace jackfield::app {
namespace {

// Aliases repeat what they stand for; this many nodes are enough for any honest file.
constexpr std::size_t most_nodes = 200'000;

Place place_of(const YAML::Mark& mark) { return mark.is_null() ? Place{} : Place{mark.line + 1, mark.column + 1}; }

std::size_t count(const Node& node) {
  std::size_t sum = 1;
  for (const auto& item : node.items) sum += count(item);
  for (const auto& entry : node.entries) sum += 1 + count(entry.second);
  return sum;
}

struct TooLarge {
  Place place;
};

// Builds the tree from the parser's events.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(Problems& problems) : problems_(problems) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { put(Node{}, place_of(mark), anchor); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto at = anchors_.find(anchor);
    if (at == anchors_.end()) {
      problems_.error(place_of(mark), "this alias stands for something that it is part of itself");
      return put(Node{}, place_of(mark), YAML::NullAnchor);
    }
    nodes_ += count(at->second);
    Node copy = at->second;
    const Place place = copy.place;  // problems are told where the text stands
    put(std::move(copy), place, YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.kind = Node::Kind::scalar;
    node.quoted = tag != "?";  // yaml-cpp's mark of a plain scalar
    node.text = node.source = value;
    const bool null =
        !node.quoted && (value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL");
    if (null) node.kind = Node::Kind::null;
    put(std::move(node), place_of(mark), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, mark, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::optional<Key> key;  // a map's, that waits for its value
  };

  void open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    Node node;
    node.kind = kind;
    node.place = place_of(mark);
    open_.push_back({std::move(node), anchor, std::nullopt});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    const Place place = done.node.place;
    put(std::move(done.node), place, done.anchor);
  }

  void put(Node node, Place place, YAML::anchor_t anchor) {
    node.place = place;
    if (++nodes_ > most_nodes) throw TooLarge{place};
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Open& parent = open_.back(); parent.node.kind == Node::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = key_from(node);
    } else {
      put_entry(parent, std::move(node));
    }
  }

  Key key_from(const Node& node) {
    if (node.kind == Node::Kind::null && node.text.empty()) {
      problems_.error(node.place, "a key is missing before the colon");
    } else if (node.kind != Node::Kind::scalar && node.kind != Node::Kind::null) {
      problems_.error(node.place, "a key must be a word, not " + node.shown());
    }
    return {node.text, node.place};
  }

  void put_entry(Open& parent, Node node) {
    Key key = *std::exchange(parent.key, std::nullopt);
    if (node.kind == Node::Kind::null) node.place = key.place;  // the parser says where the next thing begins
    if (const Node* first = parent.node.find(key.text)) {
      problems_.error(key.place, "the key \"" + key.text + "\" is here twice; its first value is in line " +
                                     std::to_string(first->place.line));
      return;
    }
    parent.node.entries.emplace_back(std::move(key), std::move(node));
  }

  Problems& problems_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
};

// Is a second document there? The first one is read by then.
bool has_more(YAML::Parser& parser) {
  Problems ignored("");
  Builder rest(ignored);
  return parser.HandleNextDocument(rest);
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const auto& entry : entries) {
    if (entry.first.text == key) return &entry.second;
  }
  return nullptr;
}

std::string Node::shown() const {
  switch (kind) {
    case Kind::null: return "nothing";
    case Kind::list: return "a list";
    case Kind::map: return "a map";
    case Kind::scalar: break;
  }
  return '"' + (source.size() <= 80 ? source : source.substr(0, 77) + "...") + '"';
}

std::optional<Place> not_utf8(std::string_view text) {
  Place place{1, 1};
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (length == 0 || i + length > text.size() || lead == 0xc0 || lead == 0xc1) return place;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return place;
    }
    place = lead == '\n' ? Place{place.line + 1, 1} : Place{place.line, place.column + static_cast<int>(length)};
    i += length;
  }
  return std::nullopt;
}

std::optional<Node> parse_yaml(std::string_view text, Problems& problems) {
  if (const auto place = not_utf8(text)) {  // yaml-cpp would replace it without a word
    problems.error(*place, "this byte is not UTF-8");
    return std::nullopt;
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(problems);
    parser.HandleNextDocument(builder);
    if (has_more(parser)) problems.error({}, "the file holds more than one YAML document");
    return builder.take();
  } catch (const YAML::Exception& e) {
    problems.error(place_of(e.mark), "not YAML: " + e.msg);
  } catch (const TooLarge& e) {
    problems.error(e.place,
                   "too much in this file: its aliases make more than " + std::to_string(most_nodes) + " values");
  }
  return std::nullopt;
}

}  // namespace jackfield::app
