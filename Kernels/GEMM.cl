// The three matrix products of a linear layer, for every model of a stack.
//
// Macros: FEATURES, OUTPUTS, GROUPS, and the tiles. With the samples innermost, an activation is one matrix [feature][lane]
// per group, and the weights are one matrix [output][feature] per model. OUTPUT_TILE and GRADIENT_TILE divide OUTPUTS, and
// FEATURE_TILE divides FEATURES. On GPUs, FEATURE_SLICES rows of work-items divide the features of the forward pass among them, and
// the weights of STAGED_FEATURES features at a time are in local memory, with the outputs of a tile innermost.
//
//     dimension 0: work-item = lanes of a group, one work-group    (ITEMS)

#define OUTPUT_TILES (OUTPUTS / OUTPUT_TILE)
#define FEATURE_TILES (FEATURES / FEATURE_TILE)
#define GROUP_TILES TILES(GROUPS, GROUP_TILE)

// ---------------------------------------------------------------------------------------------------------------------
// output[o][lane] = bias[o] + sum over f of weights[o][f] input[f][lane]
//
//     dimension 1: work-group = OUTPUT_TILE outputs
//     dimension 2: work-group = model * GROUP_TILES + tile of GROUP_TILE groups

#if FEATURE_SLICES > 1
#define EXCHANGED (FEATURE_SLICES * OUTPUT_TILE * GROUP_TILE * ITEMS)
#define STAGED_WEIGHTS (STAGED_FEATURES * OUTPUT_TILE)
#endif

// Adds the products of a feature. The weights of successive outputs are `weightStride` numbers apart.
#define ADD_FEATURE(f, weights, weightStride) \
    { \
        vec values[GROUP_TILE]; \
        _Pragma("unroll") for (int g = 0; g < GROUP_TILE; ++g) { \
            values[g] = (input + ((size_t)min(group + g, GROUPS - 1) * FEATURES + (f)) * ITEMS)[LANE]; \
        } \
        _Pragma("unroll") for (int o = 0; o < OUTPUT_TILE; ++o) { \
            const float weight = (weights)[o * (weightStride)]; \
            _Pragma("unroll") for (int g = 0; g < GROUP_TILE; ++g) sums[o][g] += weight * values[g]; \
        } \
    }

#if FEATURE_SLICES > 1
// First the weights, then the sums of all slices.
#define SHARED (STAGED_WEIGHTS > EXCHANGED ? STAGED_WEIGHTS : EXCHANGED)
#else
#define SHARED 1
#endif

