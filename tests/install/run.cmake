function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIG} --prefix ${WORK}/prefix)
set(flags)
if(SANITIZE)
  set(flags -DCMAKE_CXX_FLAGS=-fsanitize=address,undefined)
endif()
run(${CMAKE_COMMAND} -G Ninja -S ${CONSUMER} -B ${WORK}/build -DCMAKE_BUILD_TYPE=${CONFIG}
  -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_CXX_COMPILER=${COMPILER} ${flags})
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
if(EXISTS ${BUILD}/bin/recur)
  run(${WORK}/prefix/bin/recur --help)
  if(NOT SANITIZE)
    # Subwords need the plugin, which is opened by name from where it was installed.
    run(${WORK}/prefix/bin/recur train ${CMAKE_CURRENT_LIST_DIR}/../../configs/sentiment/quickstart.yaml --run ${WORK}/run
      threads=1 data.simulate_examples=200 trainer.epochs=1 data.text.tokenizer=subword
      data.text.subword.vocabulary_size=120)
  endif()
endif()

# Somebody's own cell, model and data set, as `recur new` writes them: built, tested, and the cell used as a plug-in.
if(EXISTS ${BUILD}/bin/recur AND NOT SANITIZE)
  set(recur ${WORK}/prefix/bin/recur)
  set(own ${WORK}/own)
  file(WRITE ${own}/CMakeLists.txt "cmake_minimum_required(VERSION 3.25)\nproject(own LANGUAGES CXX)\nenable_testing()\n")
  foreach(kind cell model dataset)
    run(${recur} new ${kind} own_${kind} --output ${own}/own_${kind})
    file(APPEND ${own}/CMakeLists.txt "add_subdirectory(own_${kind})\n")
  endforeach()
  run(${CMAKE_COMMAND} -G Ninja -S ${own} -B ${own}/build -DCMAKE_BUILD_TYPE=${CONFIG}
    -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_CXX_COMPILER=${COMPILER})
  run(${CMAKE_COMMAND} --build ${own}/build)
  run(${CMAKE_CTEST_COMMAND} --test-dir ${own}/build --output-on-failure)
  set(recur ${recur} --plugin ${own}/build/own_cell/libown_cell_plugin.so)
  run(${recur} describe own_cell)
  run(${recur} train ${own}/own_cell/config.yaml --run ${own}/run threads=1 trainer.epochs=1
    model.recurrent.engine=fused)
  foreach(format torchscript onnx)
    run(${recur} export ${own}/run --format ${format} --output ${own}/model.${format})
  endforeach()
  if(PYTHON)  # knows neither recur nor the plug-in
    execute_process(COMMAND ${PYTHON} -c "import torch" RESULT_VARIABLE no_torch OUTPUT_QUIET ERROR_QUIET)
    if(NOT no_torch)
      run(${PYTHON} -c "import torch; y = torch.jit.load('${own}/model.torchscript')(torch.zeros(2, 32, 1)); assert y.isfinite().all()")
    endif()
  endif()
endif()
