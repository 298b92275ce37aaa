#pragma once

/// Types of Protobuf that become known at run time: out of files of descriptors, or of a registry's schemas.

#include "base/result.h"
#include "brokers/messages/schema_registry.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// Not thread-safe.
class ProtobufTypes {
 public:
  /// Bytes of a FileDescriptorSet. Files of Protobuf's own types need not be in it; any other that is imported must.
  static Result<ProtobufTypes> of_descriptor_set(std::string_view bytes);
  /// A schema and its references, each the text of a .proto file or a FileDescriptorProto in Base64.
  static Result<ProtobufTypes> of_schema(const SchemaWithReferences& schema);

  /// Null: there is none of this full name.
  const google::protobuf::Descriptor* find(const std::string& name) const { return pool_->FindMessageTypeByName(name); }
  /// The type at a path in the schema's own file; null: there is none.
  const google::protobuf::Descriptor* at(const std::vector<int>& path) const;
  /// All types, for messages: the first few names.
  std::vector<std::string> names() const;

  /// A message of the type without content.
  std::unique_ptr<google::protobuf::Message> make(const google::protobuf::Descriptor& type) {
    return std::unique_ptr<google::protobuf::Message>(factory_->GetPrototype(&type)->New());
  }

 private:
  ProtobufTypes();
  static Result<ProtobufTypes> of_files(const google::protobuf::FileDescriptorSet& files);

  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  std::unique_ptr<google::protobuf::DynamicMessageFactory> factory_;  // ends before the pool
  std::vector<const google::protobuf::FileDescriptor*> files_;  // those that were given; the last is the schema's own
};

/// The path to a type in its file, as Confluent's frame has it.
std::vector<int> message_path_of(const google::protobuf::Descriptor& type);

}  // namespace headrace
