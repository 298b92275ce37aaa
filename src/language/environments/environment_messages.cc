#include "language/environments/environment_messages.h"

#include "language/diagnostics/codes.h"
#include "language/environments/environment_fields.h"

#include <fmt/format.h>

#include <utility>

namespace headrace {
namespace {

void report_messages(std::string message, std::string help, const YamlNode& node, Diagnostics& diagnostics) {
  Diagnostic problem = make_diagnostic("N003", std::move(message), node.span());
  problem.help = std::move(help);
  diagnostics.add(std::move(problem));
}

MessageFormat read_format(Fields& source) {
  const auto word = source.optional_word("format", {"json", "avro", "protobuf"});
  if (!word || *word == "json") return MessageFormat::kJson;
  return *word == "avro" ? MessageFormat::kAvro : MessageFormat::kProtobuf;
}

/// A key that another format has.
void check_owner(Fields& source, std::string_view key, MessageFormat owner, MessageFormat format) {
  const YamlNode* node = source.mapping().find(key);
  if (node == nullptr || owner == format) return;
  report_messages(
      fmt::format("`{}` is of `format: {}`, and the messages are {}", key, to_string(owner), to_string(format)),
      fmt::format("write `format: {}` beside it, or leave it out", to_string(owner)), *node, source.diagnostics());
}

}  // namespace

std::string_view to_string(MessageFormat format) {
  switch (format) {
    case MessageFormat::kJson: return "json";
    case MessageFormat::kAvro: return "avro";
    case MessageFormat::kProtobuf: return "protobuf";
  }
  return "";
}

std::optional<EnvironmentRegistry> read_registry(Fields& kafka) {
  const YamlNode* node = mapping_of(kafka, "registry", "a mapping with `url`");
  if (node == nullptr) return std::nullopt;
  Diagnostics& diagnostics = kafka.diagnostics();
  EnvironmentRegistry registry;
  Fields own(*node, "`registry`", node->span(), {"url", "user", "password", "password_file", "ca"}, diagnostics);
  const auto url = own.required_text("url");
  if (url) registry.url = {url->text, url->span};
  registry.user = text_of(own, "user");
  registry.password = text_of(own, "password");
  registry.password_file = text_of(own, "password_file");
  registry.ca = text_of(own, "ca");
  refuse_written_password(registry.password, diagnostics);
  if (url && url->text.find('@') != std::string::npos) {
    Diagnostic problem = make_diagnostic("N001", "`url` has a user or a password in it", url->span);
    problem.help = "write `user` and `password: ${VARIABLE}` beside it";
    diagnostics.add(std::move(problem));
  }
  return registry;
}

EnvironmentMessages read_messages(Fields& source, bool has_registry) {
  Diagnostics& diagnostics = source.diagnostics();
  const size_t errors_before = diagnostics.error_count();
  EnvironmentMessages messages;
  messages.format = read_format(source);
  messages.schema_file = text_of(source, "schema_file");
  messages.descriptor_file = text_of(source, "descriptor_file");
  messages.message = text_of(source, "message").value_or(EnvironmentText()).text;
  const auto framing = source.optional_word("framing", {"plain", "confluent"});
  check_owner(source, "schema_file", MessageFormat::kAvro, messages.format);
  check_owner(source, "descriptor_file", MessageFormat::kProtobuf, messages.format);
  check_owner(source, "message", MessageFormat::kProtobuf, messages.format);
  if (diagnostics.error_count() > errors_before) return messages;

  const bool has_file = messages.schema_file || messages.descriptor_file;
  const bool is_by_registry = messages.format != MessageFormat::kJson && !has_file;
  messages.is_framed = is_by_registry || framing == "confluent";
  const std::string file = messages.format == MessageFormat::kAvro ? "schema_file" : "descriptor_file";
  if (is_by_registry && !has_registry) {
    report_messages(fmt::format("nothing says where the schemas of {} are", to_string(messages.format)),
                    fmt::format("write `registry: {{url: ..}}` into `kafka`, or `{}` here", file),
                    *source.mapping().find("format"), diagnostics);
  } else if (is_by_registry && framing == "plain") {
    report_messages("a schema of the registry is found by the number in the message's frame, which `plain` ones lack",
                    fmt::format("leave it out, or write `{}`", file), *source.mapping().find("framing"), diagnostics);
  } else if (messages.schema_file && framing == "confluent") {
    report_messages("messages in Confluent's frame are read by the schema that they name, not by `schema_file`",
                    "leave one of the two out", *source.mapping().find("schema_file"), diagnostics);
  } else if (messages.descriptor_file.has_value() == messages.message.empty()) {
    const char* const one = messages.message.empty() ? "descriptor_file" : "message";
    report_messages("`descriptor_file` and `message` stand together: the file, and the name of the type in it",
                    messages.message.empty() ? "write `message: PACKAGE.TYPE`" : "write `descriptor_file: PATH`",
                    *source.mapping().find(one), diagnostics);
  }
  return messages;
}

}  // namespace headrace
