#include "session/live/forgotten_events.h"

#include "base/hash.h"
#include "base/kill_point.h"
#include "compute/aggregates/state_bytes.h"
#include "data/json/json_node.h"
#include "engine/layout/layout.h"
#include "engine/stream/undecoded_message.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <set>

namespace headrace {
namespace {

const std::string kForgetNotes = "forget ";
const std::string kForgetTraces = "traces of forgotten";  // notes that were taken away may still be on the disk
constexpr size_t kLeftOutPage = 1000;

void write_value(const Value& value, StateWriter& writer) {
  writer.word(value.data.index());
  if (const auto* text = std::get_if<std::string>(&value.data)) writer.text(*text);
  if (const auto* number = std::get_if<int64_t>(&value.data)) writer.value(*number);
  if (const auto* is_true = std::get_if<bool>(&value.data)) writer.word(*is_true ? 1 : 0);
  if (const auto* time = std::get_if<EventTime>(&value.data)) writer.value(time->us);
}

Value read_value(StateReader& reader) {
  const uint64_t kind = reader.word();
  if (kind == Value{std::string()}.data.index()) return Value{std::string(reader.text())};
  if (kind == Value{int64_t{0}}.data.index()) return Value{reader.number()};
  if (kind == Value{false}.data.index()) return Value{reader.word() != 0};
  if (kind == Value{EventTime{}}.data.index()) return Value{EventTime{reader.number()}};
  reader.fail();
  return {};
}

std::optional<ForgottenEntity> entity_of(std::string_view bytes) {
  TextPool texts;
  StateReader reader(bytes, texts);
  ForgottenEntity out;
  out.entity = reader.text();
  for (size_t left = reader.count(16); left > 0; --left) {
    out.columns.emplace_back(reader.text());
    out.key.push_back(read_value(reader));
  }
  const uint64_t stage = reader.word();
  if (stage > static_cast<uint64_t>(ForgottenEntity::Stage::kOnlineStore) || !reader.ok() || !reader.at_end())
    return std::nullopt;
  out.stage = static_cast<ForgottenEntity::Stage>(stage);
  return out;
}

/// Whether texts of one source are events of the entity.
class EventsOfEntity {
 public:
  enum class Judgement { kOther, kReadable, kUnreadable, kUnknown };
  struct Judged {
    std::vector<Judgement> records;
    std::vector<int64_t> times;  // of those that are readable
  };

  EventsOfEntity(const PlanSource& source, const SourceRequest& request, const ForgottenEntity& entity)
      : request_(request), reader_(source, request_, "events of `" + source.name + "`"), entity_(entity) {
    for (const Value& key : entity.key) {
      const auto* text = std::get_if<std::string>(&key.data);
      key_texts_.push_back(text != nullptr ? *text : to_json(key));
    }
  }

  Result<Judged> judge(const std::vector<std::string_view>& records) {
    Judged out;
    out.times.resize(records.size());
    ASSIGN_OR_RETURN(const DecodedEvents events, reader_.decode(records));
    std::vector<uint8_t> is_readable(records.size());
    out.records.resize(records.size(), Judgement::kOther);
    size_t row_of_all = 0;
    for (const Batch& batch : events.batches) {
      for (int64_t row = 0; row < batch.rows; ++row, ++row_of_all) {
        const auto record = static_cast<size_t>(events.records[row_of_all]);
        is_readable[record] = 1;
        if (!is_it(batch, row)) continue;
        out.records[record] = Judgement::kReadable;
        out.times[record] = batch.columns[request_.time_column()].int64s()[row];
      }
    }
    for (size_t i = 0; i < records.size(); ++i) {
      if (is_readable[i] == 0) out.records[i] = judge_text(records[i]);
    }
    return out;
  }

 private:
  bool is_it(const Batch& batch, int64_t row) const {
    for (size_t i = 0; i < entity_.key.size(); ++i) {
      if (!(batch.columns[i].value_at(row) == entity_.key[i])) return false;
    }
    return true;
  }

  /// A text that is no event: by its members, where it has them.
  Judgement judge_text(std::string_view record) const {
    const std::optional<JsonDocument> document = JsonDocument::parse(record);
    if (document && document->root().is_object()) {
      for (size_t i = 0; i < key_texts_.size(); ++i) {
        const std::optional<JsonNode> member = document->root().member(request_.columns[i]);
        if (!member || member->as_text().value_or(member->shown()) != key_texts_[i]) return Judgement::kOther;
      }
      return Judgement::kUnreadable;
    }
    const std::optional<UndecodedMessage> undecoded = undecoded_message_of(record);
    const std::string_view bytes = undecoded ? undecoded->bytes : record;
    const bool has_all = std::ranges::all_of(
        key_texts_, [&](const std::string& text) { return bytes.find(text) != std::string_view::npos; });
    return has_all ? Judgement::kUnknown : Judgement::kOther;
  }

