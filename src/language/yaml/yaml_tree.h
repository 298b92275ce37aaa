#pragma once

/// YAML as a tree with places: built from libyaml's events, read as YAML 1.2 with the core schema.
///
/// Why an own tree: messages need the start and the end of every node and the style of every scalar. What the language
/// does not use (tags, merge keys, keys that are not text) is an error here, duplicate keys too. A hostile file ends in
/// an error soon: size, line length, depth, nodes and text (what aliases stand for included) are bounded.
///
/// A syntax error costs the document in which it stands; the documents after it are read all the same.
///
/// Trees are immutable; any thread may read them. They point into the SourceText, which must outlive them.

#include "data/value.h"
#include "language/diagnostics/diagnostic.h"
#include "language/yaml/source_text.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

inline constexpr size_t kYamlFileBytesMax = 8 << 20;
inline constexpr size_t kYamlLineBytesMax = 1 << 20;
inline constexpr size_t kYamlNodesMax = 200'000;
inline constexpr size_t kYamlTextBytesMax = 32 << 20;  // of scalars, those that aliases stand for included
inline constexpr size_t kYamlDepthMax = 64;

struct YamlNode;
using YamlNodePtr = std::shared_ptr<const YamlNode>;  // shared: an alias is the anchor's own node

struct YamlNode {
  enum class Kind : uint8_t { kScalar, kSequence, kMapping };
  enum class Style : uint8_t { kPlain, kSingleQuoted, kDoubleQuoted, kLiteral, kFolded };

  Kind kind = Kind::kScalar;
  Style style = Style::kPlain;
  const char* broken_code = nullptr;  // not null: has no value, `text` says why, and that has been reported
  uint32_t weight = 1;                // nodes that this one stands for
  uint32_t text_bytes = 0;            // of the scalars that this one stands for
  uint32_t start = 0;                 // bytes [start, end) of the source, quotes included
  uint32_t end = 0;
  const SourceText* source = nullptr;
  std::string text;                // of a scalar, decoded
  std::vector<YamlNodePtr> items;  // of a sequence; of a mapping: key, value, key, value, ..

  Span span() const;
  /// The value of a key of a mapping, or null.
  const YamlNode* find(std::string_view key) const;
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  /// A plain scalar that means null, as `~` and the empty one do.
  bool is_null() const;
};

/// The value of a scalar by the core schema of YAML 1.2: null, bool, int64, double (also infinite) or string. An
/// integer past 64 bits becomes a double. REQUIRES: node is a scalar.
Value resolve_scalar(const YamlNode& node);

/// "text", "an integer", "a list", ...: what a node is, for messages.
std::string_view describe_kind(const YamlNode& node);

/// Whether a node has no value because of a problem in the YAML. It is reported (once more, which shows nothing new),
/// so that whoever needs the value counts an error.
bool is_broken(const YamlNode& node, Diagnostics& diagnostics);

struct YamlFile {
  std::vector<YamlNodePtr> documents;        // without empty ones
  std::vector<std::string_view> unreadable;  // the texts of documents with a syntax error
};

YamlFile parse_yaml(const SourceText& source, Diagnostics& diagnostics);

}  // namespace headrace
