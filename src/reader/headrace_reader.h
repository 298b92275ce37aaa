#pragma once

/// Reads the newest values of features in process, out of a file that a server of Headrace keeps (`values_file` of its
/// environments.yaml). For model servers: a read takes no system call and no lock, and waits for nobody.
///
///   headrace_reader* reader;
///   headrace_query* query;
///   const char* features[] = {"flow_mean_24h", "flow_max_1h"};
///   headrace_value values[2];
///   if (headrace_reader_open("/dev/shm/headrace.values", 0, &reader) != HEADRACE_OK) return 1;
///   if (headrace_query_new(reader, "pump", features, 2, &query) != HEADRACE_OK) return 1;
///   headrace_key key = headrace_key_text("p7", 2);
///   if (headrace_query_read(query, &key, 1, HEADRACE_NOW, values) == HEADRACE_OK) score(values[0].number, values[1].number);
///   headrace_query_free(query);
///   headrace_reader_close(reader);
///
/// Only HEADRACE_OK says that every value is what the server would answer now. Another status that is not negative comes
/// with values too, the last ones, and each value has its own state; with a negative one there are no values.
///
/// Times are microseconds since 1970-01-01T00:00:00Z by the clock of the system (CLOCK_REALTIME), which the reader and the
/// server share.
///
/// Threads: a reader and its queries are used by one thread at a time; each thread has its own, and they share the memory.
/// Any number of processes may read. After fork() the child uses what it has like a thread of its own.
///
/// Lifetime: texts of a value live until the next call with the same reader or one of its queries. Names in info structs
/// live until the next headrace_query_read(), headrace_reader_take_newest() or headrace_reader_close(). A query ends before
/// its reader.
///
/// Nothing here throws, prints, installs a handler of signals, starts a thread or writes to the file. A file that is cut short
/// by others while it is mapped ends the process with SIGBUS, as any mapped file does: servers never do that, they put a
/// new file in place of the old one.

