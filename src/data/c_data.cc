#include "data/c_data.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace headrace {
namespace {

constexpr int32_t kNoOffsets[1] = {0};

/// What an exported schema owns.
struct SchemaHolder {
  std::string format;
  std::string name;
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> child_pointers;
};

/// What an exported array owns: a copy of the column, which shares its buffers.
struct ArrayHolder {
  Column column;
  std::array<const void*, 3> buffers{};
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> child_pointers;
};

template <typename Struct, typename Holder>
void release_exported(Struct* exported) {
  for (int64_t i = 0; i < exported->n_children; ++i) {
    Struct* child = exported->children[i];
    if (child->release != nullptr) child->release(child);
  }
  delete static_cast<Holder*>(exported->private_data);
  exported->release = nullptr;
}

template <typename Struct, typename Holder>
void adopt_holder(std::unique_ptr<Holder> holder, Struct* exported) {
  for (Struct& child : holder->children) holder->child_pointers.push_back(&child);
  exported->n_children = static_cast<int64_t>(holder->children.size());
  exported->children = holder->children.empty() ? nullptr : holder->child_pointers.data();
  exported->dictionary = nullptr;
  exported->release = &release_exported<Struct, Holder>;
  exported->private_data = holder.release();
}

std::string_view format_of(ScalarType type) {
  switch (type) {
    case ScalarType::kBool: return "b";
    case ScalarType::kInt64: return "l";
    case ScalarType::kDouble: return "g";
    case ScalarType::kString: return "u";
    case ScalarType::kTimestamp: return "tsu:UTC";
    case ScalarType::kNull:
    case ScalarType::kDuration: break;
  }
  CHECK(false);
  return "";
}

void fill_schema(std::unique_ptr<SchemaHolder> holder, ArrowSchema* schema) {
  schema->format = holder->format.c_str();
  schema->name = holder->name.c_str();
  schema->metadata = nullptr;
  schema->flags = ARROW_FLAG_NULLABLE;
  adopt_holder(std::move(holder), schema);
}

/// Keeps an imported array alive until the last column that views it is gone.
std::shared_ptr<ArrowArray> take_over(ArrowArray* array) {
  auto deleter = [](ArrowArray* owned) {
    if (owned->release != nullptr) owned->release(owned);
    delete owned;
  };
  std::shared_ptr<ArrowArray> owned(new ArrowArray(*array), deleter);
  array->release = nullptr;
  return owned;
}

Result<Column> view_array(const ArrowArray& array, const ArrowSchema& schema,
                          const std::shared_ptr<const void>& owner) {
  ASSIGN_OR_RETURN(const Type type, import_type(schema));
  const int64_t buffers_expected = !type.is_list && type.scalar == ScalarType::kString ? 3 : 2;
  if (array.n_buffers != buffers_expected || array.n_children != (type.is_list ? 1 : 0)) {
    return Error::data(
        fmt::format("array `{}` of type {} has {} buffers and {} children, which does not fit its format",
                    schema.name == nullptr ? "" : schema.name, to_string(type), array.n_buffers, array.n_children));
  }

  Column column;
  column.type = type;
  column.length = array.length;
  column.offset = array.offset;
  column.owner = owner;
  if (array.null_count != 0) column.validity = static_cast<const uint8_t*>(array.buffers[0]);

  // Lists and strings have offsets; a list has its values in a column of its own.
  if (type.is_list || type.scalar == ScalarType::kString) {
    const void* offsets = array.buffers[1];
    column.offsets = offsets != nullptr ? static_cast<const int32_t*>(offsets) : kNoOffsets;
    if (!type.is_list) column.values = array.buffers[2];
  } else {
    column.values = array.buffers[1];
  }
  if (type.is_list) {
    ASSIGN_OR_RETURN(Column child, view_array(*array.children[0], *schema.children[0], owner));
    column.child = std::make_shared<const Column>(std::move(child));
  }
  return column;
}

}  // namespace

void export_type(const Type& type, const std::string& name, ArrowSchema* schema) {
  auto holder = std::make_unique<SchemaHolder>();
  holder->format = type.is_list ? "+l" : std::string(format_of(type.scalar));
  holder->name = name;
  if (type.is_list) {
    holder->children.resize(1);
    export_type({type.scalar, false}, "item", &holder->children[0]);
  }
  fill_schema(std::move(holder), schema);
}

