// Full texts of messages: each file tests/diagnostics/NAME.yaml is put into the repository of project.yaml there, and
// what is said about it must equal NAME.expected. UPDATE_GOLDEN=1 rewrites the expected texts; read the diff.

#include "language/diagnostics/codes.h"
#include "language/diagnostics/render.h"
#include "language/environments/environments.h"
#include "language/hostile_files.h"
#include "language/load_repository.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace headrace {
namespace {

std::filesystem::path golden_folder() { return std::filesystem::path(HEADRACE_SOURCE_DIR) / "tests" / "diagnostics"; }

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

bool is_update() {
  const char* update = std::getenv("UPDATE_GOLDEN");
  return update != nullptr && std::string_view(update) == "1";
}

/// Splits at lines `#### NAME`; what comes first is features/test.yaml.
std::vector<DefinitionFile> split_files(const std::string& text) {
  std::vector<DefinitionFile> files = {{"features/test.yaml", ""}};
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#### ")) {
      files.push_back({line.substr(5), ""});
    } else {
      files.back().text += line + "\n";
    }
  }
  if (files.front().text.empty()) files.erase(files.begin());
  return files;
}

/// What is said about environments.yaml, of a repository with the source `pump_telemetry`.
std::string messages_of_environments(DefinitionFile file) {
  const LoadedEnvironments loaded = load_environments(std::move(file), {"pump_telemetry"});
  return render_text(loaded.diagnostics, loaded.files, false) + render_summary(loaded.diagnostics) + "\n";
}

std::string messages_of(std::vector<DefinitionFile> files) {
  if (files.back().name == "environments.yaml") return messages_of_environments(std::move(files.back()));
  const bool has_project =
      std::any_of(files.begin(), files.end(), [](const DefinitionFile& file) { return file.name == "project.yaml"; });
  if (!has_project) files.insert(files.begin(), {"project.yaml", read_file(golden_folder() / "project.yaml")});
  const LoadedRepository loaded = load_repository(std::move(files));
  return render_text(loaded.diagnostics, loaded.files, false) + render_summary(loaded.diagnostics) + "\n";
}

void compare_with_golden(const std::string& name, const std::string& messages) {
  const std::filesystem::path path = golden_folder() / (name + ".expected");
  if (is_update()) std::ofstream(path, std::ios::binary) << messages;
  EXPECT_EQ(messages, read_file(path)) << "differs from " << path.filename() << "; UPDATE_GOLDEN=1 rewrites it";
}

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder())) {
    if (entry.path().extension() == ".yaml" && entry.path().stem() != "project") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class GoldenMessages : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenMessages, AreAsExpected) {
  compare_with_golden(GetParam(), messages_of(split_files(read_file(golden_folder() / (GetParam() + ".yaml")))));
}

INSTANTIATE_TEST_SUITE_P(Diagnostics, GoldenMessages, ::testing::ValuesIn(golden_names()),
                         [](const auto& info) { return info.param; });

TEST(GoldenMessages, OfGeneratedFiles) {
  for (const HostileFile& file : hostile_files()) {
    SCOPED_TRACE(file.name);
    if (file.is_golden) compare_with_golden(file.name, messages_of({{"features/test.yaml", file.text}}));
  }
}

TEST(GoldenMessages, CoverEveryCode) {
  std::set<std::string> covered;
  for (const auto& entry : std::filesystem::directory_iterator(golden_folder())) {
    if (entry.path().extension() != ".expected") continue;
    const std::string text = read_file(entry.path());
    for (size_t at = text.find('['); at != std::string::npos; at = text.find('[', at + 1))
      covered.insert(text.substr(at + 1, 4));
  }
  for (const CodeEntry& entry : all_codes())
    EXPECT_TRUE(covered.contains(std::string(entry.code))) << entry.code << " has no golden text";
}

TEST(Codes, AreDocumentedAndUnique) {
  std::set<std::string_view> seen;
  for (const CodeEntry& entry : all_codes()) {
    EXPECT_TRUE(seen.insert(entry.code).second) << entry.code;
    EXPECT_EQ(entry.code.size(), 4u) << entry.code;
    EXPECT_FALSE(entry.title.empty() || entry.explanation.empty() || entry.example.empty() || entry.fix.empty())
        << entry.code;
    EXPECT_NE(entry.title.back(), '.') << entry.code;
  }
  EXPECT_EQ(find_code("F012")->severity, Severity::kError);
  EXPECT_EQ(find_code("Z999"), nullptr);
}

}  // namespace
}  // namespace headrace
