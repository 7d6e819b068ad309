# The fused engine's CUDA kernels, where nvcc is found: compiled always, so that the source is held to compile; linked
# where LibTorch is one with CUDA, which then defines RECUR_CUDA for the models.  nvcc is called by name: as a language
# CMake 3.25 does not know that nvcc 13 knows C++20.
find_program(RECUR_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda PATH_SUFFIXES bin
  DOC "The CUDA compiler, for the fused engine's kernels")
set(RECUR_CUDA_ARCHITECTURES 80 90 CACHE STRING "Compute capabilities that the CUDA kernels are compiled for")
if(RECUR_NVCC)
  file(WRITE ${PROJECT_BINARY_DIR}/cuda/probe.cu "__global__ void probe(int* x) { if constexpr (sizeof(int) == 4) *x = 1; }\n")
  execute_process(COMMAND ${RECUR_NVCC} -std=c++20 -ccbin ${CMAKE_CXX_COMPILER} -c probe.cu -o probe.o
    WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/cuda RESULT_VARIABLE _failed OUTPUT_QUIET ERROR_QUIET)
  if(_failed)
    message(WARNING "${RECUR_NVCC} cannot compile C++20 with ${CMAKE_CXX_COMPILER}: no CUDA kernels")
  endif()
endif()
if(RECUR_NVCC AND NOT _failed)
  set(_code)
  foreach(_architecture ${RECUR_CUDA_ARCHITECTURES})
    list(APPEND _code --generate-code=arch=compute_${_architecture},code=[compute_${_architecture},sm_${_architecture}])
  endforeach()
  set(_objects)
  foreach(_name step persistent)
    set(_source ${PROJECT_SOURCE_DIR}/models/engine/cuda/${_name}.cu)
    set(_object ${PROJECT_BINARY_DIR}/cuda/${_name}.cu.o)
    add_custom_command(OUTPUT ${_object} DEPENDS ${_source} DEPFILE ${_object}.d
      COMMAND ${RECUR_NVCC} -std=c++20 --expt-relaxed-constexpr -O3 -DNDEBUG -Xcompiler=-fPIC ${_code}
        -ccbin ${CMAKE_CXX_COMPILER} -I${PROJECT_SOURCE_DIR} -MD -MF ${_object}.d -MT ${_object} -c ${_source}
        -o ${_object}
      COMMENT "Compiling the CUDA kernels: ${_name}" VERBATIM)
    list(APPEND _objects ${_object})
  endforeach()
  add_custom_target(recur_cuda ALL DEPENDS ${_objects})
  get_target_property(_libraries recur::torch INTERFACE_LINK_LIBRARIES)
  if(_libraries MATCHES torch_cuda)
    find_package(CUDAToolkit REQUIRED)
    target_sources(recur_models PRIVATE ${_objects})
    add_dependencies(recur_models recur_cuda)
    target_compile_definitions(recur_models PRIVATE RECUR_CUDA)
    target_link_libraries(recur_models PUBLIC ${CUDA_cudart_LIBRARY})
    message(STATUS "The fused engine runs on CUDA too, by ${RECUR_NVCC} for ${RECUR_CUDA_ARCHITECTURES}")
  else()
    message(STATUS "The CUDA kernels are compiled by ${RECUR_NVCC} and not linked: LibTorch has no CUDA")
  endif()
endif()
