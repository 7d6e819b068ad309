# Every third-party package, found once.  docs/decisions/0001-dependencies.md says why each is here;
# cmake/recurConfig.cmake.in finds the same ones for those who use an installed recur.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # pch_defines and time_macros let ccache serve files that use the precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
endif()

# ./dev keeps what Python packages the project needs in .venv.
if(NOT RECUR_PYTHON AND EXISTS ${PROJECT_SOURCE_DIR}/.venv/bin/python)
  set(RECUR_PYTHON ${PROJECT_SOURCE_DIR}/.venv/bin/python CACHE FILEPATH
    "The Python that has torch; it runs the tests that need Python")
endif()
find_program(RECUR_PYTHON python3 DOC "The Python that has torch; it runs the tests that need Python")

include(RecurTorch)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(LibArchive REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_path(CAIRO_INCLUDE_DIR cairo.h PATH_SUFFIXES cairo REQUIRED)
find_library(CAIRO_LIBRARY cairo REQUIRED)
find_path(LIBCSV_INCLUDE_DIR csv.h REQUIRED)
find_library(LIBCSV_LIBRARY csv REQUIRED)
find_path(UTF8PROC_INCLUDE_DIR utf8proc.h REQUIRED)
find_library(UTF8PROC_LIBRARY utf8proc REQUIRED)
find_path(SNDFILE_INCLUDE_DIR sndfile.h REQUIRED)
find_library(SNDFILE_LIBRARY sndfile REQUIRED)
find_path(SOXR_INCLUDE_DIR soxr.h REQUIRED)
find_library(SOXR_LIBRARY soxr REQUIRED)
find_path(HIGHWAY_INCLUDE_DIR hwy/highway.h REQUIRED)
find_library(HIGHWAY_LIBRARY hwy REQUIRED)
find_path(SENTENCEPIECE_INCLUDE_DIR sentencepiece_processor.h REQUIRED)
find_library(SENTENCEPIECE_LIBRARY sentencepiece REQUIRED)
find_library(SENTENCEPIECE_TRAIN_LIBRARY sentencepiece_train REQUIRED)
find_path(PROTOZERO_INCLUDE_DIR protozero/pbf_writer.hpp REQUIRED)

# What every room is compiled with and linked to.
add_library(recur_flags INTERFACE)
target_compile_features(recur_flags INTERFACE cxx_std_20)
target_include_directories(recur_flags INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/recur>
  $<BUILD_INTERFACE:${LIBCSV_INCLUDE_DIR}> $<BUILD_INTERFACE:${PROTOZERO_INCLUDE_DIR}>
  $<BUILD_INTERFACE:${UTF8PROC_INCLUDE_DIR}> $<BUILD_INTERFACE:${CAIRO_INCLUDE_DIR}>
  $<BUILD_INTERFACE:${SNDFILE_INCLUDE_DIR}> $<BUILD_INTERFACE:${SOXR_INCLUDE_DIR}>
  $<BUILD_INTERFACE:${HIGHWAY_INCLUDE_DIR}>)
# The wheel ships fmt 12's headers in its own include folder, where they shadow the system's: header-only, either fits.
target_link_libraries(recur_flags INTERFACE
  fmt::fmt-header-only yaml-cpp nlohmann_json::nlohmann_json recur::torch LibArchive::LibArchive CURL::libcurl
  OpenSSL::Crypto JPEG::JPEG PNG::PNG Threads::Threads
  $<BUILD_INTERFACE:${LIBCSV_LIBRARY}> $<BUILD_INTERFACE:${UTF8PROC_LIBRARY}> $<BUILD_INTERFACE:${CAIRO_LIBRARY}>
  $<BUILD_INTERFACE:${SNDFILE_LIBRARY}> $<BUILD_INTERFACE:${SOXR_LIBRARY}>
  $<BUILD_INTERFACE:${HIGHWAY_LIBRARY}> $<INSTALL_INTERFACE:hwy>
  $<INSTALL_INTERFACE:sndfile> $<INSTALL_INTERFACE:soxr>
  $<INSTALL_INTERFACE:csv> $<INSTALL_INTERFACE:utf8proc> $<INSTALL_INTERFACE:cairo> ${CMAKE_DL_LIBS})
