#pragma once

/// The tokens that a server knows: a text file with a line for each. The file holds no token, only its SHA-256: tokens
/// are 256 random bits, so that no search through likely ones leads from the digest to the token.
///
///   # made with `headrace token new`
///   read  -            5f0c..64 digits..  dashboard
///   write risk,fraud   a1b2..64 digits..  the team's jobs
///
/// A line is: role, owners (by commas; `-` for all), digest, and what follows is a remark.

#include "base/result.h"
#include "serving/auth/role.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// Who asks: what the token of a request allows.
struct Caller {
  Role role = Role::kNone;
  std::vector<std::string> owners;  // only features of these; empty: of all

  bool may_see(std::string_view owner) const;
};

/// Immutable; any thread may use it.
class TokenTable {
 public:
  /// `name` is the file's, for messages. A line that cannot be read is an Error with its number, and so is a table
  /// without tokens: nobody could ask anything.
  static Result<TokenTable> parse(std::string_view text, const std::string& name);

  /// Null for a token that is not in the table. Takes the same time wherever the token stands and however much of a digest
  /// is right.
  const Caller* find(std::string_view token) const;
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string digest;
    Caller caller;
  };
  std::vector<Entry> entries_;
};

/// The token of a field `Authorization: Bearer TOKEN`; empty for other texts.
std::string_view bearer_token(std::string_view authorization);

struct NewToken {
  std::string token;  // shown once
  std::string line;   // for the file, without a line's end
};
/// REQUIRES: role is one of a token, owners are check_owner()s.
NewToken new_token(Role role, const std::vector<std::string>& owners);

/// Owners stand in the file between blanks and commas.
Status check_owner(std::string_view owner);

}  // namespace headrace
