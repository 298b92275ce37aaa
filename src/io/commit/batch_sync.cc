#include "io/commit/batch_sync.h"

namespace headrace {
namespace {

std::string first_folder_of(const std::string& folder) {
  return folder == "." ? std::string() : folder.substr(0, folder.find('/'));
}

}  // namespace

Result<bool> BatchSync::add(const std::string& folder) {
  const std::string first = first_folder_of(folder);
  const auto [place, is_new] = together_.try_emplace(first);
  if (is_new) {
    ASSIGN_OR_RETURN(place->second, files_.begin_folder_sync(first));
  }
  folders_.insert(folder);
  return ++count_ <= kSyncedAloneMax || place->second == nullptr;
}

Status BatchSync::finish() {
  std::set<std::string> alone = std::move(folders_);
  if (count_ > kSyncedAloneMax) {
    for (const auto& [first, together] : together_) {
      if (together == nullptr) continue;
      RETURN_IF_ERROR(together->sync());
      std::erase_if(alone, [&](const std::string& folder) {
        return first.empty() || folder == first || folder.starts_with(first + "/");
      });
    }
  }
  for (const std::string& folder : alone) RETURN_IF_ERROR(files_.sync_folder(folder));
  return {};
}

}  // namespace headrace
