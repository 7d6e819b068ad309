#include "datasets/stock/features.h"

#include <array>
#include <numbers>

#include <ATen/ATen.h>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/stock/calendar.h"

namespace recur {
namespace {

/// The text of a number that reads back as the same double, and as a float rather than an int.
std::string literal(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return value < 0 ? "(" + text + ")" : text;
}

/// A TorchScript expression.  With the operators below a formula written for tensors also prints itself: the formulas
/// exist once, so what is exported cannot drift from what the model was trained on.
struct Script {
  std::string text;
};
Script operator-(const Script& a, double b) {
  return {"(" + a.text + " - " + literal(b) + ")"};
}
Script operator+(const Script& a, const Script& b) {
  return {"(" + a.text + " + " + b.text + ")"};
}
Script operator+(const Script& a, double b) {
  return {"(" + a.text + " + " + literal(b) + ")"};
}
Script operator*(const Script& a, double b) {
  return {a.text + " * " + literal(b)};
}
Script operator*(const Script& a, const Script& b) {
  return {a.text + " * " + b.text};
}
Script operator/(const Script& a, double b) {
  return {a.text + " / " + literal(b)};
}
Script operator/(const Script& a, const Script& b) {
  return {a.text + " / " + b.text};
}
Script log(const Script& a) {
  return {"torch.log(" + a.text + ")"};
}
Script exp(const Script& a) {
  return {"torch.exp(" + a.text + ")"};
}
Script sin(const Script& a) {
  return {"torch.sin(" + a.text + ")"};
}
Script cos(const Script& a) {
  return {"torch.cos(" + a.text + ")"};
}

/// A feature of the row `now`, given the same column one row before and the close of `now`.
template <class T>
std::vector<T> formula(const StockFeature& f, const T& now, const T& before, const T& close) {
  const auto standardised = [&](const T& value) { return (value - f.mean) / f.scale; };
  switch (f.kind) {
    case StockFeature::Kind::kLevel:
      return {standardised(now)};
    case StockFeature::Kind::kLog:
      return {standardised(log(now))};
    case StockFeature::Kind::kReturn:
      return {standardised(log(now / before))};
    case StockFeature::Kind::kRelative:
      return {standardised(log(now / close))};
    case StockFeature::Kind::kCalendar:
      break;
  }
  const T angle = now * (2 * std::numbers::pi / f.period);
  return {sin(angle), cos(angle)};
}

template <class T>
T decode_formula(const StockTarget& target, const T& y, const T& last) {
  switch (target.kind) {
    case StockTarget::Kind::kClose:
      return y * target.scale + target.mean;
    case StockTarget::Kind::kResidual:
      return last + y * target.scale;
    case StockTarget::Kind::kReturn:
      break;
  }
  return last * exp(y * target.scale);
}

struct CalendarColumn {
  const char* name;
  double period;
  int64_t (*of)(int64_t time);
};
constexpr std::array kCalendarColumns = {CalendarColumn{"day_of_week", 7, day_of_week},
                                         CalendarColumn{"month", 12, month_of_year},
                                         CalendarColumn{"day_of_month", 31, day_of_month}};

const CalendarColumn* find_calendar(const std::string& name) {
  for (const CalendarColumn& column : kCalendarColumns) {
    if (name == column.name) return &column;
  }
  return nullptr;
}

}  // namespace

StockFeature StockFeature::parse(const std::string& text) {
  StockFeature feature{.text = text, .source = text};
  if (const CalendarColumn* calendar = find_calendar(text)) {
    feature.kind = Kind::kCalendar;
    feature.period = calendar->period;
    return feature;
  }
  const size_t colon = text.find(':');
  if (colon != std::string::npos) {
    const std::string prefix = text.substr(0, colon);
    feature.source = text.substr(colon + 1);
    if (prefix == "log") {
      feature.kind = Kind::kLog;
    } else if (prefix == "return") {
      feature.kind = Kind::kReturn;
    } else if (prefix == "relative") {
      feature.kind = Kind::kRelative;
    } else {
      feature.source.clear();  // no such form
    }
  }
  if (feature.source.empty() || (colon != std::string::npos && find_calendar(feature.source))) {
    throw ConfigError(
        fmt::format("features: \"{}\" is not a feature; expected a column (\"close\", \"volume\"), \"log:COLUMN\", "
                    "\"return:COLUMN\", \"relative:COLUMN\", \"day_of_week\", \"month\" or \"day_of_month\"",
                    text));
  }
  return feature;
}

bool is_calendar_column(const std::string& column) {
  return find_calendar(column) != nullptr;
}

torch::Tensor calendar_column(const std::string& column, const std::vector<int64_t>& times) {
  const CalendarColumn* calendar = find_calendar(column);
  if (!calendar) throw Error("calendar_column: \"" + column + "\" is not a calendar column");
  torch::Tensor values = at::empty({static_cast<int64_t>(times.size())}, at::kDouble);
  double* out = values.mutable_data_ptr<double>();
  for (const int64_t time : times) *out++ = static_cast<double>(calendar->of(time));
  return values;
}

std::vector<torch::Tensor> feature_values(const StockFeature& feature, const torch::Tensor& rows, int64_t skip) {
  const torch::Tensor column = rows.select(1, feature.column);
  const int64_t count = rows.size(0) - skip;
  // With skip = 0 no feature looks at the row before, and any tensor will do for it.
  return formula(feature, column.narrow(0, skip, count), column.narrow(0, 0, count),
                 rows.select(1, 0).narrow(0, skip, count));
}

std::vector<std::string> feature_script(const StockFeature& feature, int64_t skip) {
  const auto slice = [&](const std::string& part, int64_t column) {
    return Script{fmt::format("rows[{}, {}]", part, column)};
  };
  const std::string now = skip > 0 ? fmt::format("{}:", skip) : ":";
  const std::string before = skip > 0 ? fmt::format(":-{}", skip) : ":";
  std::vector<std::string> texts;
  for (const Script& script :
       formula(feature, slice(now, feature.column), slice(before, feature.column), slice(now, 0))) {
    texts.push_back(script.text);
  }
  return texts;
}

StockTarget::Kind StockTarget::parse_kind(const std::string& text) {
  if (text == "close") return Kind::kClose;
  if (text == "residual") return Kind::kResidual;
  if (text == "return") return Kind::kReturn;
  throw ConfigError(fmt::format("target: got \"{}\", expected close, residual or return", text));
}

std::string StockTarget::kind_name() const {
  return kind == Kind::kClose ? "close" : kind == Kind::kResidual ? "residual" : "return";
}

torch::Tensor StockTarget::encode(const torch::Tensor& prices, const torch::Tensor& last) const {
  const torch::Tensor p = prices.to(at::kDouble);
  const torch::Tensor from = last.to(at::kDouble).unsqueeze(-1);
  switch (kind) {
    case Kind::kClose:
      return (p - mean) / scale;
    case Kind::kResidual:
      return (p - from) / scale;
    case Kind::kReturn:
      break;
  }
  return at::log(p / from) / scale;
}

torch::Tensor StockTarget::decode(const torch::Tensor& y, const torch::Tensor& last) const {
  return decode_formula(*this, torch::Tensor(y.to(at::kDouble)), torch::Tensor(last.to(at::kDouble).unsqueeze(-1)));
}

std::string StockTarget::decode_script() const {
  return decode_formula(*this, Script{"y"}, Script{"last"}).text;
}

}  // namespace recur
