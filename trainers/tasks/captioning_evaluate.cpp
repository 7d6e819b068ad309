// A captioner measured, for `recur evaluate` and report.html.
#include <algorithm>
#include <numeric>

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/base64.h"
#include "trainers/log/caption_picture.h"
#include "trainers/log/contact_sheet.h"
#include "trainers/log/format.h"
#include "trainers/log/table.h"
#include "trainers/metrics/caption_baselines.h"
#include "trainers/tasks/captioning.h"
#include "trainers/tasks/encoded_texts.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

constexpr int64_t kShownCaptions = 5;    // the best, and the worst, on the screen
constexpr int64_t kSheetImages = 8;      // the same in the report
constexpr int64_t kCaptionPictures = 3;  // of where each word looked, in the report
constexpr int kCaptionColumns = 60;      // of a caption in a table

/// Images by their captions' scores: the best `count` first, and the worst `count`, worst first; none in both.
struct BestAndWorst {
  std::vector<int64_t> best, worst;

  BestAndWorst(const std::vector<double>& scores, int64_t count) {
    std::vector<int64_t> order(scores.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater{}, [&](int64_t k) { return scores[k]; });
    count = std::min(count, static_cast<int64_t>(order.size()) / 2);
    best.assign(order.begin(), order.begin() + count);
    worst.assign(order.rbegin(), order.rbegin() + count);
  }
};

void add_baseline(Metrics& baselines, const std::string& name, const std::vector<std::string>& captions,
                  const std::vector<References>& references) {
  for (const auto& [metric, value] : score_captions(captions, references).corpus) {
    baselines[name + "_" + metric] = value;
  }
}

/// The mean over the grid of each image's features: [N, C].
torch::Tensor mean_features(ImageFeatures& features) {
  std::vector<torch::Tensor> means;
  features.for_each([&](int64_t, const torch::Tensor& batch) { means.push_back(batch.mean({2, 3}).to(torch::kCPU)); });
  return at::cat(means);
}

torch::Tensor all_colours(CaptionSplit& split) {
  std::vector<torch::Tensor> colours;
  for (int64_t k = 0; k < split.size(); ++k) colours.push_back(split.colours(k));
  return at::stack(colours);
}

ordered_json captions_json(const CaptionSplit& split, const std::vector<std::string>& captions,
                           const std::vector<Hypothesis>& hypotheses, const std::vector<double>& cider_d) {
  auto json = ordered_json::array();
  for (int64_t k = 0; k < split.size(); ++k) {
    auto references = ordered_json::array();
    for (const auto& words : split.references()[k]) references.push_back(fmt::format("{}", fmt::join(words, " ")));
    json.push_back({{"image", split.source().names[k]},
                    {"caption", captions[k]},
                    {"log_probability", hypotheses[k].log_probability},
                    {"cider_d", cider_d[k]},
                    {"references", references}});
  }
  return json;
}

std::string captions_table(const CaptionSplit& split, const std::vector<std::string>& captions,
                           const std::vector<double>& cider_d) {
  const BestAndWorst chosen(cider_d, kShownCaptions);
  Table table{.header = {"CIDEr-D", "image", "said", "one that a person said"}};
  const auto add = [&](int64_t k) {
    table.rows.push_back({format_number(cider_d[k], 3), fit_width(printable(split.source().names[k]), 20),
                          fit_width(printable(captions[k]), kCaptionColumns),
                          fit_width(printable(split.source().captions[k].front()), kCaptionColumns)});
  };
  for (const int64_t k : chosen.best) add(k);
  if (!chosen.best.empty()) table.rows.push_back({"..."});
  for (const int64_t k : chosen.worst) add(k);
  return "\nthe best captions and the worst\n" + table.to_string(true, 2);
}

}  // namespace

std::vector<std::string> CaptioningExperiment::captions_of_nearest(const torch::Tensor& train,
                                                                   const torch::Tensor& query) {
  const auto& images = split("train");
  const auto nearest = nearest_neighbours(train, query);
  std::vector<std::string> captions;
  for (int64_t k = 0; k < nearest.numel(); ++k) {
    std::vector<std::string> candidates;
    for (const auto& caption : images.source().captions[nearest[k].item<int64_t>()]) {
      candidates.push_back(pipeline_->canonical(caption));
    }
    captions.push_back(candidates[commonest_caption(candidates)]);
  }
  return captions;
}

Metrics CaptioningExperiment::baselines(const std::string& name) {
  auto& train = split("train");
  auto& measured = split(name);
  Metrics baselines;
  const auto known = canonical_captions(train.source(), *pipeline_);
  const std::vector<std::string> commonest(static_cast<size_t>(measured.size()), known[commonest_caption(known)]);
  add_baseline(baselines, "commonest_caption", commonest, measured.references());
  if (name == "train") return baselines;  // every image is its own nearest neighbour
  add_baseline(baselines, "nearest_colours", captions_of_nearest(all_colours(train), all_colours(measured)),
               measured.references());
  model_->eval();
  const auto by_features = captions_of_nearest(mean_features(features("train")), mean_features(features(name)));
  add_baseline(baselines, "nearest_features", by_features, measured.references());
  return baselines;
}

Evaluation CaptioningExperiment::evaluate(const std::string& name) {
  const auto& measured = split(name);
  const auto written = write(name);
  auto scores = score_captions(written.captions, measured.references());
  const ordered_json details = {
      {"captions", captions_json(measured, written.captions, written.hypotheses, scores.cider_d)}};
  return {.split = name,
          .examples = measured.size(),
          .metrics = std::move(scores.corpus),
          .baselines = baselines(name),
          .details_json = details.dump(),
          .details_text = captions_table(measured, written.captions, scores.cider_d)};
}

std::vector<ReportSection> CaptioningExperiment::report_sections() {
  auto& test = split("test");
  const auto written = write("test");
  const auto cider_d = score_captions(written.captions, test.references()).cider_d;
  const BestAndWorst chosen(cider_d, kSheetImages);
  const auto entries = [&](const std::vector<int64_t>& images) {
    std::vector<SheetEntry> entries;
    for (const int64_t k : images) {
      entries.push_back({.image = test.seen(k),
                         .said = written.captions[k],
                         .references = test.source().captions[k],
                         .score = cider_d[k],
                         .score_name = "CIDEr-D"});
    }
    return entries;
  };
  std::vector<ReportSection> sections = {{.title = "Images and what was said of them",
                                          .html = contact_sheet_html(entries(chosen.best), entries(chosen.worst))}};
  if (!model_->has_attention()) return sections;
  std::string html;
  for (int64_t k = 0; k < std::min(kCaptionPictures, test.size()); ++k) {
    const auto attention = attention_of(model_->encode(test.images(k, k + 1).to(device_)), written.hypotheses[k]);
    const auto png = caption_picture_png(test.seen(k), token_texts(written.hypotheses[k].tokens, *pipeline_), attention,
                                         caption_line(written.hypotheses[k]));
    html += fmt::format(
        "<div class=\"scroll\" style=\"margin:16px 0\"><img src=\"data:image/png;base64,{}\" "
        "style=\"display:block;width:100%;min-width:640px;border-radius:10px\" alt=\"\"></div>\n",
        to_base64(png));
  }
  sections.push_back({.title = "Where each word looked", .html = html});
  return sections;
}

}  // namespace recur
