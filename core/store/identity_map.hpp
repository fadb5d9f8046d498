// The identity map of one kind of row: each is loaded once, everybody sees the same copy, and what changed is written
// once. A row that was looked for and is not there is kept as absent.
//
// One thread's. References stay valid as long as the map.
#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/backend.hpp"

namespace jackfield::store {

struct ById {
  template <class T>
  Id operator()(const T& row) const {
    return row.id;
  }
};

// KeyOf says the key of a row, by which it is found; the key of a row must not change.
template <class T, class KeyOf = ById,
          class Hash = std::hash<std::remove_cvref_t<std::invoke_result_t<KeyOf, const T&>>>>
class IdentityMap {
 public:
  using Key = std::remove_cvref_t<std::invoke_result_t<KeyOf, const T&>>;

  // The row, or what load() says of it (a std::optional) when nobody has looked yet. Null: there is none.
  template <class Load>
  T* find(const Key& key, Load load) {
    auto at = rows_.find(key);
    if (at == rows_.end()) at = keep(key, load());
    return at->second.present ? &at->second.value : nullptr;
  }

  // What a query found; what the map knows of that row already wins.
  T& found(T value) {
    Key key = KeyOf()(value);
    auto at = rows_.find(key);
    if (at == rows_.end()) at = keep(key, std::optional<T>(std::move(value)));
    return at->second.value;
  }

  T& add(T value) {
    Row& row = rows_[KeyOf()(value)];
    row.value = std::move(value);
    row.present = true;
    mark(row);
    return row.value;
  }

  // Both for rows that the map gave out.
  void changed(const T& value) { mark(rows_.at(KeyOf()(value))); }

  void remove(const T& value) {
    Row& row = rows_.at(KeyOf()(value));
    row.present = false;
    mark(row);
  }

  // Calls write(row, change) for what changed, in the order in which it first did.
  template <class Write>
  void flush(Write write) {
    for (Row* row : dirty_) {
      if (row->present)
        write(row->value, row->stored ? Change::update : Change::insert);
      else if (row->stored)
        write(row->value, Change::remove);
      row->stored = row->present;
      row->dirty = false;
    }
    dirty_.clear();
  }

 private:
  struct Row {
    T value{};
    bool stored = false;   // is it in the database, as of the last flush?
    bool present = false;  // shall it be?
    bool dirty = false;
  };

  auto keep(const Key& key, std::optional<T> loaded) {
    Row row;
    row.stored = row.present = loaded.has_value();
    if (loaded) row.value = std::move(*loaded);
    return rows_.emplace(key, std::move(row)).first;
  }

  void mark(Row& row) {
    if (!std::exchange(row.dirty, true)) dirty_.push_back(&row);
  }

  std::unordered_map<Key, Row, Hash> rows_;  // its nodes stay where they are
  std::vector<Row*> dirty_;
};

}  // namespace jackfield::store
