#include "engine/rows/identity_columns.h"

#include <string>

namespace headrace {

Result<IdentityColumns> IdentityColumns::of(const SourceRequest& request, const Batch& batch) {
  IdentityColumns columns;
  columns.ids_ = &batch.columns[request.id_column()];
  const ScalarType type = columns.ids_->type.scalar;
  if (type != ScalarType::kString && type != ScalarType::kInt64) {
    return Error::data("the id column `" + request.columns[request.id_column()] + "` holds values of type " +
                       std::string(to_string(type)) + ", and an id is an int64 or a string")
        .with_help("name another column as `id`, or write the column as integers or text");
  }
  columns.is_text_ = type == ScalarType::kString;
  if (request.has_deleted) columns.deleted_ = &batch.columns[request.deleted_column()];
  return columns;
}

}  // namespace headrace
