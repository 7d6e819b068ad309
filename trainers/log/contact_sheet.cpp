#include "trainers/log/contact_sheet.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

#include "core/base64.h"
#include "datasets/image/image_file.h"
#include "trainers/log/canvas.h"
#include "trainers/log/chart.h"
#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr int64_t kLongestSide = 240;
constexpr int kJpegQuality = 85;

constexpr std::string_view kCss = R"(<style>
.sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,240px),1fr));gap:16px;margin:0 0 8px}
.sheet figure{margin:0;border:1px solid var(--line);border-radius:10px;background:var(--card);overflow:hidden;
break-inside:avoid}
.sheet img{display:block;width:100%;height:240px;object-fit:contain;background:var(--line)}
.sheet figcaption{padding:10px 14px 12px;overflow-wrap:anywhere}
.sheet .said{margin:0;font-weight:600;line-height:1.4}
.sheet .score{margin:4px 0 0;font-size:13px;color:var(--accent);font-variant-numeric:tabular-nums}
.sheet ul{margin:8px 0 0;padding:8px 0 0;border-top:1px solid var(--line);list-style:none;font-size:13px;
line-height:1.45;color:var(--soft)}
.sheet li+li{margin-top:3px}
</style>
)";

std::string image_html(const torch::Tensor& image, const std::string& said) {
  const ImageSize size = fitted_size(image, {.height = kLongestSide, .width = kLongestSide});
  return fmt::format("<img src=\"data:image/jpeg;base64,{}\" width=\"{}\" height=\"{}\" alt=\"{}\">",
                     to_base64(encode_jpeg(resize_image(image, size), kJpegQuality)), size.width, size.height,
                     escape_html(said));
}

std::string card_html(const SheetEntry& entry) {
  const std::string said = printable(entry.said);
  std::string html = "<figure>" + image_html(entry.image, said) + "\n<figcaption>";
  html += fmt::format("<p class=\"said\">{}</p>\n", said.empty() ? "(nothing)" : escape_html(said));
  if (!entry.score_name.empty()) {
    html += fmt::format("<p class=\"score\">{} {:.2f}</p>\n", escape_html(entry.score_name), entry.score);
  }
  if (!entry.references.empty()) html += "<ul>\n";
  for (const std::string& reference : entry.references) {
    html += "<li>" + escape_html(printable(reference)) + "</li>\n";
  }
  if (!entry.references.empty()) html += "</ul>";
  return html + "</figcaption></figure>\n";
}

std::string part_html(std::string_view title, const std::vector<SheetEntry>& entries) {
  if (entries.empty()) return "";
  std::string html = fmt::format("<h3>{}</h3>\n<div class=\"sheet\">\n", title);
  for (const SheetEntry& entry : entries) html += card_html(entry);
  return html + "</div>\n";
}

}  // namespace

std::string contact_sheet_html(const std::vector<SheetEntry>& good, const std::vector<SheetEntry>& bad) {
  return std::string(kCss) + part_html("The best", good) + part_html("The worst", bad);
}

}  // namespace recur
