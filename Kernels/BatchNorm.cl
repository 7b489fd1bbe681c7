// What follows a convolution: batch norm, residual addition, ReLU and max-pooling, and its gradient. With a batch norm each
// direction is a sum over the batch, followed by a pass over the pixels; without one it is only the pass.
//
// Macros: CHANNELS; PIXELS of a channel; GROUPS; CHUNK, the pixels of a work-group in the passes over pixels; SUM_CHUNK, those of
// one in the sums of the backward pass; POOLED, whether a max-pooling follows. With POOLED = 1 also IN_HEIGHT IN_WIDTH,
// OUT_HEIGHT OUT_WIDTH, KERNEL_HEIGHT KERNEL_WIDTH, STRIDE_Y STRIDE_X.
//
//     dimension 0: work-item = lanes of a group (ITEMS); work-group = chunk of pixels, in the passes over pixels
//     dimension 1: work-item = every SLICES-th pixel; work-group = channel
//     dimension 2: work-group = model * GROUPS + group
//
// The sums over the batch are stored as partial sums, [model][channel][group][part]. Every work-group of the elementwise pass
// adds them, always in the same order.

// Loops over the pixels of a slice have this many independent sums: shorter chains of additions have a smaller error.
#define CHAINS 4

// Sums over the parts of a channel are in blocks of this many, for the same reason.
#define BLOCK 256
#define MERGE_BLOCK (BLOCK * GROUP_ITEMS)

#if POOLED
#define OUTPUT_PIXELS (OUT_HEIGHT * OUT_WIDTH)
#else
#define OUTPUT_PIXELS PIXELS
#endif

// The partial sums of a group in the backward pass.
#define SUM_PARTS TILES(OUTPUT_PIXELS, SUM_CHUNK)

typedef struct {
    int model, group, channel, samples;
    size_t plane;      // this work-item's first vec in the plane of the group and channel
    size_t outPlane;   // the same in the output
    size_t partial;    // the first partial sum of the model and channel, in groups
} Position;

INLINE void findPosition(const __global int *counts, int channel, Position *result) {
    Position position;
    position.channel = channel;
    position.model = GROUP_ID(2) / GROUPS;
    position.group = GROUP_ID(2) % GROUPS;
    position.samples = counts[position.model];
    const size_t plane = (size_t)GROUP_ID(2) * CHANNELS + position.channel;
    position.plane = plane * PIXELS * ITEMS + LANE;
    position.outPlane = plane * OUTPUT_PIXELS * ITEMS + LANE;
    position.partial = ((size_t)position.model * CHANNELS + position.channel) * GROUPS;
    *result = position;
}

// ---------------------------------------------------------------------------------------------------------------------
// The moments of a channel from the moments of its parts, each (mean, sum of squared deviations, number): Chan, Golub &
// LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979, for many parts at once. The
// parts are divided among the work-items of a work-group; all of them return the same result.
INLINE float2 mergeMoments(
    const __global float4 *parts, int count, float number, __local float *scratch
) {
    const int first = (int)get_local_id(1) * ITEMS + (int)LANE;
    float sum = 0.0f;
    for (int block = 0; block < count; block += MERGE_BLOCK) {
        const int end = min(block + MERGE_BLOCK, count);
        float blockSum = 0.0f;
        for (int part = block + first; part < end; part += GROUP_ITEMS) blockSum += parts[part].x * parts[part].z;
        sum += blockSum;
    }
    const float mean = divide(addItems(sum, scratch), number);
    float squares = 0.0f;
    for (int block = 0; block < count; block += MERGE_BLOCK) {
        const int end = min(block + MERGE_BLOCK, count);
        float blockSquares = 0.0f;
        for (int part = block + first; part < end; part += GROUP_ITEMS) {
            const float4 moments = parts[part];
            const float difference = moments.x - mean;
            blockSquares += moments.y + difference * difference * moments.z;
        }
        squares += blockSquares;
    }
    return (float2)(mean, addItems(squares, scratch));
}

// ---------------------------------------------------------------------------------------------------------------------
// Max-pooling of normalised values

#if POOLED
typedef struct {
    vec value;        // normalised
    vec deviation;    // from the mean, before the normalisation
    lanes index;      // row * KERNEL_WIDTH + column within the window
} Maximum;

