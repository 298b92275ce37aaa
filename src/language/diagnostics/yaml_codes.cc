#include "language/diagnostics/code_tables.h"

namespace headrace {
namespace {

using enum Severity;

constexpr CodeEntry kYamlCodes[] = {
    {"Y001", kError, "not valid YAML",
     "The text cannot be read as YAML. The mark is where the reader gave up, which can be a little after the cause: "
     "an open quote or bracket, or an indentation that does not match. "
     "The rest of the document is not read; the documents after it in the file are.",
     "feature: {name: speed, owner: [ops}", "feature: {name: speed, owner: ops}"},
    {"Y002", kError, "not UTF-8",
     "Files of definitions are UTF-8. This one has a byte that cannot be part of UTF-8, usually because an editor "
     "saved it in an older encoding.",
     "owner: Müller    # saved as Latin-1", "Save the file as UTF-8."},
    {"Y003", kError, "a character that YAML text cannot have",
     "Control characters and NUL are not allowed in YAML. The line separators U+0085, U+2028 and U+2029 are refused "
     "as well, because YAML 1.1 and 1.2 read them differently.",
     "description: a bell \\x07 in the text", "Remove the character, or write it as an escape in double quotes."},
    {"Y004", kError, "UTF-16 or UTF-32", "The file is in an encoding other than UTF-8.",
     "A file saved as \"Unicode\" by an editor.", "Save the file as UTF-8."},
    {"Y005", kError, "the file is too large",
     "A file of definitions has at most 8 MiB, so that a wrong file is noticed at once.",
     "A data file under features/.", "Split the file, or move what is not a definition elsewhere."},
    {"Y006", kError, "the line is too long", "A line has at most 1 MiB.", "A generated file without line breaks.",
     "Break it into lines."},
    {"Y007", kError, "duplicate key",
     "A mapping has the same key twice. YAML forbids it; readers that take the first or the last of them hide "
     "mistakes.",
     "feature:\n  name: speed\n  window: 1h\n  window: 2h", "feature:\n  name: speed\n  window: 2h"},
    {"Y008", kError, "nested too deeply", "Lists and mappings are nested at most 64 deep; definitions need about five.",
     "tags: [[[[ .. ]]]]", "Remove the brackets that are not needed."},
    {"Y009", kError, "too many values",
     "A file stands for at most 200,000 values with 32 MB of text, where an alias counts as all that it stands for. "
     "This stops files whose aliases multiply.",
     "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]    # and so on", "Write fewer aliases, or split the file."},
    {"Y010", kError, "an alias without anchor",
     "An alias (`*name`) stands for a value that was marked (`&name`) earlier in the same document. This one has no "
     "such mark before it, or stands inside the value that it stands for.",
     "tags: *common", "tags: &common [pumps]    # the first use is marked, later ones are *common"},
    {"Y011", kError, "a tag",
     "Tags (`!!str`, `!custom`) are not part of the language: the type of a value follows from how it is written. "
     "Nothing is ever constructed or executed from a file.",
     "version: !!str 1.20", "version: \"1.20\""},
    {"Y012", kError, "a merge key", "`<<` was an extension of YAML 1.1 and is not supported.",
     "feature:\n  <<: *common\n  name: speed", "Write the keys out, or use an alias for a whole value."},
    {"Y013", kError, "a key that is not text",
     "The keys of mappings are single words or quoted text, not lists or mappings.", "columns:\n  [a, b]: double",
     "columns:\n  a: double\n  b: double"},

};

}  // namespace

const std::vector<CodeEntry>& yaml_codes() {
  static const std::vector<CodeEntry> codes(std::begin(kYamlCodes), std::end(kYamlCodes));
  return codes;
}

}  // namespace headrace
