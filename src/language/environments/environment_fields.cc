#include "language/environments/environment_fields.h"

#include "language/diagnostics/codes.h"

#include <fmt/format.h>

namespace headrace {

const YamlNode* mapping_of(Fields& fields, std::string_view key, std::string_view expected) {
  const YamlNode* node = fields.optional(key);
  if (node == nullptr || node->is_mapping()) return node;
  report_kind(*node, fmt::format("`{}`", key), expected, fields.diagnostics());
  return nullptr;
}

std::optional<EnvironmentText> text_of(Fields& fields, std::string_view key) {
  const auto text = fields.optional_text(key);
  if (!text) return std::nullopt;
  return EnvironmentText{text->text, text->span};
}

/// A number from 1 on.
std::optional<int64_t> read_limit(Fields& fields, std::string_view key) {
  const auto limit = fields.optional_integer(key);
  if (!limit || *limit >= 1) return limit;
  report_range(*fields.optional(key), fmt::format("`{}`", key), "1 or more", fields.diagnostics());
  return std::nullopt;
}

bool is_variable(std::string_view text) { return text.starts_with("${") && text.find('}') == text.size() - 1; }

void refuse_written_password(std::optional<EnvironmentText>& password, Diagnostics& diagnostics) {
  if (!password || is_variable(password->text)) return;
  Diagnostic problem =
      make_diagnostic("N001", "the secret `password` is written into environments.yaml", password->span);
  problem.help = "write the variable that has it, `password: ${VARIABLE}`, or the file, `password_file: PATH`";
  diagnostics.add(std::move(problem));
  password.reset();
}

}  // namespace headrace
