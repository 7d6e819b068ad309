#include "datasets/speech/joined.h"

#include <algorithm>
#include <map>
#include <memory>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "datasets/draw.h"

namespace recur {
namespace {

constexpr double kNearSilence = 5e-4;  // -66 dB of full scale

struct Plan {
  std::vector<const Utterance*> clips;
  std::vector<double> gaps;  // seconds, one more than clips
  uint64_t noise_seed = 0;
};

torch::Tensor gap(double seconds, int64_t rate, const at::Generator& generator) {
  return at::empty({static_cast<int64_t>(seconds * static_cast<double>(rate))}).normal_(0, kNearSilence, generator);
}

Audio read_joined(const Plan& plan) {
  const auto generator = at::detail::createCPUGenerator(plan.noise_seed);
  std::vector<torch::Tensor> pieces;
  int64_t rate = 0;
  for (size_t k = 0; k < plan.clips.size(); ++k) {
    const auto clip = plan.clips[k]->read();
    if (rate != 0 && clip.sample_rate != rate) {
      throw DataError(fmt::format("{}: sampled at {} Hz, others that it is joined to at {}", plan.clips[k]->name,
                                  clip.sample_rate, rate));
    }
    rate = clip.sample_rate;
    pieces.push_back(gap(plan.gaps[k], rate, generator));
    pieces.push_back(clip.samples);
  }
  pieces.push_back(gap(plan.gaps.back(), rate, generator));
  return {.samples = at::cat(pieces), .sample_rate = rate};
}

}  // namespace

std::vector<Utterance> join_clips(const std::vector<Utterance>& clips, int64_t count, const JoinOptions& options,
                                  int64_t seed) {
  const auto kept = std::make_shared<const std::vector<Utterance>>(clips);
  std::map<std::string, std::vector<const Utterance*>> of_speaker;
  for (const auto& clip : *kept) of_speaker[clip.speaker].push_back(&clip);
  std::vector<Utterance> joined;
  for (int64_t index = 0; index < count && !clips.empty(); ++index) {
    Draw draw({seed, index});
    const auto& [speaker, own] = *std::next(of_speaker.begin(), draw.below(std::ssize(of_speaker)));
    Plan plan;
    plan.noise_seed = draw.bits();
    std::vector<std::string> texts;
    Utterance utterance{.name = fmt::format("{} {}", speaker, index), .text = {}, .speaker = speaker, .read = {}};
    for (auto k = options.least + draw.below(options.most - options.least + 1); k > 0; --k) {
      plan.clips.push_back(own[static_cast<size_t>(draw.below(std::ssize(own)))]);
      plan.gaps.push_back(draw.between(options.least_gap, options.most_gap));
      texts.push_back(plan.clips.back()->text);
      utterance.seconds += plan.clips.back()->seconds + plan.gaps.back();
    }
    plan.gaps.push_back(draw.between(options.least_gap, options.most_gap));
    utterance.seconds += plan.gaps.back();
    utterance.text = fmt::format("{}", fmt::join(texts, " "));
    utterance.read = [kept, plan = std::move(plan)] { return read_joined(plan); };
    joined.push_back(std::move(utterance));
  }
  return joined;
}

}  // namespace recur
