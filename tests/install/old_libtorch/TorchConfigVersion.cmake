# A LibTorch too old for recur, as far as find_package can see.
set(PACKAGE_VERSION 2.5.1)
set(PACKAGE_VERSION_COMPATIBLE FALSE)
