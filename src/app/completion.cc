#include "app/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <vector>

namespace headrace {
namespace {

/// What an option takes.
enum class Takes { kNothing, kChoice, kFile, kFolder, kFeatures, kKeys, kSources, kOther };

struct OptionText {
  std::vector<std::string> names;  // "--format", "-q"
  std::string text;
  Takes takes = Takes::kNothing;
  std::vector<std::string> choices;
};

struct CommandOptions {
  std::string name;
  std::string text;
  std::vector<OptionText> options;
  bool takes_files = false;  // as positional arguments
  bool takes_features = false;
};

std::vector<std::string> split_choices(const std::string& type_name) {
  std::vector<std::string> choices;
  size_t start = 0;
  for (size_t bar = type_name.find('|'); bar != std::string::npos; bar = type_name.find('|', start)) {
    choices.push_back(type_name.substr(start, bar - start));
    start = bar + 1;
  }
  if (start > 0) choices.push_back(type_name.substr(start));
  return choices;
}

OptionText describe(const CLI::Option& option) {
  OptionText out;
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  out.text = option.get_description();
  if (option.get_items_expected_max() == 0) return out;
  const std::string type = option.get_type_name();
  out.choices = split_choices(type);
  out.takes = !out.choices.empty()     ? Takes::kChoice
              : type == "FILE"         ? Takes::kFile
              : type == "DIR"          ? Takes::kFolder
              : type == "a,b"          ? Takes::kFeatures
              : type == "COLUMN=VALUE" ? Takes::kKeys
              : type == "NAME=PATH"    ? Takes::kSources
                                       : Takes::kOther;
  return out;
}

std::vector<CommandOptions> describe(const CLI::App& program) {
  std::vector<CommandOptions> commands;
  for (const CLI::App* command : program.get_subcommands(std::function<bool(const CLI::App*)>{})) {
    CommandOptions out{command->get_name(), command->get_description(), {}};
    for (const CLI::Option* option : command->get_options()) {
      if (option->get_group().empty()) continue;
      if (option->get_positional() && option->get_lnames().empty()) {
        out.takes_files = out.takes_files || option->get_name(true) == "FILE";
        out.takes_features = out.takes_features || option->get_name(true) == "FEATURE";
      } else {
        out.options.push_back(describe(*option));
      }
    }
    commands.push_back(std::move(out));
  }
  return commands;
}

std::string joined_names(const std::vector<CommandOptions>& commands) {
  std::string out;
  for (const CommandOptions& each : commands) out += (out.empty() ? "" : " ") + each.name;
  return out;
}

/// Text inside '...' of a shell.
std::string quoted(std::string text) {
  for (size_t at = text.find('\''); at != std::string::npos; at = text.find('\'', at + 4)) text.replace(at, 1, "'\\''");
  return "'" + text + "'";
}

std::string bash_case(const CommandOptions& command) {
  std::string out;
  std::string all;
  for (const OptionText& option : command.options) {
    for (const std::string& name : option.names) all += (all.empty() ? "" : " ") + name;

    const std::string pattern = command.name + " " + option.names.front();
    switch (option.takes) {
      case Takes::kNothing: break;
      case Takes::kChoice:
        out += fmt::format("    {}) COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); return ;;\n", quoted(pattern),
                           fmt::join(option.choices, " "));
        break;
      case Takes::kFile:
        out += fmt::format("    {}) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", quoted(pattern));
        break;
      case Takes::kFolder:
        out += fmt::format("    {}) COMPREPLY=($(compgen -d -- \"$word\")); return ;;\n", quoted(pattern));
        break;
      case Takes::kFeatures:
        out += fmt::format("    {}) _headrace_names features; return ;;\n", quoted(pattern));
        break;
      case Takes::kKeys: out += fmt::format("    {}) _headrace_names keys; return ;;\n", quoted(pattern)); break;
      case Takes::kSources: out += fmt::format("    {}) _headrace_names sources; return ;;\n", quoted(pattern)); break;
      case Takes::kOther: out += fmt::format("    {}) return ;;\n", quoted(pattern)); break;
    }
  }

  // The first pattern that matches wins, so the command's own line comes last.
  const std::string files = command.takes_files ? " $(compgen -f -- \"$word\")" : "";
  const std::string names = command.takes_features ? " $(headrace completion features 2>/dev/null)" : "";
  return out + fmt::format("    {}*) COMPREPLY=($(compgen -W \"{}{}\" -- \"$word\"){}); return ;;\n",
                           quoted(command.name + " "), all, names, files);
}

std::string zsh_value(const OptionText& option) {
  switch (option.takes) {
    case Takes::kNothing: return "";
    case Takes::kChoice: return fmt::format(":value:({})", fmt::join(option.choices, " "));
    case Takes::kFile: return ":file:_files";
    case Takes::kFolder: return ":folder:_files -/";
    case Takes::kFeatures: return ":features:_headrace_names selectors";
    case Takes::kKeys: return ":key:_headrace_names keys";
    case Takes::kSources: return ":source:_headrace_names sources";
    case Takes::kOther: return ":value: ";
  }
  return "";
}

/// Description of an option inside [..] of zsh's _arguments.
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':') out += '\\';
    out += c;
  }
  return out;
}

