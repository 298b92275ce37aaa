#include "language/yaml/yaml_tree.h"

#include "language/diagnostics/codes.h"
#include "language/yaml/yaml_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace headrace {
namespace {

using MutableNode = std::shared_ptr<YamlNode>;

constexpr size_t kTagBytesMax = 60;  // shown in a message

/// What a file stands for so far.
struct YamlSize {
  size_t nodes = 0;
  size_t text_bytes = 0;
};

/// Builds the trees of one run of the parser over (the rest of) a file.
class TreeBuilder {
 public:
  TreeBuilder(const SourceText& source, Diagnostics& diagnostics, YamlSize& size, YamlFile& file)
      : source_(source), diagnostics_(diagnostics), size_(size), file_(file) {}

  /// False: the file must not be read on, and why has been reported.
  bool take(const YamlEvent& event) {
    switch (event.kind) {
      case YamlEvent::Kind::kDocumentStart:
        anchors_.clear();
        open_.clear();
        root_ = nullptr;
        return true;
      case YamlEvent::Kind::kDocumentEnd:
        if (root_ && !root_->is_null()) file_.documents.push_back(root_);
        return true;
      case YamlEvent::Kind::kAlias: return take_alias(event);
      case YamlEvent::Kind::kScalar: return take_scalar(event);
      case YamlEvent::Kind::kSequenceStart: return open(event, YamlNode::Kind::kSequence);
      case YamlEvent::Kind::kMappingStart: return open(event, YamlNode::Kind::kMapping);
      case YamlEvent::Kind::kCollectionEnd: return close(event);
    }
    return false;
  }

 private:
  struct OpenCollection {
    MutableNode node;
    std::string anchor;
    bool is_flow;
  };

  MutableNode make_node(const YamlEvent& event, YamlNode::Kind kind) {
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->source = &source_;
    node->start = static_cast<uint32_t>(event.start);
    node->end = static_cast<uint32_t>(event.end);
    if (event.tag.empty()) return node;
    const std::string_view written = source_.text().substr(event.start, event.end - event.start);
    const std::string_view tag = written.substr(std::min(written.find('!'), written.size()));
    node->broken_code = "Y011";
    node->text = fmt::format("the tag `{}` has no meaning here",
                             tag.substr(0, std::min(tag.find_first_of(" \t\r\n,]}"), kTagBytesMax)));
    is_broken(*node, diagnostics_);
    return node;
  }

  /// Where the value itself begins in `&anchor value`: white space, line breaks and comments may stand between.
  size_t start_behind_anchor(const YamlEvent& event) const {
    const std::string_view text = source_.text().substr(0, event.end);
    size_t at = event.start + 1 + event.anchor.size();
    while (at < text.size()) {
      const size_t next = text.find_first_not_of(" \t\r\n", at);
      if (next == std::string_view::npos) return event.start;
      if (text[next] != '#') return next;
      at = text.find('\n', next);
    }
    return event.start;
  }

  bool count(size_t weight, size_t text_bytes, const YamlEvent& event) {
    size_.nodes += weight;
    size_.text_bytes += text_bytes;
    if (size_.nodes <= kYamlNodesMax && size_.text_bytes <= kYamlTextBytesMax) return true;
    const std::string bound = size_.nodes > kYamlNodesMax ? fmt::format("{} values", kYamlNodesMax)
                                                          : fmt::format("{} MB of text", kYamlTextBytesMax >> 20);
    Diagnostic problem = make_diagnostic("Y009", fmt::format("this file stands for more than {}", bound),
                                         source_.span(event.start, event.end));
    problem.help = "split the file; if it uses anchors and aliases, each alias counts as all that it stands for";
    diagnostics_.add(std::move(problem));
    return false;
  }

