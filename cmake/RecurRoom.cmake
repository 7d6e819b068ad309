# What only this project's own targets are compiled with: warnings, sanitizers, the precompiled header.
# Each folder of a build has one precompiled header; the first target makes it, the others reuse it.
function(recur_private_flags target)
  target_compile_options(${target} PRIVATE -Wall -Wextra)
  if(RECUR_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
  if(target STREQUAL recur_core)
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/core/pch.h)
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
