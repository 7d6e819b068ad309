// Child processes: this program again, with other arguments.
#pragma once

#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace recur::apps {

/// While one lives, SIGINT, SIGTERM and SIGCHLD are not delivered to this thread: next() takes them.  To be made before
/// threads are.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  /// Waits for a signal, and returns it.
  int next() const;
  /// What a child is to begin with.
  const sigset_t& before() const { return before_; }

 private:
  sigset_t held_, before_;
};

struct ChildRequest {
  std::vector<std::string> arguments;  ///< behind the program's name
  std::filesystem::path output;        ///< file to which stdout and stderr are appended
  int threads = 1;                     ///< of OpenMP
};

/// Starts this program in a process group of its own, so that a terminal's Ctrl-C reaches it only through its parent,
/// which can ask it to save.  Its stdin is empty.  @throws Error if the system refuses.
pid_t start_child(const ChildRequest& request, const HeldSignals& signals);

struct EndedChild {
  pid_t pid;
  int code;  ///< its exit code; 128 + N if signal N ended it
};

/// A child that has ended and was not told of before, if there is one.  Does not wait.
std::optional<EndedChild> ended_child();

/// Held by this process and its children until the last of them has ended, even if this one is killed.
/// @throws Error if others hold it.
void lock_for_children(const std::filesystem::path& file);

}  // namespace recur::apps
