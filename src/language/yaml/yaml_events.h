#pragma once

/// libyaml behind an interface of ours: events with byte offsets, problems as diagnostics. Internal to yaml_tree.cc;
/// readers of definitions use yaml_tree.h.

#include "language/yaml/yaml_tree.h"

#include <memory>
#include <optional>
#include <string>

namespace headrace {

struct YamlEvent {
  enum class Kind { kDocumentStart, kDocumentEnd, kAlias, kScalar, kSequenceStart, kMappingStart, kCollectionEnd };
  Kind kind = Kind::kScalar;
  YamlNode::Style style = YamlNode::Style::kPlain;
  std::string text;      // of a scalar
  std::string anchor;    // of a node or an alias
  std::string tag;       // as resolved by libyaml
  bool is_flow = false;  // of a collection's start: [..] or {..}
  size_t start = 0;      // bytes of the source
  size_t end = 0;
};

/// Reads the events of a source from a byte on. Not thread-safe.
class YamlEvents {
 public:
  enum class Step { kEvent, kEnd, kProblem };

  /// REQUIRES: source outlives this object, is fit (find_unfit), and `start` begins a line.
  YamlEvents(const SourceText& source, size_t start);
  ~YamlEvents();

  Step next(YamlEvent& event);

  /// After kProblem: what is wrong, and from where on the text is doubtful.
  Diagnostic problem();
  size_t problem_byte();

 private:
  struct Parser;
  size_t to_byte(size_t character);

  const SourceText& source_;
  size_t first_character_;
  size_t last_character_ = 0;  // the last one that was looked up, and its byte: marks mostly rise
  size_t last_byte_ = 0;
  std::unique_ptr<Parser> parser_;
};

/// What makes a text unfit for YAML as a whole: size, encoding, control characters, line length.
std::optional<Diagnostic> find_unfit(const SourceText& source);

}  // namespace headrace
