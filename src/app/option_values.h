#pragma once

/// Reads the values of options as people write them; what is wrong is an Error of usage that names the option.

#include "base/result.h"
#include "data/time.h"

#include <optional>
#include <string>

namespace headrace {

/// "4GB", "512 MB", "1.5GiB", "2G" (1 kB = 1000 bytes, 1 KiB = 1024; a bare letter counts like kB). At least 1 MB.
Result<int64_t> read_byte_size(const std::string& option, const std::string& text);

/// "5%", "0.05": above 0, at most 1.
Result<double> read_share(const std::string& option, const std::string& text);

/// RFC 3339, or a date. Nothing for the empty text.
Result<std::optional<EventTime>> read_time(const std::string& option, const std::string& text);

/// "1h". Nothing for the empty text.
Result<std::optional<Duration>> read_duration(const std::string& option, const std::string& text);

}  // namespace headrace