// Computes a tile: `first` is its first output, and `group` its first group of lanes.
INLINE void multiplyTile(
    const __global vec *input, const __global float *weights, const __global float *bias, int model, int group, int first,
    __global vec *output, __local float *shared
) {
#if FEATURE_SLICES > 1
    const int slice = (int)get_local_id(1);
#else
    (void)shared;
#endif
    weights += first * FEATURES;
    bias += first;
    input += (size_t)model * GROUPS * FEATURES * ITEMS;

    vec sums[OUTPUT_TILE][GROUP_TILE];
#pragma unroll
    for (int o = 0; o < OUTPUT_TILE; ++o) {
#pragma unroll
        for (int g = 0; g < GROUP_TILE; ++g) sums[o][g] = (vec)(0.0f);
    }
#if FEATURE_SLICES > 1
    for (int begin = 0; begin < FEATURES; begin += STAGED_FEATURES) {
        // A constant where it can be, so that the loop needs no remainder.
        const int end = FEATURES % STAGED_FEATURES == 0 ? STAGED_FEATURES : min(STAGED_FEATURES, FEATURES - begin);
        const int rounds = end / FEATURE_SLICES;
        if (begin > 0) barrier(CLK_LOCAL_MEM_FENCE);
        for (int k = slice * ITEMS + (int)LANE; k < STAGED_WEIGHTS; k += FEATURE_SLICES * ITEMS) {
            const int o = k / STAGED_FEATURES;
            const int f = k % STAGED_FEATURES;
            if (f < end) shared[f * OUTPUT_TILE + o] = weights[o * FEATURES + begin + f];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll 4
        for (int round = 0; round < rounds; ++round) {
            const int f = round * FEATURE_SLICES + slice;
            ADD_FEATURE(begin + f, shared + f * OUTPUT_TILE, 1)
        }
        const int last = rounds * FEATURE_SLICES + slice;
        if (last < end) ADD_FEATURE(begin + last, shared + last * OUTPUT_TILE, 1)
    }
#else
#pragma unroll 4
    for (int f = 0; f < FEATURES; ++f) ADD_FEATURE(f, weights + f, FEATURES)
#endif
#if FEATURE_SLICES > 1
    // Each slice adds the sums of all slices, in their order, for some of the results.
    barrier(CLK_LOCAL_MEM_FENCE);
    __local float *mine = shared + slice * OUTPUT_TILE * GROUP_TILE * ITEMS + LANE;
#pragma unroll
    for (int o = 0; o < OUTPUT_TILE; ++o) {
#pragma unroll
        for (int g = 0; g < GROUP_TILE; ++g) mine[(o * GROUP_TILE + g) * ITEMS] = sums[o][g];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int k = slice; k < OUTPUT_TILE * GROUP_TILE; k += FEATURE_SLICES) {
        const int o = k / GROUP_TILE;
        const int g = k % GROUP_TILE;
        if (group + g >= GROUPS) continue;
        float sum = bias[o];
#pragma unroll
        for (int other = 0; other < FEATURE_SLICES; ++other) {
            sum += shared[(other * OUTPUT_TILE * GROUP_TILE + k) * ITEMS + LANE];
        }
        (output + (((size_t)model * GROUPS + group + g) * OUTPUTS + first + o) * ITEMS)[LANE] = sum;
    }
#else
#pragma unroll
    for (int g = 0; g < GROUP_TILE; ++g) {
        if (group + g >= GROUPS) break;
        __global vec *result = output + (((size_t)model * GROUPS + group + g) * OUTPUTS + first) * ITEMS;
#pragma unroll
        for (int o = 0; o < OUTPUT_TILE; ++o) (result + o * ITEMS)[LANE] = sums[o][g] + bias[o];
    }
#endif
}

__kernel WORK_GROUP(ITEMS, FEATURE_SLICES) void multiply(
    const __global vec *restrict input, const __global float *restrict weights, int weightsOffset, int weightsStride,
    const __global float *restrict bias, int biasOffset, int biasStride, const __global int *restrict counts,
    __global vec *restrict output
) {
    __local float shared[SHARED] __attribute__((aligned(16)));
    const int model = GROUP_ID(2) / GROUP_TILES;
    const int group = GROUP_ID(2) % GROUP_TILES * GROUP_TILE;
    if (samplesInGroup(counts[model], group) == 0) return;
    multiplyTile(
        input, OF_MODEL(weights, model), OF_MODEL(bias, model), model, group,
        GROUP_ID(1) * OUTPUT_TILE, output, shared);
}

#if FEATURE_SLICES > 1 && GROUPS == 1 && OUTPUT_TILE == OUTPUTS
// The product, and the softmax cross-entropy of its results as in `Loss.cl`, where a work-group computes all of a model.
//
//     dimension 1: work-group = model

__kernel WORK_GROUP(ITEMS, FEATURE_SLICES) void multiplyWithLoss(
    const __global vec *restrict input, const __global float *restrict weights, int weightsOffset, int weightsStride,
    const __global float *restrict bias, int biasOffset, int biasStride, const __global uchar *restrict labels,
    const __global int *restrict counts, int capacity, int step, int steps, __global float *restrict lossSums,
    __global int *restrict corrects, __global vec *restrict output, int hasGradient, __global float *restrict gradient
) {
    __local float shared[SHARED] __attribute__((aligned(16)));
    const int model = GROUP_ID(1);
    const int count = counts[model];
    if (count > 0) {
        multiplyTile(
            input, OF_MODEL(weights, model), OF_MODEL(bias, model), model, 0, 0,
            output, shared);
    }
    // The logits of a sample are those of all slices.
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    const int sample = (int)LANE;
    const size_t first = (size_t)model * OUTPUTS * ITEMS + sample;
    float loss = 0.0f;
    int correct = 0;
    if (get_local_id(1) == 0 && sample < count) {
        loss = crossEntropy(
            (const __global float *)output + first, OUTPUTS, labels[model * capacity + sample], count, &correct,
            hasGradient ? gradient + first : 0);
    } else if (get_local_id(1) == 0 && hasGradient) {
        for (int o = 0; o < OUTPUTS; ++o) gradient[first + o * ITEMS] = 0.0f;
    }
    // Each row of work-items has a sum of its own; that of the first is the result. Counts are exact in fp32.
    __local float *mine = shared + (int)get_local_id(1) * ITEMS;
    const float lossSum = addItems(loss, mine);
    const float correctSum = addItems((float)correct, mine);
    if (sample == 0 && get_local_id(1) == 0) {
        lossSums[model * steps + step] = lossSum;
        corrects[model * steps + step] = (int)correctSum;
    }
}
#endif

// ---------------------------------------------------------------------------------------------------------------------
// The gradients, in different work-groups of one launch.
//
//     dimension 1: work-group = those for the input gradient, if it is computed: group * FEATURE_TILES + tile of FEATURE_TILE
//                  features; then those for the parameter gradients: tile of GRADIENT_TILE outputs * (FEATURE_TILES + 1) + tile
//                  of features, with all groups of lanes; the last one of the features is for the bias
//     dimension 2: work-group = model

#define GRADIENT_TILES (OUTPUTS / GRADIENT_TILE)
#define PRODUCTS (GRADIENT_TILE * FEATURE_TILE)
#define INPUT_GROUPS (GROUPS * FEATURE_TILES)

// inputGradient[f][lane] = sum over o of weights[o][f] outputGradient[o][lane], for the samples of a group.
INLINE void addInputGradient(
    const __global vec *outputGradient, const __global float *weights, int first, __global vec *inputGradient
) {
    vec sums[FEATURE_TILE];
#pragma unroll
    for (int f = 0; f < FEATURE_TILE; ++f) sums[f] = (vec)(0.0f);
#pragma unroll 2
    for (int o = 0; o < OUTPUTS; ++o) {
        const vec gradient = (outputGradient + o * ITEMS)[LANE];
#pragma unroll
        for (int f = 0; f < FEATURE_TILE; ++f) {
            sums[f] += weights[o * FEATURES + first + f] * gradient;
        }
    }
#pragma unroll
    for (int f = 0; f < FEATURE_TILE; ++f) {
        (inputGradient + (first + f) * ITEMS)[LANE] = sums[f];
    }
}

// Adds the products of one group to a tile of weightGradient[o][f] = sum over samples of outputGradient[o] input[f]. `checked`
// is a constant: whether some lanes have no sample. The products of these lanes are masked, because a lane without a sample may
// hold NaN, and zero times NaN is NaN.
INLINE void addProducts(
    vec sums[PRODUCTS], const __global vec *input, const __global vec *outputGradient, lanes mask,
    const bool checked
) {
    vec value[FEATURE_TILE];
#pragma unroll
    for (int f = 0; f < FEATURE_TILE; ++f) value[f] = (input + f * ITEMS)[LANE];
#pragma unroll
    for (int o = 0; o < GRADIENT_TILE; ++o) {
        const vec gradient = (outputGradient + o * ITEMS)[LANE];
#pragma unroll
        for (int f = 0; f < FEATURE_TILE; ++f) {
            if (checked) {
                sums[o * FEATURE_TILE + f] += maskLanes(gradient * value[f], mask);
            } else {
                sums[o * FEATURE_TILE + f] += gradient * value[f];
            }
        }
    }
}

__kernel WORK_GROUP(ITEMS, 1) void multiplyGradients(
    const __global vec *restrict input, const __global vec *restrict outputGradient,
    const __global float *restrict weights, int weightsOffset, int weightsStride, const __global int *restrict counts,
    int hasInputGradient, __global vec *restrict inputGradient, __global float *restrict weightGradient,
    int weightGradientOffset, int weightGradientStride, __global float *restrict biasGradient, int biasGradientOffset,
    int biasGradientStride
) {
    __local float scratch[LANE_SUM_SCRATCH];
    const int model = GROUP_ID(2);
    const int count = counts[model];
    input += (size_t)model * GROUPS * FEATURES * ITEMS;
    outputGradient += (size_t)model * GROUPS * OUTPUTS * ITEMS;
    const int index = (int)GROUP_ID(1) - (hasInputGradient ? INPUT_GROUPS : 0);
    if (index < 0) {
        const int group = (int)GROUP_ID(1) / FEATURE_TILES;
        if (samplesInGroup(count, group) == 0) return;
        addInputGradient(
            outputGradient + group * OUTPUTS * ITEMS, OF_MODEL(weights, model),
            (int)GROUP_ID(1) % FEATURE_TILES * FEATURE_TILE,
            inputGradient + ((size_t)model * GROUPS + group) * FEATURES * ITEMS);
        return;
    }

    const int firstOutput = index / (FEATURE_TILES + 1) * GRADIENT_TILE;
    const bool isBias = index % (FEATURE_TILES + 1) == FEATURE_TILES;
    const int firstFeature = isBias ? 0 : index % (FEATURE_TILES + 1) * FEATURE_TILE;
    input += firstFeature * ITEMS;
    outputGradient += firstOutput * ITEMS;

    vec sums[PRODUCTS];
#pragma unroll
    for (int k = 0; k < PRODUCTS; ++k) sums[k] = (vec)(0.0f);
    const int full = count / LANES;
    const lanes mask = lanesBelow(count - full * LANES);
    if (isBias) {
        for (int group = 0; group < TILES(count, LANES); ++group) {
#pragma unroll
            for (int o = 0; o < GRADIENT_TILE; ++o) {
                const vec gradient = (outputGradient + o * ITEMS)[LANE];
                sums[o * FEATURE_TILE] += group < full ? gradient : maskLanes(gradient, mask);
            }
            outputGradient += OUTPUTS * ITEMS;
        }
    } else {
        for (int group = 0; group < full; ++group) {
            addProducts(sums, input, outputGradient, mask, false);
            input += FEATURES * ITEMS;
            outputGradient += OUTPUTS * ITEMS;
        }
        if (full * LANES < count) addProducts(sums, input, outputGradient, mask, true);
    }

    weightGradient = OF_MODEL(weightGradient, model);
    biasGradient = OF_MODEL(biasGradient, model);
#pragma unroll
    for (int chunk = 0; chunk < PRODUCTS; chunk += LANE_SUMS_AT_ONCE) {
        const float sum = sumLanes(sums, chunk, PRODUCTS, scratch);
        const int k = chunk + (int)LANE;
        const int o = firstOutput + k / FEATURE_TILE;
        const int f = firstFeature + k % FEATURE_TILE;
        const bool isWriter = LANE < LANE_SUMS_AT_ONCE && k < PRODUCTS;
        if (isWriter && isBias && k % FEATURE_TILE == 0) biasGradient[o] = sum;
        if (isWriter && !isBias) weightGradient[o * FEATURES + f] = sum;
    }
}
