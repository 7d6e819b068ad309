// The instruction sets that kernels are compiled for, each once: AVX-512, AVX2, SSSE3 and plain C++.  Read before
// Highway.
#pragma once

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_AVX3_DL | HWY_SSE4)
