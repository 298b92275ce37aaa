#pragma once

/// One value in Avro's binary form, written as JSON.
///
///   null, boolean         null, true or false        array, map, record   array, object: nested, which no column takes
///   int, long, double     numbers, exactly           enum                 its symbol
///   float                 the double that it is      union                its branch, without a name around it
///   string                text                       bytes, fixed         text in Base64
///   date, timestamp-*     RFC 3339 (see event_line.h); beyond the years 1 to 9999 the number as it is
///   local-timestamp-*     the same without a zone, which a column takes as UTC
///   time-*                text, HH:MM:SS.ffffff
///   decimal               a number with all its digits, up to 32 bytes; longer ones as bytes
///   uuid                  text
///
/// Bytes that are hostile end in an Error: lengths and counts are held against what is left, nesting and the length of the
/// line are bounded, and every byte must be used.

#include "base/result.h"
#include "brokers/messages/avro_schema.h"
#include "brokers/messages/event_line.h"

#include <optional>
#include <string_view>

namespace headrace {

/// Appends a value of the schema's root to the line, which an Error leaves half written. `epoch`: a member of the root.
Status write_avro_value(const AvroSchema& schema, std::string_view bytes, const std::optional<EpochMember>& epoch,
                        EventLine& line);

}  // namespace headrace
