// recur config CONFIG [key=value ...]
#include <cstdio>

#include <fmt/format.h>

#include "apps/verbs.h"
#include "trainers/catalog.h"
#include "trainers/sweep.h"

namespace recur::apps {

void add_config(CLI::App& app) {
  const auto arguments = std::make_shared<ConfigArguments>();
  auto* verb = add_verb(app, "config", "check a config and print it complete, defaults and all",
                        "recur config configs/stock/quickstart.yaml trainer.epochs=5");
  arguments->add(*verb);
  verb->callback([arguments] {
    auto config = arguments->load();
    if (config.find("sweep") != nullptr) {  // each trial's config is checked; what they have in common is printed
      read_sweep(config);
      apply_override(config, "~sweep");
    }
    fmt::print("{}", task_of(config).resolve(config).yaml);
  });
}

}  // namespace recur::apps
