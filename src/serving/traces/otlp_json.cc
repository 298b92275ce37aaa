/// OTLP in JSON: names in camel case, ids in hexadecimal digits, 64-bit integers as texts.

#include "base/overloaded.h"
#include "base/version.h"
#include "data/json/json_form.h"
#include "serving/traces/otlp_exporter.h"

namespace headrace {
namespace {

struct OtlpValue {
  std::optional<std::string> text, integer;
};

template <typename Fields>
void describe(Fields& fields, const OtlpValue*) {
  fields.optional("stringValue", &OtlpValue::text);
  fields.optional("intValue", &OtlpValue::integer);
}

struct OtlpAttribute {
  std::string key;
  OtlpValue value;
};

template <typename Fields>
void describe(Fields& fields, const OtlpAttribute*) {
  fields.required("key", &OtlpAttribute::key);
  fields.required("value", &OtlpAttribute::value);
}

struct OtlpStatus {
  int64_t code = 0;
};

template <typename Fields>
void describe(Fields& fields, const OtlpStatus*) {
  fields.required("code", &OtlpStatus::code);
}

struct OtlpSpan {
  std::string trace, span;
  std::optional<std::string> parent;
  std::string name;
  int64_t kind = 0;
  std::string start_ns, end_ns;
  std::vector<OtlpAttribute> attributes;
  OtlpStatus status;
};

template <typename Fields>
void describe(Fields& fields, const OtlpSpan*) {
  fields.required("traceId", &OtlpSpan::trace);
  fields.required("spanId", &OtlpSpan::span);
  fields.optional("parentSpanId", &OtlpSpan::parent);
  fields.required("name", &OtlpSpan::name);
  fields.required("kind", &OtlpSpan::kind);
  fields.required("startTimeUnixNano", &OtlpSpan::start_ns);
  fields.required("endTimeUnixNano", &OtlpSpan::end_ns);
  fields.required("attributes", &OtlpSpan::attributes);
  fields.required("status", &OtlpSpan::status);
}

struct OtlpScope {
  std::string name = "headrace";
  std::string version{kVersion};
};

template <typename Fields>
void describe(Fields& fields, const OtlpScope*) {
  fields.required("name", &OtlpScope::name);
  fields.required("version", &OtlpScope::version);
}

struct OtlpScopeSpans {
  OtlpScope scope;
  std::vector<OtlpSpan> spans;
};

template <typename Fields>
void describe(Fields& fields, const OtlpScopeSpans*) {
  fields.required("scope", &OtlpScopeSpans::scope);
  fields.required("spans", &OtlpScopeSpans::spans);
}

struct OtlpResource {
  std::vector<OtlpAttribute> attributes;
};

template <typename Fields>
void describe(Fields& fields, const OtlpResource*) {
  fields.required("attributes", &OtlpResource::attributes);
}

struct OtlpResourceSpans {
  OtlpResource resource;
  std::vector<OtlpScopeSpans> scopes;
};

template <typename Fields>
void describe(Fields& fields, const OtlpResourceSpans*) {
  fields.required("resource", &OtlpResourceSpans::resource);
  fields.required("scopeSpans", &OtlpResourceSpans::scopes);
}

struct OtlpRequest {
  std::vector<OtlpResourceSpans> resources;
};

template <typename Fields>
void describe(Fields& fields, const OtlpRequest*) {
  fields.required("resourceSpans", &OtlpRequest::resources);
}

OtlpAttribute text_attribute(std::string key, std::string text) {
  return {.key = std::move(key), .value = {.text = std::move(text)}};
}

OtlpSpan span_of(const TraceSpan& span) {
  constexpr int64_t kNanosPerMicro = 1000;
  constexpr int64_t kStatusError = 2;
  OtlpSpan out;
  out.trace = span.context.trace_id();
  out.span = span.context.span_id();
  if (span.parent != 0) out.parent = TraceContext{.span = span.parent}.span_id();
  out.name = span.name;
  out.kind = static_cast<int64_t>(span.kind);
  out.start_ns = std::to_string(span.start_us * kNanosPerMicro);
  out.end_ns = std::to_string((span.start_us + span.took_us) * kNanosPerMicro);
  for (const auto& [key, value] : span.notes) {
    OtlpAttribute& attribute = out.attributes.emplace_back(OtlpAttribute{.key = key});
    std::visit(Overloaded{[&](int64_t number) { attribute.value.integer = std::to_string(number); },
                          [&](const std::string& text) { attribute.value.text = text; }},
               value);
  }
  if (span.has_failed) out.status.code = kStatusError;
  return out;
}

}  // namespace

std::string otlp_json(const std::vector<TraceSpan>& spans, const std::string& environment) {
  OtlpScopeSpans scope;
  for (const TraceSpan& span : spans) scope.spans.push_back(span_of(span));
  OtlpResourceSpans resource;
  resource.resource.attributes = {text_attribute("service.name", "headrace"),
                                  text_attribute("service.version", std::string(kVersion)),
                                  text_attribute("deployment.environment.name", environment)};
  resource.scopes.push_back(std::move(scope));
  OtlpRequest request;
  request.resources.push_back(std::move(resource));
  return json_document(request, JsonLayout::kLine);
}

}  // namespace headrace
