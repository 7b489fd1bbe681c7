#pragma once

#include <stdbool.h>
#include <stdint.h>

// What the CPU backend must know about the processor and Swift can't say: the vector width the compiler was told to
// use (a macro of the target flags), and the features of the processor the program runs on.
//
// This header is read with the flags of the target that imports it. Only `CPUBackend` is compiled for the processor of
// choice; to every other target the vector type is unavailable, and so it is in a build for a processor without fused
// multiply-add on vectors, where Swift would call `fmaf` once for every lane and nothing would warn.

#define RESNET_BO_NO_VECTORS                                                                                           \
    "the CPU backend needs AVX2 and FMA, AVX-512, or NEON: build for such a processor, for example with the "         \
    "environment variable RESNET_BO_CPU=x86-64-v3"

#if defined(__AVX512F__)
/// The widest vector of floats the target processor has.
typedef float NativeVector __attribute__((ext_vector_type(16)));
/// A double for each of its lanes.
typedef double NativeDoubles __attribute__((ext_vector_type(16)));
/// A 16-bit integer for each of its lanes.
typedef int16_t NativeShorts __attribute__((ext_vector_type(16)));
#elif defined(__AVX2__) && defined(__FMA__)
/// The widest vector of floats the target processor has.
typedef float NativeVector __attribute__((ext_vector_type(8)));
/// A double for each of its lanes.
typedef double NativeDoubles __attribute__((ext_vector_type(8)));
/// A 16-bit integer for each of its lanes.
typedef int16_t NativeShorts __attribute__((ext_vector_type(8)));
#elif defined(__aarch64__)
/// The widest vector of floats the target processor has.
typedef float NativeVector __attribute__((ext_vector_type(4)));
/// A double for each of its lanes.
typedef double NativeDoubles __attribute__((ext_vector_type(4)));
/// A 16-bit integer for each of its lanes.
typedef int16_t NativeShorts __attribute__((ext_vector_type(4)));
#else
/// The widest vector of floats the target processor has.
typedef float NativeVector __attribute__((ext_vector_type(4), unavailable(RESNET_BO_NO_VECTORS)));
#define RESNET_BO_NO_VECTOR_TYPE
#endif

#ifndef RESNET_BO_NO_VECTOR_TYPE
/// Every lane as a double; in Swift a conversion lane by lane.
__attribute__((always_inline)) static inline NativeDoubles nativeDoubles(NativeVector vector) {
    return __builtin_convertvector(vector, NativeDoubles);
}

/// Every lane, a small whole number, as an integer; in Swift a conversion lane by lane.
__attribute__((always_inline)) static inline NativeShorts nativeShorts(NativeVector vector) {
    return __builtin_convertvector(vector, NativeShorts);
}

/// Every lane as a float; in Swift a conversion lane by lane.
__attribute__((always_inline)) static inline NativeVector nativeFloats(NativeShorts integers) {
    return __builtin_convertvector(integers, NativeVector);
}

/// Asks for a cache line that is written soon; any address is allowed.
__attribute__((always_inline)) static inline void processorPrefetchForWriting(const void *address) {
    __builtin_prefetch(address, 1, 3);
}

/// In each lane `then` where `value > than`, and `otherwise` elsewhere, NaN included.
///
/// The same as Swift's `replacing(with:where:)`, which is a loop over the lanes until late in the compilation: functions
/// with many of them become too large for Swift to inline.
__attribute__((always_inline)) static inline NativeVector nativeSelect(NativeVector value, NativeVector than,
                                                                       NativeVector then, NativeVector otherwise) {
    return value > than ? then : otherwise;
}
#endif

/// Bit `i` stands for the feature `processorFeatureName(i)`.
typedef uint32_t ProcessorFeatures;

/// The features the compiler was told it may use, of those the start-up check knows.
static inline ProcessorFeatures processorFeaturesNeeded(void) {
    ProcessorFeatures needed = 0;
#define FEATURE(bit, macro) needed |= (ProcessorFeatures)1 << bit;
#if defined(__SSE4_2__)
    FEATURE(0, __SSE4_2__)
#endif
#if defined(__POPCNT__)
    FEATURE(1, __POPCNT__)
#endif
#if defined(__AVX__)
    FEATURE(2, __AVX__)
#endif
#if defined(__AVX2__)
    FEATURE(3, __AVX2__)
#endif
#if defined(__FMA__)
    FEATURE(4, __FMA__)
#endif
#if defined(__BMI__)
    FEATURE(5, __BMI__)
#endif
#if defined(__BMI2__)
    FEATURE(6, __BMI2__)
#endif
#if defined(__AVX512F__)
    FEATURE(7, __AVX512F__)
#endif
#if defined(__AVX512VL__)
    FEATURE(8, __AVX512VL__)
#endif
#if defined(__AVX512BW__)
    FEATURE(9, __AVX512BW__)
#endif
#if defined(__AVX512DQ__)
    FEATURE(10, __AVX512DQ__)
#endif
#if defined(__AVX512CD__)
    FEATURE(11, __AVX512CD__)
#endif
#if defined(__ARM_NEON)
    FEATURE(12, __ARM_NEON)
#endif
#if defined(__ARM_FEATURE_ATOMICS)
    FEATURE(13, __ARM_FEATURE_ATOMICS)
#endif
#if defined(__ARM_FEATURE_SVE)
    FEATURE(14, __ARM_FEATURE_SVE)
#endif
#undef FEATURE
    return needed;
}

/// The features of the processor this program runs on. Compiled for the baseline, so it runs on any.
ProcessorFeatures processorFeaturesPresent(void);

/// How the manufacturer calls a feature, or null beyond the last.
const char *processorFeatureName(int index);

/// Tells the core that the thread is in a spin loop.
static inline void processorPause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}
