#pragma once

/// A schema registry as Confluent's REST form describes it: what is asked of it, and what its answers mean.
///
///   GET /schemas/ids/7                      {"schema": "..", "schemaType": "PROTOBUF", "references": [..]}
///   GET /subjects/common/versions/3         the same, of a reference
///   404 {"error_code": 40403, ..}           there is no such schema
///
/// Only that last answer says so. Whatever else goes wrong, be it silence, a refusal or an answer that is none, may pass, and is
/// kUnavailable: a message that waits is not a message that is bad.

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace headrace {

struct RegistryReply {
  int status = 0;
  std::string body;
};

/// Gets what is at a path behind the registry's address. Bounded in time and bytes; kUnavailable: nobody answers.
using AskRegistry = std::function<Result<RegistryReply>(const std::string& path)>;

struct SchemaReference {
  std::string name;  // as the schema calls it: a type of Avro, a file that Protobuf imports
  std::string subject;
  int64_t version = 0;
};

struct RegisteredSchema {
  std::string type;  // "AVRO", "JSON" or "PROTOBUF"
  std::string text;
  std::vector<SchemaReference> references;
};

/// A schema, and all that it refers to.
struct SchemaWithReferences {
  struct Part {
    std::string name;  // as those that refer to it call it
    std::string text;
  };
  std::string type;
  std::string text;
  std::vector<Part> parts;  // each before those that refer to it
};

/// Remembers nothing. Not thread-safe.
class SchemaRegistry {
 public:
  static constexpr size_t kPartsMax = 200;
  static constexpr int kDepthMax = 20;

  explicit SchemaRegistry(AskRegistry ask) : ask_(std::move(ask)) {}

  /// `query` is put behind each path: "?format=serialized", or nothing. kNotFound: the registry has no such schema, or lacks one
  /// of its references. kData: its references are too many.
  Result<SchemaWithReferences> find(uint32_t id, const std::string& query);

 private:
  Result<RegisteredSchema> get(const std::string& path, const std::string& what);
  Status add_parts(const std::vector<SchemaReference>& references, const std::string& query, int depth,
                   SchemaWithReferences& schema);

  AskRegistry ask_;
};

}  // namespace headrace
