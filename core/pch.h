// The narrow precompiled header: the three LibTorch headers that nearly every file needs.  torch/torch.h would cost
// 27 s a file; this set costs under 5 s once precompiled.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <fmt/format.h>
