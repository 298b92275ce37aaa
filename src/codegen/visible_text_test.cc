#include "codegen/visible_text.h"

#include "codegen/filled_template.h"
#include "codegen/python_text.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(VisibleText, NamesWhatNobodySees) {
  EXPECT_EQ(visible_line("a\nb\tc\rd"), "a b c d");
  EXPECT_EQ(visible_line("a\u202eb\u2028c\U000e0041"), "a<U+202E>b<U+2028>c<U+E0041>");
  EXPECT_EQ(visible_line("é 日 😀"), "é 日 😀");
  EXPECT_EQ(visible_line("\xff"), "<U+00FF>");
  for (const char* text : {"\x01", "\x7f", "\u0085", "\u00ad", "\u200b", "\u202a", "\u2069", "\ufeff"})
    EXPECT_TRUE(has_invisible(text)) << visible_line(text);
}

TEST(VisibleText, MarkdownStaysText) {
  EXPECT_EQ(markdown_text("a|b`c`<b>\n# d"), "a\\|b\\`c\\`\\<b> # d");
  EXPECT_EQ(markdown_code("a`|b"), "`a'\\|b`");
  EXPECT_EQ(markdown_cell("`a|b`\nc"), "`a\\|b` c");
}

TEST(VisibleText, PythonEscapesIt) {
  EXPECT_EQ(python_string("a\"\\\n\x7f\u202e\U000e0041é"), R"("a\"\\\n\x7f\u202e\U000e0041é")");
  EXPECT_EQ(formatted_python_string("say \"x\""), R"('say "x"')");
  EXPECT_EQ(formatted_python_string("it's"), R"("it's")");
  EXPECT_EQ(docstring_text("a\"\"\"\\ b\u2029 "), "a'''/ b<U+2029>");
}

TEST(FilledTemplate, WordsThatLookLikePlacesStayWords) {
  EXPECT_EQ(filled_template("{{a}}-{{b}}-{{a}}", {{"a", "{{b}}"}, {"b", "{{c}}"}}), "{{b}}-{{c}}-{{b}}");
  EXPECT_EQ(filled_template("{a} }}", {}), "{a} }}");
}

}  // namespace
}  // namespace headrace