  bool take_scalar(const YamlEvent& event) {
    MutableNode node = make_node(event, YamlNode::Kind::kScalar);
    node->style = event.style;
    if (node->broken_code == nullptr) {
      node->text = event.text;
      if (!event.anchor.empty()) node->start = static_cast<uint32_t>(start_behind_anchor(event));
    }
    node->text_bytes = static_cast<uint32_t>(node->text.size());
    if (!count(1, node->text_bytes, event)) return false;
    if (!event.anchor.empty()) anchors_[event.anchor] = node;
    append(std::move(node));
    return true;
  }

  bool take_alias(const YamlEvent& event) {
    const auto found = anchors_.find(event.anchor);
    if (found != anchors_.end()) {
      if (!count(found->second->weight, found->second->text_bytes, event)) return false;
      append(found->second);
      return true;
    }
    if (!count(1, 0, event) || diagnostics_.is_full()) return false;
    bool is_open = false;
    for (const OpenCollection& collection : open_) is_open |= collection.anchor == event.anchor;
    // Something must stand in its place.
    auto node = std::make_shared<YamlNode>();
    node->source = &source_;
    node->start = static_cast<uint32_t>(event.start);
    node->end = static_cast<uint32_t>(event.end);
    node->broken_code = "Y010";
    node->text = is_open ? fmt::format("the alias `*{}` stands inside the value that it stands for", event.anchor)
                         : fmt::format("there is no anchor `&{}` before this alias", event.anchor);
    is_broken(*node, diagnostics_);
    append(std::move(node));
    return true;
  }

  bool open(const YamlEvent& event, YamlNode::Kind kind) {
    MutableNode node = make_node(event, kind);
    node->broken_code = nullptr;  // its items can be read all the same
    if (!count(1, 0, event)) return false;
    if (open_.size() >= kYamlDepthMax) {
      diagnostics_.add(make_diagnostic("Y008",
                                       fmt::format("lists and mappings are nested more than {} deep", kYamlDepthMax),
                                       source_.span(event.start, event.start + 1)));
      return false;
    }
    open_.push_back({std::move(node), event.anchor, event.is_flow});
    return true;
  }

  bool close(const YamlEvent& event) {
    OpenCollection done = std::move(open_.back());
    open_.pop_back();
    done.node->end = static_cast<uint32_t>(event.end);
    // A block collection ends where its last item does, not where the next token begins.
    if (!done.is_flow && !done.node->items.empty()) {
      done.node->end = std::clamp(done.node->items.back()->end, done.node->start, done.node->end);
    }
    if (done.node->is_mapping()) check_keys(*done.node);
    for (const YamlNodePtr& item : done.node->items) {
      done.node->weight += item->weight;
      done.node->text_bytes += item->text_bytes;
    }
    if (!done.anchor.empty()) anchors_[done.anchor] = done.node;
    append(std::move(done.node));
    return true;
  }

  void append(YamlNodePtr node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().node->items.push_back(std::move(node));
    }
  }

  /// Drops entries with keys that cannot be used, and later ones with a key that is there.
  void check_keys(YamlNode& mapping) {
    std::unordered_map<std::string_view, const YamlNode*> seen;
    std::vector<YamlNodePtr> kept;
    kept.reserve(mapping.items.size());
    for (size_t i = 0; i + 1 < mapping.items.size(); i += 2) {
      const YamlNodePtr& key = mapping.items[i];
      if (is_template(*key)) return replace_template(mapping, *key);
      if (!is_usable(*key)) continue;
      const auto [first, is_new] = seen.emplace(key->text, key.get());
      if (!is_new) {
        Diagnostic problem =
            make_diagnostic("Y007", fmt::format("the key `{}` is there twice", key->text), key->span());
        problem.related.push_back({first->second->span(), "first here"});
        problem.help = "remove one of the two";
        diagnostics_.add(std::move(problem));
        continue;
      }
      kept.push_back(key);
      kept.push_back(mapping.items[i + 1]);
    }
    mapping.items = std::move(kept);
  }

