#pragma once

/// Cloud Storage (gs://bucket/name) and S3 (s3://bucket/name) as a FileSystem, through Arrow's clients.
///
/// Who we are, and where the service is, comes from the environment as for every other client and never from a
/// definition: Google's application default credentials, AWS_ACCESS_KEY_ID and its like, profiles, instance roles;
/// AWS_REGION; AWS_ENDPOINT_URL for services with the protocol of S3; STORAGE_EMULATOR_HOST for a server of Cloud
/// Storage without credentials.
///
/// An object appears whole when its writer is closed, and a rename is a copy and a removal: a reader that trusts only
/// what a manifest lists sees the old table or the new one, as on a disk. What a disk has and an object store lacks:
/// folders are made of nothing, and a folder is locked by an object in it (object_lock.h).

#include "base/file_system.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace arrow::io {
class RandomAccessFile;
}

namespace headrace {

/// Whether a path names an object: it begins with `gs://` or `s3://`.
bool is_remote(std::string_view path);

/// The file system that has the path: the object store of its scheme, or the system's own. Errors of a store that
/// cannot be reached come with the calls. Lives as long as the program; thread-safe.
FileSystem& file_system_of(std::string_view path);

/// Opens a file or an object for reading at any place.
Result<std::shared_ptr<arrow::io::RandomAccessFile>> open_input(const std::string& path, const std::string& context);

struct RemoteFile {
  std::string path;  // with its scheme
  FileInfo info;
};

/// All objects at or below a path with a scheme, in byte order; none where nothing is.
Result<std::vector<RemoteFile>> list_remote(const std::string& path);

}  // namespace headrace
