#include <cstdlib>
#include <fstream>

#include <caffe2/serialize/inline_container.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "tests/trainers/log_folder.h"
#include "tests/trainers/toy_task.h"
#include "trainers/archive.h"
#include "trainers/checkpoint.h"

namespace recur::this_file {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Checkpoint sample() {
  ToyTask task;
  TrainingState training{.batch = 3, .loss_sum = 1.5, .examples = 24, .evaluated_step = 10, .seconds = 2.25};
  training.best = {.value = 0.125, .step = 9, .evaluations_without_improvement = 2};
  training.plateau = {.factor = 0.25, .best = std::nullopt, .bad_evaluations = 1};
  training.optimizer["W1"] = {{"step", torch::scalar_tensor(int64_t{13}, torch::kLong)},
                              {"exp_avg", torch::randn({8, 3})}};
  training.average["W1"] = torch::randn({8, 3}, torch::kDouble);
  training.generators["cpu"] = torch::arange(16, torch::kByte);
  training.task["carried"] = torch::tensor(3.5F);
  return {.config_yaml = "trainer: {epochs: 3}\n",
          .pipeline_json = R"({"words": ["a", "\u00e9"]})",
          .step = 13,
          .epoch = 2,
          .metrics = {{"loss", 0.1}, {"rmse", NAN}},
          .model = model_state(task.model_),
          .training = training};
}

/// Everything in a checkpoint, written out to the bit.
std::string text(const TensorMap& tensors) {
  std::string out;
  for (const auto& [name, tensor] : tensors) {
    const auto plain = tensor.detach().contiguous();
    out += fmt::format("{}:{}", name, c10::toString(plain.scalar_type()));
    for (const auto size : plain.sizes()) out += fmt::format(",{}", size);
    out += "=" + std::string(static_cast<const char*>(plain.const_data_ptr()), plain.nbytes()) + "\n";
  }
  return out;
}
std::string text(const Checkpoint& c) {
  std::string out = fmt::format("{}|{}|{}|{}\n", c.config_yaml, c.pipeline_json, c.step, c.epoch) + text(c.model);
  for (const auto& [name, value] : c.metrics) out += fmt::format("{}={}\n", name, value);
  if (!c.training) return out;
  const auto& t = *c.training;
  out += fmt::format("{} {} {} {} {} ", t.batch, t.loss_sum, t.examples, t.evaluated_step, t.seconds);
  out += fmt::format("{} {} {} ", t.best.value.value_or(-1), t.best.step, t.best.evaluations_without_improvement);
  out += fmt::format("{} {} {}\n", t.plateau.factor, t.plateau.best.value_or(-1), t.plateau.bad_evaluations);
  for (const auto& [name, entries] : t.optimizer) out += name + ":" + text(entries);
  return out + text(t.average) + text(t.generators) + text(t.task);
}

class CheckpointFile : public testing::Test {
 protected:
  /// The message with which `bytes` are refused as a checkpoint, without the path; "" if they are read.
  std::string refusal(const std::string& bytes) {
    write_file_atomically(path_, bytes);
    try {
      read_checkpoint(path_);
    } catch (const CheckpointError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path_.string() + ": "));
      return std::string(error.what()).substr(path_.string().size() + 2);
    }
    return "";
  }

  LogFolder folder_;
  std::filesystem::path path_ = folder_.path() / "sub" / "last.pt";
};

TEST_F(CheckpointFile, GivesBackWhatWasWritten) {
  auto checkpoint = sample();
  write_checkpoint(path_, checkpoint);
  EXPECT_EQ(text(read_checkpoint(path_)), text(checkpoint));
  checkpoint.training.reset();
  write_checkpoint(path_, checkpoint);
  EXPECT_EQ(text(read_checkpoint(path_)), text(checkpoint));
  EXPECT_FALSE(read_checkpoint(path_).training);
}

TEST_F(CheckpointFile, StoresAViewWithoutWhatItViews) {
  Checkpoint checkpoint;
  checkpoint.model["view"] = torch::arange(100000).slice(0, 5, 8);
  write_checkpoint(path_, checkpoint);
  EXPECT_LT(std::filesystem::file_size(path_), 10000U);
  EXPECT_TRUE(read_checkpoint(path_).model.at("view").equal(torch::arange(5, 8)));
}

