message(FATAL_ERROR "recur must refuse this LibTorch before it loads it")
