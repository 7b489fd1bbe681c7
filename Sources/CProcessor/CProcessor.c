#include "CProcessor.h"

#include <stddef.h>

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

static const char *const names[] = {
    "SSE4.2",    "POPCNT",     "AVX",        "AVX2",       "FMA",  "BMI", "BMI2", "AVX-512F",
    "AVX-512VL", "AVX-512BW",  "AVX-512DQ",  "AVX-512CD",  "NEON", "LSE", "SVE",
};

const char *processorFeatureName(int index) {
    return index >= 0 && (size_t)index < sizeof names / sizeof *names ? names[index] : NULL;
}

ProcessorFeatures processorFeaturesPresent(void) {
    ProcessorFeatures present = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
#define FEATURE(bit, name) if (__builtin_cpu_supports(name)) present |= (ProcessorFeatures)1 << bit;
    FEATURE(0, "sse4.2")
    FEATURE(1, "popcnt")
    FEATURE(2, "avx")
    FEATURE(3, "avx2")
    FEATURE(4, "fma")
    FEATURE(5, "bmi")
    FEATURE(6, "bmi2")
    FEATURE(7, "avx512f")
    FEATURE(8, "avx512vl")
    FEATURE(9, "avx512bw")
    FEATURE(10, "avx512dq")
    FEATURE(11, "avx512cd")
#elif defined(__aarch64__) && defined(__linux__)
    const unsigned long capabilities = getauxval(AT_HWCAP);
#define FEATURE(bit, flag) if (capabilities & flag) present |= (ProcessorFeatures)1 << bit;
    FEATURE(12, HWCAP_ASIMD)
    FEATURE(13, HWCAP_ATOMICS)
    FEATURE(14, HWCAP_SVE)
#endif
    return present;
}
