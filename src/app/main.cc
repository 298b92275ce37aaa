#include "app/allocation.h"
#include "app/command_line.h"
#include "app/commands/commands.h"

int main(int argc, char** argv) {
  headrace::keep_freed_memory();
  headrace::CommandLine line;
  headrace::add_init_command(line);
  headrace::add_check_command(line);
  headrace::add_graph_command(line);
  headrace::add_show_command(line);
  headrace::add_test_command(line);
  headrace::add_backfill_command(line);
  headrace::add_dataset_command(line);
  headrace::add_explain_command(line);
  headrace::add_plan_command(line);
  headrace::add_diff_command(line);
  headrace::add_apply_command(line);
  headrace::add_rollout_command(line);
  headrace::add_generate_command(line);
  headrace::add_verify_command(line);
  headrace::add_quality_command(line);

#ifdef HEADRACE_HAS_SERVER
  headrace::add_serve_command(line);
  headrace::add_push_command(line);
  headrace::add_get_command(line);
  headrace::add_status_command(line);
  headrace::add_meter_command(line);
  headrace::add_left_out_command(line);
  headrace::add_source_command(line);
  headrace::add_entity_command(line);
  headrace::add_store_command(line);
  headrace::add_parity_command(line);
  headrace::add_token_command(line);
  headrace::add_schema_command(line, {headrace::server_schema()});
#else
  headrace::add_schema_command(line);
#endif

  headrace::add_completion_command(line);
  headrace::add_version_command(line);
  headrace::add_help_command(line);
  return line.run(argc, argv);
}
