// A hash map for the tenant table: a copy shares with its original all that neither changes, so
// that a change of one entry among a million copies one leaf and the way to it. Two levels of 64
// branches lead to 4,096 leaves, sorted vectors: 73 entries each at 300,000. A copy costs 64
// pointers. Whoever changes a map names the edit, a number that was never used for an older one:
// nodes that this edit made are changed in place, all others are copied first. A map that others
// see is not changed any more. Rejected: std::unordered_map, which a change copies whole; counting
// references (use_count() == 1) in place of edits, which proves nothing about another thread's last
// read.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace cachery::tenant {

// Of text without copying it first.
struct TextHash {
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

template <typename Key, typename Value, typename Hash = std::hash<Key>>
class SharedMap {
 public:
  // Null: none. Valid as long as the map or a copy that has not changed the entry.
  template <typename Wanted>
  const Value* find(const Wanted& key) const {
    const Slots at = slots_of(key);
    const auto& branch = branches_[at.branch];
    const Leaf* leaf = branch ? branch->leaves[at.leaf].get() : nullptr;
    if (leaf == nullptr) return nullptr;
    const auto entry = place_of(leaf->entries, key);
    return entry == leaf->entries.end() || entry->first != key ? nullptr : &entry->second;
  }

  // False, and nothing happens: there is one with this key.
  bool insert(uint64_t edit, const Key& key, Value value) {
    if (find(key) != nullptr) return false;
    auto& entries = own_leaf(edit, slots_of(key)).entries;
    entries.insert(place_of(entries, key), {key, std::move(value)});
    ++size_;
    return true;
  }

  void erase(uint64_t edit, const Key& key) {
    if (find(key) == nullptr) return;
    auto& entries = own_leaf(edit, slots_of(key)).entries;
    entries.erase(place_of(entries, key));
    --size_;
  }

  size_t size() const { return size_; }

  // visit(key, value), in no order.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (const auto& branch : branches_) {
      if (!branch) continue;
      for (const auto& leaf : branch->leaves) {
        if (!leaf) continue;
        for (const auto& [key, value] : leaf->entries) visit(key, value);
      }
    }
  }

 private:
  static constexpr size_t kWays = 64;

  struct Leaf {
    uint64_t edit = 0;
    std::vector<std::pair<Key, Value>> entries = {};  // sorted by key
  };
  struct Branch {
    uint64_t edit = 0;
    std::array<std::shared_ptr<Leaf>, kWays> leaves = {};  // null: empty
  };
  struct Slots {
    size_t branch = 0;
    size_t leaf = 0;
  };

  // std::hash of a number is the number: ids follow each other, so their bits are spread first.
  template <typename Wanted>
  static Slots slots_of(const Wanted& key) {
    const uint64_t hash = static_cast<uint64_t>(Hash{}(key)) * 0x9e3779b97f4a7c15u;
    return {.branch = hash >> 58, .leaf = hash >> 52 & (kWays - 1)};
  }

  template <typename Entries, typename Wanted>
  static auto place_of(Entries& entries, const Wanted& key) {
    return std::lower_bound(entries.begin(), entries.end(), key,
                            [](const auto& entry, const Wanted& k) { return entry.first < k; });
  }

  template <typename Node>
  static Node& own(std::shared_ptr<Node>& node, uint64_t edit) {
    if (!node) {
      node = std::make_shared<Node>();
    } else if (node->edit != edit) {
      node = std::make_shared<Node>(*node);
    }
    node->edit = edit;
    return *node;
  }

  Leaf& own_leaf(uint64_t edit, const Slots& at) {
    return own(own(branches_[at.branch], edit).leaves[at.leaf], edit);
  }

  std::array<std::shared_ptr<Branch>, kWays> branches_ = {};  // null: empty
  size_t size_ = 0;
};

}  // namespace cachery::tenant
