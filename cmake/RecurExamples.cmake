# recur_embed_examples(TARGET FOLDER): the files below FOLDER become example_files() of apps/examples.h.
function(recur_embed_examples target folder)
  file(GLOB_RECURSE paths CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*)
  list(FILTER paths EXCLUDE REGEX "/build/")  # somebody's, made in place
  set(entries "")
  foreach(path IN LISTS paths)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${path})
    file(READ ${folder}/${path} text)
    string(APPEND entries "      {\"${path}\", R\"example(${text})example\"},\n")
  endforeach()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/examples.cpp)
  file(WRITE ${source}.new "#include \"apps/examples.h\"

namespace recur::apps {

const std::vector<ExampleFile>& example_files() {
  static const std::vector<ExampleFile> kFiles = {
${entries}  };
  return kFiles;
}

}  // namespace recur::apps
")
  file(COPY_FILE ${source}.new ${source} ONLY_IF_DIFFERENT)
  target_sources(${target} PRIVATE ${source})
endfunction()
