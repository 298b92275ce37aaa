#include "base/version.h"
#include "serving/api/routes.h"

#include <algorithm>
#include <map>

namespace headrace {
namespace {

constexpr std::string_view kSchemas = "#/components/schemas/";

void write_member(JsonWriter& out, std::string_view key, std::string_view text) {
  out.key(key);
  out.text(text);
}

void write_body(JsonWriter& out, const RouteBody& body, JsonDefinitions& definitions) {
  out.key("content");
  out.begin_object();
  for (const std::string_view type : body.content_types) {
    out.key(type);
    out.begin_object();
    const bool is_json = type == "application/json";
    if (is_json && body.schema != nullptr) {
      out.key("schema");
      write_schema_part(out, body.schema(definitions), kSchemas);
    }
    out.end_object();
  }
  out.end_object();
}

void write_parameters(JsonWriter& out, const Route& route) {
  if (route.parameters.empty()) return;
  out.key("parameters");
  out.begin_array();
  for (const RouteParameter& each : route.parameters) {
    out.begin_object();
    write_member(out, "name", each.name);
    write_member(out, "in", each.is_in_path ? "path" : "query");
    write_member(out, "description", each.text);
    out.key("required");
    out.boolean(each.is_in_path || each.is_required);
    out.key("schema");
    const JsonSchema text = schema_of_type("string");
    write_schema_part(out, each.is_repeated ? schema_of_list(text) : text, kSchemas);
    out.end_object();
  }
  out.end_array();
}

void write_responses(JsonWriter& out, const Route& route, JsonDefinitions& definitions) {
  const RouteBody failure{{"application/json"}, schema_in<ApiError>, ""};
  out.key("responses");
  out.begin_object();
  for (const int status : statuses_of(route)) {
    out.key(std::to_string(status));
    out.begin_object();
    write_member(out, "description", status == 200 ? route.response.text : reason_of(status));
    write_body(out, status == 200 ? route.response : failure, definitions);
    out.end_object();
  }
  out.end_object();
}

std::string lower_word(std::string_view method) {
  std::string out(method);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
  return out;
}

void write_operation(JsonWriter& out, const Route& route, JsonDefinitions& definitions) {
  out.key(lower_word(route.method));
  out.begin_object();
  write_member(out, "operationId", route.operation);
  write_member(out, "summary", route.summary);
  write_member(out, "x-role", to_string(route.role));

  // Without tokens in the server nobody needs one, which is what the empty object says.
  out.key("security");
  out.begin_array();
  if (route.role != Role::kNone) {
    out.begin_object();
    out.key("token");
    out.begin_array();
    out.end_array();
    out.end_object();
    out.begin_object();
    out.end_object();
  }
  out.end_array();

  write_parameters(out, route);
  if (route.request) {
    out.key("requestBody");
    out.begin_object();
    write_member(out, "description", route.request->text);
    out.key("required");
    out.boolean(true);
    write_body(out, *route.request, definitions);
    out.end_object();
  }
  write_responses(out, route, definitions);
  out.end_object();
}

void write_components(JsonWriter& out, const JsonDefinitions& definitions) {
  out.key("components");
  out.begin_object();
  out.key("securitySchemes");
  out.begin_object();
  out.key("token");
  out.begin_object();
  write_member(out, "type", "http");
  write_member(out, "scheme", "bearer");
  out.end_object();
  out.end_object();

  std::map<std::string, const JsonSchema*> by_name;
  for (const JsonProperty& each : definitions.schemas) by_name.emplace(each.name, &each.schema);
  out.key("schemas");
  out.begin_object();
  for (const auto& [name, schema] : by_name) {
    out.key(name);
    write_schema_part(out, *schema, kSchemas);
  }
  out.end_object();
  out.end_object();
}

}  // namespace

std::string openapi_document(const std::vector<Route>& routes) {
  JsonWriter out;
  JsonDefinitions definitions;
  out.begin_object();
  write_member(out, "openapi", "3.1.0");
  out.key("info");
  out.begin_object();
  write_member(out, "title", "Headrace");
  write_member(out, "version", kVersion);
  out.end_object();

  // Methods of one path stand together.
  std::map<std::string_view, std::vector<const Route*>> by_path;
  for (const Route& each : routes) by_path[each.path].push_back(&each);
  out.key("paths");
  out.begin_object();
  for (const auto& [path, operations] : by_path) {
    out.key(path);
    out.begin_object();
    for (const Route* each : operations) write_operation(out, *each, definitions);
    out.end_object();
  }
  out.end_object();
  write_components(out, definitions);
  out.end_object();
  return out.take() + "\n";
}

}  // namespace headrace
