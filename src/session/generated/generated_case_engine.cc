#include "session/generated/generated_case_engine.h"

#include "base/file_system.h"
#include "base/option_name.h"
#include "io/write/text_encoder.h"
#include "plan/plan_json_parts.h"
#include "session/project/project_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>

#include <unistd.h>

namespace headrace {
namespace {

Result<std::string> make_temporary_folder() {
  std::error_code code;
  std::string path = (std::filesystem::temp_directory_path(code) / "headrace-test-XXXXXX").string();
  if (code || ::mkdtemp(path.data()) == nullptr) {
    return Error::environment(fmt::format("cannot make a temporary folder: {}", std::strerror(errno)));
  }
  return path;
}

/// One object a row. A key, time or arrival that the source declares among its columns too is there once.
std::string ndjson(const std::vector<std::string>& names, const Batch& rows) {
  std::string out;
  std::vector<size_t> first;
  for (size_t i = 0; i < names.size(); ++i) {
    if (std::find(names.begin(), names.end(), names[i]) - names.begin() == static_cast<ptrdiff_t>(i))
      first.push_back(i);
  }
  for (int64_t row = 0; row < rows.rows; ++row) {
    for (const size_t i : first) {
      out += (i == 0 ? "{" : ", ") + quote_json(names[i]) + ": ";
      append_json(out, rows.columns[i], row);
    }
    out += "}\n";
  }
  return out;
}

/// What the worker is asked, on one line.
struct CaseLine {
  std::string project;  // the folder of the generated code
  std::string entity;
  std::vector<EntityKey> keys = {};
  std::vector<std::string> features = {};
  std::vector<std::pair<std::string, std::string>> sources = {};  // files of events
  std::string observations = {};                                  // file
  std::string kernel = {};                                        // "native", or nothing
};

template <typename Fields>
void describe(Fields& fields, const CaseLine*) {
  fields.required("project", &CaseLine::project);
  fields.required("entity", &CaseLine::entity);
  fields.required("keys", &CaseLine::keys);
  fields.required("features", &CaseLine::features);
  fields.required("sources", &CaseLine::sources);
  fields.required("observations", &CaseLine::observations);
  fields.optional("kernel", &CaseLine::kernel);
}

/// A value of an answer in the feature's type; what does not fit is the generated code's mistake.
Result<Value> value_of(const JsonNode& json, const Type& type) {
  if (json.is_null()) return Value{};
  if (type.is_list && json.is_array()) {
    Value::List list;
    for (const JsonNode& each : json.elements()) {
      ASSIGN_OR_RETURN(Value value, value_of(each, Type{type.scalar}));
      list.push_back(std::move(value));
    }
    return Value{std::move(list)};
  }

  if (!type.is_list) {
    switch (type.scalar) {
      case ScalarType::kBool:
        if (const auto truth = json.as_boolean()) return Value{*truth};
        break;
      case ScalarType::kInt64:
        if (const auto integer = json.as_integer()) return Value{*integer};
        break;
      case ScalarType::kDouble:
        if (const auto number = json.as_number()) return Value{*number};
        break;
      case ScalarType::kString:
        if (auto text = json.as_text()) return Value{*std::move(text)};
        break;
      case ScalarType::kTimestamp:
        if (const auto us = json.as_integer()) return Value{EventTime{*us}};
        break;
      case ScalarType::kDuration:
      case ScalarType::kNull: break;
    }
  }
  return Error::data(fmt::format("the generated code gives {}, which is no {}", json.shown(), to_string(type)));
}

Status put(const std::string& folder, const std::string& name, const std::string& text) {
  const std::string path = join_path(folder, name);
  RETURN_IF_ERROR(real_file_system().make_folders(folder_of(path)));
  return write_file_atomically(real_file_system(), path, text);
}

}  // namespace

GeneratedCaseEngine::~GeneratedCaseEngine() {
  worker_.reset();
  if (!folder_.empty()) (void)real_file_system().remove_all(folder_);
}

bool has_case_worker(const GenerateTarget& target) { return target.case_worker != nullptr; }

Status GeneratedCaseEngine::start() {
  CHECK(has_case_worker(target_));
  if (folder_.empty()) {  // else a worker has ended before
    ASSIGN_OR_RETURN(folder_, make_temporary_folder());
  }
  RETURN_IF_ERROR(put(folder_, "case_worker.py", std::string(target_.case_worker())));
  ASSIGN_OR_RETURN(worker_, LineProcess::start({python_, "-u", join_path(folder_, "case_worker.py")}));
  return {};
}

Result<CaseAnswer> GeneratedCaseEngine::run(const CaseRequest& request) {
  if (worker_ == nullptr) RETURN_IF_ERROR(start());
  ASSIGN_OR_RETURN(const GenerateChoices choices, choices_of(target_, {}));
  const GeneratedProject project = target_.generate(
      {.plan = request.plan, .outputs = request.features, .definitions = by_paths_in_project(request.definitions)},
      choices);
  CaseAnswer answer;
  answer.values.resize(request.features.size());
  for (const Refusal& refusal : project.refusals) {
    const PlanFeature* feature = request.plan.find_feature(refusal.feature);
    CHECK(feature != nullptr);
    const auto index = static_cast<size_t>(feature - request.plan.features.data());
    const bool is_asked = std::find(request.features.begin(), request.features.end(), index) != request.features.end();
    if (is_asked) answer.refused.emplace_back(index, refusal.code + ": " + refusal.message);
  }
  if (answer.refused.size() == request.features.size()) return answer;
  return ask(request, project, std::move(answer));
}

Result<CaseAnswer> GeneratedCaseEngine::ask(const CaseRequest& request, const GeneratedProject& project,
                                            CaseAnswer answer) {
  const std::string folder = join_path(folder_, "case");
  RETURN_IF_ERROR(real_file_system().remove_all(folder));
  for (const GeneratedFile& file : project.files) RETURN_IF_ERROR(put(folder, "code/" + file.path, file.text));
  const PlanEntity& entity = request.plan.entities[request.entity];
  CaseLine line{.project = join_path(folder, "code"), .entity = entity.name};
  for (size_t i = 0; i < entity.keys.size(); ++i) line.keys.push_back({entity.keys[i], request.key_types[i]});
  std::set<size_t> refused;
  for (const auto& [feature, reason] : answer.refused) refused.insert(feature);
  for (const size_t f : request.features) {
    if (!refused.contains(f)) line.features.push_back(request.plan.features[f].name);
  }
  for (const CaseTable& table : request.tables) {
    const std::string path = "events/" + table.request.source + ".ndjson";
    RETURN_IF_ERROR(put(folder, path, ndjson(table.request.columns, table.rows)));
    line.sources.emplace_back(table.request.source, join_path(folder, path));
  }
  std::vector<std::string> names = entity.keys;
  names.emplace_back("event_time");
  Batch places;
  places.rows = request.observations.times.length;
  places.columns = request.observations.keys;
  places.columns.push_back(request.observations.times);
  RETURN_IF_ERROR(put(folder, "observations.ndjson", ndjson(names, places)));
  line.observations = join_path(folder, "observations.ndjson");
  if (kernel_ == GeneratedKernel::kNative) line.kernel = "native";

  const Result<std::string> said = worker_->ask(json_document(line, JsonLayout::kLine));
  if (!said) {
    worker_.reset();
    return Error(said.error())
        .with_help(fmt::format("`{}` names a Python that has what `{}` writes into requirements.txt",
                               option(OptionName::kPython), way_to(RequestName::kGenerate, target_.name)));
  }
  const std::optional<JsonDocument> document = JsonDocument::parse(*said);
  if (!document) return Error::data("the generated code answers with what is no JSON");
  const JsonNode answered = document->root();
  if (const auto error = answered.member("error")) return Error::data(error->as_text().value_or(error->shown()));

  if (kernel_ == GeneratedKernel::kNative) {
    const auto rows_read = answered.member("kernel_rows_read");
    answer.statistics.rows_read = rows_read ? rows_read->as_integer().value_or(0) : 0;
    const bool has_events = std::any_of(request.tables.begin(), request.tables.end(),
                                        [](const CaseTable& each) { return each.rows.rows > 0; });
    if (has_events && answer.statistics.rows_read == 0) {
      return Error::data(fmt::format("{}: the kernel took none of the test's events", name()));
    }
  }

  const auto rows = static_cast<size_t>(request.observations.times.length);
  for (size_t i = 0; i < request.features.size(); ++i) {
    const PlanFeature& feature = request.plan.features[request.features[i]];
    if (refused.contains(request.features[i])) continue;
    const auto all = answered.member("values");
    const auto given = all ? all->member(feature.name) : std::nullopt;
    const std::vector<JsonNode> list = given ? given->elements() : std::vector<JsonNode>();
    if (!given || list.size() != rows)
      return Error::data(fmt::format("the generated code gives no values of {}", feature.name));
    for (const JsonNode& each : list) {
      ASSIGN_OR_RETURN(Value value, value_of(each, feature.type));
      answer.values[i].push_back(std::move(value));
    }
  }
  return answer;
}

}  // namespace headrace
