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
