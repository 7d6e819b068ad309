#include "core/autocast.h"

#include <ATen/autocast_mode.h>

namespace recur {

namespace autocast = at::autocast;

Autocast::Autocast(torch::DeviceType type)
    : type_(type), was_enabled_(autocast::is_autocast_enabled(type)), was_type_(autocast::get_autocast_dtype(type)) {
  autocast::increment_nesting();
  autocast::set_autocast_dtype(type, torch::kBFloat16);
  autocast::set_autocast_enabled(type, true);
}

Autocast::~Autocast() {
  // Parameters are kept as bf16 for as long as they do not change.
  if (autocast::decrement_nesting() == 0) autocast::clear_cache();
  autocast::set_autocast_enabled(type_, was_enabled_);
  autocast::set_autocast_dtype(type_, was_type_);
}

}  // namespace recur
