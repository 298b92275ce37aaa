#include "language/diagnostics/codes.h"
#include "language/diagnostics/suggest.h"
#include "language/resolution/catalog.h"

#include <fmt/format.h>

namespace headrace {
namespace {

const std::vector<std::string> kKinds = {"feature", "source", "entity", "project"};

bool is_project_file(std::string_view name) {
  const size_t slash = name.find_last_of('/');
  const std::string_view base = slash == std::string_view::npos ? name : name.substr(slash + 1);
  return base == "project.yaml" || base == "project.yml";
}

/// The key and the body of a document; null when it is no definition, which has been reported.
struct Definition {
  const YamlNode* key = nullptr;
  const YamlNode* body = nullptr;
};

Definition definition_of(const YamlNode& document, Diagnostics& diagnostics) {
  if (!document.is_mapping() || document.items.empty()) {
    Diagnostic problem = make_diagnostic("D001",
                                         fmt::format("a document must be a definition, but this is {}",
                                                     document.is_mapping() ? "empty" : describe_kind(document)),
                                         document.span());
    problem.help = "begin it with `feature:`, `source:`, `entity:` or `project:`";
    diagnostics.add(std::move(problem));
    return {};
  }

  for (size_t i = 2; i + 1 < document.items.size(); i += 2) {
    Diagnostic problem =
        make_diagnostic("D003", fmt::format("`{}` is a second top-level key of this document", document.items[i]->text),
                        document.items[i]->span());
    problem.related.push_back({document.items[0]->span(), "the first is here"});
    const bool is_kind = std::find(kKinds.begin(), kKinds.end(), document.items[i]->text) != kKinds.end();
    problem.help =
        is_kind ? "put a line `---` before it to begin a new document" : "indent it to make it a key of the definition";
    diagnostics.add(std::move(problem));
    return {};
  }

  const YamlNode& key = *document.items[0];
  const YamlNode& body = *document.items[1];
  if (std::find(kKinds.begin(), kKinds.end(), key.text) == kKinds.end()) {
    Diagnostic problem = make_diagnostic("D002", fmt::format("`{}` is not a kind of definition", key.text), key.span());
    problem.help = did_you_mean(key.text, kKinds);
    if (problem.help.empty()) problem.help = "a document begins with `feature:`, `source:`, `entity:` or `project:`";
    diagnostics.add(std::move(problem));
    return {};
  }

  if (body.is_null()) {
    diagnostics.add(make_diagnostic("D001", fmt::format("this definition of `{}` is empty", key.text), key.span()));
    return {};
  }
  if (!body.is_mapping()) {
    report_kind(body, fmt::format("`{}`", key.text), "a mapping", diagnostics);
    return {};
  }
  return {&key, &body};
}

/// Enters a name into an index, or reports that it is taken.
template <typename SpanOf>
bool enter(std::unordered_map<std::string, size_t>& index, std::string_view kind, const std::string& name,
           const Span& span, size_t position, SpanOf span_of, Diagnostics& diagnostics) {
  if (name.empty()) return false;
  const auto [first, is_new] = index.emplace(name, position);
  if (is_new) return true;
  Diagnostic problem = make_diagnostic("D009", fmt::format("the {} `{}` is defined twice", kind, name), span);
  problem.related.push_back({span_of(first->second), "first here"});
  problem.help = "give one of them another name";
  diagnostics.add(std::move(problem));
  return false;
}

void collect_project(Catalog& catalog, const Definition& definition, bool may_hold_project, bool& has_project,
                     Diagnostics& diagnostics) {
  const Span place = definition.key->span();
  if (!may_hold_project) {
    Diagnostic problem = make_diagnostic("P001", "`project` is defined outside project.yaml", place);
    problem.help = "move it to project.yaml";
    diagnostics.add(std::move(problem));
    return;
  }
  if (has_project) {
    Diagnostic problem = make_diagnostic("P002", "`project` is defined twice", place);
    problem.related.push_back({catalog.project.place, "first here"});
    problem.help = "keep one of them";
    diagnostics.add(std::move(problem));
    return;
  }
  has_project = true;
  catalog.project = read_project(*definition.body, place, diagnostics);
}

void collect_words(std::string_view text, std::unordered_set<std::string>& words) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && is_word(text[end])) ++end;
    constexpr size_t kWordBytesMax = 256;
    if (end > i && end - i <= kWordBytesMax) words.emplace(text.substr(i, end - i));
    i = end + 1;
  }
}

/// The words of the text of definitions that could not be used.
void collect_words(const YamlNode& node, std::unordered_set<std::string>& words) {
  collect_words(node.source->text().substr(node.start, node.end - node.start), words);
}

}  // namespace

const EntityDocument* Catalog::find_entity(const std::string& name) const {
  const auto found = entity_of.find(name);
  return found != entity_of.end() ? &entities[found->second] : nullptr;
}

const SourceDocument* Catalog::find_source(const std::string& name) const {
  const auto found = source_of.find(name);
  return found != source_of.end() ? &sources[found->second] : nullptr;
}

