#pragma once

/// Files made to hurt: for tests and as seeds of the fuzzer. Each must end in a message within a second and 100 MB.

#include <string>
#include <vector>

namespace headrace {

struct HostileFile {
  std::string name;
  std::string text;
  bool is_golden = false;  // the message's full text is kept in tests/diagnostics
};

inline std::string repeated(const std::string& text, size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// Nine aliases of nine aliases of ..
inline std::string alias_bomb() {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 30; ++level) {
    const std::string below = "*a" + std::to_string(level - 1);
    text +=
        "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + below + repeated(", " + below, 8) + "]\n";
  }
  return text;
}

/// Those whose messages are kept word by word.
inline std::vector<HostileFile> golden_hostile_files() {
  std::string in_utf16 = "\xff\xfe";
  for (char c : std::string("feature: {}\n")) in_utf16 += std::string{c, '\0'};
  return {
      {"Y002", "feature:\n  owner: M\xfcller\n", true},
      {"Y003_bell", "feature:\n  owner: \"a\x07\"\n", true},
      {"Y003_nul", std::string("feature:\n  owner: a\0b\n", 22), true},
      {"Y003_separator",
       "feature:\n  owner: a\xe2\x80\xa8"
       "b\n",
       true},

      {"Y004", in_utf16, true},
      {"Y005", repeated("# data\n", 1'500'000), true},
      {"Y006", "feature:\n  formula: " + repeated("x + ", 300'000) + "x\n", true},
      {"Y008", "feature: " + repeated("[", 200) + "\n", true},
      {"Y009", alias_bomb(), true},

      // Formulas.
      {"F111",
       "feature:\n  name: x\n  description: d\n  owner: o\n  version: \"1.0\"\n  source: telemetry\n  source_features: "
       "[flow]\n  formula: " +
           repeated("(", 300) + "flow" + repeated(")", 300) + "\n",
       true},
      {"F112",
       "feature:\n  name: x\n  description: d\n  owner: o\n  version: \"1.0\"\n  source: telemetry\n  source_features: "
       "[flow]\n  formula: " +
           repeated("flow + ", 1200) + "flow\n",
       true},
  };
}

inline std::vector<HostileFile> hostile_files() {
  std::vector<HostileFile> files = golden_hostile_files();
  const auto add = [&](const char* name, std::string text) { files.push_back({name, std::move(text)}); };

  // Deep and long.
  add("line_of_10_mb", "feature: {description: \"" + repeated("a", 10'000'000) + "\"}\n");
  add("brackets", repeated("[", 1'000'000));
  add("brackets_in_lines", repeated("[\n", 1'000'000));
  add("braces", repeated("{a: ", 200'000));
  add("dashes", repeated("- ", 500'000));
  add("questions", repeated("? ", 500'000));
  add("deep_blocks", [] {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += std::string(i, ' ') + "a:\n";
    return text;
  }());

  // Many of one thing.
  add("many_keys", [] {
    std::string text = "feature:\n";
    for (int i = 0; i < 200'000; ++i) text += "  key_" + std::to_string(i) + ": 1\n";
    return text;
  }());
  add("many_keys_in_a_line", [] {
    std::string text = "feature: {";
    for (int i = 0; i < 60'000; ++i) text += "key_" + std::to_string(i) + ": 1, ";
    return text + "}\n";
  }());
  add("same_key", "feature:\n" + repeated("  a: 1\n", 200'000));
  add("many_documents", repeated("---\nfeature: {name: x}\n", 60'000));
  add("many_broken_documents", repeated("---\n@\n", 500'000));
  add("many_unknown_kinds", repeated("---\nfeatur: {}\n", 80'000));
  add("many_items", "feature: {tags: [" + repeated("1, ", 200'000) + "]}\n");
  add("many_names", "feature: {name: x, source_features: [" + repeated("y, ", 200'000) + "]}\n");
  add("many_aggregations", "feature: {name: x, aggregation: [" + repeated("mean, ", 100'000) + "], window: [" +
                               repeated("1h, ", 100'000) + "]}\n");

  // Much text that says little.
  add("empty_lines", repeated("\n", 8'000'000));
  add("anchors", [] {
    std::string text = "feature:\n";
    for (int i = 0; i < 100'000; ++i) text += "  k" + std::to_string(i) + ": &a" + std::to_string(i) + " 1\n";
    return text;
  }());
  add("quotes", "feature: \"" + repeated("\\u00e4\n", 500'000));
  add("blanks", "feature:" + repeated(" ", 1'000'000) + "x\n");
  add("block", "feature: |\n" + repeated("  x\n", 1'000'000));
  add("comments", repeated("#" + repeated("c", 1000) + "\n", 8000));
  add("formula_in_lines", "feature:\n  formula: |\n" + repeated("    a +\n", 900'000) + "    a\n");

  // Small texts that stand for large ones.
  add("aliases_of_a_text", "a: &a \"" + repeated("x", 1'000'000) + "\"\nb: [*a" + repeated(", *a", 100'000) + "]\n");
  add("lists_of_a_text", [] {
    std::string text = "feature:\n  name: x\n  owner: o\n  version: \"1.0\"\n  source_features: [y]\n";
    text += "  aggregation: [sum, mean, min, max, range, variance, stddev, first, last, median, mode]\n  window: [1m";
    for (int i = 2; i < 100; ++i) text += ", " + std::to_string(i) + "m";
    return text + "]\n  description: |\n" + repeated("    words, words, words\n", 200'000);
  }());
  add("tags", "feature: " + repeated("!a ", 100'000) + "\n");
  return files;
}

}  // namespace headrace
