#include "trainers/metrics/diebold_mariano.h"

#include <cmath>
#include <limits>

#include <ATen/ATen.h>

namespace recur {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// Sum of the autocovariances of `centred` [N] up to `lags` on both sides, weighted by 1 or by Bartlett's triangle.
double long_run_variance(const torch::Tensor& centred, int64_t lags, bool bartlett) {
  const int64_t n = centred.size(0);
  double sum = centred.square().mean().item<double>();
  for (int64_t k = 1; k <= lags; ++k) {
    const double covariance =
        (centred.narrow(0, k, n - k) * centred.narrow(0, 0, n - k)).sum().item<double>() / static_cast<double>(n);
    const double weight = bartlett ? 1 - static_cast<double>(k) / static_cast<double>(lags + 1) : 1;
    sum += 2 * weight * covariance;
  }
  return sum;
}

/// The regularised incomplete beta function I_x(a, b) by its continued fraction, DLMF 8.17.22, evaluated by Lentz's
/// method; it converges fast for x < (a + 1) / (a + b + 2).
double incomplete_beta(double x, double a, double b) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(1 - x, b, a);
  constexpr double kTiny = 1e-300;
  const auto guarded = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1, d = 1 / guarded(1 - (a + b) * x / (a + 1)), fraction = d;
  for (int m = 1; m < 1000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double factor = 1;
    for (const double term : {even, odd}) {
      d = 1 / guarded(1 + term * d);
      c = guarded(1 + term / c);
      factor = c * d;
      fraction *= factor;
    }
    if (std::abs(factor - 1) < 1e-15) break;
  }
  const double log_front = std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x);
  return std::exp(log_front) * fraction / a;
}

}  // namespace

DieboldMariano diebold_mariano(const torch::Tensor& loss_difference, int64_t horizon) {
  const torch::Tensor d = loss_difference.to(at::kDouble);
  const auto n = static_cast<double>(d.size(0));
  const auto h = static_cast<double>(horizon);
  if (d.size(0) < 2 || d.size(0) < horizon) return {.statistic = kUndefined, .p_value = kUndefined};
  if (d.eq(0).all().item<bool>()) return {.statistic = 0, .p_value = 1};

  const double mean_difference = d.mean().item<double>();
  const torch::Tensor centred = d - mean_difference;
  double variance = long_run_variance(centred, horizon - 1, /*bartlett=*/false);
  if (variance <= 0) variance = long_run_variance(centred, horizon - 1, /*bartlett=*/true);
  const double correction = std::sqrt((n + 1 - 2 * h + h * (h - 1) / n) / n);
  const double statistic = correction * mean_difference / std::sqrt(variance / n);
  return {.statistic = statistic, .p_value = student_t_two_sided(statistic, n - 1)};
}

double student_t_two_sided(double x, double degrees) {
  // Abramowitz & Stegun 26.7.1: P(|t| > |x|) = I_{v / (v + x^2)}(v / 2, 1 / 2).
  return std::isnan(x) ? kUndefined : incomplete_beta(degrees / (degrees + x * x), degrees / 2, 0.5);
}

}  // namespace recur
