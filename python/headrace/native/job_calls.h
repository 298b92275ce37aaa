#pragma once

/// The calls of Python that compute: arguments as Python has them become jobs of session/.

#include "open_repository.h"

namespace headrace {

nanobind::tuple call_dataset(const OpenRepository& self, nanobind::handle observations,
                             std::vector<std::string> features, std::vector<std::string> excluded,
                             std::string time_column, bool skip_bad_rows, std::string bad_rows, int threads,
                             int64_t memory_bytes, nanobind::object progress);

std::string call_backfill(const OpenRepository& self, std::string output, std::vector<std::string> features,
                          std::vector<std::string> excluded, std::optional<int64_t> start_us,
                          std::optional<int64_t> end_us, std::optional<int64_t> every_us, const std::string& format,
                          bool skip_bad_rows, std::string bad_rows, bool replace, bool dev,
                          const std::string& partition, int threads, int64_t memory_bytes, nanobind::object progress);

nanobind::tuple call_show(const OpenRepository& self, std::vector<std::string> features,
                          std::vector<std::string> excluded, std::vector<std::string> keys,
                          std::optional<int64_t> at_us, std::optional<int64_t> last, std::optional<int64_t> every_us,
                          bool skip_bad_rows, std::string bad_rows, int threads, int64_t memory_bytes,
                          nanobind::object progress);

nanobind::tuple call_explain(const OpenRepository& self, std::string feature, std::vector<std::string> keys,
                             int64_t at_us, int64_t event_limit, bool skip_bad_rows, std::string bad_rows);

}  // namespace headrace
