#include "base/seal.h"

#include "base/check.h"
#include "base/hash.h"

namespace headrace {
namespace {

constexpr std::string_view kObjectEnd = "\n}\n";
constexpr std::string_view kBegin = "  \"digest\": \"";
constexpr std::string_view kEnd = "\"\n}\n";
constexpr size_t kDigestDigits = 64;

/// Where the value of the digest begins; npos where the text does not end with one.
size_t place_of_digest(std::string_view text) {
  const size_t size = kDigestDigits + kEnd.size();
  if (text.size() < kBegin.size() + size || !text.ends_with(kEnd)) return std::string_view::npos;
  const size_t place = text.size() - size;
  return text.substr(0, place).ends_with(kBegin) ? place : std::string_view::npos;
}

}  // namespace

std::string sealed(std::string_view text) {
  CHECK(text.ends_with(kObjectEnd));
  std::string out(text.substr(0, text.size() - kObjectEnd.size()));
  out += ",\n";
  out += kBegin;
  out += sha256_hex(out);
  out += kEnd;
  return out;
}

std::string_view digest_in(std::string_view text) {
  const size_t place = place_of_digest(text);
  return place == std::string_view::npos ? std::string_view() : text.substr(place, kDigestDigits);
}

bool is_whole(std::string_view text) {
  const size_t place = place_of_digest(text);
  return place != std::string_view::npos && sha256_hex(text.substr(0, place)) == text.substr(place, kDigestDigits);
}

}  // namespace headrace
