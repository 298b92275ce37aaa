#pragma once

/// What tests of live features begin with: definitions of one text, which has no errors.

#include "session/project/session.h"

#include <gtest/gtest.h>

#include <string>

namespace headrace {

/// Files of sources lie below the folder.
inline Session sound_session(const std::string& text, const std::string& folder) {
  Session session = Session::of_texts({{"project.yaml", text}}, folder);
  EXPECT_FALSE(session.diagnostics().has_errors());
  return session;
}

}  // namespace headrace
