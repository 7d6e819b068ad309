// The built-in price series: no download, the same on every machine, and with something in it to learn.
#pragma once

#include <cstdint>

#include "datasets/stock/price_table.h"

namespace recur {

/// A made-up ticker: `rows` business days from 2015-01-02 on, with the columns open high low close volume.
///
/// The log price l and its return r follow, with e, n, g standard normal,
///
///   r_t = kappa (m_t - l_{t-1}) + phi r_{t-1} + a sin(2 pi t / 20) + sigma e_t        l_t = l_{t-1} + r_t
///
///   m_t    the market's regime, log 80 (bear) or log 125 (bull), which flips with probability 1/250 a day
///   kappa = 0.01    a slow pull towards it: drift for months, and prices that stay between about 60 and 160
///   phi   = 0.4     momentum: a good day is followed by a good one
///   a     = 0.005   a month's rhythm, twenty trading days
///   sigma = 0.01    noise, which nobody can predict
///
///   close = exp(l_t)            open = exp(l_{t-1} + r_t / 4 + 0.002 n)
///   high  = max(open, close) exp(0.004 |n|)          low = min(open, close) exp(-0.004 |n|)
///   volume = 10^6 exp(20 |r_t| + 0.25 n)
///
/// Prices are rounded to cents and volumes to whole shares.  Who knows the equation predicts tomorrow's close with an
/// RMSE 10 to 25 % below persistence's (tomorrow = today); a linear fit on the last twenty returns, 7 to 20 %.
///
/// The random numbers are std::mt19937_64's, and a normal one the sum of twelve uniform ones less 6: the standard fixes
/// the former and additions round alike everywhere, which cannot be said of std::normal_distribution.
///
/// @throws ConfigError  for less than 2 rows.
PriceTable simulate_prices(int64_t rows, int64_t seed);

}  // namespace recur
