#pragma once

/// JSON texts that say themselves whether they are whole: their last key, `digest`, is the SHA-256 of all bytes before
/// its value. Any changed byte shows, also one of the digest.
///
///   {
///     "format_version": 2,
///     "digest": "9f86d0..."     SHA-256 of the text up to and with the quote before the value
///   }

#include <string>
#include <string_view>

namespace headrace {

/// REQUIRES: an object of JSON that ends as "\n}\n" and has no key `digest`.
std::string sealed(std::string_view text);

/// Does the text end with its own digest?
bool is_whole(std::string_view text);

/// The digest of a sealed text; empty where there is none.
std::string_view digest_in(std::string_view text);

}  // namespace headrace