TEST_F(CheckpointFile, IsReadByPythonWithWeightsOnly) {
  if (std::system("'" RECUR_PYTHON "' -c 'import torch' 2> /dev/null") != 0)
    GTEST_SKIP() << "no Python with torch here";
  write_checkpoint(path_, sample());
  const auto command = fmt::format(
      "'" RECUR_PYTHON
      "' -c \"import torch; c = torch.load('{}', weights_only=True); assert c['format'] == 'recur checkpoint'; "
      "assert c['model']['W1'].shape == (8, 3); assert c['training']['optimizer']['W1']['step'] == 13; "
      "assert c['training']['plateau_best'] is None; assert c['step'] == 13\"",
      path_.string());
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(CheckpointFile, EveryFlippedByteIsFoundOrHarmless) {
  const auto checkpoint = sample();
  const auto content = text(checkpoint);
  write_checkpoint(path_, checkpoint);
  const auto bytes = read_file(path_);
  size_t refused = 0;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    auto damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (i % 2 ? 0x01 : 0x80));
    try {
      std::ofstream(path_, std::ios::binary) << damaged;
      EXPECT_EQ(text(read_checkpoint(path_)), content) << "byte " << i << " of " << bytes.size();
    } catch (const CheckpointError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, bytes.size() / 3 / 3);  // the rest is padding, dates and local headers
}

TEST_F(CheckpointFile, TruncatedAnywhereIsRefused) {
  write_checkpoint(path_, sample());
  const auto bytes = read_file(path_);
  for (size_t size = 0; size < bytes.size(); size += 97) EXPECT_NE(refusal(bytes.substr(0, size)), "") << size;
  EXPECT_NE(refusal(bytes.substr(0, bytes.size() - 1)), "");
  EXPECT_EQ(refusal(bytes), "");
}

TEST_F(CheckpointFile, AbsentOrAFolderIsRefusedByName) {
  const auto message = [](const std::filesystem::path& path) {
    try {
      read_checkpoint(path);
    } catch (const CheckpointError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message(folder_.path() / "none.pt"), HasSubstr("none.pt"));
  EXPECT_THAT(message(folder_.path()), HasSubstr(folder_.path().string()));
}

/// An archive of torch's with a pickle of these opcodes, and one tensor's bytes.
std::string archive_with(const std::string& program, const std::string& data = "") {
  const auto pickle = "\x80\x02" + program;  // protocol 2
  std::string bytes;
  caffe2::serialize::PyTorchStreamWriter writer([&](const void* from, size_t size) {
    bytes.append(static_cast<const char*>(from), size);
    return size;
  });
  writer.writeRecord("data.pkl", pickle.data(), pickle.size());
  if (!data.empty()) writer.writeRecord("data/0", data.data(), data.size());
  writer.writeEndOfFile();
  return bytes;
}

// Pickle's opcodes for a text and a number.
std::string little_endian(uint32_t value) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift & 0xFF);
  return bytes;
}
std::string pickled(const std::string& text) {
  return "X" + little_endian(static_cast<uint32_t>(text.size())) + text;
}
std::string pickled(uint32_t value) {
  return "J" + little_endian(value);
}

TEST_F(CheckpointFile, RunsNoCodeThatAPickleAsksFor) {
  const auto witness = (folder_.path() / "witness").string();
  const auto call = [&](const std::string& function) {
    return "c" + function + "\n(" + pickled("touch " + witness) + "tR.";  // GLOBAL, MARK, TUPLE, REDUCE, STOP
  };
  EXPECT_THAT(refusal(archive_with(call("posix\nsystem"))), HasSubstr("posix.system"));
  EXPECT_THAT(refusal(archive_with(call("builtins\neval"))), HasSubstr("builtins.eval"));
  EXPECT_THAT(refusal(archive_with(call("datetime\ndate"))), HasSubstr("datetime.date"));
  EXPECT_THAT(refusal(archive_with("c__torch__\nModule\n)\x81}b.")), HasSubstr("__torch__"));  // a TorchScript object
  EXPECT_FALSE(std::filesystem::exists(witness));
}

