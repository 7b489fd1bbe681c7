// The three matrix products of a linear layer, for every model of a stack.
//
// Given: FEATURES and OUTPUTS, GROUPS, and the tiles. With samples innermost an activation is a matrix
// [feature][lane] of each group, and weights are a matrix [output][feature] of each model.

#define TILES(count, size) (((count) + (size) - 1) / (size))

// ---------------------------------------------------------------------------------------------------------------------
// output[o][lane] = bias[o] + sum over f of weights[o][f] input[f][lane]
//
//     dimension 0: work-item = lanes of a group                                         (ITEMS)
//     dimension 1: work-item = every SLICES-th feature; work-group = OUTPUT_TILE outputs
//     dimension 2: work-group = model * GROUPS + group

__kernel WORK_GROUP(ITEMS, SLICES) void multiply(
    const __global vec *restrict input, const __global float *restrict weights, int weightOffset, int weightStride,
    const __global float *restrict bias, int biasOffset, int biasStride, const __global int *restrict counts,
    __global vec *restrict output
) {
    const int place = (int)get_group_id(2);
    const int model = place / GROUPS;
    const int first = (int)get_group_id(1) * OUTPUT_TILE;
    const int slice = (int)get_local_id(1);
    if (samplesInGroup(counts[model], place % GROUPS) == 0) return;

    vec sums[OUTPUT_TILE];
#pragma unroll
    for (int o = 0; o < OUTPUT_TILE; ++o) sums[o] = (vec)(0.0f);
    input += (size_t)place * FEATURES * ITEMS + get_local_id(0);
    weights += model * weightStride + weightOffset;
    for (int f = slice; f < FEATURES; f += SLICES) {
        const vec value = input[f * ITEMS];
#pragma unroll
        for (int o = 0; o < OUTPUT_TILE; ++o) sums[o] += weights[min(first + o, OUTPUTS - 1) * FEATURES + f] * value;
    }

    output += (size_t)place * OUTPUTS * ITEMS + get_local_id(0);
    bias += model * biasStride + biasOffset;
#if SLICES > 1
    // The slices' sums are added in their order, each output's by one of the slices.
    __local vec scratch[OUTPUT_TILE][SLICES][ITEMS];
#pragma unroll
    for (int o = 0; o < OUTPUT_TILE; ++o) scratch[o][slice][get_local_id(0)] = sums[o];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int o = slice; o < OUTPUT_TILE; o += SLICES) {
        vec sum = scratch[o][0][get_local_id(0)];
        for (int other = 1; other < SLICES; ++other) sum += scratch[o][other][get_local_id(0)];
        if (first + o < OUTPUTS) output[(first + o) * ITEMS] = sum + bias[first + o];
    }
#else
#pragma unroll
    for (int o = 0; o < OUTPUT_TILE; ++o) {
        if (first + o < OUTPUTS) output[(first + o) * ITEMS] = sums[o] + bias[first + o];
    }
#endif
}

// ---------------------------------------------------------------------------------------------------------------------
// inputGradient[f][lane] = sum over o of weights[o][f] outputGradient[o][lane]
//
//     dimension 0: work-item = lanes of a group                        (ITEMS)
//     dimension 1: work-group = FEATURE_TILE features                  (1 slice)
//     dimension 2: work-group = model * GROUPS + group

