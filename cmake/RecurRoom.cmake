# What only this project's own targets are compiled with: warnings, sanitizers, the precompiled header.
# Each folder of a build has one precompiled header; the first target makes it, the others reuse it.
# With PRECOMPILE headers... a target has one of its own, with these beside the common ones.
function(recur_private_flags target)
  cmake_parse_arguments(ARG "" "" "PRECOMPILE" ${ARGN})
  target_compile_options(${target} PRIVATE -Wall -Wextra)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # g++ 12 sees overlaps, overflows and unset members in std::string that are not there (GCC bugs 105651, 105562).
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
      -Wno-maybe-uninitialized)
  endif()
  if(RECUR_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
  if(target STREQUAL recur_core OR ARG_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/core/pch.h ${ARG_PRECOMPILE})
  else()
    target_precompile_headers(${target} REUSE_FROM recur_core)
  endif()
endfunction()

# recur_room(NAME [DEPENDS rooms...]): every .cpp below NAME/ becomes the static library recur_NAME, alias recur::NAME.
# The files are globbed, so that adding a cell, a dataset or a task is adding a file.
function(recur_room name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/plugin/")
  add_library(recur_${name} STATIC ${sources})
  add_library(recur::${name} ALIAS recur_${name})
  list(TRANSFORM ARG_DEPENDS PREPEND recur_)
  target_link_libraries(recur_${name} PUBLIC ${ARG_DEPENDS} recur_flags)
  recur_private_flags(recur_${name})
  recur_unity(recur_${name} ${sources})
endfunction()

# recur_plugin(SOURCE NAME LIBRARIES...): recur_NAME.so, which recur opens at run time because LIBRARIES do not bear to be
# linked into one program with LibTorch.  It lies where every program that is linked to recur looks for it: lib/ of the
# build, lib/recur/ of an installation.
function(recur_plugin source name)
  add_library(recur_${name} MODULE ${source})
  set_target_properties(recur_${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
  target_include_directories(recur_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(recur_${name} PRIVATE ${ARGN})
  target_compile_options(recur_${name} PRIVATE -Wall -Wextra -fvisibility=hidden)
endfunction()

# Every FOLDER/NAME.cpp becomes the program bench_NAME, which `./dev bench NAME` builds and runs; nothing else builds it.
function(recur_benchmarks folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(bench_${name} EXCLUDE_FROM_ALL ${source})
    target_link_libraries(bench_${name} PRIVATE recur_trainers)
    recur_private_flags(bench_${name})
  endforeach()
endfunction()
