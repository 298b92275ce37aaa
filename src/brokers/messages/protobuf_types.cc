#include "brokers/messages/protobuf_types.h"

#include "base/base64.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <map>
#include <optional>
#include <set>

namespace headrace {
namespace {

namespace pb = google::protobuf;

constexpr size_t kNamesMax = 5;
constexpr int kNestingMax = 64;
constexpr size_t kSchemaBytesMax = size_t{16} << 20;

/// The first of the problems that the library tells.
class FirstBuildProblem : public pb::DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element, const pb::Message*, ErrorLocation,
                const std::string& message) override {
    if (text.empty()) text = fmt::format("{}: {}: {}", file, element, message);
  }
  std::string text;
};

class FirstSyntaxProblem : public pb::io::ErrorCollector {
 public:
  void AddError(int line, pb::io::ColumnNumber column, const std::string& message) override {
    if (text.empty()) text = fmt::format("line {}, column {}: {}", line + 1, column + 1, message);
  }
  std::string text;
};

/// Builds files in a pool, each after those that it imports.
class FileBuilder {
 public:
  FileBuilder(const pb::FileDescriptorSet& files, pb::DescriptorPool& pool) : pool_(pool) {
    for (const pb::FileDescriptorProto& file : files.file()) files_.emplace(file.name(), &file);
  }

  Result<const pb::FileDescriptor*> build(const std::string& name) {
    if (const pb::FileDescriptor* built = pool_.FindFileByName(name)) return built;
    pb::FileDescriptorProto own;
    const pb::FileDescriptorProto* file = find(name, own);
    if (file == nullptr) {
      return Error::data(fmt::format("imports `{}`, which is not there", name));
    }
    if (!open_.insert(name).second) return Error::data(fmt::format("imports `{}` in a circle", name));
    for (const std::string& import : file->dependency()) RETURN_IF_ERROR(status_of(build(import)));
    open_.erase(name);

    FirstBuildProblem problem;
    const pb::FileDescriptor* built = pool_.BuildFileCollectingErrors(*file, &problem);
    if (built == nullptr) return Error::data(problem.text.empty() ? "cannot be used" : problem.text);
    return built;
  }

 private:
  static Status status_of(const Result<const pb::FileDescriptor*>& built) {
    return built ? Status() : Status(built.error());
  }
  /// Of those that were given, else of Protobuf's own: those go into `own`.
  const pb::FileDescriptorProto* find(const std::string& name, pb::FileDescriptorProto& own) const {
    const auto found = files_.find(name);
    if (found != files_.end()) return found->second;
    const pb::FileDescriptor* known = pb::DescriptorPool::generated_pool()->FindFileByName(name);
    if (known == nullptr || !name.starts_with("google/protobuf/")) return nullptr;
    known->CopyTo(&own);
    return &own;
  }

  pb::DescriptorPool& pool_;
  std::map<std::string, const pb::FileDescriptorProto*> files_;
  std::set<std::string> open_;
};

/// The library's parser goes down messages in messages without a limit of its own.
bool nests_deeper_than(std::string_view text, int depth_max) {
  int depth = 0;
  for (const char letter : text) {
    if (letter == '{') ++depth;
    if (letter == '}') --depth;
    if (depth > depth_max) return true;
  }
  return false;
}

/// A schema's text as a file, under a name that its own may not be.
Result<pb::FileDescriptorProto> file_of_schema(const std::string& text, const std::string& name) {
  if (text.size() > kSchemaBytesMax) return Error::data("has more than 16 MB");
  pb::FileDescriptorProto file;
  const std::optional<std::string> bytes = from_base64(text);
  if (bytes && file.ParsePartialFromString(*bytes)) {
    file.set_name(name);
    return file;
  }
  if (nests_deeper_than(text, kNestingMax)) return Error::data("nests too deeply");
  file.Clear();
  FirstSyntaxProblem problem;
  pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  pb::io::Tokenizer tokenizer(&stream, &problem);
  pb::compiler::Parser parser;
  parser.RecordErrorsTo(&problem);
  const bool is_parsed = parser.Parse(&tokenizer, &file);
  if (!is_parsed || !problem.text.empty())
    return Error::data(problem.text.empty() ? "is no .proto file" : problem.text);
  file.set_name(name);
  return file;
}

void add_names(const pb::Descriptor& type, std::vector<std::string>& names) {
  names.push_back(type.full_name());
  for (int i = 0; i < type.nested_type_count(); ++i) add_names(*type.nested_type(i), names);
}

}  // namespace

ProtobufTypes::ProtobufTypes()
    : pool_(std::make_unique<pb::DescriptorPool>()),
      factory_(std::make_unique<pb::DynamicMessageFactory>(pool_.get())) {
  // What the library says of messages to stderr would be their content, and it would say it of each.
  pb::SetLogHandler(nullptr);
}

Result<ProtobufTypes> ProtobufTypes::of_files(const pb::FileDescriptorSet& files) {
  ProtobufTypes types;
  FileBuilder builder(files, *types.pool_);
  for (const pb::FileDescriptorProto& file : files.file()) {
    ASSIGN_OR_RETURN(const pb::FileDescriptor* const built, builder.build(file.name()));
    types.files_.push_back(built);
  }
  return types;
}

Result<ProtobufTypes> ProtobufTypes::of_descriptor_set(std::string_view bytes) {
  pb::FileDescriptorSet files;
  const bool is_read =
      bytes.size() <= INT_MAX && files.ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (!is_read || files.file_size() == 0) return Error::data("is no set of descriptors");
  return of_files(files);
}

Result<ProtobufTypes> ProtobufTypes::of_schema(const SchemaWithReferences& schema) {
  pb::FileDescriptorSet files;
  for (const SchemaWithReferences::Part& part : schema.parts) {
    Result<pb::FileDescriptorProto> file = file_of_schema(part.text, part.name);
    if (!file) return file.error().with_context(part.name);
    *files.add_file() = *std::move(file);
  }
  // No import calls it so.
  ASSIGN_OR_RETURN(*files.add_file(), file_of_schema(schema.text, "the schema"));
  return of_files(files);
}

const pb::Descriptor* ProtobufTypes::at(const std::vector<int>& path) const {
  const pb::FileDescriptor& file = *files_.back();
  const pb::Descriptor* type = nullptr;
  for (const int step : path) {
    const int count = type == nullptr ? file.message_type_count() : type->nested_type_count();
    if (step < 0 || step >= count) return nullptr;
    type = type == nullptr ? file.message_type(step) : type->nested_type(step);
  }
  return type;
}

std::vector<std::string> ProtobufTypes::names() const {
  std::vector<std::string> names;
  for (const pb::FileDescriptor* file : files_) {
    if (file->package() == "google.protobuf") continue;
    for (int i = 0; i < file->message_type_count() && names.size() < kNamesMax; ++i) {
      add_names(*file->message_type(i), names);
    }
  }
  names.resize(std::min(names.size(), kNamesMax));
  return names;
}

std::vector<int> message_path_of(const pb::Descriptor& type) {
  std::vector<int> path;
  for (const pb::Descriptor* each = &type; each != nullptr; each = each->containing_type())
    path.push_back(each->index());
  std::ranges::reverse(path);
  return path;
}

}  // namespace headrace
