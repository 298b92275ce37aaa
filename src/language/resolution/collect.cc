#include "language/diagnostics/codes.h"
#include "language/resolution/catalog.h"

#include <fmt/format.h>

namespace headrace {
namespace {

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

Catalog collect_definitions(Documents documents, Diagnostics& diagnostics) {
  Catalog catalog;
  catalog.project = std::move(documents.project);
  catalog.documents = std::move(documents.features);
  catalog.unreadable_words = std::move(documents.unreadable_words);

  for (EntityDocument& entity : documents.entities) {
    const auto span_of = [&](size_t i) { return catalog.entities[i].definition.span; };
    const EntityDefinition& read = entity.definition;
    const bool is_new =
        enter(catalog.entity_of, "entity", read.name, read.span, catalog.entities.size(), span_of, diagnostics);
    if (is_new) catalog.entities.push_back(std::move(entity));
  }

  for (SourceDocument& source : documents.sources) {
    const auto span_of = [&](size_t i) { return catalog.sources[i].definition.span; };
    const SourceDefinition& read = source.definition;
    const bool is_new =
        enter(catalog.source_of, "source", read.name, read.span, catalog.sources.size(), span_of, diagnostics);
    if (is_new) {
      catalog.sources.push_back(std::move(source));
    } else {
      add_words(*source.body, catalog.unreadable_words);
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