std::string fish_line(const CommandOptions& command, const OptionText& option) {
  std::string line = fmt::format("complete -c headrace -n '__fish_seen_subcommand_from {}'", command.name);
  for (const std::string& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  switch (option.takes) {
    case Takes::kNothing: break;
    case Takes::kChoice: line += fmt::format(" -x -a '{}'", fmt::join(option.choices, " ")); break;
    case Takes::kFile: line += " -r -F"; break;
    case Takes::kFolder: line += " -x -a '(__fish_complete_directories)'"; break;
    case Takes::kFeatures: line += " -x -a '(__headrace_names selectors)'"; break;
    case Takes::kKeys: line += " -x -a '(__headrace_names keys)'"; break;
    case Takes::kSources: line += " -x -a '(__headrace_names sources)'"; break;
    case Takes::kOther: line += " -x"; break;
  }
  return line + " -d " + quoted(option.text) + "\n";
}

}  // namespace

std::string bash_completion(const CLI::App& program) {
  const std::vector<CommandOptions> commands = describe(program);
  std::string out =
      "# bash completion of headrace\n"
      "_headrace_names() {\n"
      "  local before=\"\"\n"
      "  case \"$word\" in *,*) before=\"${word%,*},\"; word=\"${word##*,}\" ;; esac\n"
      "  COMPREPLY=($(compgen -P \"$before\" -W \"$(headrace completion \"$1\" 2>/dev/null)\" -- \"$word\"))\n"
      "  if [ \"$1\" != features ]; then compopt -o nospace 2>/dev/null; fi\n"
      "}\n"
      "_headrace() {\n"
      "  local word=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";

  // The options of each command.
  out += fmt::format("    COMPREPLY=($(compgen -W \"{} --help --version\" -- \"$word\"))\n", joined_names(commands));
  out += "    return\n  fi\n  case \"${COMP_WORDS[1]} $previous\" in\n";
  for (const CommandOptions& command : commands) {
    if (command.name == "help") {
      out += fmt::format("    'help '*) COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); return ;;\n",
                         joined_names(commands));
    } else {
      out += bash_case(command);
    }
  }

  return out + "  esac\n}\ncomplete -F _headrace headrace\n";
}

std::string zsh_completion(const CLI::App& program) {
  const std::vector<CommandOptions> commands = describe(program);
  std::string out =
      "#compdef headrace\n# zsh completion of headrace\n_headrace_names() {\n  local -a names\n"
      "  names=(${(f)\"$(headrace completion $1 2>/dev/null)\"})\n  compset -P '*,'\n  compadd -S '' -a names\n}\n"
      "_headrace() {\n  local -a commands\n  commands=(\n";
  for (const CommandOptions& each : commands) out += "    " + quoted(each.name + ":" + zsh_text(each.text)) + "\n";
  out += "  )\n  if (( CURRENT == 2 )); then\n    _describe 'command' commands\n    return\n  fi\n";
  out += "  local command=\"${words[2]}\"\n  shift words\n  (( CURRENT-- ))\n  case \"$command\" in\n";
  for (const CommandOptions& command : commands) {
    out += fmt::format("    {})\n      _arguments", command.name);
    for (const OptionText& option : command.options) {
      for (const std::string& name : option.names) {
        out += " \\\n        " + quoted(name + "[" + zsh_text(option.text) + "]" + zsh_value(option));
      }
    }
    if (command.takes_files) out += " \\\n        '*:file:_files'";
    if (command.takes_features) out += " \\\n        '*:feature:_headrace_names selectors'";
    if (command.name == "help") out += fmt::format(" \\\n        '1:command:({})'", joined_names(commands));
    out += "\n      ;;\n";
  }
  return out + "  esac\n}\ncompdef _headrace headrace\n";
}

std::string fish_completion(const CLI::App& program) {
  const std::vector<CommandOptions> commands = describe(program);
  std::string out =
      "# fish completion of headrace\n"
      "function __headrace_names\n"
      "  set -l before (string match -r '^.*,' -- (commandline -ct))\n"
      "  test -n \"$before\"; or set before ''\n"
      "  for name in (headrace completion $argv[1] 2>/dev/null)\n    echo $before$name\n  end\nend\n"
      "complete -c headrace -f\n";
  for (const CommandOptions& each : commands) {
    out += fmt::format("complete -c headrace -n __fish_use_subcommand -a {} -d {}\n", each.name, quoted(each.text));
  }
  for (const CommandOptions& command : commands) {
    for (const OptionText& option : command.options) out += fish_line(command, option);
    if (command.takes_files)
      out += fmt::format("complete -c headrace -n '__fish_seen_subcommand_from {}' -F\n", command.name);
    if (command.takes_features) {
      out += fmt::format("complete -c headrace -n '__fish_seen_subcommand_from {}' -a '(__headrace_names selectors)'\n",
                         command.name);
    }
  }
  out += fmt::format("complete -c headrace -n '__fish_seen_subcommand_from help' -a '{}'\n", joined_names(commands));
  return out;
}

}  // namespace headrace
