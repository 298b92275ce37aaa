#include "io/arrow/remote_input.h"

#include <arrow/buffer.h>
#include <arrow/result.h>

#include <string>
#include <string_view>
#include <utility>

namespace headrace {
namespace {

constexpr std::string_view kMark = "headrace::RemoteFailure";

class RemoteFailure : public arrow::StatusDetail {
 public:
  const char* type_id() const override { return kMark.data(); }
  std::string ToString() const override { return "the object store failed"; }
};

arrow::Status marked(const arrow::Status& status) {
  return status.ok() ? status : status.WithDetail(std::make_shared<RemoteFailure>());
}

template <typename T>
arrow::Result<T> marked(arrow::Result<T> result) {
  if (!result.ok()) return marked(result.status());
  return result;
}

class RemoteInput : public arrow::io::RandomAccessFile {
 public:
  explicit RemoteInput(std::shared_ptr<arrow::io::RandomAccessFile> object) : object_(std::move(object)) {}

  arrow::Status Close() override { return marked(object_->Close()); }
  bool closed() const override { return object_->closed(); }
  arrow::Result<int64_t> Tell() const override { return marked(object_->Tell()); }
  arrow::Status Seek(int64_t position) override { return marked(object_->Seek(position)); }
  arrow::Result<int64_t> GetSize() override { return marked(object_->GetSize()); }
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override { return marked(object_->Read(bytes, out)); }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override { return marked(object_->Read(bytes)); }
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override {
    return marked(object_->ReadAt(position, bytes, out));
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes) override {
    return marked(object_->ReadAt(position, bytes));
  }

 private:
  std::shared_ptr<arrow::io::RandomAccessFile> object_;
};

}  // namespace

std::shared_ptr<arrow::io::RandomAccessFile> marked_remote_input(std::shared_ptr<arrow::io::RandomAccessFile> object) {
  return std::make_shared<RemoteInput>(std::move(object));
}

bool is_of_remote_store(const arrow::Status& status) {
  return status.detail() != nullptr && status.detail()->type_id() == kMark;
}

}  // namespace headrace
