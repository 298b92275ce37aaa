#include "language/definitions/documents.h"
#include "language/diagnostics/codes.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

const std::vector<std::string> kKinds = {"feature", "source", "entity", "project"};

bool is_project_file(std::string_view name) {
  const size_t slash = name.find_last_of('/');
  const std::string_view base = slash == std::string_view::npos ? name : name.substr(slash + 1);
  return base == "project.yaml" || base == "project.yml";
}

/// The key and the body of a document; null when it is no definition, which has been reported.
struct KeyAndBody {
  const YamlNode* key = nullptr;
  const YamlNode* body = nullptr;
};

KeyAndBody definition_of(const YamlNode& document, Diagnostics& diagnostics) {
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

void read_project_once(Documents& documents, const KeyAndBody& definition, bool may_hold_project, bool& has_project,
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
    problem.related.push_back({documents.project.place, "first here"});
    problem.help = "keep one of them";
    diagnostics.add(std::move(problem));
    return;
  }
  has_project = true;
  documents.project = read_project(*definition.body, place, diagnostics);
}

void add_words_of(std::string_view text, std::unordered_set<std::string>& words) {
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

}  // namespace

void add_words(const YamlNode& node, std::unordered_set<std::string>& words) {
  add_words_of(node.source->text().substr(node.start, node.end - node.start), words);
}

Documents read_documents(const std::vector<YamlFile>& files, Diagnostics& diagnostics) {
  Documents documents;
  bool has_project = false;
  for (const YamlFile& file : files) {
    for (std::string_view text : file.unreadable) add_words_of(text, documents.unreadable_words);
    for (const YamlNodePtr& document : file.documents) {
      if (diagnostics.is_full()) return documents;
      const KeyAndBody definition = definition_of(*document, diagnostics);
      if (definition.key == nullptr) {
        add_words(*document, documents.unreadable_words);
        continue;
      }

      const std::string& kind = definition.key->text;
      const Span place = definition.key->span();
      if (kind == "project") {
        const bool may_hold_project = files.size() == 1 || is_project_file(place.file);
        read_project_once(documents, definition, may_hold_project, has_project, diagnostics);
      } else if (kind == "entity") {
        documents.entities.push_back(read_entity(*definition.body, place, diagnostics));
      } else if (kind == "source") {
        documents.sources.push_back(read_source(*definition.body, place, diagnostics));
        documents.sources.back().body = definition.body;
      } else {
        documents.features.push_back(read_feature(*definition.body, place, diagnostics));
      }
    }
  }
  return documents;
}

}  // namespace headrace
