#include "app/exit_codes.h"

namespace headrace {

int exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kData:
    case ErrorKind::kConflict: return kExitProblems;
    case ErrorKind::kUsage:
    case ErrorKind::kNotFound: return kExitUsage;
    case ErrorKind::kEnvironment:
    case ErrorKind::kUnavailable: return kExitEnvironment;
    case ErrorKind::kStopped: return kExitStopped;
  }
  return kExitEnvironment;
}

}  // namespace headrace