#ifdef __cplusplus
#include <cstddef>
#include <cstdint>
extern "C" {
#else
#include <stddef.h>
#include <stdint.h>
#endif

#if defined(__GNUC__)
#define HEADRACE_API __attribute__((visibility("default")))
#else
#define HEADRACE_API
#endif

/// The version of this interface. The library's soname has it: programs go on with every library of the same one.
#define HEADRACE_READER_VERSION 1

/// Instead of an instant: the system's clock is read.
#define HEADRACE_NOW INT64_MIN
/// Instead of a time: there is none.
#define HEADRACE_NO_TIME INT64_MIN
/// Instead of the end of a value: it holds until an event comes.
#define HEADRACE_NO_END INT64_MAX

// Names as in C, whose programs include this. NOLINTBEGIN(readability-identifier-naming,modernize-use-nullptr)

typedef enum headrace_status {
  /// Every value holds.
  HEADRACE_OK = 0,
  /// Every value holds: no event of this entity has come, and the values are those of windows without events.
  HEADRACE_NO_EVENTS = 1,
  /// The time of at least one value is over; the server has not written the next one yet. See headrace_value.state.
  HEADRACE_EXPIRED = 2,
  /// The server has not kept the file up to date for longer than `stale_after_us`: it is down, or held up. All values are the
  /// last that it wrote, and events may have come since.
  HEADRACE_STALE = 3,

  /// A server is changing the row again and again; the same call may succeed.
  HEADRACE_BUSY = -1,
  /// There is no file of this name; a server makes it once it has filled it.
  HEADRACE_NO_FILE = -2,
  /// It may not be read, or it is a folder, a pipe or a device.
  HEADRACE_NO_ACCESS = -3,
  /// It is no file of values.
  HEADRACE_FOREIGN_FILE = -4,
  /// It is one of another layout than this library reads.
  HEADRACE_OTHER_LAYOUT = -5,
  /// It is one that is cut short or has changed bytes.
  HEADRACE_DAMAGED = -6,
  /// The file has no entity or no feature of this name.
  HEADRACE_NO_NAME = -7,
  /// The features are not what they were when the query was made: one is gone, or has another version or type. Make the
  /// query anew.
  HEADRACE_CHANGED = -8,
  /// The keys are not as many as the entity has, or not of their types.
  HEADRACE_WRONG_KEY = -9,
  /// An argument that must not be null is, or a struct has another size than this library knows.
  HEADRACE_WRONG_ARGUMENT = -10,
  HEADRACE_NO_MEMORY = -11
} headrace_status;

typedef enum headrace_type {
  HEADRACE_UNDECLARED = 0, /* of a key only: what the first event had decides */
  HEADRACE_BOOL = 1,
  HEADRACE_INT64 = 2,
  HEADRACE_DOUBLE = 3,
  HEADRACE_TEXT = 4, /* UTF-8 */
  HEADRACE_TIME = 5, /* microseconds */
  HEADRACE_LIST = 6  /* of a feature only: a JSON array as text, as the server's HTTP interface has it */
} headrace_type;

typedef enum headrace_state {
  HEADRACE_HOLDS = 0,   /* it is what the server would answer */
  HEADRACE_IS_OVER = 1, /* it was, until `holds_until_us` */
  HEADRACE_IS_STALE = 2 /* it was, when the server wrote last */
} headrace_state;

/// A value of a feature.
typedef struct headrace_value {
  headrace_state state;
  headrace_type type; /* of the feature; of a null too */
  int32_t is_null;
  union {
    int64_t integer; /* int64, bool (0, 1) and time */
    double number;   /* double */
    struct {
      const char* bytes; /* without a 0 at the end */
      size_t size;
    } text; /* text and list */
  };
  /// Of the entity's newest event in the feature's source; HEADRACE_NO_TIME: none came.
  int64_t event_time_us;
  /// The first instant at which it is another one though nothing happens: a window lets go of an event, or takes one in.
  /// HEADRACE_NO_END: none. Of features that change all the time (time-weighted means, formulas with event_time()) it is the
  /// microsecond after the instant at which they were computed, so that these are always over.
  int64_t holds_until_us;
} headrace_value;

/// A value of one key column of an entity.
typedef struct headrace_key {
  headrace_type type;
  int64_t integer; /* int64, bool and time */
  const char* bytes;
  size_t size;
} headrace_key;

static inline headrace_key headrace_key_integer(int64_t value) {
  headrace_key key = {HEADRACE_INT64, value, 0, 0};
  return key;
}

static inline headrace_key headrace_key_text(const char* bytes, size_t size) {
  headrace_key key = {HEADRACE_TEXT, 0, bytes, size};
  return key;
}

typedef struct headrace_reader headrace_reader;
typedef struct headrace_query headrace_query;

typedef struct headrace_reader_options {
  size_t struct_size; /* sizeof(headrace_reader_options) */
  /// For how long values are taken to hold after the server has last said that all is written; 0: 2 seconds. It says so each
  /// half of its `refresh`, and after an fsync of its log.
  int64_t stale_after_us;
} headrace_reader_options;

typedef struct headrace_file_info {
  size_t struct_size; /* sizeof(headrace_file_info), set by the caller */
  /// Everything that had come and was durable at this instant is in the file.
  int64_t current_to_us;
  int64_t created_us;
  int64_t refresh_us;  /* how late the server writes at most */
  uint64_t generation; /* another one: another file, with other texts and perhaps other features */
  size_t entities;
} headrace_file_info;

typedef struct headrace_entity_info {
  size_t struct_size; /* sizeof(headrace_entity_info), set by the caller */
  const char* name;
  size_t keys;
  size_t features;
  /// Values before this instant are final; HEADRACE_NO_TIME: none is. While events come, one that stands still is a source
  /// that is held up.
  int64_t watermark_us;
} headrace_entity_info;

typedef struct headrace_column_info {
  size_t struct_size; /* sizeof(headrace_column_info), set by the caller */
  const char* name;
  const char* version; /* of a feature; of a key "" */
  headrace_type type;
} headrace_column_info;

/// HEADRACE_READER_VERSION of the library.
HEADRACE_API uint32_t headrace_reader_version(void);

/// A sentence for people, in English; never null.
HEADRACE_API const char* headrace_status_text(headrace_status status);

/// Opens a file of values. `options` may be null. On any other status than HEADRACE_OK `*reader` is null.
HEADRACE_API headrace_status headrace_reader_open(const char* path, const headrace_reader_options* options,
                                                  headrace_reader** reader);
/// Null is fine.
HEADRACE_API void headrace_reader_close(headrace_reader* reader);

/// Maps the file that is now under the path, if it is another one. Reads do this by themselves when a server has put another
/// one there. When that one cannot be read, the reader keeps what it has and says why.
HEADRACE_API headrace_status headrace_reader_take_newest(headrace_reader* reader);

HEADRACE_API headrace_status headrace_reader_file(const headrace_reader* reader, headrace_file_info* info);
/// What the file has, by numbers below the counts; above them HEADRACE_NO_NAME.
HEADRACE_API headrace_status headrace_reader_entity(const headrace_reader* reader, size_t entity,
                                                    headrace_entity_info* info);
HEADRACE_API headrace_status headrace_reader_key(const headrace_reader* reader, size_t entity, size_t key,
                                                 headrace_column_info* info);
HEADRACE_API headrace_status headrace_reader_feature(const headrace_reader* reader, size_t entity, size_t feature,
                                                     headrace_column_info* info);

/// Prepares reads of features of one entity. The names are copied. The query is of the versions and types that the features
/// have now: where a server with other definitions takes over, reads say HEADRACE_CHANGED.
HEADRACE_API headrace_status headrace_query_new(headrace_reader* reader, const char* entity,
                                                const char* const* features, size_t count, headrace_query** query);
/// Null is fine.
HEADRACE_API void headrace_query_free(headrace_query* query);

/// The version and type of a feature of the query. The strings live as long as the query.
HEADRACE_API headrace_status headrace_query_feature(const headrace_query* query, size_t feature,
                                                    headrace_column_info* info);

/// Reads the values of one entity, all of one moment, into `values`, one for each feature in the order of the query.
/// `keys`: in the order in which the entity has them.
/// `at_us`: HEADRACE_NOW, or the instant now where the caller has read the clock. The file has the newest values only: an instant
/// before the last word of the server counts as that.
/// On a negative status `values` are untouched.
HEADRACE_API headrace_status headrace_query_read(headrace_query* query, const headrace_key* keys, size_t key_count,
                                                 int64_t at_us, headrace_value* values);

// NOLINTEND(readability-identifier-naming,modernize-use-nullptr)

#ifdef __cplusplus
}
#endif
