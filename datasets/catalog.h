// The public data sets that recur knows: what they are, where they come from, under which terms, and whether the copy
// on this machine is the one that results were obtained with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace recur {

/// One file of a data set.  Size and SHA-256 are those of the content: a ".gz" is looked at unpacked (a ".tar.gz" is
/// not), because the same content is packed into different bytes here and there.
struct CatalogFile {
  std::string path;     ///< below the entry's folder
  int64_t size = 0;     ///< bytes
  std::string sha256;   ///< 64 lower-case hexadecimal digits
  std::string address;  ///< where `recur data fetch` gets it; "" if nobody may or can offer it.  Where the address ends
                        ///< in ".gz" and `path` does not, it is unpacked on the way
  bool unpack = false;  ///< an archive: its files are put beside it
};

struct CatalogEntry {
  std::string name;    ///< "tinyshakespeare"
  std::string task;    ///< stock, sentiment, classification, captioning, translation, speech or language
  std::string title;   ///< one line
  std::string folder;  ///< below the data directory
  std::vector<CatalogFile> files;
  std::string licence;
  std::string citation;
  std::string obtain;  ///< how a person gets what has no address; "" if everything has one

  /// Has every file an address?
  bool can_fetch() const;
};

/// All entries, by task.
const std::vector<CatalogEntry>& data_catalog();

/// The names of all entries.
std::vector<std::string> data_names();

/// @throws DataError  naming the nearest entry.
const CatalogEntry& find_data(const std::string& name);

/// Where data sets lie: $RECUR_DATA, else $XDG_CACHE_HOME/recur, else ~/.cache/recur.
std::filesystem::path data_directory();

/// Whether all of the entry's files exist below `directory`, whatever is in them; of an entry that lists no files,
/// whether its folder does.
bool is_there(const CatalogEntry& entry, const std::filesystem::path& directory);

/// A file of the user: `path` as given (relative to the current folder), else below data_directory().
/// @throws DataError  naming the places where it is not, and the catalog's entry if the path is one's.
std::filesystem::path find_data_file(const std::filesystem::path& path);

enum class FileState { kOk, kAbsent, kSizeDiffers, kHashDiffers };

/// "ok", "absent", "size differs", "hash differs".
std::string to_string(FileState state);

struct FileCheck {
  std::filesystem::path path;
  FileState state = FileState::kAbsent;
  int64_t size = 0;    ///< as found
  std::string sha256;  ///< as found; "" if absent
};

/// The state of one file below `folder`.
FileCheck verify_file(const CatalogFile& file, const std::filesystem::path& folder);

/// The state of each of the entry's files below `directory`/entry.folder.
std::vector<FileCheck> verify(const CatalogEntry& entry, const std::filesystem::path& directory);

}  // namespace recur
