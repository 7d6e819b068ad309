// The captioner: one image in, a sentence out.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"
#include "models/heads/writing.h"
#include "models/search/search.h"
#include "models/sequence/decoder.h"
#include "models/sequence/initial_state.h"
#include "models/vision/image_encoder.h"

namespace recur {

struct CaptionerOptions {
  ImageEncoderOptions encoder = {};
  std::string image = "attention";
  bool region_coordinates = true;
  DecoderOptions decoder = {};
  TeachingOptions loss = {};
  double doubly_stochastic = 1.0;
  SearchOptions search = {.max_length = 30};

  static constexpr auto fields() {
    using O = CaptionerOptions;
    return std::tuple{
        field("encoder", &O::encoder, "the network that sees"),
        field("image", &O::image,
              "how the decoder sees the image: as its first input (Vinyals et al. 2015), as its initial state, or as "
              "that and through soft attention at every step (Xu et al. 2015)",
              one_of("first_input", "initial_state", "attention")),
        field("region_coordinates", &O::region_coordinates,
              "attention: what is seen of a region ends with its place, row and column (Santoro et al. 2017)"),
        field("decoder", &O::decoder, "the network that writes"),
        field("loss", &O::loss, "what training minimises"),
        field("doubly_stochastic", &O::doubly_stochastic,
              "attention: weight of the term by which every region is looked at (Xu et al. 2015, eq. 14)",
              at_least(0.0)),
        field("search", &O::search, "how captions are written"),
    };
  }
};

/// What attention looks at: the regions of a grid, row by row, each perhaps with its place, from -1 to 1 (0 where there
/// is one row, or column).
/// @param features          [B, C, h, w]
/// @param with_coordinates  each region with its place
/// @returns                 [B, h*w, C], or [B, h*w, C + 2]
torch::Tensor grid_regions(const torch::Tensor& features, bool with_coordinates);

/// One-to-many: convolutional encoder, recurrent decoder.  The unknown token is read, and never written.
class CaptionerImpl : public torch::nn::Cloneable<CaptionerImpl> {
 public:
  CaptionerImpl(int64_t vocabulary_size, CaptionerOptions options);

  void reset() override;

  /// @param images  [B, 3, H, W]  @returns  features [B, C, h, w]
  torch::Tensor encode(const torch::Tensor& images) { return encoder->forward(images); }
  /// @param features  [B, C, h, w]  @returns  with attention a memory of L = h*w regions, row by row
  DecoderStart start(const torch::Tensor& features);
  /// Teacher forcing; see DecoderImpl::forward.
  Decoded forward(const DecoderStart& start, const torch::Tensor& tokens, const torch::Tensor& lengths,
                  double sampled_share = 0) {
    return decoder->forward(tokens, lengths, start.state, start.memory, sampled_share);
  }
  /// The decoder as a search wants it.  Refers to this module.
  Decoding decoding(const DecoderStart& start) { return decoding_of(*decoder, start, options_.search); }

  const CaptionerOptions& options() const { return options_; }
  bool has_attention() const { return options_.image == "attention"; }

  ImageEncoder encoder = nullptr;
  torch::nn::Linear image_input = nullptr;  ///< first_input: C -> embedding
  InitialState initial_state = nullptr;     ///< otherwise: of the mean over all regions
  Decoder decoder = nullptr;

 private:
  int64_t vocabulary_size_;
  CaptionerOptions options_;
};
TORCH_MODULE(Captioner);

/// What training minimises: cross-entropy, mean over all tokens, and with attention, over captions and regions,
///   doubly_stochastic * mean_i (1 - sum_t a_ti)^2
/// Xu et al.'s eq. 14 has sums for both means: their weight of 1 is here L / T, 4 for 49 regions and 12 tokens.
torch::Tensor caption_loss(const Decoded& decoded, const TaughtSentences& captions, const CaptionerOptions& options);

}  // namespace recur
