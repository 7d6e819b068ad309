// Products in bf16 on this thread: torch's autocast.
#pragma once

#include <torch/types.h>

namespace recur {

/// While it lives, products on devices of one type read bf16, wherever torch's autocast and the fused engine have them
/// do so; parameters stay as they are.  At its end all is as it was.
class Autocast {
 public:
  explicit Autocast(torch::DeviceType type);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  torch::DeviceType type_;
  bool was_enabled_;
  torch::ScalarType was_type_;
};

}  // namespace recur