// The first maximum of the window of an output pixel; NaN is larger than every number, and the last NaN is the maximum.
INLINE void findMaximum(
    const __global vec *plane, int pixel, float mean, float scale, float bias,
    Maximum *result
) {
    const __global vec *corner =
        plane + (pixel / OUT_WIDTH * STRIDE_Y * IN_WIDTH + pixel % OUT_WIDTH * STRIDE_X) * ITEMS;
    Maximum maximum;
    maximum.deviation = corner[0] - mean;
    maximum.value = maximum.deviation * scale + bias;
    maximum.index = (lanes)(0);
#pragma unroll
    for (int index = 1; index < KERNEL_HEIGHT * KERNEL_WIDTH; ++index) {
        const vec deviation = corner[(index / KERNEL_WIDTH * IN_WIDTH + index % KERNEL_WIDTH) * ITEMS] - mean;
        const vec value = deviation * scale + bias;
        const lanes larger = (value > maximum.value) | (value != value);
        maximum.value = select(maximum.value, value, larger);
        maximum.deviation = select(maximum.deviation, deviation, larger);
        maximum.index = select(maximum.index, (lanes)(index), larger);
    }
    *result = maximum;
}

// Saves what the gradient needs: the argmax index, or -1 where the gradient of the ReLU is 0, and the maximum's deviation.
INLINE void saveArgmax(Maximum maximum, int relu, size_t window, __global lanes *indices, __global vec *deviations) {
    const lanes isZero = relu ? maximum.value <= (vec)(0.0f) : (lanes)(0);
    indices[window] = select(maximum.index, (lanes)(-1), isZero);
    deviations[window] = maximum.deviation;
}
#endif

// ---------------------------------------------------------------------------------------------------------------------
// output = pool(activation((input - mean) * scale + bias + residual)), in the output pixels of a chunk
//
// With a max-pooling and `savesArgmax`, it writes `indices` and `deviations` for the gradient.

INLINE void normalize(
    const __global vec *input, const __global vec *residual, int hasResidual, Position position, float mean,
    float scale, float bias, int relu, __global vec *output, int savesArgmax, __global lanes *indices,
    __global vec *deviations
) {
    const lanes mask = lanesBelow(samplesInGroup(position.samples, position.group));
    const int end = min(((int)GROUP_ID(0) + 1) * CHUNK, OUTPUT_PIXELS);
    for (int pixel = (int)GROUP_ID(0) * CHUNK + (int)get_local_id(1); pixel < end; pixel += SLICES) {
#if POOLED
        (void)residual, (void)hasResidual;
        Maximum maximum;
        findMaximum(input + position.plane, pixel, mean, scale, bias, &maximum);
        vec value = maximum.value;
        if (savesArgmax) saveArgmax(maximum, relu, position.outPlane + pixel * ITEMS, indices, deviations);
#else
        (void)savesArgmax, (void)indices, (void)deviations;
        vec value = (input[position.plane + pixel * ITEMS] - mean) * scale + bias;
        if (hasResidual) value += residual[position.plane + pixel * ITEMS];
#endif
        // `max` would replace NaN by zero.
        if (relu) value = select(value, (vec)(0.0f), value <= (vec)(0.0f));
        output[position.outPlane + pixel * ITEMS] = maskLanes(value, mask);
    }
}

// The number of this work-group's channel in a slice.
#define OF_CHANNEL(slice) (OF_MODEL(slice, position.model) + position.channel)
#define OF_PAIR_CHANNEL(slice) (OF_PAIR_MODEL(slice, position.model) + position.channel)

// Whether this work-item writes the results of its model and channel.
INLINE bool isWriter(Position position) {
    return position.group == 0 && GROUP_ID(0) == 0 && get_local_id(0) == 0 && get_local_id(1) == 0;
}

// The normalisation in training. Slices are given as the number of the channel.
INLINE void normalizeByBatch(
    Position position, const __global vec *input, const __global vec *residual, int hasResidual,
    const __global float4 *moments, int parts, float weight, float bias, __global float *runningMean,
    __global float *runningVariance, __global float *savedMean, __global float *savedRstd, float epsilon, float momentum,
    int relu, __global vec *output, int savesArgmax, __global lanes *indices, __global vec *deviations,
    __local float *scratch
) {
    const float count = (float)(position.samples * PIXELS);
    const float2 merged =
        mergeMoments(moments + position.partial * parts, TILES(position.samples, LANES) * parts, count, scratch);
    const float rstd = divide(1.0f, sqrt(divide(merged.y, count) + epsilon));
    if (isWriter(position) && position.samples > 0) {
        *savedMean = merged.x;
        *savedRstd = rstd;
        *runningMean = (1.0f - momentum) * *runningMean + momentum * merged.x;
        *runningVariance = (1.0f - momentum) * *runningVariance + momentum * divide(merged.y, count - 1.0f);
    }
    normalize(
        input, residual, hasResidual, position, merged.x, weight * rstd, bias, relu, output, savesArgmax, indices,
        deviations);
}