TEST_F(CheckpointFile, ForeignFilesAreRefusedWithTheReason) {
  const auto dictionary = [](const char* key, const c10::IValue& value) {
    c10::impl::GenericDict dict(c10::StringType::get(), c10::AnyType::get());
    dict.insert(key, value);
    return c10::IValue(dict);
  };
  EXPECT_NE(refusal(""), "");
  EXPECT_NE(refusal("epochs: 3\n"), "");
  EXPECT_NE(refusal(std::string(5000, '\0')), "");
  EXPECT_THAT(refusal(pack_archive(torch::ones({2}))), HasSubstr("not a recur checkpoint"));
  EXPECT_THAT(refusal(pack_archive(dictionary("w", torch::ones({2})))), HasSubstr("not a recur checkpoint"));
  EXPECT_THAT(refusal(pack_archive(dictionary("format", 3))), HasSubstr("not a recur checkpoint"));
  EXPECT_NE(refusal(archive_with("garbage")), "");
  EXPECT_NE(refusal(archive_with("")), "");
  EXPECT_NE(refusal(archive_with("}")), "");  // no STOP
}

TEST_F(CheckpointFile, SaysWhichEntryIsMissingOrOfAnotherType) {
  const auto with = [](const char* key, const c10::IValue& value) {
    c10::impl::GenericDict dict(c10::StringType::get(), c10::AnyType::get());
    dict.insert("format", "recur checkpoint");
    dict.insert("version", 1);
    dict.insert("config", "");
    dict.insert("pipeline", "{}");
    dict.insert("step", 1);
    dict.insert_or_assign(key, value);
    return pack_archive(dict);
  };
  EXPECT_THAT(refusal(with("version", 99)), AllOf(HasSubstr("version 99"), HasSubstr("reads version 1")));
  EXPECT_THAT(refusal(with("step", "one")), AllOf(HasSubstr("'step'"), HasSubstr("another type")));
  EXPECT_THAT(refusal(with("step", 1)), HasSubstr("no entry 'epoch'"));
}

TEST_F(CheckpointFile, ATensorMayNotReachBeyondItsEntry) {
  // {"w": torch._utils._rebuild_tensor_v2(storage "data/0" of `stored` floats, 0, (size,), (1,), False, {})}
  const auto tensor = [](uint32_t stored, uint32_t size) {
    const auto storage =
        "(" + pickled("storage") + "ctorch\nFloatStorage\n" + pickled("0") + pickled("cpu") + pickled(stored) + "tQ";
    return "}" + pickled("w") + "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + pickled(0) + "(" + pickled(size) +
           "t(" + pickled(1) + "t\x89}tRs.";
  };
  const std::string four_floats(16, 'x');
  EXPECT_THAT(refusal(archive_with(tensor(4, 4), four_floats)), HasSubstr("not a recur checkpoint"));  // but readable
  EXPECT_THAT(refusal(archive_with(tensor(1000, 1000), four_floats)), HasSubstr("larger than its entry"));
  EXPECT_THAT(refusal(archive_with(tensor(4, 1000), four_floats)), testing::Not(HasSubstr("not a recur checkpoint")));
}

TEST(ModelState, ThatDoesNotFitIsRefusedWithAllNames) {
  ToyTask task;
  const auto before = task.weight_bytes();
  auto state = model_state(task.model_);
  for (auto& item : state) item.second = item.second.detach().clone() + 1;
  state["W1"] = torch::zeros({4, 3});
  state["b1"] = torch::zeros({8}, torch::kDouble);
  state["extra"] = state["b2"];
  state.erase("W2");
  try {
    load_model_state(task.model_, state, "a.pt");
    FAIL();
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("a.pt"), HasSubstr("W1: Float[4, 3] in the file, Float[8, 3] in the"),
                                    HasSubstr("b1: Double[8] in the file"), HasSubstr("extra: only in the file"),
                                    HasSubstr("W2: only in the model"), testing::Not(HasSubstr("b2"))));
  }
  EXPECT_EQ(task.weight_bytes(), before);
}

}  // namespace
}  // namespace recur::this_file
