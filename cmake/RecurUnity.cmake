# Several files in one go of the compiler.  What LibTorch's headers leave to be instantiated costs five seconds for each
# file, precompiled or not; with eight files of a folder at once it is paid once for eight.  A build after an edit is
# slower by it (the debug preset goes without).
#
# So two files of a folder may not give two things one name, not even in an anonymous namespace.  Test files, whose short
# names (B, T, H) are all alike, have `namespace recur::this_file`, which is another name for each file here.
option(RECUR_UNITY "Compile eight files of a folder at once" ON)

# recur_unity(TARGET sources...)
function(recur_unity target)
  if(NOT RECUR_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP UNITY_BUILD_UNIQUE_ID this_file)
  foreach(source IN LISTS ARGN)
    file(STRINGS ${source} compiled_by_itself REGEX "hwy/foreach_target.h" LIMIT_COUNT 1)  # which includes the file again
    if(compiled_by_itself)
      continue()
    endif()
    cmake_path(GET source PARENT_PATH folder)
    file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${folder})
    string(MAKE_C_IDENTIFIER ${folder} folder)
    math(EXPR ${folder}_files "0${${folder}_files} + 1")
    math(EXPR group "(${${folder}_files} - 1) / 8")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}_${group})
  endforeach()
endfunction()
