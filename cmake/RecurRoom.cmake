# What only this project's own targets are compiled with: warnings, sanitizers, the precompiled header.
# Each folder of a build has one precompiled header; the first target makes it, the others reuse it.
# With PRECOMPILE headers... a target has one of its own, with these beside the common ones.
function(recur_private_flags target)
  cmake_parse_arguments(ARG "" "" "PRECOMPILE" ${ARGN})
  target_compile_options(${target} PRIVATE -Wall -Wextra)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # g++ 12 sees overlaps and overflows in "text" + std::string that are not there (GCC bug 105651).
    target_compile_options(${target} PRIVATE -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
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
  add_library(recur_${name} STATIC ${sources})
  add_library(recur::${name} ALIAS recur_${name})
  list(TRANSFORM ARG_DEPENDS PREPEND recur_)
  target_link_libraries(recur_${name} PUBLIC ${ARG_DEPENDS} recur_flags)
  recur_private_flags(recur_${name})
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
