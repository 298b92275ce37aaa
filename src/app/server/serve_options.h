#pragma once

/// The options of `headrace serve`, and what environments.yaml says where they are not given.

#include "app/command_line.h"
#include "session/live/live_features.h"
#include "session/project/environment.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct ServeOptions {
  std::string project;
  std::string environment;  // empty: the default
  std::string listen;       // empty: not given
  std::string tokens;
  std::string certificate, key;
  std::string data;          // folder of the event log; empty: that of the project
  std::string replay;        // where the files lie that are fed; empty: no replay
  std::string speed, start;  // empty: not given
  std::vector<std::string> sources;
  std::vector<std::string> fill_before;         // "TIME" for all sources with files, "SOURCE=TIME"
  std::string history, keep, checkpoint_every;  // empty: not given
  std::string memory;                           // likewise
  std::string rest;                             // empty, or "always": for tests
  int64_t threads = 0;                          // 0: not given
  std::string log = "text";                     // form of messages
  std::string on_bad_row;                       // empty: not given
  std::string role;                             // likewise
  bool quiet = false;
};

/// The options live as long as the command.
void add_options_of_serve(CLI::App& command, ServeOptions& options);

/// Whether what is given of a replay fits together.
Status check_replay_options(const ServeOptions& options);

struct StreamSettings {
  LiveOptions live;
  std::map<std::string, Duration>
      topic_cuts;  // sources whose cut their topic tells; see topic_cuts.h, and AskedCut::quiet
  Duration checkpoint_every;
};

/// How long a partition that has nothing left brings nothing before it does not hold the watermark any more, where nothing
/// else is said.
inline constexpr Duration kIdleAfter{30 * kMicrosPerSecond};
/// Below the project.
inline constexpr char kDefaultData[] = ".headrace/server";
inline constexpr Duration kMaxAhead{kMicrosPerDay};

Result<StreamSettings> stream_settings(const ServeOptions& options, const ServedEnvironment& environment);

/// Which sources are filled from their files up to where: as the environment says, and the options in its place.
Status set_cuts(const ServeOptions& options, const ServedEnvironment& environment, const Session& session,
                StreamSettings& settings);

/// The environment of a name. Nothing: it was told why not, and `exit_code` is how to exit.
std::optional<ServedEnvironment> open_environment(const Session& session, const std::string& name, int& exit_code);

/// What is not given is taken from the environment.
void take_environment(const ServedEnvironment& environment, ServeOptions& options);

}  // namespace headrace
