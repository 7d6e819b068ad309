// Word vectors that others trained: GloVe and word2vec files.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include <torch/types.h>

#include "core/option_fields.h"
#include "datasets/read_progress.h"
#include "datasets/text/vocabulary.h"

namespace recur {

struct WordVectorOptions {
  std::string file = "";
  std::string format = "auto";
  bool frozen = false;

  static constexpr auto fields() {
    using W = WordVectorOptions;
    return std::tuple{
        field("file", &W::file,
              "GloVe or word2vec vectors, plain, .gz or in a .zip (vectors.zip:name.txt where it holds several); "
              "empty: none"),
        field("format", &W::format, "text (GloVe, word2vec) or word2vec's binary form; auto: what the file looks like",
              one_of("auto", "text", "binary")),
        field("frozen", &W::frozen, "keep the vectors as they are instead of training them on"),
    };
  }
};

struct WordVectors {
  torch::Tensor weight;    ///< [V, D] float32, a row for each id of the vocabulary
  int64_t found = 0;       ///< words of the vocabulary that the file has
  int64_t vocabulary = 0;  ///< words of the vocabulary, without padding and unknown
  std::string report;      ///< "glove.txt: 50 dimensions, 2,210 of 2,446 words found (90.3 %), ..."
};

/// The vocabulary's rows of a file of word vectors; no more than these are kept in memory.  A word that the file lacks,
/// and the unknown one, get uniform random numbers of mean 0 and the found rows' variance, a function of `seed`;
/// padding is 0.  Of a word that comes twice, the first vector counts.
///
/// Text is `word number ... number` a line, with or without word2vec's first line `words dimensions`; a word may hold
/// blanks.  Binary is word2vec's: that first line, then `word`, a blank and D little-endian floats.  A file that ends
/// in the midst of a row gives the rows before it and says so in `report`.
/// @throws DataError  file:line (binary: row) for a row of another dimension or, of a word in the vocabulary, what is
/// no
///                    finite number; an absent or damaged file; an archive of several files of which none is named; a
///                    file that has none of the words.
WordVectors load_word_vectors(const WordVectorOptions& options, const Vocabulary& vocabulary, int64_t seed,
                              const ReadProgress& progress = {});

}  // namespace recur
