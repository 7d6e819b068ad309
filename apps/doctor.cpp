// recur doctor
#include <cstdio>
#include <thread>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/version.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/verbs.h"
#include "datasets/catalog.h"
#include "models/engine/cpu/step.h"

namespace recur::apps {
namespace {

/// One thing looked at.  `mend` is the command that mends what is missing; empty: all is well.
struct Finding {
  std::string what, found, mend;
};

Finding look_at_cuda() {
  if (!at::hasCUDA()) {
    const bool cuda_build = at::detail::getCUDAHooks().hasCUDART();
    return {"CUDA", cuda_build ? "LibTorch has it, but sees no device" : "none: this is a CPU build of LibTorch",
            cuda_build ? "nvidia-smi" : ""};
  }
  const int devices = static_cast<int>(at::detail::getCUDAHooks().deviceCount());
  return {"CUDA", fmt::format("{} device{}; device: auto uses cuda:0", devices, devices == 1 ? "" : "s"), ""};
}

std::vector<Finding> look_at_data() {
  const auto folder = data_directory();
  std::vector<Finding> findings;
  const bool exists = std::filesystem::is_directory(folder);
  findings.push_back({"data folder", folder.string() + (exists ? "" : " (absent; built-in data needs none)"),
                      exists ? "" : "export RECUR_DATA=FOLDER"});
  if (!exists) return findings;
  for (const auto& entry : data_catalog()) {
    const bool there = is_there(entry, folder);
    findings.push_back(
        {"  " + entry.name, there ? "there" : "not all of it", there ? "" : "recur data fetch " + entry.name});
  }
  return findings;
}

void doctor(bool json) {
  std::vector<Finding> findings = {
      {"recur", RECUR_VERSION, ""},
      {"LibTorch", TORCH_VERSION, ""},
      {"threads", fmt::format("{} of {} cores", at::get_num_threads(), std::thread::hardware_concurrency()), ""},
      {"SIMD",
       fmt::format("LibTorch: {}; the fused engine: {}", at::get_cpu_capability(), engine::cpu::instruction_set()), ""},
      look_at_cuda(),
  };
  for (auto& finding : look_at_data()) findings.push_back(std::move(finding));
  if (json) {
    auto list = nlohmann::ordered_json::array();
    for (const auto& [what, found, mend] : findings) {
      list.push_back({{"what", what.substr(what.find_first_not_of(' '))}, {"found", found}, {"mend", mend}});
    }
    fmt::print("{}\n", list.dump());
    return;
  }
  for (const auto& [what, found, mend] : findings) {
    fmt::print("{:<20} {}{}\n", what, found, mend.empty() ? "" : "    -> " + mend);
  }
}

}  // namespace

void add_doctor(CLI::App& app) {
  const auto json = std::make_shared<bool>(false);
  auto* verb = add_verb(app, "doctor", "what this machine has, what is missing, and the command that mends it",
                        "recur doctor --json");
  verb->add_flag("--json", *json, "one JSON list on stdout");
  verb->callback([json] { doctor(*json); });
}

}  // namespace recur::apps
