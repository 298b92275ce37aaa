#pragma once

/// Evidence that the mean of bounded values lies above a bound, or below it, which may be looked at after every value.
///
/// The evidence is an e-value: for values in [0, 1] that come one after another, a gambler who bets a share λ on "above m"
/// has, after n values, the capital
///
///   K(λ) = Π (1 + λ·(xᵢ − m)),  0 <= λ <= 1/m
///
/// As long as no value is expected above m, given those before it, K does not grow on average, so it ever reaches 1/α
/// with a probability of at most α (Ville's inequality): one may look as often as one likes and stop when one likes. Waudby-Smith
/// and Ramdas, "Estimating means of bounded random variables by betting" (JRSS B 86, 2024), section 4; Johari, Koomen, Pekelis
/// and Walsh, "Always valid inference" (Operations Research 70, 2022), for why peeking needs it. Here the capital is
/// divided beforehand over kBets values of λ, half of it on 1/m and the rest in equal parts on 1/2m, 1/4m, ...: the sum of them is an
/// e-value too, and it costs ln 2 on values that are all of one kind and ln 22 on others beside the best λ. "Below m" is
/// "above 1 − m" of the values 1 − x. For values that are 0 or 1 the bets are the likelihood ratios of a rate against m.
///
/// Not thread-safe.

#include <array>
#include <cstdint>

namespace headrace {

enum class Side { kAbove, kBelow };

class MeanEvidence {
 public:
  static constexpr int kBets = 12;

  /// That the mean lies on this side of the bound. A bound outside of (0, 1) is taken as 1e-9 from the end, so that
  /// values in [0, 1] can say what there is to say.
  MeanEvidence(Side side, double bound);

  /// `count` values that are alike. REQUIRES: 0 <= value <= 1, but for rounding.
  void take(double value, int64_t count = 1);

  /// ln of the capital of all bets; 0 before the first value, −∞ where all is lost.
  double log_value() const;

  /// The share of all that a bet moves with, and what of the capital is on it.
  static double stake(int bet, double bound);
  static double weight(int bet);

 private:
  bool is_mirrored_;
  double bound_;
  std::array<double, kBets> logs_{};      // ln of each bet's capital, but for what stands in products_
  std::array<double, kBets> products_{};  // of the last values
};

/// ln of the mean of e-values, which is one too: of evidence on several questions, each of which would be held against the same.
double log_mean_of(const double* log_values, int64_t count);

/// One kind of value and how often it comes.
struct ValueShare {
  double value;  // in [0, 1]
  double share;  // of all
};

/// How many values of these kinds it takes until the evidence reaches 1/α in `power` of all cases; nothing where the bets
/// do not gain: no number of values would do. By the normal approximation of the sum of ln(1 + λ·(x − m)), for the best λ.
/// The simulations in judges_simulation_test.cc hold it to its promise.
int64_t values_needed(Side side, double bound, const ValueShare* kinds, int64_t kind_count, double alpha, double power);
/// What values_needed gives for "no number of values".
inline constexpr int64_t kNever = INT64_MAX;

}  // namespace headrace
