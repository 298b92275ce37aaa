/// Loads the module that speaks gRPC.

#include "brokers/pubsub_subscriber.h"

#include <fmt/format.h>

#include <dlfcn.h>

#include <filesystem>

namespace headrace {
namespace {

constexpr char kModuleFile[] = "headrace_pubsub.so";

/// Stays loaded: threads of its libraries may outlive a feed.
Result<OpenPubSubModule> find_module_function() {
  std::error_code problem;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", problem);
  const std::filesystem::path folder = program.parent_path();
  std::string found;
  for (const std::filesystem::path& place : {folder / kModuleFile, folder / ".." / "lib" / "headrace" / kModuleFile}) {
    if (found.empty() && std::filesystem::exists(place, problem)) found = place.string();
  }
  if (found.empty()) {
    return Error::environment(fmt::format("{} is not there, which reads from Pub/Sub", kModuleFile))
        .with_help(fmt::format("put it from the build beside the program, into {}", folder.string()));
  }

  void* const module = ::dlopen(found.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    const char* const reason = ::dlerror();
    return Error::environment(fmt::format("{} cannot be loaded: {}", found, reason != nullptr ? reason : "no reason"))
        .with_help("install the libraries of gRPC: libgrpc++1.51 on Debian 12");
  }
  void* const function = ::dlsym(module, kPubSubModuleFunction);
  if (function == nullptr) {
    return Error::environment(fmt::format("{} is of another version of headrace", found))
        .with_help("take program and module of one build");
  }
  return reinterpret_cast<OpenPubSubModule>(function);
}

}  // namespace

Result<std::unique_ptr<PubSubSubscriber>> open_pubsub_subscriber(const PubSubConnection& connection) {
  ASSIGN_OR_RETURN(const OpenPubSubModule open, find_module_function());
  return std::unique_ptr<PubSubSubscriber>(open(connection));
}

}  // namespace headrace
