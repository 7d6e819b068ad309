#include "trainers/archive.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <sstream>
#include <utility>

#include <torch/csrc/jit/serialization/pickle.h>

#include <archive.h>
#include <archive_entry.h>

#include "core/error.h"

namespace recur {
namespace {

/// Reads an entry's data to its end and returns libarchive's status.
int read_to_end(archive* reader) {
  const void* block = nullptr;
  size_t size = 0;
  int64_t offset = 0;
  int status = ARCHIVE_OK;
  while (status == ARCHIVE_OK) status = archive_read_data_block(reader, &block, &size, &offset);
  return status;
}

/// Reads every entry to its end; libarchive then compares the entry's CRC-32.
void verify_checksums(std::string_view bytes) {
  const std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(), archive_read_free);
  archive_read_support_format_zip_seekable(reader.get());
  auto check = [&](int status) {
    if (status == ARCHIVE_OK || status == ARCHIVE_EOF) return;
    const char* reason = archive_error_string(reader.get());
    throw CheckpointError(fmt::format("damaged or no archive at all ({})", reason ? reason : "unreadable"));
  };
  check(archive_read_open_memory(reader.get(), bytes.data(), bytes.size()));
  int64_t entries = 0;
  for (archive_entry* entry = nullptr;; ++entries) {
    const int status = archive_read_next_header(reader.get(), &entry);
    check(status);
    if (status == ARCHIVE_EOF) break;
    check(read_to_end(reader.get()));
  }
  if (entries == 0) throw CheckpointError("an archive without entries");
}

/// The file's bytes as torch's reader wants them (its own such class is not exported).
class BytesAdapter : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit BytesAdapter(std::string_view bytes) : bytes_(bytes) {}
  size_t size() const override { return bytes_.size(); }
  size_t read(uint64_t position, void* out, size_t size, const char*) const override {
    if (position >= bytes_.size()) return 0;
    return bytes_.copy(static_cast<char*>(out), size, position);
  }

 private:
  std::string_view bytes_;
};

/// Entries as torch's reader finds them, with their sizes kept by address: a pickle says for itself how large a
/// tensor's storage is, and torch believes it.
class EntryReader {
 public:
  explicit EntryReader(std::string_view bytes) : stream_(std::string(bytes)), reader_(&stream_) {}

  at::DataPtr read(const std::string& name) {
    auto [data, size] = reader_.getRecord(name);
    sizes_[data.get()] = size;
    return std::move(data);
  }
  size_t size(const void* data) const { return data == nullptr ? 0 : sizes_.at(data); }

 private:
  std::istringstream stream_;
  caffe2::serialize::PyTorchStreamReader reader_;
  std::map<const void*, size_t> sizes_;
};

/// @throws CheckpointError if a tensor somewhere in `value` is larger than its entry.
void check_tensors(const c10::IValue& value, const EntryReader& entries, int depth = 0) {
  if (depth > 16) throw CheckpointError("its dictionaries are nested too deep");
  if (value.isTensor()) {
    const auto& storage = value.toTensor().storage();
    if (storage.nbytes() > entries.size(storage.data())) throw CheckpointError("a tensor is larger than its entry");
  } else if (value.isGenericDict()) {
    for (const auto& item : value.toGenericDict()) check_tensors(item.value(), entries, depth + 1);
  }
}

c10::IValue unpickle(std::string_view bytes) {
  EntryReader entries(bytes);
  const auto pickle = entries.read("data.pkl");
  std::string_view rest(static_cast<const char*>(pickle.get()), entries.size(pickle.get()));
  auto read = [&](char* out, size_t size) {
    size = std::min(size, rest.size());
    std::memcpy(out, rest.data(), size);
    rest.remove_prefix(size);
    return size;
  };
  // Without a type resolver and an object loader, a class in the pickle is an error.
  torch::jit::Unpickler unpickler(
      read, nullptr, nullptr, [&](const std::string& name) { return entries.read("data/" + name); }, torch::kCPU);
  auto value = unpickler.parse_ivalue();
  check_tensors(value, entries);
  return value;
}

}  // namespace

std::string pack_archive(const c10::IValue& value) {
  std::string pickle;
  torch::jit::Pickler pickler([&](const char* data, size_t size) { pickle.append(data, size); }, nullptr, nullptr,
                              nullptr, nullptr, /*tag_aggregates=*/false);
  pickler.protocol();
  pickler.pushIValue(value);
  pickler.stop();

  std::string bytes;
  caffe2::serialize::PyTorchStreamWriter writer([&](const void* data, size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  writer.writeRecord("data.pkl", pickle.data(), pickle.size());
  int64_t index = 0;
  for (const auto& tensor : pickler.tensorData()) {
    const auto data = torch::jit::getWriteableTensorData(tensor);
    writer.writeRecord(fmt::format("data/{}", index++), data.data(), data.sizeInBytes());
  }
  writer.writeEndOfFile();
  return bytes;
}

c10::IValue unpack_archive(std::string_view bytes) {
  verify_checksums(bytes);
  try {
    return unpickle(bytes);
  } catch (const CheckpointError&) {
    throw;
  } catch (const c10::Error& error) {
    throw CheckpointError(error.msg());
  } catch (const std::exception& error) {
    throw CheckpointError(error.what());
  }
}

}  // namespace recur
