#include "brokers/messages/schema_registry.h"

#include "data/json/json_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace headrace {

template <typename Fields>
void describe(Fields& fields, const SchemaReference*) {
  fields.required("name", &SchemaReference::name);
  fields.required("subject", &SchemaReference::subject);
  fields.required("version", &SchemaReference::version);
}

namespace {

constexpr int kStatusFound = 200;
constexpr int kStatusUnauthorized = 401;
constexpr int kStatusForbidden = 403;
constexpr int64_t kNoSubject = 40401;
constexpr int64_t kNoVersion = 40402;
constexpr int64_t kNoSchema = 40403;

struct RegistryAnswer {
  std::string schema;
  std::optional<std::string> schema_type;  // nothing: Avro
  std::optional<std::vector<SchemaReference>> references;
};

struct RegistryRefusal {
  int64_t error_code = 0;
  std::optional<std::string> message;
};

template <typename Fields>
void describe(Fields& fields, const RegistryAnswer*) {
  fields.required("schema", &RegistryAnswer::schema);
  fields.optional("schemaType", &RegistryAnswer::schema_type);
  fields.optional("references", &RegistryAnswer::references);
}

template <typename Fields>
void describe(Fields& fields, const RegistryRefusal*) {
  fields.required("error_code", &RegistryRefusal::error_code);
  fields.optional("message", &RegistryRefusal::message);
}

/// A name of a subject as a part of a path.
std::string path_part(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool is_plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                          (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_' || byte == '.' || byte == '~';
    out += is_plain ? std::string(1, letter) : fmt::format("%{:02X}", byte);
  }
  return out;
}

Error refusal_of_registry(const RegistryReply& reply, const std::string& what) {
  std::string problem;
  const std::optional<JsonDocument> document = JsonDocument::parse(reply.body);
  const auto refusal = document ? read_json<RegistryRefusal>(document->root(), problem) : std::nullopt;
  const int64_t code = refusal ? refusal->error_code : 0;
  if (code == kNoSubject || code == kNoVersion || code == kNoSchema) {
    return Error::not_found(fmt::format("the schema registry has no {}", what));
  }
  if (reply.status == kStatusUnauthorized || reply.status == kStatusForbidden) {
    return Error::unavailable(fmt::format("the schema registry does not let the server in: status {}", reply.status))
        .with_help("look at `user` and `password` of `kafka.registry` in environments.yaml");
  }
  return Error::unavailable(fmt::format("the schema registry answers with status {}", reply.status))
      .with_help("is `url` of `kafka.registry` its address, with the path before `/schemas`?");
}

}  // namespace

Result<RegisteredSchema> SchemaRegistry::get(const std::string& path, const std::string& what) {
  ASSIGN_OR_RETURN(const RegistryReply reply, ask_(path));
  if (reply.status != kStatusFound) return refusal_of_registry(reply, what);
  std::string problem;
  const std::optional<JsonDocument> document = JsonDocument::parse(reply.body);
  auto answer = document ? read_json<RegistryAnswer>(document->root(), problem) : std::nullopt;
  if (!answer) {
    return Error::unavailable(fmt::format("what answers for {} is no schema registry", what))
        .with_help("is `url` of `kafka.registry` its address, with the path before `/schemas`?");
  }
  return RegisteredSchema{.type = answer->schema_type.value_or("AVRO"),
                          .text = std::move(answer->schema),
                          .references = std::move(answer->references).value_or(std::vector<SchemaReference>())};
}

Status SchemaRegistry::add_parts(const std::vector<SchemaReference>& references, const std::string& query, int depth,
                                 SchemaWithReferences& schema) {
  if (depth > kDepthMax) return Error::data("the references of its schema nest too deeply");
  for (const SchemaReference& each : references) {
    const auto is_it = [&](const SchemaWithReferences::Part& part) { return part.name == each.name; };
    if (std::ranges::any_of(schema.parts, is_it)) continue;
    const std::string path = fmt::format("/subjects/{}/versions/{}{}", path_part(each.subject), each.version, query);
    ASSIGN_OR_RETURN(RegisteredSchema found,
                     get(path, fmt::format("version {} of the subject `{}`", each.version, each.subject)));
    RETURN_IF_ERROR(add_parts(found.references, query, depth + 1, schema));
    if (schema.parts.size() >= kPartsMax) return Error::data("its schema has too many references");
    schema.parts.push_back({.name = each.name, .text = std::move(found.text)});
  }
  return {};
}

Result<SchemaWithReferences> SchemaRegistry::find(uint32_t id, const std::string& query) {
  ASSIGN_OR_RETURN(RegisteredSchema found,
                   get(fmt::format("/schemas/ids/{}{}", id, query), fmt::format("schema {}", id)));
  SchemaWithReferences schema{.type = std::move(found.type), .text = std::move(found.text), .parts = {}};
  RETURN_IF_ERROR(add_parts(found.references, query, 1, schema));
  return schema;
}

}  // namespace headrace
