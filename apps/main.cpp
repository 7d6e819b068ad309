// recur: trains, measures, exports and uses recurrent networks that a YAML config describes.
#include <algorithm>
#include <cstdio>
#include <exception>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/verbs.h"
#include "apps/version.h"
#include "core/error.h"
#include "core/names.h"
#include "models/engine/plugin.h"

namespace recur::apps {

CLI::App* add_verb(CLI::App& app, const char* name, const char* what, const char* example) {
  auto* verb = app.add_subcommand(name, what);
  verb->footer(fmt::format("Example:\n  {}", example));
  return verb;
}

void ConfigArguments::add(CLI::App& verb, const char* what) {
  verb.add_option("CONFIG", config, what)->required();
  add_overrides(verb);
}

void ConfigArguments::add_overrides(CLI::App& verb) {
  verb.add_option("OVERRIDES", overrides, "key.sub=value sets, ~key.sub removes");
}

ConfigNode ConfigArguments::overridden(ConfigNode node) const {
  for (const auto& text : overrides) apply_override(node, text);
  return node;
}

namespace {

constexpr const char* kFooter =
    "Try:\n"
    "  recur train configs/stock/quickstart.yaml\n"
    "  recur VERB --help\n"
    "Exit codes: 0 done, 1 failed, 2 usage or config, 3 data, 4 checkpoint, 130/143 stopped by a signal";

/// CLI11 would only say that a subcommand is required.
void check_verb(const CLI::App& app, const std::string& word) {
  if (word.starts_with("-")) return;
  std::vector<std::string> verbs;
  for (const auto* verb : app.get_subcommands(nullptr)) verbs.push_back(verb->get_name());
  if (std::find(verbs.begin(), verbs.end(), word) != verbs.end()) return;
  throw ConfigError(fmt::format("there is no verb \"{}\"{}; the verbs are {}", word, did_you_mean(word, verbs),
                                fmt::join(verbs, ", ")));
}

/// The word that should be a verb: behind the program's own options.
std::string verb_of(int argc, char** argv) {
  int at = 1;
  while (at + 2 < argc && std::string(argv[at]) == "--plugin") at += 2;
  return argv[at];
}

void load_plugins(const std::vector<std::string>& files) {
  for (const auto& file : files) load_plugin(file);
}

int run(int argc, char** argv) {
  CLI::App app("recur: hand-built recurrent networks on LibTorch", "recur");
  app.footer(kFooter);
  app.set_version_flag("--version", version_line());
  app.add_option_function<std::vector<std::string>>("--plugin", &load_plugins,
                                                    "a shared library that brings cells; may be given several times")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.require_subcommand(1);
  add_train(app);
  add_sweep(app);
  add_evaluate(app);
  add_predict(app);
  add_export(app);
  add_inspect(app);
  add_report(app);
  add_compare(app);
  add_import(app);
  add_config(app);
  add_list(app);
  add_describe(app);
  add_data(app);
  add_new(app);
  add_doctor(app);
  add_completion(app);
  add_man(app);
  if (argc < 2) {
    fmt::print(stderr, "{}", app.help());
    return 2;
  }
  check_verb(app, verb_of(argc, argv));
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "recur: {}\n{}\n", error.what(),
               "Run recur --help, or recur VERB --help for a verb's own options.");
    return 2;
  }
}

/// One message, no stack trace.
int report(int code, const std::exception& error) {
  fmt::print(stderr, "recur: {}\n", error.what());
  return code;
}

}  // namespace
}  // namespace recur::apps

/// Every training step frees what the next one allocates again.  Left alone, glibc gives large blocks back to the
/// system each time, and the system clears each page anew: 5 % of a translator's step.
void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kMegabyte = 1 << 20;
  mallopt(M_MMAP_THRESHOLD, 32 * kMegabyte);  // the most that glibc allows
  mallopt(M_TRIM_THRESHOLD, 1024 * kMegabyte);
#endif
}

int main(int argc, char** argv) {
  using recur::apps::report;
  keep_freed_memory();
  try {
    return recur::apps::run(argc, argv);
  } catch (const recur::apps::Exit& exit) {
    return exit.code;
  } catch (const recur::ConfigError& error) {
    return report(2, error);
  } catch (const recur::DataError& error) {
    return report(3, error);
  } catch (const recur::CheckpointError& error) {
    return report(4, error);
  } catch (const c10::Error& error) {  // what() holds a stack trace
    fmt::print(stderr, "recur: {}\n", error.what_without_backtrace());
    return 1;
  } catch (const std::exception& error) {
    return report(1, error);
  }
}
