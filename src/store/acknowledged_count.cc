#include "store/acknowledged_count.h"

#include "base/hash.h"

#include <algorithm>
#include <string_view>

namespace headrace {
namespace {

constexpr size_t kNumberBytes = 8;
constexpr size_t kEntryBytes = 2 * kNumberBytes;

std::string big_endian(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

uint64_t from_big_endian(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

std::string entry_of(uint64_t number) { return big_endian(number) + big_endian(mix64(~number)); }

}  // namespace

AcknowledgedCount::AcknowledgedCount(FileSystem& files, const std::string& folder)
    : files_(files), path_(join_path(folder, "acknowledged")) {}

AcknowledgedCount::~AcknowledgedCount() {
  if (entries_ == 0) return;
  // It may be lower than it was after a power cut, so nothing is wrong where this fails.
  const auto file = files_.append_to(path_);
  if (file.ok() && (*file)->sync().ok()) (void)(*file)->close();
}

Result<uint64_t> AcknowledgedCount::read() const {
  ASSIGN_OR_RETURN(const bool is_there, files_.exists(path_));
  if (!is_there) return uint64_t{0};
  ASSIGN_OR_RETURN(const std::string bytes, files_.read_file(path_));

  // An entry that is cut off or damaged says nothing: the one before it is lower, and true.
  uint64_t highest = 0;
  for (size_t at = 0; at + kEntryBytes <= bytes.size(); at += kEntryBytes) {
    const uint64_t number = from_big_endian(std::string_view(bytes).substr(at, kNumberBytes));
    if (std::string_view(bytes).substr(at, kEntryBytes) == entry_of(number)) highest = std::max(highest, number);
  }
  return highest;
}

Status AcknowledgedCount::begin(uint64_t number) {
  const std::string draft = path_ + ".new";
  RETURN_IF_ERROR(files_.remove_all(draft));  // of a process that was killed
  RETURN_IF_ERROR(write_file_atomically(files_, path_, entry_of(number), draft));
  entries_ = 1;
  return {};
}

Status AcknowledgedCount::raise(uint64_t number) {
  if (entries_ == kEntriesMax) return begin(number);
  ++entries_;
  ASSIGN_OR_RETURN(const auto file, files_.append_to(path_));
  RETURN_IF_ERROR(file->append(entry_of(number)));
  return file->close();  // with it the bytes are the system's, and survive a kill
}

}  // namespace headrace