  const SourceRequest request_;
  JsonEvents reader_;
  const ForgottenEntity& entity_;
  std::vector<std::string> key_texts_;
};

/// Takes events of an entity out of pushes and side outputs.
class Forgetting {
 public:
  Forgetting(const Plan& plan, const ForgottenEntity& entity, ForgottenCounts& counts) : counts_(counts) {
    const auto found = std::ranges::find(plan.entities, entity.entity, &PlanEntity::name);
    if (found == plan.entities.end()) return;
    std::vector<size_t> features;
    const auto index = static_cast<size_t>(found - plan.entities.begin());
    for (size_t f = 0; f < plan.features.size(); ++f) {
      if (plan.features[f].entity == index) features.push_back(f);
      read_.insert(plan.sources[plan.features[f].source].name);
    }
    if (features.empty()) return;
    const Layout layout = make_layout(plan, index, features);
    for (const SourceLayout& source : layout.sources) {
      const PlanSource& definition = plan.sources[source.plan_source];
      sources_[definition.name] = std::make_unique<EventsOfEntity>(definition, source.request, entity);
    }
  }

  Result<std::optional<LoggedPush>> rewrite(const LoggedPush& push) {
    const auto source = sources_.find(push.source);
    if (source == sources_.end()) {
      counts_.not_read += read_.contains(push.source) ? 0 : 1;
      return std::optional<LoggedPush>();
    }
    std::vector<std::string_view> records = json_lines_of(push.records);
    if (push.position.empty()) {
      ASSIGN_OR_RETURN(records, records_of(push.records));
    }
    ASSIGN_OR_RETURN(const EventsOfEntity::Judged judged, source->second->judge(records));
    return without(push, records, judged);
  }

  Status remove_left_out(EventLog& log) {
    for (const auto& [name, events] : sources_) {
      LeftOutPlace after;
      while (true) {
        ASSIGN_OR_RETURN(const std::vector<LeftOutEvent> page, log.left_out(name, after, kLeftOutPage));
        if (page.empty()) break;
        after = {page.back().push, page.back().index};
        std::vector<std::string_view> records;
        for (const LeftOutEvent& event : page) records.push_back(event.record);
        ASSIGN_OR_RETURN(const EventsOfEntity::Judged judged, events->judge(records));
        std::vector<LeftOutPlace> gone;
        for (size_t i = 0; i < page.size(); ++i) {
          const bool is_it = judged.records[i] == EventsOfEntity::Judgement::kReadable ||
                             judged.records[i] == EventsOfEntity::Judgement::kUnreadable;
          if (is_it) gone.push_back({page[i].push, page[i].index});
        }
        RETURN_IF_ERROR(log.remove_left_out(name, gone));
        counts_.left_out += static_cast<int64_t>(gone.size());
      }
    }
    return {};
  }

 private:
  /// The push without what was judged to be the entity's; nothing where it had none.
  std::optional<LoggedPush> without(const LoggedPush& push, const std::vector<std::string_view>& records,
                                    const EventsOfEntity::Judged& judged) {
    LoggedPush out = push;
    out.forgotten.clear();
    std::vector<std::string_view> kept;
    int64_t gone = 0;
    size_t earlier = 0;  // of those that were forgotten before
    for (size_t i = 0; i <= records.size(); ++i) {
      for (; earlier < push.forgotten.size() && push.forgotten[earlier].before <= i; ++earlier) {
        out.forgotten.push_back({static_cast<uint32_t>(kept.size()), push.forgotten[earlier].time});
      }
      if (i == records.size()) break;
      switch (judged.records[i]) {
        case EventsOfEntity::Judgement::kUnknown: ++counts_.not_judged; [[fallthrough]];
        case EventsOfEntity::Judgement::kOther: kept.push_back(records[i]); continue;
        case EventsOfEntity::Judgement::kReadable:
          out.forgotten.push_back({static_cast<uint32_t>(kept.size()), EventTime{judged.times[i]}});
          break;
        case EventsOfEntity::Judgement::kUnreadable:
          out.forgotten.push_back({static_cast<uint32_t>(kept.size()), std::nullopt});
          break;
      }
      ++gone;
    }
    if (gone == 0) return std::nullopt;

    ++counts_.pushes;
    counts_.events += gone;
    if (!push.key.empty() && push.digest.empty()) out.digest = sha256_hex(push.records);
    const size_t first = push.records.find_first_not_of(" \t\r\n");
    const bool is_array = push.position.empty() && first != std::string::npos && push.records[first] == '[';
    out.records = is_array ? fmt::format("[{}]", fmt::join(kept, ",")) : fmt::format("{}", fmt::join(kept, "\n"));
    return out;
  }

