#pragma once

/// CHECK stops the process when the program itself is wrong; it prints the place, the text and the values.
/// For errors of users use Diagnostics, for errors of the world use Result.

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace headrace {

[[noreturn]] inline void check_failed(const char* file, int line, const std::string& text) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\nThis is a bug in headrace; please report it with this line.\n", file,
               line, text.c_str());
  std::abort();
}

}  // namespace headrace

#define CHECK(condition)                                        \
  do {                                                          \
    if (!(condition)) [[unlikely]]                              \
      ::headrace::check_failed(__FILE__, __LINE__, #condition); \
  } while (false)

#define HEADRACE_CHECK_COMPARE(a, op, b)                                                                          \
  do {                                                                                                            \
    if (!((a)op(b))) [[unlikely]]                                                                                 \
      ::headrace::check_failed(__FILE__, __LINE__, ::fmt::format("{} " #op " {} ({} and {})", #a, #b, (a), (b))); \
  } while (false)

#define CHECK_EQ(a, b) HEADRACE_CHECK_COMPARE(a, ==, b)
#define CHECK_LE(a, b) HEADRACE_CHECK_COMPARE(a, <=, b)
#define CHECK_LT(a, b) HEADRACE_CHECK_COMPARE(a, <, b)
