#include "io/csv/csv_reader.h"

#include "io/source_testing.h"

namespace headrace {
namespace {

/// "row@line a|b|~" for each record, where ~ is null, and the problem of a record that has one.
std::vector<std::string> split(const std::string& text, const TextForm& form = {}, const std::string& name = "x.csv") {
  TestFolder folder;
  if (name.ends_with("csv") || name.ends_with("tsv")) {
    folder.write(name, text);
  } else {
    folder.write_compressed(name, text);
  }
  InputFile file;
  file.path = folder.at(name);
  file.shown = name;
  auto reader = CsvReader::open(file, form);
  if (!reader.ok()) return {reader.error().message()};
  std::vector<std::string> lines;
  for (;;) {
    const auto more = reader->next();
    if (!more.ok()) return {more.error().message()};
    if (!*more) return lines;
    std::string line = fmt::format("{}@{} ", reader->row(), reader->line());
    for (const CsvField& field : reader->fields()) {
      if (&field != reader->fields().data()) line += '|';
      line += field.is_null() ? "~" : std::string(field.text);
    }
    if (!reader->problem().empty()) line = fmt::format("{}@{} {}", reader->row(), reader->line(), reader->problem());
    lines.push_back(line);
  }
}

using Lines = std::vector<std::string>;

TEST(CsvReader, PlainFields) {
  EXPECT_EQ(split("a,b\n1,2\n3,\n,\n"), (Lines{"1@2 1|2", "2@3 3|~", "3@4 ~|~"}));
  EXPECT_EQ(split("a,b\n1,2"), (Lines{"1@2 1|2"}));
  EXPECT_EQ(split("a,b\n1,"), (Lines{"1@2 1|~"}));
  EXPECT_EQ(split("a\n"), (Lines{}));
  EXPECT_EQ(split("a"), (Lines{}));
}

TEST(CsvReader, Quotes) {
  EXPECT_EQ(split("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"\",\"\"\"\"\n"), (Lines{"1@2 x,y|say \"hi\"", "2@3 |\""}));
  EXPECT_EQ(split("\"a\",\"b\"\n\"1\n2\",3\n4,5\n"), (Lines{"1@2 1\n2|3", "2@4 4|5"}));
  EXPECT_EQ(split("a,b\nx\"y,z\n"), (Lines{"1@2 x\"y|z"}));
}

TEST(CsvReader, LineEndsBlankLinesAndByteOrderMark) {
  EXPECT_EQ(split("\xEF\xBB\xBF"
                  "a,b\r\n1,2\r\n\r\n\n\"3\",\"4\"\r\n5,\"6\"\r"),
            (Lines{"1@2 1|2", "2@5 3|4", "3@6 5|6"}));
}

TEST(CsvReader, Delimiters) {
  EXPECT_EQ(split("a;b\n1;2\n", {.delimiter = ';'}), (Lines{"1@2 1|2"}));
  EXPECT_EQ(split("a\tb\n1,5\t2\n", {}, "x.tsv"), (Lines{"1@2 1,5|2"}));
}

TEST(CsvReader, FormsOfFiles) {
  EXPECT_EQ(split("a;b\n'x;y';2\n\"z;3\n", {.delimiter = ';', .quote = '\''}), (Lines{"1@2 x;y|2", "2@3 \"z|3"}));
  EXPECT_EQ(split("a,b\n\"x,2\n", {.quote = 0}), (Lines{"1@2 \"x|2"}));
  EXPECT_EQ(split("1,2\n3,4\n5\n", {.has_header = false}),
            (Lines{"1@1 1|2", "2@2 3|4", "3@3 has 1 field, the header has 2"}));
  EXPECT_EQ(split("1,2\n3\n", {.has_header = false, .header = {"a", "b"}}),
            (Lines{"1@1 1|2", "2@2 has 1 field, the header has 2"}));
  EXPECT_EQ(split("", {.has_header = false}), (Lines{}));
  EXPECT_EQ(split("\xB0,b\nM\xFCller,2\n", {.encoding = TextEncoding::kLatin1}), (Lines{"1@2 Müller|2"}));
  EXPECT_EQ(split(std::string("\xFF\xFE"
                              "a\0\n\0\xAC\x20\n\0",
                              10),
                  {.encoding = TextEncoding::kUtf16}),
            (Lines{"1@2 €"}));
}

TEST(CsvReader, Compressed) {
  EXPECT_EQ(split("a,b\n1,2\n", {}, "x.csv.gz"), (Lines{"1@2 1|2"}));
  EXPECT_EQ(split("a,b\n1,2\n", {}, "x.csv.zst"), (Lines{"1@2 1|2"}));
}

TEST(CsvReader, RecordsAreKeptWholeAcrossBlocks) {
  std::string text = "a,b\n";
  const std::string wide = "\"" + std::string(300'000, 'x') + "\"\"\n\"";
  for (int i = 0; i < 20; ++i) text += fmt::format("{},{}\r\n", i, wide);
  const Lines lines = split(text);
  ASSERT_EQ(lines.size(), 20U);
  EXPECT_EQ(lines[19], "20@40 19|" + std::string(300'000, 'x') + "\"\n");
}

TEST(CsvReader, ProblemsOfRecords) {
  EXPECT_EQ(split("a,b,c\n1\n1,2,3,4\n1,2,3\n"),
            (Lines{"1@2 has 1 field, the header has 3", "2@3 has 4 fields, the header has 3", "3@4 1|2|3"}));
  EXPECT_EQ(split("a,b\n\"1\"x,2\n3,4\n"), (Lines{"1@2 has text behind a closing quote", "2@3 3|4"}));
  EXPECT_EQ(split("a,b\n1,\"2\n3,4\n"),
            (Lines{"1@2 has a quote that is not closed (inside a text, a quote is written twice)", "2@3 3|4"}));
  EXPECT_EQ(split("a,b\n1,\"2\n3,4\n5,\"6\"\n7,8\n"),
            (Lines{"1@2 has a quote that is not closed (inside a text, a quote is written twice)", "2@3 3|4", "3@4 5|6",
                   "4@5 7|8"}));
  EXPECT_EQ(split("a,b\n1,\"2\n3,4\n5,\"\"\n7,8\n"),
            (Lines{"1@2 has a quote that is not closed (inside a text, a quote is written twice)", "2@3 3|4", "3@4 5|",
                   "4@5 7|8"}));
  EXPECT_EQ(
      split("a,\"b\n1,2\n"),
      (Lines{"`x.csv`: the header, line 1, has a quote that is not closed (inside a text, a quote is written twice)"}));
}

TEST(CsvReader, AnEmptyFileHasNoHeader) {
  EXPECT_EQ(split(""), (Lines{"`x.csv` is empty; its first line must name the columns"}));
}

}  // namespace
}  // namespace headrace
