#include "language/yaml/yaml_tree.h"

#include <gtest/gtest.h>

#include <cmath>

namespace headrace {
namespace {

struct Parsed {
  explicit Parsed(std::string yaml)
      : text(std::move(yaml)), source("t.yaml", text), file(parse_yaml(source, diagnostics)) {}

  const YamlNode& root() const { return *file.documents.at(0); }
  std::string codes() const {
    std::string out;
    for (const Diagnostic& diagnostic : diagnostics.sorted()) out += (out.empty() ? "" : " ") + diagnostic.code;
    return out;
  }

  std::string text;
  SourceText source;
  Diagnostics diagnostics;
  YamlFile file;
};

std::string resolved(const std::string& scalar) {
  const Parsed parsed("[" + scalar + "]");
  if (parsed.diagnostics.has_errors()) return parsed.codes();
  const YamlNode& item = *parsed.root().items.at(0);
  const Value value = resolve_scalar(item);
  if (const auto* number = std::get_if<double>(&value.data)) return "double " + format_double(*number);
  return std::string(describe_kind(item)) + " " + to_json(value);
}

TEST(YamlScalars, FollowTheCoreSchemaOfYaml12) {
  EXPECT_EQ(resolved("on"), "text \"on\"");
  EXPECT_EQ(resolved("yes"), "text \"yes\"");
  EXPECT_EQ(resolved("no"), "text \"no\"");
  EXPECT_EQ(resolved("y"), "text \"y\"");
  EXPECT_EQ(resolved("1:30"), "text \"1:30\"");
  EXPECT_EQ(resolved("12:30:45"), "text \"12:30:45\"");
  EXPECT_EQ(resolved("1_0"), "text \"1_0\"");
  EXPECT_EQ(resolved("1_000.5"), "text \"1_000.5\"");
  EXPECT_EQ(resolved("2024-03-01"), "text \"2024-03-01\"");
  EXPECT_EQ(resolved("0b11"), "text \"0b11\"");
  EXPECT_EQ(resolved("<"), "text \"<\"");
  EXPECT_EQ(resolved("="), "text \"=\"");
  EXPECT_EQ(resolved("tRuE"), "text \"tRuE\"");
  EXPECT_EQ(resolved("nULL"), "text \"nULL\"");
  EXPECT_EQ(resolved("true"), "a boolean true");
  EXPECT_EQ(resolved("False"), "a boolean false");
  EXPECT_EQ(resolved("TRUE"), "a boolean true");
  EXPECT_EQ(resolved("~"), "nothing null");
  EXPECT_EQ(resolved("Null"), "nothing null");
  EXPECT_EQ(resolved("'null'"), "text \"null\"");
  EXPECT_EQ(resolved("\"1\""), "text \"1\"");
}

TEST(YamlScalars, Integers) {
  EXPECT_EQ(resolved("010"), "an integer 10");
  EXPECT_EQ(resolved("0o17"), "an integer 15");
  EXPECT_EQ(resolved("0x1F"), "an integer 31");
  EXPECT_EQ(resolved("-0"), "an integer 0");
  EXPECT_EQ(resolved("+7"), "an integer 7");
  EXPECT_EQ(resolved("9223372036854775807"), "an integer 9223372036854775807");
  EXPECT_EQ(resolved("-9223372036854775808"), "an integer -9223372036854775808");
  EXPECT_EQ(resolved("9223372036854775808"), "double 9.223372036854776e+18");
  EXPECT_EQ(resolved("-9223372036854775809"), "double -9.223372036854776e+18");
  EXPECT_EQ(resolved("0o8"), "text \"0o8\"");
  EXPECT_EQ(resolved("0x"), "text \"0x\"");
  EXPECT_EQ(resolved("-0x1F"), "text \"-0x1F\"");
}

TEST(YamlScalars, Doubles) {
  EXPECT_EQ(resolved("1e308"), "double 1e+308");
  EXPECT_EQ(resolved(".5"), "double 0.5");
  EXPECT_EQ(resolved("5."), "double 5.0");
  EXPECT_EQ(resolved("-1.5E-3"), "double -0.0015");
  EXPECT_EQ(resolved("+1.5"), "double 1.5");
  EXPECT_EQ(resolved("1e999"), "double inf");
  EXPECT_EQ(resolved("1e-999"), "double 0.0");
  EXPECT_EQ(resolved("1e99999999999999999999"), "double inf");
  EXPECT_EQ(resolved("0.0001e-400"), "double 0.0");
  EXPECT_EQ(resolved("5e-324"), "double 5e-324");
  EXPECT_EQ(resolved(".inf"), "double inf");
  EXPECT_EQ(resolved("-.INF"), "double -inf");
  EXPECT_EQ(resolved(".NaN"), "double nan");
  EXPECT_EQ(resolved("."), "text \".\"");
  EXPECT_EQ(resolved("1e"), "text \"1e\"");
  EXPECT_EQ(resolved("e5"), "text \"e5\"");
  EXPECT_EQ(resolved("inf"), "text \"inf\"");
  EXPECT_EQ(resolved("1.2.3"), "text \"1.2.3\"");
}

TEST(YamlTree, KeepsPlacesInCodePoints) {
  const Parsed parsed("# é\nkey: {ä: \"ö\", b: [1, zwölf]}\n");
  const YamlNode& inner = *parsed.root().find("key");
  EXPECT_EQ(inner.items[1]->span().column, 10);
  EXPECT_EQ(inner.items[1]->span().end_column, 13);
  const Span span = inner.find("b")->items[1]->span();
  EXPECT_EQ(span.line, 2);
  EXPECT_EQ(span.column, 22);
  EXPECT_EQ(span.end_column, 27);
}

TEST(YamlTree, AliasesAreTheAnchorsNode) {
  const Parsed parsed("a: &x [1, 2]\nb: *x\n");
  EXPECT_EQ(parsed.root().find("a"), parsed.root().find("b"));
  EXPECT_EQ(parsed.codes(), "");
}

TEST(YamlTree, ReadsSeveralDocumentsAndGoesOnAfterABrokenOne) {
  EXPECT_EQ(Parsed("a: 1\n---\nb: 2\n---\n# nothing\n").file.documents.size(), 2u);
  const Parsed broken("a: 1\n---\nb: [\n---\nc: 3\n---\nd: }\n---\ne: 5\n");
  EXPECT_EQ(broken.codes(), "Y001 Y001");
  ASSERT_EQ(broken.file.documents.size(), 3u);
  EXPECT_NE(broken.file.documents[2]->find("e"), nullptr);
  EXPECT_EQ(broken.file.documents[2]->span().line, 9);
  EXPECT_EQ(broken.file.unreadable.size(), 2u);
}

TEST(YamlTree, AcceptsAByteOrderMarkAndAnyLineEnd) {
  const Parsed parsed("\xef\xbb\xbfkey: 1\r\nother: x\r\n");
  EXPECT_EQ(parsed.codes(), "");
  EXPECT_EQ(parsed.root().find("other")->span().line, 2);
  EXPECT_EQ(parsed.root().find("other")->span().column, 8);
}

TEST(YamlTree, RefusesWhatTheLanguageDoesNotUse) {
  EXPECT_EQ(Parsed("a: 1\na: 2\n").codes(), "Y007");
  EXPECT_EQ(Parsed("a: 1\n\"a\": 2\n").codes(), "Y007");
  EXPECT_EQ(Parsed("a: *b\n").codes(), "Y010");
  EXPECT_EQ(Parsed("a: &b [*b]\n").codes(), "Y010");
  EXPECT_EQ(Parsed("a: !!int 1\n").codes(), "Y011");
  EXPECT_EQ(Parsed("a: !x {b: 1}\n").codes(), "Y011");
  EXPECT_EQ(Parsed("<<: {a: 1}\n").codes(), "Y012");
  EXPECT_EQ(Parsed("\"<<\": {a: 1}\n").codes(), "");
  EXPECT_EQ(Parsed("? [a]\n: 1\n").codes(), "Y013");
  EXPECT_EQ(Parsed("a: \xff\n").codes(), "Y002");
  EXPECT_EQ(Parsed("a: \xed\xa0\x80\n").codes(), "Y002");
  EXPECT_EQ(Parsed("a: \xc0\x80\n").codes(), "Y002");
  EXPECT_EQ(Parsed("a: \xc2\x85\n").codes(), "Y003");
  EXPECT_EQ(Parsed("a: \x7f\n").codes(), "Y003");
  EXPECT_EQ(Parsed("").codes(), "");
  EXPECT_EQ(Parsed("# only a comment").codes(), "");
}

TEST(SourceText, FindsPlacesInBothDirections) {
  std::string text;
  for (int i = 0; i < 400; ++i)
    text += i % 7 == 0 ? "\n" : i % 5 == 0 ? "\xf0\x9f\x98\x80" : i % 3 == 0 ? "\xc3\xa9" : "x";
  const SourceText source("t", text);
  int line = 1, column = 1;
  size_t character = 0;
  for (size_t byte = 0; byte < text.size(); ++byte) {
    if ((static_cast<unsigned char>(text[byte]) & 0xc0) == 0x80) continue;
    const SourceText::Position position = source.position_of(byte);
    ASSERT_EQ(position.line, line) << byte;
    ASSERT_EQ(position.column, column) << byte;
    ASSERT_EQ(source.byte_of_character(character), byte);
    ++character;
    ++column;
    if (text[byte] == '\n') ++line, column = 1;
  }
}

}  // namespace
}  // namespace headrace
