#include "language/diagnostics/in_words.h"

#include <utility>

namespace headrace {

Diagnostics in_words_of(const SurfaceWords& words, const Diagnostics& diagnostics) {
  Diagnostics worded;
  for (Diagnostic each : diagnostics.sorted()) {
    each.message = in_words_of(words, each.message);
    each.help = in_words_of(words, each.help);
    worded.add(std::move(each));
  }
  return worded;
}

}  // namespace headrace
