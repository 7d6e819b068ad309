# install(): the rooms' headers and archives, and recurConfig.cmake so that find_package(recur) works.
include(CMakePackageConfigHelpers)

set(rooms core models datasets trainers)
add_library(recur INTERFACE)
add_library(recur::recur ALIAS recur)
set(targets recur recur_flags)
foreach(room IN LISTS rooms)
  target_link_libraries(recur INTERFACE recur_${room})
  set_target_properties(recur_${room} PROPERTIES EXPORT_NAME ${room})
  list(APPEND targets recur_${room})
  install(DIRECTORY ${room} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/recur FILES_MATCHING PATTERN "*.h")
endforeach()
set_target_properties(recur_flags PROPERTIES EXPORT_NAME flags)

# recur::plugin: what a plug-in is compiled with (models/engine/plugin.h).  Recur's headers and LibTorch, and nothing of
# recur's archives: whatever is missing at the end is an error there, not where the plug-in is loaded.
add_library(recur_for_plugins INTERFACE)
set_target_properties(recur_for_plugins PROPERTIES EXPORT_NAME plugin INTERFACE_POSITION_INDEPENDENT_CODE ON)
target_compile_features(recur_for_plugins INTERFACE cxx_std_20)
target_compile_definitions(recur_for_plugins INTERFACE RECUR_VERSION="${PROJECT_VERSION}")
target_include_directories(recur_for_plugins INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/recur>)
target_compile_options(recur_for_plugins INTERFACE -fvisibility=hidden)
target_link_libraries(recur_for_plugins INTERFACE fmt::fmt-header-only recur::torch hwy)
if(NOT RECUR_SANITIZE)
  target_link_options(recur_for_plugins INTERFACE LINKER:-z,defs)
endif()
list(APPEND targets recur_for_plugins)

install(TARGETS ${targets} EXPORT recurTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

# Plugins are opened by name; who opens them is the program, so that its own search path must lead there.
target_link_options(recur_flags INTERFACE
  $<INSTALL_INTERFACE:LINKER:-rpath,$<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}/recur>)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/recur)
install(EXPORT recurTargets NAMESPACE recur:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/recurConfig.cmake.in ${PROJECT_BINARY_DIR}/recurConfig.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/recurConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/recurConfig.cmake ${PROJECT_BINARY_DIR}/recurConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/RecurTorch.cmake DESTINATION ${package_dir})
