#include "core/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <utility>

#include <ATen/ops/empty.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"

namespace recur {
namespace {

using nlohmann::json;

constexpr uint64_t kLargestHeader = 100'000'000;
constexpr const char* kMetadata = "__metadata__";

constexpr std::array<std::pair<const char*, torch::ScalarType>, 16> kTypes = {{
    {"BOOL", torch::kBool},
    {"U8", torch::kUInt8},
    {"I8", torch::kInt8},
    {"I16", torch::kInt16},
    {"U16", torch::kUInt16},
    {"F16", torch::kFloat16},
    {"BF16", torch::kBFloat16},
    {"I32", torch::kInt32},
    {"U32", torch::kUInt32},
    {"F32", torch::kFloat32},
    {"F64", torch::kFloat64},
    {"I64", torch::kInt64},
    {"U64", torch::kUInt64},
    {"F8_E4M3", torch::kFloat8_e4m3fn},
    {"F8_E5M2", torch::kFloat8_e5m2},
    {"C64", torch::kComplexFloat},
}};

torch::ScalarType type_named(const std::string& name) {
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  throw CheckpointError(fmt::format("dtype \"{}\" is not one that torch has", name));
}

const char* name_of(torch::ScalarType type) {
  for (const auto& [name, known] : kTypes) {
    if (known == type) return name;
  }
  throw Error(fmt::format("safetensors has no dtype for {}", c10::toString(type)));
}

/// JSON in which no object names a key twice and nothing is nested deeper than a header is.
json parse_header(std::string_view text) {
  std::array<std::set<std::string>, 3> keys;
  const auto look = [&keys](int depth, json::parse_event_t event, json& parsed) {
    const auto level = static_cast<size_t>(depth);
    if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start) {
      if (level + 1 >= keys.size() + 1) throw CheckpointError("its header is nested too deep");
      keys.at(level).clear();
    }
    if (event == json::parse_event_t::key && !keys.at(level - 1).insert(parsed.get<std::string>()).second) {
      throw CheckpointError(fmt::format("its header names \"{}\" twice", parsed.get<std::string>()));
    }
    return true;
  };
  try {
    return json::parse(text, look);
  } catch (const json::exception&) {
    throw CheckpointError("its header is not valid JSON");
  }
}

/// What the header says of one tensor.
struct Entry {
  std::string name;
  torch::ScalarType type;
  std::vector<int64_t> shape;
  uint64_t begin, end;  ///< bytes behind the header
};

/// Bytes of a tensor.  @throws CheckpointError if they are more than any file has.
uint64_t byte_count(const Entry& entry) {
  uint64_t count = c10::elementSize(entry.type);
  bool overflow = false;
  uint64_t largest = count;  // without sizes that are 0, which would hide the overflow of others from torch
  for (const auto size : entry.shape) {
    overflow |= __builtin_mul_overflow(largest, std::max<uint64_t>(1, static_cast<uint64_t>(size)), &largest);
    count *= static_cast<uint64_t>(size);
  }
  if (overflow || largest > INT64_MAX) {
    throw CheckpointError(
        fmt::format("tensor \"{}\" has an impossible shape [{}]", entry.name, fmt::join(entry.shape, ", ")));
  }
  return count;
}

Entry to_entry(const std::string& name, const json& value) {
  const auto wrong = [&name]() {
    return CheckpointError(
        fmt::format("its header says of \"{}\" not dtype, shape and data_offsets, as it should", name));
  };
  const auto is_list_of_counts = [](const json& list) {
    return list.is_array() && std::all_of(list.begin(), list.end(), [](const json& item) {
             return item.is_number_unsigned() && item.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX);
           });
  };
  if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") || !value.contains("data_offsets")) {
    throw wrong();
  }
  const auto &type = value["dtype"], &shape = value["shape"], &offsets = value["data_offsets"];
  if (!type.is_string() || !is_list_of_counts(shape) || !is_list_of_counts(offsets) || offsets.size() != 2) {
    throw wrong();
  }
  Entry entry{name, type_named(type.get<std::string>()), shape.get<std::vector<int64_t>>(), offsets[0], offsets[1]};
  if (entry.end < entry.begin || byte_count(entry) != entry.end - entry.begin) {
    throw CheckpointError(fmt::format("tensor \"{}\", {}[{}], has {} bytes from {} to {}", name,
                                      c10::toString(entry.type), fmt::join(entry.shape, ", "), byte_count(entry),
                                      entry.begin, entry.end));
  }
  return entry;
}

