# Every third-party package, found once.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # pch_defines and time_macros let ccache serve files that use the precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()

find_package(Torch REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(LibArchive REQUIRED)
find_path(LIBCSV_INCLUDE_DIR csv.h REQUIRED)
find_library(LIBCSV_LIBRARY csv REQUIRED)
find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_writer.hpp REQUIRED)

# What every room is compiled with and linked to.
add_library(recur_flags INTERFACE)
target_compile_features(recur_flags INTERFACE cxx_std_20)
target_include_directories(recur_flags INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:include/recur>
  $<BUILD_INTERFACE:${LIBCSV_INCLUDE_DIR}> $<BUILD_INTERFACE:${PROTOZERO_INCLUDE_DIR}>)
# The wheel ships fmt 12's headers in its own include folder, where they shadow the system's: header-only, either fits.
target_link_libraries(recur_flags INTERFACE
  fmt::fmt-header-only yaml-cpp nlohmann_json::nlohmann_json ${TORCH_LIBRARIES} LibArchive::LibArchive ${LIBCSV_LIBRARY})
