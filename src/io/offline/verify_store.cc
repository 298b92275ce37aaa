#include "io/offline/verify_store.h"

#include "base/hash.h"
#include "base/option_name.h"
#include "base/seal.h"
#include "io/commit/folder_commit.h"
#include "io/offline/offline_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

namespace headrace {
namespace {

constexpr int64_t kBlockBytes = int64_t{1} << 20;
/// A store that changes so often while it is read is judged as it is.
constexpr int kAttemptsMax = 5;
/// The end of a Parquet file: how long the footer is, and the word.
constexpr std::string_view kParquetWord = "PAR1";
constexpr int64_t kParquetEndBytes = 8;
constexpr int kFoldersDeep = 2;  // ENTITY/day=DAY

Result<std::string> footer_digest(ReadableFile& file) {
  ASSIGN_OR_RETURN(const std::string end, file.read_at(file.size() - kParquetEndBytes, kParquetEndBytes));
  if (static_cast<int64_t>(end.size()) < kParquetEndBytes || !end.ends_with(kParquetWord)) return std::string();
  int64_t length = kParquetEndBytes;
  for (int i = 0; i < 4; ++i) length += int64_t{static_cast<unsigned char>(end[static_cast<size_t>(i)])} << (8 * i);
  if (length > file.size()) return std::string();
  ASSIGN_OR_RETURN(const std::string footer, file.read_at(file.size() - length, length));
  return sha256_hex(footer);
}

Result<std::string> digest_of_file(ReadableFile& file) {
  Sha256 hash;
  for (int64_t offset = 0; offset < file.size(); offset += kBlockBytes) {
    ASSIGN_OR_RETURN(const std::string block, file.read_at(offset, kBlockBytes));
    hash.update(block);
  }
  return hash.hex();
}

/// Reads one store once.
class Verifier {
 public:
  Verifier(FileSystem& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  /// What stands in the way of a run that has moved on is told by a manifest of another digest.
  Result<StoreCheck> run();

 private:
  void add_fault(const std::string& file, std::string problem) { check_.faults.push_back({file, std::move(problem)}); }
  Status check_sealed(const std::string& name);
  void check_partition(const ManifestPartition& partition);
  Status check_profiles();
  Status find_strangers(const std::string& folder, int depth);

  FileSystem& files_;  // below the folder
  const std::string folder_;
  StoreCheck check_;
  std::set<std::string> known_ = {kManifestName, kCommitName};
};

/// quality.json and its like: whole, where it is there.
Status Verifier::check_sealed(const std::string& name) {
  known_.insert(name);
  ASSIGN_OR_RETURN(const bool is_there, files_.exists(name));
  if (!is_there) return {};
  const Result<std::string> text = files_.read_file(name);
  check_.files += 1;
  if (!text.ok()) {
    add_fault(name, text.error().message());
    return {};
  }
  check_.bytes += static_cast<int64_t>(text->size());
  if (!is_whole(*text)) add_fault(name, "has changed: its digest is that of another text");
  return {};
}

/// profiles.bin, where it is there.
Status Verifier::check_profiles() {
  known_.insert(kStoreProfilesName);
  ASSIGN_OR_RETURN(const bool is_there, files_.exists(kStoreProfilesName));
  if (!is_there) return {};
  const Result<std::string> bytes = files_.read_file(kStoreProfilesName);
  check_.files += 1;
  if (!bytes.ok()) {
    add_fault(kStoreProfilesName, bytes.error().message());
    return {};
  }

  check_.bytes += static_cast<int64_t>(bytes->size());
  uint64_t digest = 0;
  const size_t body = bytes->size() < sizeof digest ? 0 : bytes->size() - sizeof digest;
  if (body > 0) std::memcpy(&digest, bytes->data() + body, sizeof digest);
  if (digest != hash_bytes(std::string_view(*bytes).substr(0, body))) {
    add_fault(kStoreProfilesName, "has changed: its digest is that of other bytes");
  }
  return {};
}

void Verifier::check_partition(const ManifestPartition& partition) {
  known_.insert(partition.file);
  check_.files += 1;
  check_.bytes += partition.bytes;
  const Result<std::string> fault = file_fault(files_, partition);
  if (!fault.ok()) {
    add_fault(partition.file, fault.error().message());
  } else if (!fault->empty()) {
    add_fault(partition.file, *fault);
  }
}

Status Verifier::find_strangers(const std::string& folder, int depth) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(folder));
  for (const std::string& name : names) {
    const std::string path = join_path(folder, name);
    if (!is_plain_path(path)) {
      check_.strangers.push_back(path);
      continue;
    }
    const Result<FileInfo> info = files_.info(path);
    if (!info.ok()) continue;  // gone meanwhile
    if (info->is_folder && depth > 0) {
      RETURN_IF_ERROR(find_strangers(path, depth - 1));
    } else if (!known_.contains(path) && !is_of_draft(name)) {
      check_.strangers.push_back(path);
    }
  }
  return {};
}

Result<StoreCheck> Verifier::run() {
  const Result<Manifest> manifest = load_manifest(files_, "");
  if (!manifest.ok() && manifest.error().kind() != ErrorKind::kData) return manifest.error();
  ASSIGN_OR_RETURN(check_.is_pending, files_.exists(kCommitName));
  check_.files += check_.is_pending ? 2 : 1;
  RETURN_IF_ERROR(check_sealed(kStoreQualityName));
  RETURN_IF_ERROR(check_profiles());

  if (!manifest.ok()) {
    // Without a list there is nothing to judge the files by.
    add_fault(check_.is_pending ? kCommitName : kManifestName, manifest.error().message());
    return std::move(check_);
  }
  check_.is_dev = manifest->is_dev;
  for (const ManifestEntity& entity : manifest->entities) {
    for (const ManifestPartition& partition : entity.partitions) check_partition(partition);
  }
  // While a commit is pending, manifest.json is the one of before.
  if (check_.is_pending) RETURN_IF_ERROR(check_sealed(kManifestName));
  RETURN_IF_ERROR(find_strangers("", kFoldersDeep));
  return std::move(check_);
}

/// The text that says what the store holds now; empty where it cannot be read.
std::string state_of(FileSystem& files) {
  for (const char* name : {kCommitName, kManifestName}) {
    const Result<std::string> text = files.read_file(name);
    if (text.ok()) return *text;
  }
  return "";
}

}  // namespace