__kernel WORK_GROUP(ITEMS, SLICES) void normalizeTraining(
    const __global vec *restrict input, const __global vec *restrict residual, int hasResidual,
    const __global int *restrict counts, const __global float4 *restrict moments, int parts,
    const __global float *restrict weight, int weightOffset, int weightStride, const __global float *restrict bias,
    int biasOffset, int biasStride, __global float *restrict runningMean, int runningMeanOffset, int runningMeanStride,
    __global float *restrict runningVariance, int runningVarianceOffset, int runningVarianceStride,
    __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride, __global float *restrict savedRstd,
    int savedRstdOffset, int savedRstdStride, float epsilon, float momentum, int relu, __global vec *restrict output,
    int savesArgmax, __global lanes *restrict indices, __global vec *restrict deviations
) {
    __local float scratch[GROUP_ITEMS];
    Position position;
    findPosition(counts, GROUP_ID(1), &position);
    normalizeByBatch(
        position, input, residual, hasResidual, moments, parts, *OF_CHANNEL(weight), *OF_CHANNEL(bias),
        OF_CHANNEL(runningMean), OF_CHANNEL(runningVariance), OF_CHANNEL(savedMean), OF_CHANNEL(savedRstd), epsilon,
        momentum, relu, output, savesArgmax, indices, deviations, scratch);
}

#if VECTOR == 1
__kernel WORK_GROUP(ITEMS, SLICES) void normalizeTrainingPair(
    const __global vec *restrict input, const __global vec *restrict residual, int hasResidual,
    const __global int *restrict counts, const __global float4 *restrict moments, int parts,
    const __global float *restrict weight, int weightOffset, int weightStride, const __global float *restrict bias,
    int biasOffset, int biasStride, __global float *runningMean, int runningMeanOffset, int runningMeanStride,
    __global float *runningVariance, int runningVarianceOffset, int runningVarianceStride, __global float *savedMean,
    int savedMeanOffset, int savedMeanStride, __global float *savedRstd, int savedRstdOffset, int savedRstdStride,
    float epsilon, float momentum, int relu, __global vec *output, int savesArgmax, __global lanes *restrict indices,
    __global vec *restrict deviations, const __global vec *restrict input2, const __global float4 *restrict moments2,
    const __global float *restrict weight2, int weight2Offset, int weight2Stride, const __global float *restrict bias2,
    int bias2Offset, int bias2Stride, __global float *runningMean2, int runningMean2Offset, int runningMean2Stride,
    __global float *runningVariance2, int runningVariance2Offset, int runningVariance2Stride, __global float *savedMean2,
    int savedMean2Offset, int savedMean2Stride, __global float *savedRstd2, int savedRstd2Offset, int savedRstd2Stride,
    int relu2, __global vec *output2
) {
    __local float scratch[GROUP_ITEMS];
    Position position;
    findPosition(counts, PAIR_INDEX, &position);
    normalizeByBatch(
        position, OF_PAIR(input), residual, hasResidual, OF_PAIR(moments), parts, *OF_PAIR_CHANNEL(weight),
        *OF_PAIR_CHANNEL(bias), OF_PAIR_CHANNEL(runningMean), OF_PAIR_CHANNEL(runningVariance),
        OF_PAIR_CHANNEL(savedMean), OF_PAIR_CHANNEL(savedRstd), epsilon, momentum, OF_PAIR(relu), OF_PAIR(output),
        savesArgmax, indices, deviations, scratch);
}
#endif