  std::map<std::string, std::unique_ptr<EventsOfEntity>> sources_;  // of the entity, by name
  std::set<std::string> read_;                                      // sources that features read
  ForgottenCounts& counts_;
};

}  // namespace

Result<std::map<uint64_t, ForgottenEntity>> forgotten_entities(const EventLog& log) {
  ASSIGN_OR_RETURN(const auto notes, log.notes(kForgetNotes));
  std::map<uint64_t, ForgottenEntity> found;
  for (const auto& [name, bytes] : notes) {
    uint64_t number = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
    std::optional<ForgottenEntity> entity = entity_of(bytes);
    if (problem != std::errc() || !entity) {
      return Error::data("what the store says of an entity that is to be forgotten cannot be read")
          .with_help(
              "the store is damaged, or of another version; restore it from a copy, or start with another folder");
    }
    found[number] = *std::move(entity);
  }
  return found;
}

Status note_forgotten(EventLog& log, uint64_t number, const ForgottenEntity& entity) {
  std::string bytes;
  StateWriter writer(bytes);
  writer.text(entity.entity);
  writer.word(entity.key.size());
  for (size_t i = 0; i < entity.key.size(); ++i) {
    writer.text(entity.columns[i]);
    write_value(entity.key[i], writer);
  }
  writer.word(static_cast<uint64_t>(entity.stage));
  return log.note(kForgetNotes + std::to_string(number), bytes);
}

Status end_forgotten(EventLog& log, uint64_t number) {
  RETURN_IF_ERROR(log.note(kForgetTraces, ""));
  RETURN_IF_ERROR(log.note(kForgetNotes + std::to_string(number), std::nullopt));
  return remove_forget_traces(log);
}

Status remove_forget_traces(EventLog& log) {
  ASSIGN_OR_RETURN(const auto traces, log.notes(kForgetTraces));
  if (traces.empty()) return {};
  RETURN_IF_ERROR(log.compact_notes());
  return log.note(kForgetTraces, std::nullopt);
}

Status forget_events(const Plan& plan, EventLog& log, uint64_t from, const ForgottenEntity& entity,
                     ForgottenCounts& counts) {
  kill_point("forget-begins");
  Forgetting forgetting(plan, entity, counts);
  RETURN_IF_ERROR(log.rewrite(from, [&](const LoggedPush& push) { return forgetting.rewrite(push); }));
  return forgetting.remove_left_out(log);
}

std::vector<PieceOfPush> pieces_of(const DecodedEvents& events, std::span<const ForgottenEvent> forgotten) {
  std::vector<PieceOfPush> pieces(1);
  size_t next = 0;  // of the forgotten ones
  size_t first = 0;
  const auto add_rows = [&](const Batch& batch, int64_t begin, int64_t end) {
    if (begin == end) return;
    pieces.back().batch = begin == 0 && end == batch.rows ? batch : batch.slice(begin, end - begin);
    pieces.emplace_back();
  };

  // A batch is cut where one was, so that what came before it is judged before it.
  for (const Batch& batch : events.batches) {
    int64_t begin = 0;
    for (int64_t row = 0; row < batch.rows && next < forgotten.size(); ++row) {
      const int64_t record = events.records[first + static_cast<size_t>(row)];
      if (int64_t{forgotten[next].before} > record) continue;
      add_rows(batch, begin, row);
      begin = row;
      for (; next < forgotten.size() && int64_t{forgotten[next].before} <= record; ++next) {
        if (forgotten[next].time) pieces.back().gone.push_back(forgotten[next].time->us);
      }
    }
    add_rows(batch, begin, batch.rows);
    first += static_cast<size_t>(batch.rows);
  }

  for (; next < forgotten.size(); ++next) {
    if (forgotten[next].time) pieces.back().gone.push_back(forgotten[next].time->us);
  }
  return pieces;
}

}  // namespace headrace