__kernel WORK_GROUP(ITEMS, 1) void multiplyTransposed(
    const __global vec *restrict outputGradient, const __global float *restrict weights, int weightOffset,
    int weightStride, const __global int *restrict counts, __global vec *restrict inputGradient
) {
    const int place = (int)get_group_id(2);
    const int model = place / GROUPS;
    const int first = (int)get_group_id(1) * FEATURE_TILE;
    if (samplesInGroup(counts[model], place % GROUPS) == 0) return;

    vec sums[FEATURE_TILE];
#pragma unroll
    for (int f = 0; f < FEATURE_TILE; ++f) sums[f] = (vec)(0.0f);
    outputGradient += (size_t)place * OUTPUTS * ITEMS + get_local_id(0);
    weights += model * weightStride + weightOffset;
    for (int o = 0; o < OUTPUTS; ++o) {
        const vec gradient = outputGradient[o * ITEMS];
#pragma unroll
        for (int f = 0; f < FEATURE_TILE; ++f) {
            sums[f] += weights[o * FEATURES + min(first + f, FEATURES - 1)] * gradient;
        }
    }
    inputGradient += (size_t)place * FEATURES * ITEMS + get_local_id(0);
#pragma unroll
    for (int f = 0; f < FEATURE_TILE; ++f) {
        if (first + f < FEATURES) inputGradient[(first + f) * ITEMS] = sums[f];
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// weightGradient[o][f] = sum over samples of outputGradient[o] input[f], biasGradient[o] = sum of outputGradient[o]
//
//     dimension 0: work-item = lanes of a group, which go through all groups           (ITEMS)
//     dimension 1: work-group = FEATURE_TILE features; the last one is for the bias    (1 slice)
//     dimension 2: work-group = model * tiles + tile of OUTPUT_TILE outputs

#define FEATURE_TILES TILES(FEATURES, FEATURE_TILE)
#define OUTPUT_TILES TILES(OUTPUTS, OUTPUT_TILE)

__kernel WORK_GROUP(ITEMS, 1) void multiplyParameterGradients(
    const __global vec *restrict input, const __global vec *restrict outputGradient,
    const __global int *restrict counts, __global float *restrict weightGradient, int weightOffset, int weightStride,
    __global float *restrict biasGradient, int biasOffset, int biasStride
) {
    __local float scratch[LANE_SUM_SCRATCH(OUTPUT_TILE * FEATURE_TILE)];
    const int firstOutput = (int)get_group_id(2) % OUTPUT_TILES * OUTPUT_TILE;
    const int model = (int)get_group_id(2) / OUTPUT_TILES;
    const bool isBias = get_group_id(1) == FEATURE_TILES;
    const int firstFeature = isBias ? 0 : (int)get_group_id(1) * FEATURE_TILE;
    const int count = counts[model];

    vec sums[OUTPUT_TILE * FEATURE_TILE];
#pragma unroll
    for (int k = 0; k < OUTPUT_TILE * FEATURE_TILE; ++k) sums[k] = (vec)(0.0f);
    for (int group = 0; group * LANES < count; ++group) {
        const lanes wanted = lanesBelow(samplesInGroup(count, group));
        const size_t place = (size_t)model * GROUPS + group;
        const __global vec *values = input + place * FEATURES * ITEMS + get_local_id(0);
        const __global vec *gradients = outputGradient + place * OUTPUTS * ITEMS + get_local_id(0);
        vec value[FEATURE_TILE];
#pragma unroll
        for (int f = 0; f < FEATURE_TILE; ++f) {
            value[f] = isBias ? (vec)(1.0f) : values[min(firstFeature + f, FEATURES - 1) * ITEMS];
        }
#pragma unroll
        for (int o = 0; o < OUTPUT_TILE; ++o) {
            const vec gradient = gradients[min(firstOutput + o, OUTPUTS - 1) * ITEMS];
#pragma unroll
            for (int f = 0; f < FEATURE_TILE; ++f) {
                // A whole product at once: zero times the NaN of a lane without a sample would be NaN.
                sums[o * FEATURE_TILE + f] += keep(gradient * value[f], wanted);
            }
        }
    }

#pragma unroll
    for (int k = 0; k < OUTPUT_TILE * FEATURE_TILE; ++k) putLaneSum(k, sums[k], scratch);
    if (ITEMS > 1) barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
    for (int k = FIRST_LANE_SUM; k < OUTPUT_TILE * FEATURE_TILE; k += ITEMS) {
        const int o = firstOutput + k / FEATURE_TILE;
        const int f = firstFeature + k % FEATURE_TILE;
        if (o >= OUTPUTS || f >= FEATURES) continue;
        const float sum = sumOfLanes(k, sums, scratch);
        if (!isBias) {
            weightGradient[model * weightStride + weightOffset + o * FEATURES + f] = sum;
        } else if (f == 0) {
            biasGradient[model * biasStride + biasOffset + o] = sum;
        }
    }
}
