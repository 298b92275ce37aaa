#pragma once

/// A file of definitions held in memory: messages show its lines.

#include <string>

namespace headrace {

struct DefinitionFile {
  std::string name;  // as shown in messages: relative to the project
  std::string text;
};

}  // namespace headrace
