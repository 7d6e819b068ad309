// A fresh folder for one test, removed with it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace recur {

class LogFolder {
 public:
  LogFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "recur_log.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~LogFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  LogFolder(const LogFolder&) = delete;
  LogFolder& operator=(const LogFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace recur
