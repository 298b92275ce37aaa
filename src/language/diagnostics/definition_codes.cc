#include "language/diagnostics/code_tables.h"

namespace headrace {

const std::vector<CodeEntry>& definition_codes() {
  static const std::vector<CodeEntry> codes = [] {
    std::vector<CodeEntry> all;
    for (const auto* table : {&yaml_codes(), &document_codes(), &feature_codes(), &detail_codes()}) {
      all.insert(all.end(), table->begin(), table->end());
    }
    return all;
  }();
  return codes;
}

}  // namespace headrace
