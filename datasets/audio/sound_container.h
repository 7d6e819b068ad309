// What audio_file.cpp asks of a file's bytes before libsndfile decodes them, since libsndfile takes what is left of a
// truncated file for the whole of it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace recur::codec {

/// "is empty", "is a web page", ...: what is met under the name of a sound file.
std::string what_it_is(std::string_view bytes);

/// Throws DataError naming the file if its header promises more samples than there are bytes, or if an Ogg stream has
/// no end.  Formats whose headers make no such promise pass.
void check_not_truncated(const std::filesystem::path& path);

}  // namespace recur::codec
