# The program with all that it needs, as `cmake --install` and CPack give it:
#
#   bin/recur        searches only lib/recur beside it, so that the tree may be moved
#   lib/recur        the plugins and LibTorch: after `cmake --install` links to the LibTorch that was built against; in a
#                    package its files, and in the .tar.gz those of all other libraries too but the C and C++ ones
#   share            shell completions, the man page, README and licence; in a package the configs
#
# `cpack --config build/release/CPackConfig.cmake` makes the .deb and the .tar.gz.
if(NOT TARGET recur_program)
  return()
endif()

# --- pages that the program writes about itself -----------------------------------------------------------------------
set(_pages ${PROJECT_BINARY_DIR}/pages)
set(_page_files ${_pages}/recur ${_pages}/_recur ${_pages}/recur.fish ${_pages}/recur.1)
add_custom_command(OUTPUT ${_page_files} DEPENDS recur_program
  COMMAND ${CMAKE_COMMAND} -E make_directory ${_pages}
  COMMAND recur_program completion bash > ${_pages}/recur
  COMMAND recur_program completion zsh > ${_pages}/_recur
  COMMAND recur_program completion fish > ${_pages}/recur.fish
  COMMAND recur_program man > ${_pages}/recur.1
  VERBATIM)
add_custom_target(recur_pages ALL DEPENDS ${_page_files})

# --- what is installed, twice: by default, and as the component that CPack packs --------------------------------------
set(RECUR_PACKAGE_LIBRARIES ${CMAKE_INSTALL_LIBDIR}/recur)
file(RELATIVE_PATH _to_libraries /${CMAKE_INSTALL_BINDIR} /${RECUR_PACKAGE_LIBRARIES})
set_target_properties(recur_program PROPERTIES INSTALL_RPATH "$ORIGIN/${_to_libraries}")
set(_share ${CMAKE_INSTALL_DATAROOTDIR})
get_filename_component(_torch_libraries ${Torch_DIR}/../../../lib ABSOLUTE)
configure_file(${CMAKE_CURRENT_LIST_DIR}/install_libraries.cmake.in ${PROJECT_BINARY_DIR}/install_libraries.cmake.in @ONLY)
file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/install_libraries.cmake INPUT ${PROJECT_BINARY_DIR}/install_libraries.cmake.in)

foreach(_component recur package)
  set(_where COMPONENT ${_component})
  if(_component STREQUAL package)
    list(APPEND _where EXCLUDE_FROM_ALL)
  endif()
  install(TARGETS recur_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} ${_where})
  install(TARGETS recur_sentencepiece LIBRARY DESTINATION ${RECUR_PACKAGE_LIBRARIES} ${_where})
  install(FILES ${_pages}/recur DESTINATION ${_share}/bash-completion/completions ${_where})
  install(FILES ${_pages}/_recur DESTINATION ${_share}/zsh/vendor-completions ${_where})
  install(FILES ${_pages}/recur.fish DESTINATION ${_share}/fish/vendor_completions.d ${_where})
  install(FILES ${_pages}/recur.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 ${_where})
  install(FILES README.md CHANGELOG.md LICENSE CITATION.cff DESTINATION ${_share}/doc/recur ${_where})
endforeach()
install(DIRECTORY configs DESTINATION ${_share}/recur COMPONENT package EXCLUDE_FROM_ALL)

install(CODE "set(recur_libraries LINKS)" COMPONENT recur)
install(SCRIPT ${PROJECT_BINARY_DIR}/install_libraries.cmake COMPONENT recur)
install(CODE "set(recur_libraries TORCH)" COMPONENT package EXCLUDE_FROM_ALL)
install(SCRIPT ${PROJECT_BINARY_DIR}/install_libraries.cmake COMPONENT package EXCLUDE_FROM_ALL)
install(CODE "set(recur_libraries OTHERS)" COMPONENT other_libraries EXCLUDE_FROM_ALL)
install(SCRIPT ${PROJECT_BINARY_DIR}/install_libraries.cmake COMPONENT other_libraries EXCLUDE_FROM_ALL)

# --- CPack ------------------------------------------------------------------------------------------------------------
set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_NAME recur)
set(CPACK_PACKAGE_VENDOR "the authors of recur")
set(CPACK_PACKAGE_CONTACT ${CPACK_PACKAGE_VENDOR})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};recur;package;/")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_DEPENDS fonts-dejavu-core)  # opened by name; libraries are found by dpkg-shlibdeps
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${_torch_libraries})
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_BINARY_DIR}/package_of_generator.cmake)
file(WRITE ${CPACK_PROJECT_CONFIG_FILE} "if(CPACK_GENERATOR STREQUAL TGZ)
  list(APPEND CPACK_INSTALL_CMAKE_PROJECTS \"${PROJECT_BINARY_DIR};recur;other_libraries;/\")
else()
  set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
endif()
")
include(CPack)