__kernel WORK_GROUP(ITEMS, SLICES) void normalizeEvaluation(
    const __global vec *restrict input, const __global vec *restrict residual, int hasResidual,
    const __global int *restrict counts, const __global float *restrict weight, int weightOffset, int weightStride,
    const __global float *restrict bias, int biasOffset, int biasStride, const __global float *restrict runningMean,
    int runningMeanOffset, int runningMeanStride, const __global float *restrict runningVariance, int runningVarianceOffset,
    int runningVarianceStride, float epsilon, int relu, __global vec *restrict output
) {
    Position position;
    findPosition(counts, GROUP_ID(1), &position);
    if (samplesInGroup(position.samples, position.group) == 0) return;
    const float scale = *OF_CHANNEL(weight) * divide(1.0f, sqrt(*OF_CHANNEL(runningVariance) + epsilon));
    normalize(
        input, residual, hasResidual, position, *OF_CHANNEL(runningMean), scale, *OF_CHANNEL(bias), relu, output, 0, 0, 0);
}

// The same without a norm.
__kernel WORK_GROUP(ITEMS, SLICES) void activate(
    const __global vec *restrict input, const __global vec *restrict residual, int hasResidual,
    const __global int *restrict counts, int relu, __global vec *restrict output, int savesArgmax,
    __global lanes *restrict indices, __global vec *restrict deviations
) {
    Position position;
    findPosition(counts, GROUP_ID(1), &position);
    if (samplesInGroup(position.samples, position.group) == 0) return;
    normalize(
        input, residual, hasResidual, position, 0.0f, 1.0f, 0.0f, relu, output, savesArgmax, indices, deviations);
}