/// The entries in the order of their bytes, which they divide without gaps and overlaps.
std::vector<Entry> to_entries(const json& header, uint64_t size) {
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name != kMetadata) entries.push_back(to_entry(name, value));
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  uint64_t end = 0;
  for (const auto& entry : entries) {
    if (entry.begin != end) {
      throw CheckpointError(
          fmt::format("tensor \"{}\" begins at byte {}, and the one before ends at {}", entry.name, entry.begin, end));
    }
    end = entry.end;
  }
  if (end != size) {
    throw CheckpointError(fmt::format("its header speaks of {} bytes of tensors, and the file has {}", end, size));
  }
  return entries;
}

std::map<std::string, std::string> to_metadata(const json& header) {
  const auto found = header.find(kMetadata);
  if (found == header.end()) return {};
  const bool is_text = found->is_object() &&
                       std::all_of(found->begin(), found->end(), [](const json& value) { return value.is_string(); });
  if (!is_text) throw CheckpointError("its __metadata__ is not a map from text to text");
  return found->get<std::map<std::string, std::string>>();
}

}  // namespace

Safetensors parse_safetensors(std::string_view bytes) {
  uint64_t length = 0;
  if (bytes.size() < sizeof(length)) throw CheckpointError("truncated: it has no header");
  std::memcpy(&length, bytes.data(), sizeof(length));  // little-endian, as every machine that LibTorch runs on
  bytes.remove_prefix(sizeof(length));
  if (length > kLargestHeader) throw CheckpointError(fmt::format("a header of {} bytes; 100 MB at most", length));
  if (length > bytes.size()) {
    throw CheckpointError(fmt::format("truncated: a header of {} bytes in {}", length, bytes.size()));
  }
  const auto header = parse_header(bytes.substr(0, length));
  bytes.remove_prefix(length);
  if (!header.is_object()) throw CheckpointError("its header is not a JSON object");

  Safetensors content{.metadata = to_metadata(header)};
  for (const auto& entry : to_entries(header, bytes.size())) {
    auto tensor = at::empty(entry.shape, entry.type);
    if (entry.end > entry.begin) {
      std::memcpy(tensor.mutable_data_ptr(), bytes.data() + entry.begin, entry.end - entry.begin);
    }
    content.tensors[entry.name] = tensor;
  }
  return content;
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  try {
    return parse_safetensors(read_file(path));
  } catch (const DataError& error) {  // names the path already
    throw CheckpointError(error.what());
  } catch (const CheckpointError& error) {
    throw CheckpointError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

void write_safetensors(const std::filesystem::path& path, const Safetensors& content) {
  std::vector<std::pair<std::string, torch::Tensor>> tensors;
  for (const auto& [name, tensor] : content.tensors) tensors.emplace_back(name, tensor.detach().cpu().contiguous());
  // Large elements first: then each tensor is aligned to its own.
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const auto& a, const auto& b) { return a.second.element_size() > b.second.element_size(); });
  json header = json::object();
  if (!content.metadata.empty()) header[kMetadata] = content.metadata;
  uint64_t end = 0;
  for (const auto& [name, tensor] : tensors) {
    if (name == kMetadata) throw Error("safetensors: no tensor can be called __metadata__");
    const uint64_t begin = std::exchange(end, end + tensor.nbytes());
    header[name] = {
        {"dtype", name_of(tensor.scalar_type())}, {"shape", tensor.sizes().vec()}, {"data_offsets", {begin, end}}};
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const json::exception& error) {
    throw Error(fmt::format("safetensors: a name or metadata is not UTF-8 ({})", error.what()));
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t length = text.size();
  if (length > kLargestHeader) throw Error("safetensors: names and metadata take more than 100 MB");
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof(length));
  bytes.reserve(sizeof(length) + length + end);
  bytes += text;
  for (const auto& [name, tensor] : tensors) {
    if (tensor.nbytes() > 0) bytes.append(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes());
  }
  write_file_atomically(path, bytes);
}

}  // namespace recur
