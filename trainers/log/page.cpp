#include "trainers/log/page.h"

#include <fmt/format.h>

#include "trainers/log/chart.h"

namespace recur {
namespace {

constexpr std::string_view kPageCss = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--soft:#59636e;--line:#d8dee4;--card:#f6f8fa;--accent:#0072b2}
@media(prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--soft:#9198a1;--line:#30363d;--card:#151b23;
--accent:#58a6e0}}
*{box-sizing:border-box}
body{margin:0 auto;padding:36px 24px 48px;max-width:1080px;background:var(--paper);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{margin:0;font-size:28px;line-height:1.25;overflow-wrap:anywhere}h2{margin:40px 0 12px;font-size:19px}
.subtitle{margin:6px 0 0;color:var(--soft);overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:10px;margin:22px 0 0;padding:0}
.facts div{padding:8px 14px;border:1px solid var(--line);border-radius:8px;background:var(--card)}
.facts dt{font-size:12px;color:var(--soft)}.facts dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:16px}
.charts .wide{grid-column:1/-1}
.charts>div{padding:10px 8px 4px;border:1px solid var(--line);border-radius:10px;min-width:0}
svg{display:block;width:100%;height:auto}img{max-width:100%}figure{margin:16px 0}figcaption{overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:6px 18px 6px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:baseline}
th{font-size:13px;font-weight:600;color:var(--soft)}.number{text-align:right;white-space:nowrap}
.long{min-width:13em;overflow-wrap:anywhere}
.scroll th:first-child,.scroll td:first-child{position:sticky;left:0;background:var(--paper)}
.results tbody td:nth-child(2).number{font-weight:600}
details{border:1px solid var(--line);border-radius:10px}
summary{padding:10px 14px;cursor:pointer;color:var(--accent)}
pre{margin:0;padding:4px 14px 14px;overflow-x:auto;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace}
.legend{position:sticky;top:0;display:flex;flex-wrap:wrap;gap:2px 20px;max-height:30vh;overflow:auto;margin:0 0 8px;
padding:8px 0;list-style:none;background:var(--paper)}
.legend li{display:flex;gap:8px;align-items:center;overflow-wrap:anywhere}.legend svg{flex:none;width:26px}
footer{margin-top:44px;font-size:13px;color:var(--soft)}
@media(max-width:560px){body{padding:20px 14px 32px}h1{font-size:23px}h2{margin-top:30px}.facts{gap:6px;margin-top:16px}
.facts div{padding:5px 10px}th,td{padding-right:12px}.long{min-width:9em}
.scroll td:first-child{max-width:44vw;overflow-wrap:break-word}.charts>div{padding:8px 2px 2px}}
@media print{body{max-width:none;padding:0}.charts>div,table{break-inside:avoid}}
)";

}  // namespace

std::string html_page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n{}<footer>Made by recur.</footer>\n</body>\n</html>\n",
      escape_html(title), kPageCss, chart_css(), body);
}

std::string html_heading(std::string_view title, std::string_view subtitle) {
  std::string html = "<h1>" + escape_html(title) + "</h1>\n";
  if (!subtitle.empty()) html += "<p class=\"subtitle\">" + escape_html(subtitle) + "</p>\n";
  return html;
}

std::string html_facts(const std::vector<std::pair<std::string, std::string>>& facts) {
  if (facts.empty()) return "";
  std::string html = "<dl class=\"facts\">\n";
  for (const auto& [name, value] : facts) {
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(name), escape_html(value));
  }
  return html + "</dl>\n";
}

}  // namespace recur
