#pragma once

/// Messages as lines of JSON on stderr, for programs that collect what servers say: one object a line, with its time.
///
///   {"time":"2024-03-01T12:00:00Z","level":"warning","event":"message","message":"..","help":".."}

#include <string_view>

namespace headrace {

/// From now on what the program reports is written so. To be called once, before threads are started.
void write_messages_as_json();
bool are_messages_json();

/// `level`: error, warning or note. One write of a whole line; any thread.
void log_message(std::string_view level, std::string_view message, std::string_view help);

}  // namespace headrace
