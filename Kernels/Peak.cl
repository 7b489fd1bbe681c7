// Measures the peak rate of multiply-adds of the device, the reference for the rates of the other kernels.
//
//     dimension 0: work-item = lanes of a vector    (ITEMS)
//     dimension 1: work-group

// The number of independent chains: enough to hide the latency of a multiply-add, few enough for the registers of AVX2.
#define PEAK_CHAINS 12

__kernel WORK_GROUP(ITEMS, 1) void multiplyAdd(
    int iterations, float factor, float term, __global vec *restrict results
) {
    vec values[PEAK_CHAINS];
#pragma unroll
    for (int k = 0; k < PEAK_CHAINS; ++k) values[k] = (vec)((float)(k + 1));
#pragma unroll 4
    for (int i = 0; i < iterations; ++i) {
#pragma unroll
        for (int k = 0; k < PEAK_CHAINS; ++k) values[k] = values[k] * factor + term;
    }
    vec sum = values[0];
#pragma unroll
    for (int k = 1; k < PEAK_CHAINS; ++k) sum += values[k];
    results[GROUP_ID(1) * ITEMS + LANE] = sum;
}
