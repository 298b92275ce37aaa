#pragma once

/// The verbs of the program: one file for each.

#include "app/command_line.h"

#include <functional>
#include <string>
#include <vector>

namespace headrace {

void add_init_command(CommandLine& line);
void add_check_command(CommandLine& line);
void add_graph_command(CommandLine& line);
void add_show_command(CommandLine& line);
void add_test_command(CommandLine& line);
void add_backfill_command(CommandLine& line);
void add_dataset_command(CommandLine& line);
void add_explain_command(CommandLine& line);
void add_plan_command(CommandLine& line);
void add_diff_command(CommandLine& line);
void add_apply_command(CommandLine& line);
void add_rollout_command(CommandLine& line);
void add_generate_command(CommandLine& line);
void add_verify_command(CommandLine& line);
void add_quality_command(CommandLine& line);
void add_serve_command(CommandLine& line);
void add_push_command(CommandLine& line);
void add_get_command(CommandLine& line);
void add_status_command(CommandLine& line);
void add_meter_command(CommandLine& line);
void add_left_out_command(CommandLine& line);
void add_source_command(CommandLine& line);
void add_entity_command(CommandLine& line);
void add_store_command(CommandLine& line);
void add_parity_command(CommandLine& line);
void add_token_command(CommandLine& line);
/// A document that is printed beside those of the program itself.
struct FurtherSchema {
  std::string name;
  std::function<std::string()> make;
  std::string about;  // continues "Which files; .."
};
void add_schema_command(CommandLine& line, const std::vector<FurtherSchema>& further = {});
/// OpenAPI of the server.
FurtherSchema server_schema();
void add_completion_command(CommandLine& line);
void add_version_command(CommandLine& line);
void add_help_command(CommandLine& line);

}  // namespace headrace
