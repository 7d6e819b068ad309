# Finds LibTorch and makes it the target recur::torch.  Used by the build and, installed, by recurConfig.cmake.
#
# LibTorch is looked for where the user says (CMAKE_PREFIX_PATH, Torch_DIR, as CMake or environment variables), then in
# RECUR_TORCH_HINT (what an installed recur was built with), then in the Python of RECUR_PYTHON, or python3.
#
# Torch's own TorchConfig.cmake is located and asked for its version, but not loaded: for a CUDA LibTorch it stops unless
# the CUDA toolkit is installed, which C++ that only calls LibTorch does not need; it links libraries that are not
# shipped (kineto) and defines macros whose headers are not (c10d).  LibTorch is two include folders and a few shared
# libraries, and they are all that is used here.  docs/decisions/0002-libtorch-and-python.md says more.
set(RECUR_TORCH_MINIMUM 2.11)
set(RECUR_TORCH_BELOW 2.14)

# Asking for a version that cannot exist makes find_package list what it saw without loading it.
macro(_recur_look_for_torch)
  find_package(Torch 9999 EXACT QUIET
    NO_CMAKE_SYSTEM_PATH NO_CMAKE_PACKAGE_REGISTRY NO_CMAKE_SYSTEM_PACKAGE_REGISTRY NO_SYSTEM_ENVIRONMENT_PATH ${ARGN})
endmacro()

function(_recur_find_torch config_variable version_variable)
  _recur_look_for_torch()
  if(NOT Torch_CONSIDERED_CONFIGS AND RECUR_TORCH_HINT)
    _recur_look_for_torch(PATHS ${RECUR_TORCH_HINT} NO_DEFAULT_PATH)
  endif()
  if(NOT Torch_CONSIDERED_CONFIGS)
    find_program(RECUR_PYTHON python3 DOC "The Python that has torch; it runs the tests that need Python")
    if(RECUR_PYTHON)
      execute_process(COMMAND ${RECUR_PYTHON} -c "import torch; print(torch.utils.cmake_prefix_path)"
        OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
      if(NOT failed)
        _recur_look_for_torch(PATHS ${prefix} NO_DEFAULT_PATH)
      endif()
    endif()
  endif()
  if(NOT Torch_CONSIDERED_CONFIGS)
    message(FATAL_ERROR "recur: LibTorch was not found; give its folder with -DCMAKE_PREFIX_PATH=... or -DTorch_DIR=..., "
      "or use a Python that can import torch, or run ./dev build, which installs it.")
  endif()
  list(GET Torch_CONSIDERED_CONFIGS 0 config)
  list(GET Torch_CONSIDERED_VERSIONS 0 version)
  set(${config_variable} ${config} PARENT_SCOPE)
  set(${version_variable} ${version} PARENT_SCOPE)
endfunction()

if(NOT TARGET recur::torch)
  _recur_find_torch(_config _version)
  if(_version VERSION_LESS RECUR_TORCH_MINIMUM OR _version VERSION_GREATER_EQUAL RECUR_TORCH_BELOW)
    message(FATAL_ERROR "recur: LibTorch ${_version} in ${_config} is not supported; recur needs 2.11, 2.12 or 2.13.")
  endif()
  get_filename_component(Torch_DIR ${_config} DIRECTORY)
  set(Torch_DIR ${Torch_DIR} CACHE PATH "Folder of LibTorch's TorchConfig.cmake" FORCE)
  set(RECUR_TORCH_VERSION ${_version} CACHE INTERNAL "")  # for every folder that asks
  get_filename_component(_prefix ${Torch_DIR}/../../.. ABSOLUTE)

  set(_libraries)
  foreach(_name torch torch_cpu c10 torch_cuda c10_cuda)
    if(EXISTS ${_prefix}/lib/lib${_name}.so)
      list(APPEND _libraries ${_prefix}/lib/lib${_name}.so)
    elseif(NOT _name MATCHES cuda)
      message(FATAL_ERROR "recur: LibTorch ${_version} in ${_prefix} has no lib/lib${_name}.so; "
        "recur needs LibTorch as shared libraries.")
    endif()
  endforeach()
  add_library(recur::torch INTERFACE IMPORTED GLOBAL)
  target_include_directories(recur::torch INTERFACE ${_prefix}/include ${_prefix}/include/torch/csrc/api/include)
  target_link_libraries(recur::torch INTERFACE ${_libraries})
  # libtorch_cuda registers itself when loaded and is called by nobody, so it must not be dropped as unneeded.
  target_link_options(recur::torch INTERFACE LINKER:--no-as-needed)
  if(_libraries MATCHES torch_cuda)
    message(STATUS "Found LibTorch ${_version} with CUDA: ${_prefix}")
  else()
    message(STATUS "Found LibTorch ${_version} for CPU: ${_prefix}")
  endif()
endif()
