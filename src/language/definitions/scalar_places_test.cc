#include "language/definitions/scalar_places.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace headrace {
namespace {

struct Located {
  std::string value;
  FormulaText text;
};

/// The value of the key `f` of a file, with places; empty when the file has errors.
Located locate(const std::string& yaml) {
  Diagnostics diagnostics;
  const SourceText source("t.yaml", yaml);
  const YamlFile file = parse_yaml(source, diagnostics);
  if (diagnostics.has_errors() || file.documents.empty()) return {};
  const YamlNode* node = file.documents[0]->is_mapping() ? file.documents[0]->find("f") : nullptr;
  if (node == nullptr || !node->is_scalar()) return {};
  return {node->text, text_with_places(*node)};
}

/// "line:column" of the first occurrence of a word in the value.
std::string place_of(const std::string& yaml, const std::string& word) {
  const Located located = locate(yaml);
  const size_t at = located.value.find(word);
  if (at == std::string::npos) return "not in " + located.value;
  const Span span = located.text.span(at, at + word.size());
  EXPECT_EQ(span.end_line, span.line) << yaml;
  EXPECT_GE(span.end_column, span.column + 1) << yaml;
  return std::to_string(span.line) + ":" + std::to_string(span.column);
}

TEST(ScalarPlaces, OfPlainScalars) {
  EXPECT_EQ(place_of("f: a + b\n", "b"), "1:8");
  EXPECT_EQ(place_of("f:   a\n  + b\n", "b"), "2:5");
  EXPECT_EQ(place_of("f: a +\n\n\n  b # c\n", "b"), "4:3");
  EXPECT_EQ(place_of("f: ä + b\n", "b"), "1:8");
  EXPECT_EQ(place_of("{g: 1, f: a + b}\n", "b"), "1:15");
  EXPECT_EQ(place_of("f: a\r\n  + b\r\n", "b"), "2:5");
  EXPECT_EQ(place_of("# x\n---\nf: b\n", "b"), "3:4");
}

TEST(ScalarPlaces, BehindAnAnchor) {
  EXPECT_EQ(place_of("f: &a a + b\n", "b"), "1:11");
  EXPECT_EQ(place_of("f: &a1-x  'a + b'\n", "b"), "1:16");
  EXPECT_EQ(place_of("f: &a \"a + b\"\n", "b"), "1:12");
  EXPECT_EQ(place_of("f: &a |\n  a\n  + b\n", "b"), "3:5");
  EXPECT_EQ(place_of("f: &a # why\n\n  a + b\n", "b"), "3:7");
  EXPECT_EQ(place_of("f: &a\r\n  b\r\n", "b"), "2:3");
  EXPECT_EQ(place_of("g: &a\nf: b\n", "b"), "2:4");
}

TEST(ScalarPlaces, OfSingleQuotedScalars) {
  EXPECT_EQ(place_of("f: 'a + b'\n", "b"), "1:9");
  EXPECT_EQ(place_of("f: '''x'' + b'\n", "b"), "1:13");
  EXPECT_EQ(place_of("f: 'a\n  + b'\n", "b"), "2:5");
  EXPECT_EQ(place_of("f: 'a  \n\n  + b'\n", "b"), "3:5");
  EXPECT_EQ(place_of("f: '  b'\n", "b"), "1:7");
}

TEST(ScalarPlaces, OfDoubleQuotedScalars) {
  EXPECT_EQ(place_of("f: \"a + b\"\n", "b"), "1:9");
  EXPECT_EQ(place_of("f: \"\\u00e4 + b\"\n", "b"), "1:14");
  EXPECT_EQ(place_of("f: \"\\x41\\t\\\\ + b\"\n", "b"), "1:16");
  EXPECT_EQ(place_of("f: \"\\U0001F600b\"\n", "b"), "1:15");
  EXPECT_EQ(place_of("f: \"a \\\n   + b\"\n", "b"), "2:6");
  EXPECT_EQ(place_of("f: \"a\n\n   + b\"\n", "b"), "3:6");
  EXPECT_EQ(place_of("f: \"a\\\n\n   + b\"\n", "b"), "3:6");
  EXPECT_EQ(place_of("f: \"\\\n   b\"\n", "b"), "2:4");
}

TEST(ScalarPlaces, OfBlockScalars) {
  EXPECT_EQ(place_of("f: |\n  a\n  + b\n", "b"), "3:5");
  EXPECT_EQ(place_of("f: |-\n  a\n\n    + b\n", "b"), "4:7");
  EXPECT_EQ(place_of("f: >\n  a\n  + b\n", "b"), "3:5");
  EXPECT_EQ(place_of("f: >-\n  a\n\n  + b\n", "b"), "4:5");
  EXPECT_EQ(place_of("f: >\n  a\n    c\n  + b\n", "b"), "4:5");
  EXPECT_EQ(place_of("f: |2\n    a\n  b\n", "b"), "3:3");
  EXPECT_EQ(place_of("f: >+ # comment\n\n  a\n\n  b\n\n\n", "b"), "5:3");
  EXPECT_EQ(place_of("g: {}\nf: |\n\n  é b", "b"), "4:5");
  EXPECT_EQ(place_of("f: |\r\n  a\r\n  b\r\n", "b"), "3:3");
}

/// Random scalars in every style: each letter of the value must stand at its place in the file.
TEST(ScalarPlaces, PointAtTheLetterForRandomScalars) {
  std::mt19937 random(20240301);
  const std::vector<std::string> pieces = {"a",      "b",         "c",   " ",       "  ",      "\t",   "é",
                                           "漢",     "''",        "\\n", "\\u0041", "\\\n   ", "\n  ", "\n\n  ",
                                           "\n    ", "\n   \n  ", "'",   "d",       "#",       ":",    "\r\n  "};
  const std::vector<std::string> openings = {"", "'", "\"", "|\n  ", ">\n  ", "|-\n\n  ", ">+\n  ", "|1\n ", ">2-\n  "};
  size_t checked = 0;
  for (int round = 0; round < 60000; ++round) {
    const std::string& opening = openings[random() % openings.size()];
    std::string yaml = "f: " + opening;
    for (size_t i = random() % 12; i > 0; --i) yaml += pieces[random() % pieces.size()];
    if (opening == "'" || opening == "\"") yaml += opening;
    yaml += random() % 2 == 0 ? "\n" : "";
    const Located located = locate(yaml);
    if (located.value.empty()) continue;
    ASSERT_EQ(located.text.places.size(), located.value.size() + 1);
    const SourceText source("t.yaml", yaml);
    std::vector<std::pair<std::pair<int, int>, char>> at;
    for (size_t byte = 0; byte < yaml.size(); ++byte) {
      const SourceText::Position position = source.position_of(byte);
      if ((static_cast<unsigned char>(yaml[byte]) & 0xc0) != 0x80)
        at.push_back({{position.line, position.column}, yaml[byte]});
    }
    for (size_t i = 0; i < located.value.size(); ++i) {
      if (located.value[i] < 'a' || located.value[i] > 'd') continue;
      const FormulaText::Place place = located.text.places[i];
      const auto found = std::find_if(
          at.begin(), at.end(), [&](const auto& each) { return each.first == std::pair(place.line, place.column); });
      ASSERT_TRUE(found != at.end() && found->second == located.value[i])
          << "byte " << i << " of value <" << located.value << "> of file <" << yaml << ">";
      ++checked;
    }
  }
  EXPECT_GT(checked, 20000u);
}

TEST(FormulaText, WhatIsTooLongHasThePlaceOfItsStartOnly) {
  const std::string yaml = "f: " + std::string(kFormulaBytesMax + 1, 'a') + "\ng: b\n";
  const SourceText source("t.yaml", yaml);
  Diagnostics diagnostics;
  const YamlFile file = parse_yaml(source, diagnostics);
  const FormulaText cut = formula_text(*file.documents[0]->find("f"));
  EXPECT_EQ(cut.text.size(), kFormulaBytesMax + 1);
  EXPECT_EQ(cut.places.size(), 1u);
  EXPECT_EQ(cut.span(0, 1).column, 4);
  EXPECT_EQ(formula_text(*file.documents[0]->find("g")).places.size(), 2u);
}

}  // namespace
}  // namespace headrace
