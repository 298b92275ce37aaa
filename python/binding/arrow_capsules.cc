#include "binding/arrow_capsules.h"

#include <nanobind/stl/map.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cerrno>
#include <memory>
#include <utility>

namespace nb = nanobind;

namespace headrace {
namespace {

constexpr char kSchemaName[] = "arrow_schema";
constexpr char kArrayName[] = "arrow_array";
constexpr char kStreamName[] = "arrow_array_stream";

/// The destructor of a capsule that owns a struct of the C interface.
template <typename Struct, const char* kName>
void destroy_capsule(PyObject* capsule) {
  auto* owned = static_cast<Struct*>(PyCapsule_GetPointer(capsule, kName));
  if (owned == nullptr) return PyErr_Clear();
  if (owned->release != nullptr) owned->release(owned);
  delete owned;
}

template <typename Struct, const char* kName>
nb::object make_capsule(std::unique_ptr<Struct> owned) {
  PyObject* capsule = PyCapsule_New(owned.get(), kName, &destroy_capsule<Struct, kName>);
  if (capsule == nullptr) throw nb::python_error();
  owned.release();
  return nb::steal(capsule);
}

/// Moves the struct out of its capsule.
template <typename Struct>
Struct take_from_capsule(nb::handle capsule, const char* name) {
  auto* source = static_cast<Struct*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (source == nullptr) throw nb::python_error();
  if (source->release == nullptr) throw nb::value_error("this Arrow capsule was consumed already");
  Struct taken = *source;
  source->release = nullptr;
  return taken;
}

/// A stream of at most one array, which it owns together with its schema.
struct OneBatchStream {
  ArrowSchema schema{};
  ArrowArray array{};

  ~OneBatchStream() {
    if (schema.release != nullptr) schema.release(&schema);
    if (array.release != nullptr) array.release(&array);
  }
};

/// Moving a struct is allowed when the children stay where they are; its own address may change.
template <typename Struct>
void move_struct(Struct* from, Struct* to) {
  *to = *from;
  from->release = nullptr;
}

ArrowArrayStream stream_of_one(std::unique_ptr<OneBatchStream> owned) {
  ArrowArrayStream stream{};
  // Only this program reads such a stream, and asks for the schema once.
  stream.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) {
    auto* one = static_cast<OneBatchStream*>(self->private_data);
    if (one->schema.release == nullptr) return EINVAL;
    move_struct(&one->schema, out);
    return 0;
  };
  stream.get_next = [](ArrowArrayStream* self, ArrowArray* out) {
    auto* one = static_cast<OneBatchStream*>(self->private_data);
    out->release = nullptr;
    if (one->array.release != nullptr) move_struct(&one->array, out);
    return 0;
  };
  stream.get_last_error = [](ArrowArrayStream*) -> const char* { return "the schema was taken already"; };
  stream.release = [](ArrowArrayStream* self) {
    delete static_cast<OneBatchStream*>(self->private_data);
    self->release = nullptr;
  };
  stream.private_data = owned.release();
  return stream;
}

nb::object array_capsules(const ArrowBatch& self, const nb::object&) {
  auto schema = std::make_unique<ArrowSchema>();
  auto array = std::make_unique<ArrowArray>();
  export_batch(self.batch, self.names, array.get(), schema.get());
  return nb::make_tuple(make_capsule<ArrowSchema, kSchemaName>(std::move(schema)),
                        make_capsule<ArrowArray, kArrayName>(std::move(array)));
}

/// A stream of one of our batches; its schema can be asked for again.
struct BatchStream {
  ArrowBatch table;
  bool is_given = false;
};

BatchStream* batch_stream(ArrowArrayStream* stream) { return static_cast<BatchStream*>(stream->private_data); }

nb::object stream_capsule(const ArrowBatch& self, const nb::object&) {
  auto stream = std::make_unique<ArrowArrayStream>();
  stream->get_schema = [](ArrowArrayStream* from, ArrowSchema* out) {
    ArrowArray array{};
    export_batch(batch_stream(from)->table.batch.slice(0, 0), batch_stream(from)->table.names, &array, out);
    array.release(&array);
    return 0;
  };
  stream->get_next = [](ArrowArrayStream* from, ArrowArray* out) {
    out->release = nullptr;
    if (std::exchange(batch_stream(from)->is_given, true)) return 0;
    ArrowSchema schema{};
    export_batch(batch_stream(from)->table.batch, batch_stream(from)->table.names, out, &schema);
    schema.release(&schema);
    return 0;
  };
  stream->get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; };
  stream->release = [](ArrowArrayStream* from) {
    delete batch_stream(from);
    from->release = nullptr;
  };
  stream->private_data = new BatchStream{self};
  return make_capsule<ArrowArrayStream, kStreamName>(std::move(stream));
}

