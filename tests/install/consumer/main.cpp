#include "core/device.h"
#include "core/error.h"

int main() {
  try {
    recur::parse_device("no such device");
    return 1;
  } catch (const recur::ConfigError&) {
    return recur::parse_device("cpu").is_cpu() ? 0 : 1;
  }
}