// For a norm without a convolution before it: copies the values, and computes their moments, (mean, sum of squared deviations,
// number) of each group and channel. Two passes: an approximate mean, then sums of deviations from it, whose sum corrects the
// mean ("corrected two-pass algorithm", Chan, Golub & LeVeque, The American Statistician 37, 1983).
__kernel WORK_GROUP(ITEMS, SLICES) void copyWithMoments(
    const __global vec *restrict input, const __global int *restrict counts, __global vec *restrict values,
    __global float4 *restrict moments
) {
    __local float scratch[GROUP_ITEMS];
    Position position;
    findPosition(counts, GROUP_ID(1), &position);
    const int samples = samplesInGroup(position.samples, position.group);
    if (samples == 0) return;
    const int slice = (int)get_local_id(1);
    const float number = (float)(slice < PIXELS ? TILES(PIXELS - slice, SLICES) : 0);
    const float part = number > 0.0f ? divide(1.0f, number) : 0.0f;

    vec sums[CHAINS], squares[CHAINS];
#pragma unroll
    for (int k = 0; k < CHAINS; ++k) sums[k] = (vec)(0.0f);
    for (int first = slice; first < PIXELS; first += CHAINS * SLICES) {
#pragma unroll
        for (int k = 0; k < CHAINS; ++k) {
            const int pixel = first + k * SLICES;
            if (pixel >= PIXELS) break;
            const vec value = input[position.plane + pixel * ITEMS];
            values[position.plane + pixel * ITEMS] = value;
            sums[k] += value;
        }
    }
    const vec center = ((sums[0] + sums[1]) + (sums[2] + sums[3])) * part;
#pragma unroll
    for (int k = 0; k < CHAINS; ++k) sums[k] = squares[k] = (vec)(0.0f);
    for (int first = slice; first < PIXELS; first += CHAINS * SLICES) {
#pragma unroll
        for (int k = 0; k < CHAINS; ++k) {
            const int pixel = first + k * SLICES;
            if (pixel >= PIXELS) break;
            const vec deviation = input[position.plane + pixel * ITEMS] - center;
            sums[k] += deviation;
            squares[k] += deviation * deviation;
        }
    }
    const vec deviation = ((sums[0] + sums[1]) + (sums[2] + sums[3])) * part;
    const vec mean = center + deviation;
    const vec square = ((squares[0] + squares[1]) + (squares[2] + squares[3])) - deviation * deviation * number;

    const lanes mask = lanesBelow(samples);
    const float count = (float)(samples * PIXELS);
    const float all = divide(sumWorkGroup(maskLanes(mean * number, mask), scratch), count);
    const vec difference = mean - all;
    const float sum = sumWorkGroup(maskLanes(square + difference * difference * number, mask), scratch);
    if (LANE == 0 && slice == 0) {
        moments[position.partial + position.group] = (float4)(all, sum, count, 0.0f);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// The backward pass. Let g be the output gradient, multiplied by the gradient of the ReLU, and z the normalised input.

#if !POOLED
// g: the output gradient where the ReLU passes the value, and 0 elsewhere.
INLINE vec reluGradient(vec value, vec gradient, int relu) {
    return relu ? select(gradient, (vec)(0.0f), value <= (vec)(0.0f)) : gradient;
}
#endif

// With a max-pooling the kernels read `indices` and `deviations` as saved by saveArgmax; without one they read `input` and
// `output`.

#if !POOLED
// Without a norm: g overwrites the output gradient.
__kernel WORK_GROUP(ITEMS, SLICES) void maskGradient(
    const __global vec *restrict output, __global vec *outputGradient, const __global int *restrict counts
) {
    Position position;
    findPosition(counts, GROUP_ID(1), &position);
    if (samplesInGroup(position.samples, position.group) == 0) return;
    const int end = min(((int)GROUP_ID(0) + 1) * CHUNK, PIXELS);
    for (int pixel = (int)GROUP_ID(0) * CHUNK + (int)get_local_id(1); pixel < end; pixel += SLICES) {
        const size_t index = position.plane + pixel * ITEMS;
        outputGradient[index] = reluGradient(output[index], outputGradient[index], 1);
    }
}
#endif

// The sums of g and of g z over SUM_CHUNK pixels of the plane of a group; dimension 0: work-group = part. Without a pooling, g
// overwrites the output gradient; every work-item reads an element before it writes it.
INLINE void sumGradients(
    Position position, const __global vec *input, const __global vec *output, __global vec *outputGradient,
    const __global lanes *indices, const __global vec *deviations, float mean, float rstd, int relu,
    __global float2 *partials, __local float *scratch
) {
    const int samples = samplesInGroup(position.samples, position.group);
    if (samples == 0) return;
#if POOLED
    (void)input, (void)output, (void)mean, (void)relu;
#else
    (void)indices, (void)deviations;
#endif

    vec sums[CHAINS], products[CHAINS];
#pragma unroll
    for (int k = 0; k < CHAINS; ++k) sums[k] = products[k] = (vec)(0.0f);
    const int part = SUM_PARTS == 1 ? 0 : (int)GROUP_ID(0);
    const int end = SUM_PARTS == 1 ? OUTPUT_PIXELS : min((part + 1) * SUM_CHUNK, OUTPUT_PIXELS);
    for (int first = part * SUM_CHUNK + (int)get_local_id(1); first < end; first += CHAINS * SLICES) {
#pragma unroll
        for (int k = 0; k < CHAINS; ++k) {
            const int pixel = first + k * SLICES;
            if (pixel >= end) break;
            const size_t index = position.outPlane + pixel * ITEMS;
#if POOLED
            const vec g = maskLanes(outputGradient[index], indices[index] >= (lanes)(0));
            const vec deviation = deviations[index];
#else
            const vec g = reluGradient(output[index], outputGradient[index], relu);
            if (relu) outputGradient[index] = g;
            const vec deviation = input[index] - mean;
#endif
            sums[k] += g;
            products[k] += g * (deviation * rstd);
        }
    }
    const lanes mask = lanesBelow(samples);
    const float sum = sumWorkGroup(maskLanes((sums[0] + sums[1]) + (sums[2] + sums[3]), mask), scratch);
    const float product =
        sumWorkGroup(maskLanes((products[0] + products[1]) + (products[2] + products[3]), mask), scratch);
    if (LANE == 0 && get_local_id(1) == 0) {
        partials[(position.partial + position.group) * SUM_PARTS + part] = (float2)(sum, product);
    }
}

__kernel WORK_GROUP(ITEMS, SLICES) void gradientSums(
    const __global vec *restrict input, const __global vec *restrict output, __global vec *outputGradient,
    const __global int *restrict counts, const __global lanes *restrict indices, const __global vec *restrict deviations,
    const __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride,
    const __global float *restrict savedRstd, int savedRstdOffset, int savedRstdStride, int relu,
    __global float2 *restrict partials
) {
    __local float scratch[GROUP_ITEMS];
    Position position;
    findPosition(counts, GROUP_ID(1), &position);
    sumGradients(
        position, input, output, outputGradient, indices, deviations, *OF_CHANNEL(savedMean), *OF_CHANNEL(savedRstd),
        relu, partials, scratch);
}

#if VECTOR == 1
__kernel WORK_GROUP(ITEMS, SLICES) void gradientSumsPair(
    const __global vec *restrict input, const __global vec *restrict output, __global vec *outputGradient,
    const __global int *restrict counts, const __global lanes *restrict indices, const __global vec *restrict deviations,
    const __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride,
    const __global float *restrict savedRstd, int savedRstdOffset, int savedRstdStride, int relu,
    __global float2 *partials, const __global vec *restrict input2, const __global vec *restrict output2,
    __global vec *outputGradient2, const __global float *restrict savedMean2, int savedMean2Offset,
    int savedMean2Stride, const __global float *restrict savedRstd2, int savedRstd2Offset, int savedRstd2Stride,
    int relu2, __global float2 *partials2
) {
    __local float scratch[GROUP_ITEMS];
    Position position;
    findPosition(counts, PAIR_INDEX, &position);
    sumGradients(
        position, OF_PAIR(input), OF_PAIR(output), OF_PAIR(outputGradient), indices, deviations,
        *OF_PAIR_CHANNEL(savedMean), *OF_PAIR_CHANNEL(savedRstd), OF_PAIR(relu), OF_PAIR(partials), scratch);
}
#endif

#if POOLED
// The gradient of max-pooling in an input pixel: the sum of the gradients of the windows whose argmax it is, in row-major
// order. The loops visit only the windows that contain the pixel; apart from the edges, these are known at compile time.
INLINE vec maxPoolGradient(
    const __global vec *gradients, const __global lanes *indices, int pixel
) {
    const int y = pixel / IN_WIDTH;
    const int x = pixel % IN_WIDTH;
    vec sum = (vec)(0.0f);
#pragma unroll
    for (int up = TILES(KERNEL_HEIGHT, STRIDE_Y) - 1; up >= 0; --up) {
        const int i = y / STRIDE_Y - up;
        const int row = y - i * STRIDE_Y;
        if (i < 0 || i >= OUT_HEIGHT || row >= KERNEL_HEIGHT) continue;
#pragma unroll
        for (int left = TILES(KERNEL_WIDTH, STRIDE_X) - 1; left >= 0; --left) {
            const int j = x / STRIDE_X - left;
            const int column = x - j * STRIDE_X;
            if (j < 0 || j >= OUT_WIDTH || column >= KERNEL_WIDTH) continue;
            const int window = (i * OUT_WIDTH + j) * ITEMS;
            sum += maskLanes(gradients[window], indices[window] == (lanes)(row * KERNEL_WIDTH + column));
        }
    }
    return sum;
}
#endif

// values = weight * rstd * (g - mean of g - z * mean of g z), which overwrites the input of the forward pass, and the
// parameter gradients. Without a pooling, gradientSums has written g to the output gradient. Every work-item reads an element
// before it writes it.
INLINE void gradientOfNorm(
    Position position, __global vec *values, const __global vec *outputGradient, const __global float2 *partials,
    const __global lanes *indices, float weight, float mean, float rstd, __global float *weightGradient,
    __global float *biasGradient
) {
    float sum = 0.0f, product = 0.0f;
    const int parts = TILES(position.samples, LANES) * SUM_PARTS;
    for (int block = 0; block < parts; block += BLOCK) {
        float blockSum = 0.0f, blockProduct = 0.0f;
        for (int part = block; part < min(block + BLOCK, parts); ++part) {
            blockSum += partials[position.partial * SUM_PARTS + part].x;
            blockProduct += partials[position.partial * SUM_PARTS + part].y;
        }
        sum += blockSum;
        product += blockProduct;
    }
    if (isWriter(position)) {
        *biasGradient = sum;
        *weightGradient = product;
    }

    const float count = (float)(position.samples * PIXELS);
    const float meanGradient = divide(sum, count);
    const float meanProduct = divide(product, count);
    const float scale = weight * rstd;
    const lanes mask = lanesBelow(samplesInGroup(position.samples, position.group));
    const int end = min(((int)GROUP_ID(0) + 1) * CHUNK, PIXELS);
    for (int pixel = (int)GROUP_ID(0) * CHUNK + (int)get_local_id(1); pixel < end; pixel += SLICES) {
        const size_t index = position.plane + pixel * ITEMS;
#if POOLED
        const vec g = maxPoolGradient(outputGradient + position.outPlane, indices + position.outPlane, pixel);
#else
        (void)indices;
        const vec g = outputGradient[index];
#endif
        const vec normalized = (values[index] - mean) * rstd;
        values[index] = maskLanes(scale * (g - meanGradient - normalized * meanProduct), mask);
    }
}

__kernel WORK_GROUP(ITEMS, SLICES) void normalizeGradient(
    __global vec *values, const __global vec *restrict outputGradient, const __global int *restrict counts,
    const __global float2 *restrict partials,
    const __global lanes *restrict indices, const __global float *restrict weight, int weightOffset, int weightStride,
    const __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride,
    const __global float *restrict savedRstd, int savedRstdOffset, int savedRstdStride,
    __global float *weightGradient, int weightGradientOffset, int weightGradientStride, __global float *biasGradient,
    int biasGradientOffset, int biasGradientStride
) {
    Position position;
    findPosition(counts, GROUP_ID(1), &position);
    gradientOfNorm(
        position, values, outputGradient, partials, indices, *OF_CHANNEL(weight), *OF_CHANNEL(savedMean),
        *OF_CHANNEL(savedRstd), OF_CHANNEL(weightGradient), OF_CHANNEL(biasGradient));
}

#if VECTOR == 1
__kernel WORK_GROUP(ITEMS, SLICES) void normalizeGradientPair(
    __global vec *values, const __global vec *restrict outputGradient, const __global int *restrict counts,
    const __global float2 *restrict partials,
    const __global lanes *restrict indices, const __global float *restrict weight, int weightOffset, int weightStride,
    const __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride,
    const __global float *restrict savedRstd, int savedRstdOffset, int savedRstdStride,
    __global float *weightGradient, int weightGradientOffset, int weightGradientStride, __global float *biasGradient,
    int biasGradientOffset, int biasGradientStride, __global vec *values2, const __global vec *restrict outputGradient2,
    const __global float2 *restrict partials2, const __global float *restrict weight2, int weight2Offset,
    int weight2Stride, const __global float *restrict savedMean2, int savedMean2Offset, int savedMean2Stride,
    const __global float *restrict savedRstd2, int savedRstd2Offset, int savedRstd2Stride,
    __global float *weightGradient2, int weightGradient2Offset, int weightGradient2Stride,
    __global float *biasGradient2, int biasGradient2Offset, int biasGradient2Stride
) {
    Position position;
    findPosition(counts, PAIR_INDEX, &position);
    gradientOfNorm(
        position, OF_PAIR(values), OF_PAIR(outputGradient), OF_PAIR(partials), indices, *OF_PAIR_CHANNEL(weight),
        *OF_PAIR_CHANNEL(savedMean), *OF_PAIR_CHANNEL(savedRstd), OF_PAIR_CHANNEL(weightGradient),
        OF_PAIR_CHANNEL(biasGradient));
}
#endif

#if POOLED
// Without a norm: the gradient of the max-pooling.
__kernel WORK_GROUP(ITEMS, SLICES) void scatterGradient(
    const __global vec *restrict outputGradient, const __global int *restrict counts,
    const __global lanes *restrict indices, __global vec *restrict values
) {
    Position position;
    findPosition(counts, GROUP_ID(1), &position);
    const lanes mask = lanesBelow(samplesInGroup(position.samples, position.group));
    const int end = min(((int)GROUP_ID(0) + 1) * CHUNK, PIXELS);
    for (int pixel = (int)GROUP_ID(0) * CHUNK + (int)get_local_id(1); pixel < end; pixel += SLICES) {
        const vec g = maxPoolGradient(outputGradient + position.outPlane, indices + position.outPlane, pixel);
        values[position.plane + pixel * ITEMS] = maskLanes(g, mask);
    }
}
#endif

// For a layer without a convolution: inputGradient (+)= gradient.
__kernel WORK_GROUP(ITEMS, SLICES) void copyGradient(
    const __global vec *restrict gradient, const __global int *restrict counts, int accumulate,
    __global vec *restrict inputGradient
) {
    Position position;
    findPosition(counts, GROUP_ID(1), &position);
    const lanes mask = lanesBelow(samplesInGroup(position.samples, position.group));
    const int end = min(((int)GROUP_ID(0) + 1) * CHUNK, PIXELS);
    for (int pixel = (int)GROUP_ID(0) * CHUNK + (int)get_local_id(1); pixel < end; pixel += SLICES) {
        const size_t index = position.plane + pixel * ITEMS;
        const vec g = maskLanes(gradient[index], mask);
        inputGradient[index] = accumulate ? inputGradient[index] + g : g;
    }
}