std::vector<std::string> Catalog::source_names() const {
  std::vector<std::string> names;
  for (const SourceDocument& source : sources) names.push_back(source.definition.name);
  return names;
}

Catalog collect_definitions(const std::vector<YamlFile>& files, Diagnostics& diagnostics) {
  Catalog catalog;
  bool has_project = false;
  for (const YamlFile& file : files) {
    for (std::string_view text : file.unreadable) collect_words(text, catalog.unreadable_words);
    for (const YamlNodePtr& document : file.documents) {
      if (diagnostics.is_full()) return catalog;
      const Definition definition = definition_of(*document, diagnostics);
      if (definition.key == nullptr) {
        collect_words(*document, catalog.unreadable_words);
        continue;
      }

      const std::string& kind = definition.key->text;
      const Span place = definition.key->span();
      if (kind == "project") {
        const bool may_hold_project = files.size() == 1 || is_project_file(place.file);
        collect_project(catalog, definition, may_hold_project, has_project, diagnostics);
      } else if (kind == "entity") {
        EntityDocument entity = read_entity(*definition.body, place, diagnostics);
        const auto span_of = [&](size_t i) { return catalog.entities[i].definition.span; };
        const EntityDefinition& read = entity.definition;
        const bool is_new =
            enter(catalog.entity_of, kind, read.name, read.span, catalog.entities.size(), span_of, diagnostics);
        if (is_new) catalog.entities.push_back(std::move(entity));
      } else if (kind == "source") {
        SourceDocument source = read_source(*definition.body, place, diagnostics);
        const auto span_of = [&](size_t i) { return catalog.sources[i].definition.span; };
        const SourceDefinition& read = source.definition;
        const bool is_new =
            enter(catalog.source_of, kind, read.name, read.span, catalog.sources.size(), span_of, diagnostics);
        if (is_new) {
          catalog.sources.push_back(std::move(source));
        } else {
          collect_words(*definition.body, catalog.unreadable_words);
        }
      } else {
        catalog.documents.push_back(read_feature(*definition.body, place, diagnostics));
      }
    }
  }
  return catalog;
}

namespace {

size_t combinations_of(const FeatureDocument& document) {
  return std::max<size_t>(1, document.aggregations.size()) * std::max<size_t>(1, document.windows.size());
}

/// What each combination has a copy of.
size_t text_bytes_of(const FeatureDocument& document) {
  size_t bytes = document.description.size() + document.owner.size() + document.version.size() +
                 document.formula_text.size() + document.filter_text.size();
  for (const std::string& tag : document.tags) bytes += tag.size();
  return bytes;
}

/// Reports a definition whose combinations would repeat too much text.
void report_copies(const FeatureDocument& document, Diagnostics& diagnostics) {
  Diagnostic problem = make_diagnostic(
      "D012",
      fmt::format("with its {} combinations of `aggregation` and `window`, `{}` repeats {} bytes of text too often",
                  combinations_of(document), document.name, text_bytes_of(document)),
      document.place);
  problem.help = fmt::format(
      "shorten its description and formula, or its lists; copies of texts of a repository may take "
      "{} MB together",
      kCopiedTextBytesMax >> 20);
  diagnostics.add(std::move(problem));
}

}  // namespace

void expand_features(Catalog& catalog, Diagnostics& diagnostics) {
  size_t copied_bytes = 0;
  const auto span_of = [&](size_t i) { return catalog.features[i].document->name_span; };
  for (const FeatureDocument& document : catalog.documents) {
    if (document.name.empty()) continue;
    const size_t copies = (combinations_of(document) - 1) * text_bytes_of(document);
    const bool is_too_much = copies > 0 && copied_bytes + copies > kCopiedTextBytesMax;
    if (is_too_much) {
      report_copies(document, diagnostics);
    } else {
      copied_bytes += copies;
    }

    const size_t aggregations = std::max<size_t>(1, document.aggregations.size());
    const size_t windows = std::max<size_t>(1, document.windows.size());
    std::unordered_set<std::string> own_names;
    for (size_t a = 0; a < aggregations; ++a) {
      for (size_t w = 0; w < windows; ++w) {
        FeatureNode node;
        node.document = &document;
        node.name = document.name;
        node.aggregation = document.aggregations.empty() ? nullptr : &document.aggregations[a];
        node.window = document.windows.empty() ? nullptr : &document.windows[w];
        node.is_sound = document.is_sound;
        if (document.is_aggregation_listed) node.name += "_" + node.aggregation->word;
        if (document.is_window_listed) node.name += "_" + node.window->word;
        if (!own_names.insert(node.name).second) continue;  // repeated in a list, which has been reported
        if (is_too_much) {
          catalog.unreadable_words.insert(node.name);
          continue;
        }
        const bool is_new = enter(catalog.feature_of, "feature", node.name, document.name_span, catalog.features.size(),
                                  span_of, diagnostics);
        if (is_new) catalog.features.push_back(std::move(node));
      }
    }
  }
}

}  // namespace headrace