Result<std::string> footer_fault(FileSystem& files, const ManifestPartition& partition) {
  ASSIGN_OR_RETURN(const bool is_there, files.exists(partition.file));
  if (!is_there) return partition.file + " is missing";
  const Result<std::unique_ptr<ReadableFile>> file = files.open(partition.file);
  if (!file.ok()) return file.error().message();
  if ((*file)->size() != partition.bytes) return partition.file + " has another size";
  if (!partition.footer_sha256) return std::string();
  ASSIGN_OR_RETURN(const std::string digest, footer_digest(**file));
  return digest == *partition.footer_sha256 ? std::string() : partition.file + " has another footer";
}

Result<std::string> file_fault(FileSystem& files, const ManifestPartition& partition) {
  ASSIGN_OR_RETURN(std::string problem, footer_fault(files, partition));
  if (!problem.empty()) return problem;
  ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> file, files.open(partition.file));
  ASSIGN_OR_RETURN(const std::string digest, digest_of_file(*file));
  return digest == partition.sha256 ? std::string() : partition.file + " has changed: its SHA-256 is another one";
}

Result<StoreCheck> verify_store(FileSystem& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::unique_ptr<FileSystem> below, files.below(folder));
  ASSIGN_OR_RETURN(const bool has_manifest, below->exists(kManifestName));
  ASSIGN_OR_RETURN(const bool has_commit, below->exists(kCommitName));
  if (!has_manifest && !has_commit) {
    return Error::environment(fmt::format("{} holds no manifest.json", folder))
        .with_help(fmt::format("`{}` makes one", way_to(RequestName::kBackfill, folder)));
  }
  StoreCheck check;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const std::string before = state_of(*below);
    ASSIGN_OR_RETURN(check, Verifier(*below, folder).run());
    if (check.faults.empty() || state_of(*below) == before) break;
  }
  return check;
}

}  // namespace headrace
