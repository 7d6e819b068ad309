#include "core/state_dict_file.h"

#include <algorithm>
#include <cstring>

#include <ATen/ops/empty.h>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include "core/error.h"
#include "core/tensor_pickle.h"

namespace recur {
namespace {

void check(archive* reader, int status) {
  if (status == ARCHIVE_OK || status == ARCHIVE_EOF) return;
  const char* reason = archive_error_string(reader);
  throw CheckpointError(fmt::format("damaged or no archive at all ({})", reason ? reason : "unreadable"));
}

/// The entry's data.  Reading to its end is what lets libarchive compare the checksum.
std::string read_entry(archive* reader, size_t limit) {
  std::string data;
  for (;;) {
    const void* block = nullptr;
    size_t size = 0;
    int64_t offset = 0;
    const int status = archive_read_data_block(reader, &block, &size, &offset);
    check(reader, status);
    if (status == ARCHIVE_EOF) return data;
    // torch.save does not compress, so more bytes than the file has are an attack.
    if (data.size() + size > limit)
      throw CheckpointError(
          "an archive that unpacks to more than its size (a TorchScript file? weights are exported as safetensors)");
    data.append(static_cast<const char*>(block), size);
  }
}

/// The archive's entries without its one folder: "data.pkl", "data/0", "byteorder", ...
std::map<std::string, std::string, std::less<>> read_entries(std::string_view bytes) {
  const std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(), archive_read_free);
  archive_read_support_format_zip_seekable(reader.get());
  check(reader.get(), archive_read_open_memory(reader.get(), bytes.data(), bytes.size()));
  std::map<std::string, std::string, std::less<>> entries;
  size_t room = bytes.size();
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader.get(), &entry);
    check(reader.get(), status);
    if (status == ARCHIVE_EOF) return entries;
    const char* path = archive_entry_pathname(entry);
    std::string name = path == nullptr ? "" : path;
    name.erase(0, name.find('/') + 1);
    auto data = read_entry(reader.get(), room);
    room -= data.size();
    entries[name] = std::move(data);
  }
}

using Entries = std::map<std::string, std::string, std::less<>>;

/// Storages by key.  Each is read once: tensors that shared one do so again.
class Storages {
 public:
  explicit Storages(const Entries& entries) : entries_(entries) {}

  torch::Tensor read(std::string_view key, torch::ScalarType type, int64_t count) {
    const auto name = fmt::format("data/{}", key);
    const auto entry = entries_.find(name);
    if (entry == entries_.end()) throw CheckpointError(fmt::format("the archive has no entry {}", name));
    auto& storage = read_[name];
    if (!storage.defined()) {
      const auto elements = static_cast<int64_t>(entry->second.size() / c10::elementSize(type));
      storage = at::empty({elements}, type);
      if (elements > 0) std::memcpy(storage.mutable_data_ptr(), entry->second.data(), storage.nbytes());
    }
    if (storage.scalar_type() != type) throw CheckpointError(fmt::format("{} is read as two dtypes", name));
    if (count > storage.numel()) throw CheckpointError("a tensor is larger than its entry");
    return storage.narrow(0, 0, count);
  }

 private:
  const Entries& entries_;
  std::map<std::string, torch::Tensor> read_;
};

/// The value of `key` in a dict, or null.
const PickleValue* find(const PickleContainer& dict, std::string_view key) {
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
    const auto* text = std::get_if<std::string_view>(&dict.items[i]);
    if (text && *text == key) return &dict.items[i + 1];
  }
  return nullptr;
}

const PickleContainer* as_dict(const PickleValue& value) {
  const auto* container = std::get_if<PickleContainer*>(&value);
  return container && (*container)->kind == PickleContainer::Kind::kDict ? *container : nullptr;
}

std::map<std::string, torch::Tensor> to_weights(const PickleValue& value) {
  const auto* dict = as_dict(value);
  if (dict == nullptr) throw CheckpointError("it holds no dictionary of tensors; expected a state_dict");
  for (const char* key : {"state_dict", "model_state_dict", "model"}) {
    const auto* inner = find(*dict, key);
    const auto* weights = inner ? as_dict(*inner) : nullptr;
    if (weights == nullptr) continue;
    dict = weights;
    break;
  }
  std::map<std::string, torch::Tensor> tensors;
  for (size_t i = 0; i + 1 < dict->items.size(); i += 2) {
    const auto* name = std::get_if<std::string_view>(&dict->items[i]);
    const auto* tensor = std::get_if<torch::Tensor>(&dict->items[i + 1]);
    if (name == nullptr) throw CheckpointError("its dictionary has a key that is no text; expected a state_dict");
    if (tensor == nullptr) {
      throw CheckpointError(fmt::format("its entry \"{}\" is no tensor; expected a state_dict", *name));
    }
    tensors[std::string(*name)] = *tensor;
  }
  return tensors;
}

}  // namespace

std::map<std::string, torch::Tensor> parse_state_dict(std::string_view bytes) {
  const auto entries = read_entries(bytes);
  const auto pickle = entries.find("data.pkl");
  if (pickle == entries.end()) throw CheckpointError("a zip archive, but none of torch.save: it has no data.pkl");
  const auto order = entries.find("byteorder");
  if (order != entries.end() && order->second != "little") {
    throw CheckpointError(fmt::format("its numbers are {}-endian; only little-endian ones are read", order->second));
  }
  Storages storages(entries);
  const auto read = read_tensor_pickle(pickle->second, [&](std::string_view key, torch::ScalarType type,
                                                           int64_t count) { return storages.read(key, type, count); });
  return to_weights(read.value);
}

}  // namespace recur
