#include "binding/python_errors.h"

#include "base/printable_text.h"
#include "binding/python_words.h"
#include "language/diagnostics/render.h"

#include <nanobind/nanobind.h>

#include <string_view>

namespace nb = nanobind;

namespace headrace {
namespace {

[[noreturn]] void raise_of_package(const char* function, const nb::object& first, const nb::object& second,
                                   const nb::object& third) {
  const nb::object exception =
      nb::module_::import_(HEADRACE_PYTHON_PACKAGE "._errors").attr(function)(first, second, third);
  PyErr_SetObject(exception.type().ptr(), exception.ptr());
  throw nb::python_error();
}

std::string_view word_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kData: return "data";
    case ErrorKind::kUsage: return "usage";
    case ErrorKind::kEnvironment: return "environment";
    case ErrorKind::kNotFound: return "not found";
    case ErrorKind::kConflict: return "conflict";
    case ErrorKind::kUnavailable: return "unavailable";
    case ErrorKind::kStopped: return "stopped";
  }
  return "";
}

nb::str text(std::string_view bytes) { return nb::str(bytes.data(), bytes.size()); }

}  // namespace

void raise_error(const Error& error) {
  raise_of_package("_make_error", text(printable(in_words_of(python_words(), error.message()))),
                   text(word_of(error.kind())), text(printable(in_words_of(python_words(), error.help()))));
}

void raise_definition_error(const Diagnostics& diagnostics, const std::vector<DefinitionFile>& files) {
  raise_of_package("_make_definition_error", text(render_json(diagnostics)),
                   text(render_text(diagnostics, files, false)), text(render_summary(diagnostics)));
}

}  // namespace headrace
