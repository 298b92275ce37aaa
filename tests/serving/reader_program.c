/* A model server in C11: reads features of one entity from a file of values.
 *
 *     reader_program FILE ENTITY KEY FEATURE..
 *
 * Prints a line for each feature: name, version, state, value, event time, end. The exit code is the status, 0 to 3; of a
 * failure it is 100 and more. With a FEATURE "*" it lists what the file has.
 */
#include <headrace_reader.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kFeaturesMax = 16 };

static int fail(headrace_status status) {
  fprintf(stderr, "%s\n", headrace_status_text(status));
  return 100 - (int)status;
}

static void print_value(const headrace_query* query, size_t feature, const headrace_value* value) {
  static const char* const states[] = {"holds", "over", "stale"};
  headrace_column_info info = {sizeof(info), NULL, NULL, HEADRACE_UNDECLARED};
  if (headrace_query_feature(query, feature, &info) != HEADRACE_OK) abort();
  printf("%s %s %s ", info.name, info.version, states[value->state]);
  if (value->is_null) {
    printf("null");
  } else if (value->type == HEADRACE_DOUBLE) {
    printf("%a", value->number);
  } else if (value->type == HEADRACE_TEXT || value->type == HEADRACE_LIST) {
    printf("%.*s", (int)value->text.size, value->text.bytes);
  } else {
    printf("%" PRId64, value->integer);
  }
  printf(" %" PRId64 " %" PRId64 "\n", value->event_time_us, value->holds_until_us);
}

static int list_all(headrace_reader* reader) {
  headrace_file_info file;
  file.struct_size = sizeof(file);
  headrace_status status = headrace_reader_file(reader, &file);
  for (size_t e = 0; status == HEADRACE_OK && e < file.entities; ++e) {
    headrace_entity_info entity;
    entity.struct_size = sizeof(entity);
    status = headrace_reader_entity(reader, e, &entity);
    for (size_t f = 0; status == HEADRACE_OK && f < entity.features; ++f) {
      headrace_column_info feature;
      feature.struct_size = sizeof(feature);
      status = headrace_reader_feature(reader, e, f, &feature);
      printf("%s %s %s %d\n", entity.name, feature.name, feature.version, (int)feature.type);
    }
  }
  return status == HEADRACE_OK ? 0 : fail(status);
}

static int read_one(headrace_reader* reader, const char* entity, const char* key, const char** features, size_t count) {
  headrace_value values[kFeaturesMax];
  headrace_query* query = NULL;
  headrace_status status = headrace_query_new(reader, entity, features, count, &query);
  if (status != HEADRACE_OK) return fail(status);
  const headrace_key keys[] = {headrace_key_text(key, strlen(key))};
  status = headrace_query_read(query, keys, 1, HEADRACE_NOW, values);
  if (status >= HEADRACE_OK) {
    for (size_t f = 0; f < count; ++f) print_value(query, f, &values[f]);
  }
  headrace_query_free(query);
  return status < HEADRACE_OK ? fail(status) : (int)status;
}

int main(int argc, const char** argv) {
  if (argc < 5 || argc > 4 + kFeaturesMax || headrace_reader_version() != HEADRACE_READER_VERSION) return 2;
  headrace_reader_options options = {sizeof(options), 0};
  headrace_reader* reader = NULL;
  const headrace_status status = headrace_reader_open(argv[1], &options, &reader);
  if (status != HEADRACE_OK) return fail(status);
  const int code = strcmp(argv[4], "*") == 0 ? list_all(reader)
                                             : read_one(reader, argv[2], argv[3], argv + 4, (size_t)argc - 4);
  headrace_reader_close(reader);
  return code;
}