void export_column(const Column& column, ArrowArray* array) {
  auto holder = std::make_unique<ArrayHolder>();
  holder->column = column;
  holder->buffers[0] = column.validity;
  array->length = column.length;
  array->null_count = column.validity == nullptr ? 0 : -1;
  array->offset = column.offset;
  array->n_buffers = 2;

  // Without rows there may be no offsets, but readers want a buffer with the first one.
  if (column.type.is_list || column.type.scalar == ScalarType::kString) {
    holder->buffers[1] = column.offsets != nullptr ? column.offsets : kNoOffsets;
    if (!column.type.is_list) {
      holder->buffers[2] = column.values;
      array->n_buffers = 3;
    }
  } else {
    holder->buffers[1] = column.values;
  }

  if (column.type.is_list) {
    CHECK(column.child != nullptr);
    holder->children.resize(1);
    export_column(*column.child, &holder->children[0]);
  }
  array->buffers = holder->buffers.data();
  adopt_holder(std::move(holder), array);
}

void export_batch(const Batch& batch, const std::vector<std::string>& names, ArrowArray* array, ArrowSchema* schema) {
  CHECK_EQ(names.size(), batch.columns.size());
  auto types = std::make_unique<SchemaHolder>();
  types->format = "+s";
  types->children.resize(names.size());
  auto arrays = std::make_unique<ArrayHolder>();
  arrays->children.resize(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    export_type(batch.columns[i].type, names[i], &types->children[i]);
    export_column(batch.columns[i], &arrays->children[i]);
  }
  fill_schema(std::move(types), schema);
  schema->flags = 0;
  array->length = batch.rows;
  array->null_count = 0;
  array->offset = 0;
  array->n_buffers = 1;
  array->buffers = arrays->buffers.data();
  adopt_holder(std::move(arrays), array);
}

Result<Type> import_type(const ArrowSchema& schema) {
  const std::string_view format = schema.format == nullptr ? "" : schema.format;
  if (schema.dictionary == nullptr) {
    if (format == "b") return Type{ScalarType::kBool};
    if (format == "l") return Type{ScalarType::kInt64};
    if (format == "g") return Type{ScalarType::kDouble};
    if (format == "u") return Type{ScalarType::kString};
    if (format.starts_with("tsu:")) return Type{ScalarType::kTimestamp};
    if (format == "+l" && schema.n_children == 1) {
      ASSIGN_OR_RETURN(const Type item, import_type(*schema.children[0]));
      if (!item.is_list) return Type{item.scalar, true};
    }
  }
  return Error::data(fmt::format("column `{}` has the Arrow format `{}`{}, which is not one of b, l, g, u, tsu: or +l",
                                 schema.name == nullptr ? "" : schema.name, format,
                                 schema.dictionary != nullptr ? " with a dictionary" : ""));
}

Result<Column> import_column(ArrowArray* array, const ArrowSchema& schema) {
  std::shared_ptr<ArrowArray> owned = take_over(array);
  const ArrowArray& view = *owned;
  return view_array(view, schema, std::move(owned));
}

Result<NamedBatch> import_batch(ArrowArray* array, const ArrowSchema& schema) {
  std::shared_ptr<ArrowArray> owned = take_over(array);
  if (schema.format == nullptr || std::string_view(schema.format) != "+s" || owned->n_children != schema.n_children) {
    return Error::data("a batch must be a struct array (Arrow format +s)");
  }
  if (owned->null_count > 0) return Error::data("a batch must not have null rows at its top level");
  NamedBatch named;
  named.batch.rows = owned->length;
  for (int64_t i = 0; i < schema.n_children; ++i) {
    ASSIGN_OR_RETURN(Column column, view_array(*owned->children[i], *schema.children[i], owned));
    named.names.emplace_back(schema.children[i]->name == nullptr ? "" : schema.children[i]->name);
    named.batch.columns.push_back(column.slice(owned->offset, owned->length));
  }
  return named;
}

}  // namespace headrace
