#include "io/held_files.h"

#include "data/json/json_node.h"
#include "io/offline/offline_store.h"
#include "io/offline/verify_store.h"
#include "io/remote/object_store.h"

#include <fmt/format.h>

#include <filesystem>

namespace headrace {
namespace {

/// The parts of a path that lies as a partition does.
struct PartitionPath {
  std::string store;
  std::string file;  // from there
};

std::optional<PartitionPath> partition_path(const std::string& path) {
  const std::string store = folder_of(folder_of(folder_of(path)));
  const std::string file = path.substr(store == "." ? 0 : store.size() + (store == "/" ? 0 : 1));
  if (!is_partition_file(file)) return std::nullopt;
  return PartitionPath{store, file};
}

/// Whether a text may be the manifest of a store: JSON that is something else is a file of somebody else.
bool is_ours(const std::string& text) {
  const std::optional<JsonDocument> document = JsonDocument::parse(text);
  if (!document || !document->root().is_object()) return true;
  return document->root().member("format_version") && document->root().member("headrace_version");
}

/// Nothing where there is no manifest of ours.
Result<std::optional<Manifest>> manifest_of(const std::string& store) {
  FileSystem& files = file_system_of(store);
  const std::string path = join_path(store, kManifestName);
  ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
  if (!is_there) return std::optional<Manifest>();
  ASSIGN_OR_RETURN(const std::string text, files.read_file(path));
  if (!is_ours(text)) return std::optional<Manifest>();
  ASSIGN_OR_RETURN(Manifest manifest, load_manifest(files, store));
  return std::optional<Manifest>(std::move(manifest));
}

const ManifestPartition* find_partition_file(const Manifest& manifest, const std::string& file) {
  for (const ManifestEntity& entity : manifest.entities) {
    for (const ManifestPartition& each : entity.partitions) {
      if (each.file == file) return &each;
    }
  }
  return nullptr;
}

Error damaged_file(const std::string& store, const std::string& fault) {
  return Error::data(fmt::format("the store {}: {}", store, fault))
      .with_help("restore the file from a copy, or remove it and compute the store again");
}

}  // namespace

Result<std::shared_ptr<HeldFiles>> HeldFiles::find(const std::vector<InputFile>& files) {
  auto held = std::make_shared<HeldFiles>();
  for (const InputFile& file : files) RETURN_IF_ERROR(held->add(file));
  held->last_.reset();
  return held;
}

Status HeldFiles::add(const InputFile& file) {
  held_.push_back(nullptr);
  const std::optional<PartitionPath> place = partition_path(file.path);
  if (!place) return {};
  if (!last_ || last_->first != place->store) {
    ASSIGN_OR_RETURN(std::optional<Manifest> manifest, manifest_of(place->store));
    last_ = {place->store, std::move(manifest)};
  }
  if (!last_->second) return {};

  has_dev_ |= last_->second->is_dev;
  const ManifestPartition* listed = find_partition_file(*last_->second, place->file);
  if (listed == nullptr) return {};
  const bool is_on_disk = !is_remote(file.path);
  const auto first_look = is_on_disk && !listed->footer_sha256 ? file_fault : footer_fault;
  ASSIGN_OR_RETURN(const auto below, file_system_of(place->store).below(place->store));
  ASSIGN_OR_RETURN(std::string fault, first_look(*below, *listed));
  if (!fault.empty()) {
    // A run may have moved on since the manifest was read.
    ASSIGN_OR_RETURN(last_->second, manifest_of(place->store));
    listed = last_->second ? find_partition_file(*last_->second, place->file) : nullptr;
    if (listed == nullptr) return {};
    ASSIGN_OR_RETURN(fault, first_look(*below, *listed));
  }
  if (!fault.empty()) return damaged_file(place->store, fault);
  if (!is_on_disk || !listed->footer_sha256) return {};
  held_.back() = std::make_unique<Held>();
  held_.back()->store = place->store;
  held_.back()->partition = *listed;
  return {};
}

Status HeldFiles::check(size_t file) {
  Held* const held = held_[file].get();
  if (held == nullptr) return {};
  std::call_once(held->once, [&] {
    const auto fault = [&]() -> Result<std::string> {
      ASSIGN_OR_RETURN(const auto below, real_file_system().below(held->store));
      return file_fault(*below, held->partition);
    }();
    if (!fault.ok()) held->status = fault.error();
    if (fault.ok() && !fault->empty()) held->status = damaged_file(held->store, *fault);
  });
  return held->status;
}

}  // namespace headrace
