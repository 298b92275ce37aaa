#include "io/paths/column_presence.h"

#include "io/paths/suggest_name.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_set>

namespace headrace {

Error no_such_column_error(size_t files, const std::string& first_file, const std::string& column,
                           const std::vector<std::string>& names) {
  if (files == 1) return missing_column_error(first_file, column, names);
  return Error::data(
             fmt::format("none of the {} files has a column `{}`; the first is `{}`", files, column, first_file))
      .with_help(suggest_name(column, names));
}

Error required_column_error(const std::string& without, const std::string& column, const std::string& with) {
  const std::string other = with.empty() ? "" : fmt::format(", which `{}` has", with);
  return Error::data(fmt::format("`{}` has no column `{}`{}", without, column, other))
      .with_help(fmt::format("the source calls `{}` required: write the column into the file, or leave `required` out "
                             "and it is null there",
                             column));
}

ColumnPresence::ColumnPresence(const std::vector<RequestedColumn>& columns)
    : columns_(columns), found_(columns.size()) {}

void ColumnPresence::add(const InputFile& file, const std::vector<std::string>& names, bool has_rows) {
  if (files_++ == 0) first_file_ = file.shown;
  const std::unordered_set<std::string_view> own(names.begin(), names.end());
  for (size_t i = 0; i < columns_.size(); ++i) {
    const std::string& name = columns_[i].name;
    if (own.contains(name) || find_partition(file, name) != nullptr) {
      if (found_[i].with.empty()) found_[i].with = file.shown;
    } else if (has_rows && found_[i].without.empty()) {
      found_[i].without = file.shown;
    }
  }
  if (names_.size() < kNamesMax) names_.insert(names.begin(), names.end());
}

Status ColumnPresence::check() const {
  // Files without a header and without rows say nothing of columns.
  if (names_.empty()) return {};
  for (size_t i = 0; i < columns_.size(); ++i) {
    const RequestedColumn& column = columns_[i];
    const Found& found = found_[i];
    const std::vector<std::string> names(names_.begin(), names_.end());
    if (found.with.empty()) return no_such_column_error(files_, first_file_, column.name, names);
    if (found.without.empty() || !(column.is_required || column.is_expected)) continue;
    if (!column.is_required) return required_column_error(found.without, column.name, found.with);
    return Error::data(fmt::format("`{}` has no column `{}`, which `{}` has", found.without, column.name, found.with))
        .with_help("each row needs it: write the column into the file, or keep the file out of the source");
  }
  return {};
}

}  // namespace headrace
