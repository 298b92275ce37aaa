#include "brokers/messages/avro_schema.h"

#include "brokers/messages/event_line.h"
#include "data/json/json_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace headrace {
namespace {

constexpr int64_t kFixedBytesMax = int64_t{1} << 30;

constexpr std::pair<std::string_view, AvroKind> kPrimitives[] = {
    {"null", AvroKind::kNull},   {"boolean", AvroKind::kBoolean}, {"int", AvroKind::kInt},
    {"long", AvroKind::kLong},   {"float", AvroKind::kFloat},     {"double", AvroKind::kDouble},
    {"bytes", AvroKind::kBytes}, {"string", AvroKind::kString},
};

struct LogicalForm {
  std::string_view name;
  AvroKind kind;
  AvroLogical logical;
};
constexpr LogicalForm kLogicalForms[] = {
    {"date", AvroKind::kInt, AvroLogical::kDate},
    {"time-millis", AvroKind::kInt, AvroLogical::kTimeMillis},
    {"time-micros", AvroKind::kLong, AvroLogical::kTimeMicros},
    {"timestamp-millis", AvroKind::kLong, AvroLogical::kTimestampMillis},
    {"timestamp-micros", AvroKind::kLong, AvroLogical::kTimestampMicros},
    {"timestamp-nanos", AvroKind::kLong, AvroLogical::kTimestampNanos},
    {"local-timestamp-millis", AvroKind::kLong, AvroLogical::kLocalTimestampMillis},
    {"local-timestamp-micros", AvroKind::kLong, AvroLogical::kLocalTimestampMicros},
    {"local-timestamp-nanos", AvroKind::kLong, AvroLogical::kLocalTimestampNanos},
    {"decimal", AvroKind::kBytes, AvroLogical::kDecimal},
    {"decimal", AvroKind::kFixed, AvroLogical::kDecimal},
    {"uuid", AvroKind::kFixed, AvroLogical::kUuid},
};

std::optional<AvroKind> primitive_of(std::string_view name) {
  for (const auto& [word, kind] : kPrimitives) {
    if (word == name) return kind;
  }
  return std::nullopt;
}

/// A text with quotes, as it stands in a line; nothing: it is no UTF-8.
std::string quoted_text(std::string_view text) {
  std::string out;
  EventLine(out).text(text);
  return out;
}

/// Whether brackets of a JSON text are open more than so many at a time.
bool is_deeper_than(std::string_view text, int depth_max) {
  int depth = 0;
  bool is_in_text = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (is_in_text) {
      if (letter == '\\') ++at;
      if (letter == '"') is_in_text = false;
      continue;
    }
    if (letter == '"') is_in_text = true;
    if (letter == '{' || letter == '[') ++depth;
    if (letter == '}' || letter == ']') --depth;
    if (depth > depth_max) return true;
  }
  return false;
}

std::optional<std::string> text_of(const JsonNode& node, std::string_view name) {
  const std::optional<JsonNode> member = node.member(name);
  return member ? member->as_text() : std::nullopt;
}

}  // namespace

class AvroSchemaReader {
 public:
  explicit AvroSchemaReader(AvroSchema& schema) : schema_(schema) {}

  Status read(std::string_view text) {
    if (text.size() > AvroSchema::kTextBytesMax) return Error::data("it has more than 4 MB");
    if (is_deeper_than(text, 4 * AvroSchema::kDepthMax)) return Error::data("it nests too deeply");
    const std::optional<JsonDocument> document = JsonDocument::parse(text);
    if (!document) return Error::data("it is not valid JSON");
    ASSIGN_OR_RETURN(schema_.root_, read_type(document->root(), "", 0));
    return {};
  }

 private:
  Result<uint32_t> add(AvroType type) {
    if (schema_.types_.size() >= AvroSchema::kTypesMax) {
      return Error::data(fmt::format("it has more than {} types", AvroSchema::kTypesMax));
    }
    schema_.types_.push_back(std::move(type));
    return static_cast<uint32_t>(schema_.types_.size() - 1);
  }

  Result<uint32_t> read_type(const JsonNode& node, const std::string& space, int depth) {
    if (depth > AvroSchema::kDepthMax) return Error::data("it nests too deeply");
    if (const std::optional<std::string> name = node.as_text()) return named(*name, space);
    if (node.is_array()) return read_union(node, space, depth);
    const std::optional<JsonNode> kind = node.member("type");
    if (!kind) return Error::data("it has something that is no type: " + shown(node));
    const std::optional<std::string> word = kind->as_text();
    if (!word) return read_type(*kind, space, depth + 1);  // {"type": {"type": ..}}
    if (*word == "record" || *word == "error") return read_record(node, space, depth);
    if (*word == "enum") return read_enum(node, space);
    if (*word == "fixed") return read_fixed(node, space);
    if (*word == "array") return read_container(node, AvroKind::kArray, "items", space, depth);
    if (*word == "map") return read_container(node, AvroKind::kMap, "values", space, depth);
    const std::optional<AvroKind> primitive = primitive_of(*word);
    if (!primitive) return named(*word, space);
    AvroType type{.kind = *primitive};
    set_logical(node, type);
    return add(std::move(type));
  }

  /// Of a name without dots in the namespace around it.
  static std::string full_name(const std::string& name, const std::string& space) {
    return space.empty() || name.find('.') != std::string::npos ? name : space + "." + name;
  }

  Result<uint32_t> named(const std::string& name, const std::string& space) {
    if (const std::optional<AvroKind> kind = primitive_of(name)) return add({.kind = *kind});
    const auto found = names_.find(full_name(name, space));
    if (found != names_.end()) return found->second;
    return Error::data(fmt::format("it has no type `{}`", full_name(name, space)));
  }

