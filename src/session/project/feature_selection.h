#pragma once

/// Which features are meant: by name, by a part of it, by what people wrote about them, by what they use.
///
///   name              the feature; of a definition with lists, all features that it stands for
///   paid_*            names that fit: `*` is any text, `?` one character
///   tag:churn         that have the tag; `owner:risk`, `entity:user`, `source:clicks` alike, with `*` and `?`
///   +x                x and all that it uses; `x+` x and all that use it
///
/// Of features with `internal: true` only their own names, and those of their definitions, choose one.

#include "base/result.h"
#include "language/definitions/repository.h"

#include <string>
#include <vector>

namespace headrace {

/// What stands for all where nothing is chosen.
enum class DefaultFeatures {
  kAll,      // to look at definitions
  kOutputs,  // all but internal ones
};

/// The names: as chosen, without repetition, where a selector stands for several in the order of the definitions. Empty
/// where nothing was chosen or excluded and every feature of the repository is meant. A selector that chooses nothing is
/// an error with "did you mean", and so is a choice that leaves nothing.
Result<std::vector<std::string>> select_features(const Repository& repository, const std::vector<std::string>& chosen,
                                                 const std::vector<std::string>& excluded, DefaultFeatures defaults);

/// What can be written to choose features, for completion: their names and those of their definitions; with
/// `with_methods` also "tag:churn", "owner:risk" and the like. Sorted.
std::vector<std::string> selector_words(const Repository& repository, bool with_methods);

/// The named features and all that use them, internal ones too, in the order of the definitions. REQUIRES: they exist.
std::vector<std::string> with_their_users(const Repository& repository, const std::vector<std::string>& names);

}  // namespace headrace
