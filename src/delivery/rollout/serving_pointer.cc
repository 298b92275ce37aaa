#include "delivery/rollout/serving_pointer.h"

#include "base/hash.h"
#include "base/kill_point.h"
#include "base/printable_text.h"
#include "data/json/json_form.h"
#include "data/json/json_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace headrace {

template <typename Fields>
void describe(Fields& fields, const ServingPointer*) {
  fields.name("serving_pointer", "which version of the definitions readers see");
  fields.constant("format_version", 1);
  fields.required("token", &ServingPointer::token);
  fields.required("sequence", &ServingPointer::sequence);
  fields.required("rollout", &ServingPointer::rollout);
  fields.required("digest_before", &ServingPointer::digest_before);
  fields.required("digest_now", &ServingPointer::digest_now);
  fields.required("share", &ServingPointer::share);
  fields.required("salt", &ServingPointer::salt);
  fields.required("panel", &ServingPointer::panel);
}

double place_of_key(std::string_view key, std::string_view salt) {
  const uint64_t bits = mix64(hash_bytes(key, hash_bytes(salt)));
  return std::ldexp(static_cast<double>(bits >> 11), -53);
}

bool ServingPointer::is_now(std::string_view key) const {
  if (share <= 0) return false;
  return place_of_key(key, salt) < share || std::ranges::find(panel, key) != panel.end();
}

ServingPointer pointer_of(const std::string& id, const RolloutState& state, int64_t token) {
  return {.token = token,
          .sequence = state.sequence,
          .rollout = id,
          .digest_before = state.applied.plan.digest_before,
          .digest_now = state.applied.plan.digest_now,
          .share = state.share(),
          .salt = state.applied.salt,
          .panel = state.applied.panel};
}

Result<std::optional<ServingPointer>> read_serving_pointer(FileSystem& files, const std::string& path) {
  ASSIGN_OR_RETURN(const bool is_there, files.exists(path));
  if (!is_there) return std::optional<ServingPointer>();
  ASSIGN_OR_RETURN(const std::string text, files.read_file(path));
  std::string problem = "is no JSON";
  if (const auto document = JsonDocument::parse(text)) {
    std::optional<ServingPointer> pointer = read_json<ServingPointer>(document->root(), problem);
    if (pointer && pointer->share >= 0 && pointer->share <= 1) return pointer;
  }
  return Error::data(fmt::format("`{}` says not which versions readers see: {}", printable(path), problem))
      .with_help("remove it; `headrace rollout advance` writes it again");
}

Status write_serving_pointer(FileSystem& files, const std::string& path, const ServingPointer& pointer) {
  ASSIGN_OR_RETURN(const std::optional<ServingPointer> there, read_serving_pointer(files, path));
  if (there && (there->token > pointer.token || there->sequence > pointer.sequence)) {
    return Error::conflict(fmt::format("`{}` was written by a later decision ({} by token {}; this is {} by token {})",
                                       printable(path), there->sequence, there->token, pointer.sequence,
                                       pointer.token));
  }

  const std::string next = path + ".next";
  RETURN_IF_ERROR(files.remove_all(next));
  ASSIGN_OR_RETURN(auto file, files.create(next, {}));
  RETURN_IF_ERROR(file->append(json_document(pointer) + "\n"));
  RETURN_IF_ERROR(file->sync());
  RETURN_IF_ERROR(file->close());
  kill_point("pointer-before-rename");
  RETURN_IF_ERROR(files.rename(next, path));
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return files.sync_folder(folder.empty() ? "." : folder);
}

}  // namespace headrace
