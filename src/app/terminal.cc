#include "app/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace headrace {
namespace {

constexpr int kWidthWithoutTerminal = 100;

/// The first errno of writing to stdout; 0: none.
int out_failure = 0;

int descriptor_of(Stream stream) { return stream == Stream::kOut ? STDOUT_FILENO : STDERR_FILENO; }

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

std::string_view sequence_of(Style style) {
  switch (style) {
    case Style::kPlain: return "";
    case Style::kBold: return "\x1b[1m";
    case Style::kDim: return "\x1b[2m";
    case Style::kRed: return "\x1b[1;31m";
    case Style::kGreen: return "\x1b[32m";
    case Style::kYellow: return "\x1b[33m";
    case Style::kBlue: return "\x1b[1;34m";
  }
  return "";
}

}  // namespace

bool is_terminal(Stream stream) { return isatty(descriptor_of(stream)) == 1; }

bool wants_color(Stream stream) {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* terminal = std::getenv("TERM");
  if (terminal != nullptr && std::strcmp(terminal, "dumb") == 0) return false;
  return is_terminal(stream);
}

int terminal_width(Stream stream) {
  winsize size{};
  if (ioctl(descriptor_of(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kWidthWithoutTerminal;
  return size.ws_col;
}

int display_width(std::string_view text) {
  int width = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
    } else if (!is_continuation(text[i])) {
      ++width;
    }
  }
  return width;
}

std::string fit(std::string_view text, int width) {
  if (display_width(text) <= width) return std::string(text);
  std::string cut;
  int used = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!is_continuation(text[i]) && ++used >= width) break;
    cut += text[i];
  }
  return cut + "…";
}

std::string styled(std::string_view text, Style style, bool enabled) {
  if (!enabled || style == Style::kPlain) return std::string(text);
  return std::string(sequence_of(style)) + std::string(text) + "\x1b[0m";
}

void write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() && out_failure == 0) out_failure = errno;
}

Status out_status() {
  if (out_failure == 0) return {};
  Error error = Error::environment(fmt::format("cannot write to the standard output: {}", std::strerror(out_failure)));
  if (out_failure == ENOSPC || out_failure == EDQUOT) error = error.with_help("free some space, then run it again");
  return error;
}

Status finish_out() {
  if (std::fflush(stdout) != 0 && out_failure == 0) out_failure = errno;
  return out_status();
}

void write_err(std::string_view text) {
  if (std::fflush(stdout) != 0 && out_failure == 0) out_failure = errno;
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void write_to(Stream stream, std::string_view text) { stream == Stream::kOut ? write_out(text) : write_err(text); }

}  // namespace headrace