  /// Of `{{ name }}` the inner braces.
  bool is_template(const YamlNode& key) const {
    return key.is_mapping() && key.start > 0 && source_.text()[key.start - 1] == '{';
  }

  /// A template of other tools is no value, and one problem.
  void replace_template(YamlNode& mapping, const YamlNode& key) {
    mapping.broken_code = "Y013";
    mapping.text = fmt::format("a key must be text, but this one is {}", describe_kind(key));
    mapping.items.clear();
    is_broken(mapping, diagnostics_);
  }

  bool is_usable(const YamlNode& key) {
    if (!key.is_scalar()) {
      Diagnostic problem = make_diagnostic(
          "Y013", fmt::format("a key must be text, but this one is {}", describe_kind(key)), key.span());
      problem.help = "write `name: value`";
      diagnostics_.add(std::move(problem));
      return false;
    }
    if (key.style == YamlNode::Style::kPlain && key.text == "<<") {
      Diagnostic problem =
          make_diagnostic("Y012", "merge keys (`<<`) are not part of YAML 1.2 and are not supported", key.span());
      problem.help = "write the keys out; an alias can stand for a whole value";
      diagnostics_.add(std::move(problem));
      return false;
    }
    return true;
  }

  const SourceText& source_;
  Diagnostics& diagnostics_;
  YamlSize& size_;
  YamlFile& file_;
  YamlNodePtr root_;
  std::vector<OpenCollection> open_;
  std::unordered_map<std::string, YamlNodePtr> anchors_;
};

/// Reports the first thing that makes a file unfit for the parser.
bool is_fit(const SourceText& source, Diagnostics& diagnostics) {
  auto problem = find_unfit(source);
  if (problem) diagnostics.add(std::move(*problem));
  return !problem;
}

}  // namespace

bool is_broken(const YamlNode& node, Diagnostics& diagnostics) {
  if (node.broken_code == nullptr) return false;
  Diagnostic problem = make_diagnostic(node.broken_code, node.text, node.span());
  const bool is_tag = std::string_view(node.broken_code) == "Y011";
  if (is_tag) problem.help = "remove it; types follow from how the value is written, and quotes make text";
  if (std::string_view(node.broken_code) == "Y013") {
    problem.help =
        "`{{ .. }}` is a template of other tools: definitions are written out, and a list of `aggregation` or `window` "
        "makes several features";
  }
  diagnostics.add(std::move(problem));
  return true;
}

Span YamlNode::span() const { return source->span(start, end); }

const YamlNode* YamlNode::find(std::string_view key) const {
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i]->text == key) return items[i + 1].get();
  }
  return nullptr;
}

YamlFile parse_yaml(const SourceText& source, Diagnostics& diagnostics) {
  constexpr int kSyntaxErrorsMax = 50;
  YamlFile file;
  if (!is_fit(source, diagnostics)) return file;
  YamlSize size;
  size_t start = 0;
  for (int errors = 0; errors < kSyntaxErrorsMax && start < source.text().size(); ++errors) {
    TreeBuilder builder(source, diagnostics, size, file);
    YamlEvents events(source, start);
    YamlEvent event;
    size_t document_start = start;
    YamlEvents::Step step;
    while ((step = events.next(event)) == YamlEvents::Step::kEvent) {
      if (event.kind == YamlEvent::Kind::kDocumentStart) document_start = event.start;
      if (!builder.take(event)) {
        file.unreadable.push_back(source.text().substr(document_start));
        return file;
      }
    }
    if (step == YamlEvents::Step::kEnd) return file;
    diagnostics.add(events.problem());
    // Go on with the next document.
    const size_t doubtful = std::max(events.problem_byte(), start + 2) - 1;  // the problem can be the `---` itself
    const size_t next = source.text().find("\n---", doubtful);
    file.unreadable.push_back(
        source.text().substr(document_start, next == std::string_view::npos ? next : next - document_start));
    if (next == std::string_view::npos) return file;
    start = next + 1;
  }
  return file;
}

}  // namespace headrace
