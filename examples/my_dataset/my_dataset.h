// A data set of your own: a CSV file in which each line is a step and the lines of one sequence follow each other.
//
//   sequence,label,x,y
//   a,circle,0.1,0.9
//   a,circle,0.2,0.8
//   b,square,0.0,0.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <torch/types.h>

#include <datasets/csv.h>

struct MyDataset {
  struct Sequence {
    std::string name;
    int64_t label = 0;  ///< in `labels`
    torch::Tensor x;    ///< [T, D] f32
  };
  std::vector<std::string> features;  ///< D: the columns behind the first two
  std::vector<std::string> labels;    ///< in the order in which they first occur
  std::vector<Sequence> sequences;
};

/// @throws recur::DataError naming file, line and column, for a cell that is no number, a sequence with two labels or
///         in two places, and a file that is no such table
MyDataset read_my_dataset(const std::filesystem::path& file);

/// The same of a table that has been read.
MyDataset my_dataset_of(const recur::CsvTable& table);

/// Some sequences side by side.
struct MyDatasetBatch {
  torch::Tensor x;        ///< [B, T, D], 0 behind a sequence's end
  torch::Tensor lengths;  ///< [B] int64
  torch::Tensor labels;   ///< [B] int64
};

MyDatasetBatch make_batch(const MyDataset& data, const std::vector<int64_t>& indices);
