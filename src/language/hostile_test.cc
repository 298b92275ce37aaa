#include "language/diagnostics/render.h"
#include "language/hostile_files.h"
#include "language/load_repository.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace headrace {
namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// Sanitizers and builds without optimization are slower by more than the limit can bear.
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
constexpr double kSecondsMax = 1.0;
#else
constexpr double kSecondsMax = 20.0;
#endif

TEST(HostileFiles, EndInAMessageWithinASecond) {
  for (HostileFile& file : hostile_files()) {
    SCOPED_TRACE(file.name);
    const double start = cpu_seconds();
    const LoadedRepository loaded = load_repository({{"features/x.yaml", std::move(file.text)}});
    const std::string text = render_text(loaded.diagnostics, loaded.files, false);
    EXPECT_LT(cpu_seconds() - start, kSecondsMax);
    const bool is_fine = file.name == "empty_lines" || file.name == "comments";
    EXPECT_EQ(loaded.diagnostics.has_errors(), !is_fine);
    EXPECT_LE(text.size(), 2'000'000u);
  }
}

TEST(HostileFiles, LongLinesAreCutAroundTheMark) {
  const std::string line =
      "feature: {name: x, description: \"" + repeated("d", 900'000) + "\", colour: red, owner: o}\n";
  const LoadedRepository loaded = load_repository({{"x.yaml", line}});
  const std::string text = render_text(loaded.diagnostics, loaded.files, false);
  EXPECT_NE(text.find("colour: red"), std::string::npos);
  EXPECT_LT(text.size(), 4000u);
}

}  // namespace
}  // namespace headrace
