#include "apps/child_process.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"

namespace recur::apps {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(const std::string& name, const std::string& value) {
  std::vector<std::string> result = {name + "=" + value};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with(name + "=")) result.emplace_back(*entry);
  }
  return result;
}

}  // namespace

HeldSignals::HeldSignals() {
  sigemptyset(&held_);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&held_, signal);
  pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int HeldSignals::next() const {
  int signal = 0;
  sigwait(&held_, &signal);
  return signal;
}

pid_t start_child(const ChildRequest& request, const HeldSignals& signals) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, request.output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &signals.before());

  std::vector<std::string> arguments = {"recur"};
  arguments.insert(arguments.end(), request.arguments.begin(), request.arguments.end());
  auto environment = environment_with("OMP_NUM_THREADS", std::to_string(request.threads));
  pid_t pid = 0;
  const int error = posix_spawn(&pid, "/proc/self/exe", &files, &attributes, pointers(arguments).data(),
                                pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) {
    throw Error(fmt::format("{}: the process that writes it cannot be started: {}", request.output.string(),
                            std::strerror(error)));
  }
  return pid;
}

std::optional<EndedChild> ended_child() {
  int status = 0;
  const pid_t pid = waitpid(-1, &status, WNOHANG);
  if (pid <= 0) return std::nullopt;
  return EndedChild{pid, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
}

void lock_for_children(const std::filesystem::path& file) {
  const int fd = open(file.c_str(), O_RDWR | O_CREAT, 0644);  // inherited by children, and closed by the last one's end
  if (fd < 0) throw Error(fmt::format("{}: cannot be written: {}", file.string(), std::strerror(errno)));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    throw Error(fmt::format("{}: another process works on this folder; wait for its end, or name another by --run",
                            file.string()));
  }
}

}  // namespace recur::apps
