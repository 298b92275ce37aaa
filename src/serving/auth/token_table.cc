#include "serving/auth/token_table.h"

#include "base/hash.h"
#include "base/option_name.h"
#include "base/random_name.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kAllOwners = "-";
constexpr std::string_view kTokenPrefix = "headrace_";  // so that people and scanners of repositories recognise one
constexpr size_t kDigestDigits = 64;

bool is_digest(std::string_view text) {
  return text.size() == kDigestDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Takes the first word off the text.
std::string_view take_word(std::string_view& text) {
  constexpr std::string_view kBlanks = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

std::vector<std::string> split_owners(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    if (comma != 0) out.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return out;
}

/// Looks at all bytes, whatever the first ones say.
bool is_same_digest(std::string_view a, std::string_view b) {
  unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::kNone: return "none";
    case Role::kRead: return "read";
    case Role::kWrite: return "write";
    case Role::kAdmin: return "admin";
  }
  return "none";
}

std::optional<Role> role_from_string(std::string_view word) {
  for (const Role each : kTokenRoles) {
    if (to_string(each) == word) return each;
  }
  return std::nullopt;
}

bool Caller::may_see(std::string_view owner) const {
  return owners.empty() || std::find(owners.begin(), owners.end(), owner) != owners.end();
}

Result<TokenTable> TokenTable::parse(std::string_view text, const std::string& name) {
  TokenTable table;
  int number = 0;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    ++number;
    const std::string_view role_word = take_word(line);
    if (role_word.empty() || role_word.front() == '#') continue;

    const std::optional<Role> role = role_from_string(role_word);
    const std::string_view owners = take_word(line);
    const std::string_view digest = take_word(line);
    const std::vector<std::string> names = owners == kAllOwners ? std::vector<std::string>{} : split_owners(owners);
    const bool has_owners = owners == kAllOwners || !names.empty();
    if (!role || !has_owners || !is_digest(digest)) {
      return Error::data(fmt::format("{}:{}: no line of a token", name, number))
          .with_help(fmt::format("a line is: read, write or admin; owners by commas, or -; the token's SHA-256. "
                                 "`{}` prints one",
                                 way_to(RequestName::kNewToken)));
    }
    table.entries_.push_back({std::string(digest), {.role = *role, .owners = names}});
  }
  if (table.entries_.empty()) {
    return Error::data(fmt::format("{} holds no token, so nobody could ask anything", name))
        .with_help(fmt::format("`{}` prints a token and its line", way_to(RequestName::kNewToken)));
  }
  return table;
}

const Caller* TokenTable::find(std::string_view token) const {
  const std::string digest = sha256_hex(token);
  const Caller* found = nullptr;
  for (const Entry& each : entries_) {
    if (is_same_digest(each.digest, digest)) found = &each.caller;
  }
  return found;
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return {};
  for (size_t i = 0; i < kScheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != kScheme[i]) return {};
  }
  std::string_view token = authorization.substr(kScheme.size());
  return take_word(token);
}

NewToken new_token(Role role, const std::vector<std::string>& owners) {
  NewToken out;
  out.token = std::string(kTokenPrefix) + random_name() + random_name();
  out.line = fmt::format("{} {} {}", to_string(role), owners.empty() ? "-" : fmt::format("{}", fmt::join(owners, ",")),
                         sha256_hex(out.token));
  return out;
}

Status check_owner(std::string_view owner) {
  const bool has_blank = owner.find_first_of(" \t\r\n,") != std::string_view::npos;
  if (!owner.empty() && owner != kAllOwners && !has_blank) return {};
  return Error::usage(fmt::format("`{}` cannot be the owner of a token", owner))
      .with_help("owners stand in the file between blanks and commas, and have neither");
}

}  // namespace headrace