  /// Makes room for a type that has a name, so that what is in it may name it. Gives its place and the namespace inside.
  Result<std::pair<uint32_t, std::string>> define(const JsonNode& node, const std::string& space, AvroType type) {
    const std::optional<std::string> name = text_of(node, "name");
    if (!name || name->empty()) return Error::data("it has a type without a name: " + shown(node));
    const std::string full = full_name(*name, text_of(node, "namespace").value_or(space));
    ASSIGN_OR_RETURN(const uint32_t index, add(std::move(type)));
    if (primitive_of(full) || !names_.emplace(full, index).second) {
      return Error::data(fmt::format("it defines the type `{}` twice", full));
    }
    const size_t dot = full.rfind('.');
    return std::pair(index, dot == std::string::npos ? std::string() : full.substr(0, dot));
  }

  Result<uint32_t> read_record(const JsonNode& node, const std::string& space, int depth) {
    ASSIGN_OR_RETURN(const auto place, define(node, space, {.kind = AvroKind::kRecord}));
    const std::optional<JsonNode> members = node.member("fields");
    if (!members || !members->is_array()) return Error::data("it has a record without `fields`: " + shown(node));
    std::vector<AvroField> fields;
    std::set<std::string> names;
    for (const JsonNode& member : members->elements()) {
      const std::optional<std::string> name = text_of(member, "name");
      const std::optional<JsonNode> type = member.member("type");
      if (!name || !type) return Error::data("it has a field without `name` or `type`: " + shown(member));
      if (!names.insert(*name).second) return Error::data(fmt::format("it has the field `{}` twice", *name));
      AvroField& field = fields.emplace_back();
      field.name = *name;
      field.key = quoted_text(*name) + ":";
      // A logical type stands beside the type, which some writers put into the field.
      ASSIGN_OR_RETURN(field.type, read_type(*type, place.second, depth + 1));
    }
    schema_.types_[place.first].fields = std::move(fields);
    return place.first;
  }

  Result<uint32_t> read_enum(const JsonNode& node, const std::string& space) {
    AvroType type{.kind = AvroKind::kEnum};
    const std::optional<JsonNode> symbols = node.member("symbols");
    if (!symbols || !symbols->is_array()) return Error::data("it has an enum without `symbols`: " + shown(node));
    for (const JsonNode& symbol : symbols->elements()) {
      const std::optional<std::string> text = symbol.as_text();
      if (!text) return Error::data("it has a symbol that is no text: " + shown(symbol));
      type.symbols.push_back(quoted_text(*text));
    }
    ASSIGN_OR_RETURN(const auto place, define(node, space, std::move(type)));
    return place.first;
  }

  Result<uint32_t> read_fixed(const JsonNode& node, const std::string& space) {
    AvroType type{.kind = AvroKind::kFixed};
    const std::optional<JsonNode> size = node.member("size");
    type.size = size ? size->as_integer().value_or(-1) : -1;
    if (type.size < 0 || type.size > kFixedBytesMax)
      return Error::data("it has a fixed without a size: " + shown(node));
    set_logical(node, type);
    ASSIGN_OR_RETURN(const auto place, define(node, space, std::move(type)));
    return place.first;
  }

  Result<uint32_t> read_container(const JsonNode& node, AvroKind kind, std::string_view member,
                                  const std::string& space, int depth) {
    const std::optional<JsonNode> part = node.member(member);
    if (!part) return Error::data(fmt::format("it has a type without `{}`: {}", member, shown(node)));
    ASSIGN_OR_RETURN(const uint32_t inside, read_type(*part, space, depth + 1));
    return add({.kind = kind, .parts = {inside}});
  }

  Result<uint32_t> read_union(const JsonNode& node, const std::string& space, int depth) {
    AvroType type{.kind = AvroKind::kUnion};
    for (const JsonNode& branch : node.elements()) {
      if (branch.is_array()) return Error::data("it has a union in a union");
      ASSIGN_OR_RETURN(const uint32_t part, read_type(branch, space, depth + 1));
      type.parts.push_back(part);
    }
    return add(std::move(type));
  }

  static void set_logical(const JsonNode& node, AvroType& type) {
    const std::optional<std::string> name = text_of(node, "logicalType");
    if (!name) return;
    const auto form = std::ranges::find_if(
        kLogicalForms, [&](const LogicalForm& each) { return each.name == *name && each.kind == type.kind; });
    if (form == std::end(kLogicalForms)) return;
    if (form->logical == AvroLogical::kUuid && type.size != 16) return;
    if (form->logical == AvroLogical::kDecimal) {
      const std::optional<JsonNode> scale = node.member("scale");
      const int64_t digits = scale ? scale->as_integer().value_or(-1) : 0;
      if (digits < 0 || digits > AvroSchema::kScaleMax) return;
      type.scale = static_cast<int>(digits);
    }
    type.logical = form->logical;
  }

  /// The beginning of it, for messages.
  static std::string shown(const JsonNode& node) {
    constexpr size_t kShownBytes = 60;
    std::string text = node.shown();
    if (text.size() <= kShownBytes) return text;
    return text.substr(0, kShownBytes) + "..";
  }

  AvroSchema& schema_;
  std::map<std::string, uint32_t> names_;
};

Result<AvroSchema> AvroSchema::parse(std::string_view text, std::span<const std::string> references) {
  AvroSchema schema;
  AvroSchemaReader reader(schema);
  for (const std::string& each : references) {
    const Status status = reader.read(each);
    if (!status.ok()) return status.error().with_context("a schema that it refers to");
  }
  RETURN_IF_ERROR(reader.read(text));
  return schema;
}

}  // namespace headrace