nb::object schema_capsule(const ArrowBatch& self) {
  auto schema = std::make_unique<ArrowSchema>();
  ArrowArray array{};
  export_batch(self.batch.slice(0, 0), self.names, &array, schema.get());
  array.release(&array);
  return make_capsule<ArrowSchema, kSchemaName>(std::move(schema));
}

/// Instants become datetime in UTC.
class PythonValues {
 public:
  PythonValues() {
    const nb::module_ datetime = nb::module_::import_("datetime");
    delta_ = datetime.attr("timedelta");
    epoch_ = datetime.attr("datetime")(1970, 1, 1, nb::arg("tzinfo") = datetime.attr("timezone").attr("utc"));
  }

  nb::object operator()(const Value& value) const {
    if (const auto* flag = std::get_if<bool>(&value.data)) return nb::bool_(*flag);
    if (const auto* integer = std::get_if<int64_t>(&value.data)) return nb::int_(*integer);
    if (const auto* number = std::get_if<double>(&value.data)) return nb::float_(*number);
    if (const auto* text = std::get_if<std::string>(&value.data)) return nb::str(text->data(), text->size());
    if (const auto* time = std::get_if<EventTime>(&value.data)) {
      return epoch_ + delta_(nb::arg("microseconds") = time->us);
    }
    if (const auto* list = std::get_if<Value::List>(&value.data)) {
      nb::list items;
      for (const Value& item : *list) items.append((*this)(item));
      return items;
    }
    return nb::none();
  }

 private:
  nb::object delta_, epoch_;
};

nb::dict to_pydict(const ArrowBatch& self) {
  const PythonValues python;
  nb::dict table;
  for (size_t i = 0; i < self.names.size(); ++i) {
    nb::list values;
    for (int64_t row = 0; row < self.batch.rows; ++row) values.append(python(self.batch.columns[i].value_at(row)));
    table[self.names[i].c_str()] = values;
  }
  return table;
}

}  // namespace

OwnedStream stream_of(nb::handle table) {
  if (PyCapsule_CheckExact(table.ptr())) return OwnedStream(take_from_capsule<ArrowArrayStream>(table, kStreamName));
  if (nb::hasattr(table, "__arrow_c_stream__")) {
    const nb::object capsule = table.attr("__arrow_c_stream__")();
    return OwnedStream(take_from_capsule<ArrowArrayStream>(capsule, kStreamName));
  }
  if (nb::hasattr(table, "__arrow_c_array__")) {
    const nb::object capsules = table.attr("__arrow_c_array__")();
    auto one = std::make_unique<OneBatchStream>();
    one->schema = take_from_capsule<ArrowSchema>(capsules[0], kSchemaName);
    one->array = take_from_capsule<ArrowArray>(capsules[1], kArrayName);
    return OwnedStream(stream_of_one(std::move(one)));
  }
  throw nb::type_error(
      "a table must have __arrow_c_stream__ or __arrow_c_array__, as those of pyarrow, Polars, "
      "pandas, nanoarrow and DuckDB have");
}

void bind_arrow_batch(nb::module_& module) {
  nb::class_<ArrowBatch>(module, "ArrowBatch")
      .def("__arrow_c_array__", &array_capsules, nb::arg("requested_schema") = nb::none())
      .def("__arrow_c_stream__", &stream_capsule, nb::arg("requested_schema") = nb::none())
      .def("__arrow_c_schema__", &schema_capsule)
      .def("__len__", [](const ArrowBatch& self) { return self.batch.rows; })
      .def("to_pydict", &to_pydict)
      .def_ro("column_names", &ArrowBatch::names)
      .def_ro("statistics", &ArrowBatch::statistics);
}

}  // namespace headrace
