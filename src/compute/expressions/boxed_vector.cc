#include "compute/expressions/boxed_vector.h"

#include "base/check.h"

namespace headrace {

BoxedVector::BoxedVector(ScalarType type, const Value& value)
    : view_{type, nullptr, nullptr}, valid_(value.is_null() ? 0 : 1) {
  if (valid_ == 0) view_.valid = &valid_;
  switch (type) {
    case ScalarType::kNull:
    case ScalarType::kBool:
      if (valid_ != 0) bool_ = std::get<bool>(value.data) ? 1 : 0;
      view_.values = &bool_;
      return;
    case ScalarType::kInt64:
      if (valid_ != 0) word_ = std::get<int64_t>(value.data);
      view_.values = &word_;
      return;
    case ScalarType::kTimestamp:
      if (valid_ != 0) word_ = std::get<EventTime>(value.data).us;
      view_.values = &word_;
      return;
    case ScalarType::kDuration:
      if (valid_ != 0) word_ = std::get<Duration>(value.data).us;
      view_.values = &word_;
      return;
    case ScalarType::kDouble:
      if (valid_ != 0) double_ = std::get<double>(value.data);
      view_.values = &double_;
      return;
    case ScalarType::kString:
      if (valid_ != 0) text_ = std::get<std::string>(value.data);
      text_view_ = text_;
      view_.values = &text_view_;
      return;
  }
}

Value value_at(const VectorView& view, int row) {
  if (!view.is_valid(row)) return {};
  switch (view.type) {
    case ScalarType::kNull: return {};
    case ScalarType::kBool: return {view.bools()[row] != 0};
    case ScalarType::kInt64: return {view.int64s()[row]};
    case ScalarType::kTimestamp: return {EventTime{view.int64s()[row]}};
    case ScalarType::kDuration: return {Duration{view.int64s()[row]}};
    case ScalarType::kDouble: return {view.doubles()[row]};
    case ScalarType::kString: return {std::string(view.strings()[row])};
  }
  CHECK(false);
}

}  // namespace headrace
