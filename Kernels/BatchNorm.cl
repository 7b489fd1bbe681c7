// Batch norm with residual addition, ReLU and max-pooling, and its gradient: each a sum over the batch and then a pass
// over the pixels.
//
// Given: CHANNELS, PIXELS of each, GROUPS, CHUNK: pixels of a work-group in the passes over pixels. POOLED, whether there is
// a max-pooling; where it is 1, also IN_HEIGHT IN_WIDTH, OUT_HEIGHT OUT_WIDTH, KERNEL_HEIGHT KERNEL_WIDTH, STRIDE_Y
// STRIDE_X of its windows.
//
//     dimension 0: work-item = lanes of a group (ITEMS); work-group = chunk of pixels, in the passes over pixels
//     dimension 1: work-item = every SLICES-th pixel; work-group = channel
//     dimension 2: work-group = model * GROUPS + group
//
// Sums over the batch are partial sums of parts, [model][channel][group] and within it, which every work-group of the
// elementwise pass adds up by itself, always in the same order.

// Loops over the pixels of a slice keep this many sums apart: for shorter chains of additions, and a smaller error.
#define CHAINS 4

#if POOLED
#define OUTPUT_PIXELS (OUT_HEIGHT * OUT_WIDTH)
#else
#define OUTPUT_PIXELS PIXELS
#endif

typedef struct {
    int model, group, channel, samples;
    size_t plane;      // the first vec of the group's and channel's plane that belongs to this work-item
    size_t outPlane;   // the same in the output
    size_t partial;    // where the partial sums of the model and channel begin, counted in groups
} Place;

INLINE void findPlace(const __global int *counts, Place *result) {
    Place place;
    place.channel = GROUP_ID(1);
    place.model = GROUP_ID(2) / GROUPS;
    place.group = GROUP_ID(2) % GROUPS;
    place.samples = counts[place.model];
    const size_t plane = (size_t)GROUP_ID(2) * CHANNELS + place.channel;
    place.plane = plane * PIXELS * ITEMS + LANE;
    place.outPlane = plane * OUTPUT_PIXELS * ITEMS + LANE;
    place.partial = ((size_t)place.model * CHANNELS + place.channel) * GROUPS;
    *result = place;
}

// ---------------------------------------------------------------------------------------------------------------------
// The moments of a channel from those of its parts, each (mean, sum of squared deviations, number): Chan, Golub & LeVeque,
// "Updating formulae and a pairwise algorithm for computing sample variances", 1979, for many parts at once. The work-items
// of a work-group share the parts; the result is the same in all of them.
INLINE float2 mergeMoments(
    const __global float4 *parts, int count, float number, __local float *scratch
) {
    const int first = (int)get_local_id(1) * ITEMS + (int)LANE;
    float sum = 0.0f;
    for (int part = first; part < count; part += GROUP_ITEMS) sum += parts[part].x * parts[part].z;
    const float mean = addItems(sum, scratch) / number;
    float squares = 0.0f;
    for (int part = first; part < count; part += GROUP_ITEMS) {
        const float4 moments = parts[part];
        const float difference = moments.x - mean;
        squares += moments.y + difference * difference * moments.z;
    }
    return (float2)(mean, addItems(squares, scratch));
}

// ---------------------------------------------------------------------------------------------------------------------
// Max-pooling of normalised values.

#if POOLED
typedef struct {
    vec value;       // normalised
    vec distance;    // from the mean, before
    lanes place;     // row * KERNEL_WIDTH + column within the window
} Winner;

// The first maximum of the window of an output pixel; NaN beats every number, and a later NaN an earlier one.
INLINE void findWinner(
    const __global vec *plane, int pixel, float mean, float scale, float bias,
    Winner *result
) {
    const __global vec *corner =
        plane + (pixel / OUT_WIDTH * STRIDE_Y * IN_WIDTH + pixel % OUT_WIDTH * STRIDE_X) * ITEMS;
    Winner winner;
    winner.distance = corner[0] - mean;
    winner.value = winner.distance * scale + bias;
    winner.place = (lanes)(0);
#pragma unroll
    for (int place = 1; place < KERNEL_HEIGHT * KERNEL_WIDTH; ++place) {
        const vec distance = corner[(place / KERNEL_WIDTH * IN_WIDTH + place % KERNEL_WIDTH) * ITEMS] - mean;
        const vec value = distance * scale + bias;
        const lanes better = (value > winner.value) | (value != value);
        winner.value = select(winner.value, value, better);
        winner.distance = select(winner.distance, distance, better);
        winner.place = select(winner.place, (lanes)(place), better);
    }
    *result = winner;
}

// What the gradient needs to know of a winner: its place, or -1 where the ReLU lets nothing through, and its distance.
INLINE void noteWinner(Winner winner, int relu, size_t index, __global lanes *places, __global vec *distances) {
    const lanes stopped = relu ? winner.value <= (vec)(0.0f) : (lanes)(0);
    places[index] = select(winner.place, (lanes)(-1), stopped);
    distances[index] = winner.distance;
}
#endif

// ---------------------------------------------------------------------------------------------------------------------
// output = pool(activation((input - mean) * scale + bias + residual)), in the output pixels of a chunk.

// With a max-pooling, and where `notesWinners`, it leaves `places` and `distances` for the gradient.

INLINE void normalize(
    const __global vec *input, const __global vec *residual, int hasResidual, Place place, float mean,
    float scale, float bias, int relu, __global vec *output, int notesWinners, __global lanes *places,
    __global vec *distances
) {
    const lanes wanted = lanesBelow(samplesInGroup(place.samples, place.group));
    const int end = min(((int)GROUP_ID(0) + 1) * CHUNK, OUTPUT_PIXELS);
    for (int pixel = (int)GROUP_ID(0) * CHUNK + (int)get_local_id(1); pixel < end; pixel += SLICES) {
#if POOLED
        (void)residual, (void)hasResidual;
        Winner winner;
        findWinner(input + place.plane, pixel, mean, scale, bias, &winner);
        vec value = winner.value;
        if (notesWinners) noteWinner(winner, relu, place.outPlane + pixel * ITEMS, places, distances);
#else
        (void)notesWinners, (void)places, (void)distances;
        vec value = (input[place.plane + pixel * ITEMS] - mean) * scale + bias;
        if (hasResidual) value += residual[place.plane + pixel * ITEMS];
#endif
        // Not `max`, which would turn NaN into zero.
        if (relu) value = select(value, (vec)(0.0f), value <= (vec)(0.0f));
        output[place.outPlane + pixel * ITEMS] = keep(value, wanted);
    }
}

// One work-group of each model and channel keeps the books.
INLINE bool isBookkeeper(Place place) {
    return place.group == 0 && GROUP_ID(0) == 0 && get_local_id(0) == 0 && get_local_id(1) == 0;
}

__kernel WORK_GROUP(ITEMS, SLICES) void normalizeTraining(
    const __global vec *restrict input, const __global vec *restrict residual, int hasResidual,
    const __global int *restrict counts, const __global float4 *restrict moments, int parts,
    const __global float *restrict weight, int weightOffset, int weightStride, const __global float *restrict bias, int biasOffset, int biasStride,
    __global float *restrict runningMean,
    int runningMeanOffset, int runningMeanStride, __global float *restrict runningVariance, int runningVarianceOffset,
    int runningVarianceStride, __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride,
    __global float *restrict savedInverse, int savedInverseOffset, int savedInverseStride, float epsilon,
    float momentum, int relu, __global vec *restrict output, int notesWinners, __global lanes *restrict places,
    __global vec *restrict distances
) {
    __local float scratch[GROUP_ITEMS];
    Place place;
    findPlace(counts, &place);
    const float count = (float)(place.samples * PIXELS);
    const float2 merged =
        mergeMoments(moments + place.partial * parts, TILES(place.samples, LANES) * parts, count, scratch);
    const float inverse = 1.0f / sqrt(merged.y / count + epsilon);
    if (isBookkeeper(place) && place.samples > 0) {
        savedMean[place.model * savedMeanStride + savedMeanOffset + place.channel] = merged.x;
        savedInverse[place.model * savedInverseStride + savedInverseOffset + place.channel] = inverse;
        __global float *mean = runningMean + place.model * runningMeanStride + runningMeanOffset + place.channel;
        __global float *variance =
            runningVariance + place.model * runningVarianceStride + runningVarianceOffset + place.channel;
        *mean = (1.0f - momentum) * *mean + momentum * merged.x;
        *variance = (1.0f - momentum) * *variance + momentum * (merged.y / (count - 1.0f));
    }
    const float scale = weight[place.model * weightStride + weightOffset + place.channel] * inverse;
    const float shift = bias[place.model * biasStride + biasOffset + place.channel];
    normalize(
        input, residual, hasResidual, place, merged.x, scale, shift, relu, output, notesWinners, places, distances);
}

__kernel WORK_GROUP(ITEMS, SLICES) void normalizeEvaluation(
    const __global vec *restrict input, const __global vec *restrict residual, int hasResidual,
    const __global int *restrict counts, const __global float *restrict weight, int weightOffset, int weightStride,
    const __global float *restrict bias, int biasOffset, int biasStride, const __global float *restrict runningMean, int runningMeanOffset,
    int runningMeanStride, const __global float *restrict runningVariance, int runningVarianceOffset,
    int runningVarianceStride, float epsilon, int relu, __global vec *restrict output
) {
    Place place;
    findPlace(counts, &place);
    if (samplesInGroup(place.samples, place.group) == 0) return;
    const float mean = runningMean[place.model * runningMeanStride + runningMeanOffset + place.channel];
    const float variance =
        runningVariance[place.model * runningVarianceStride + runningVarianceOffset + place.channel];
    const float scale =
        weight[place.model * weightStride + weightOffset + place.channel] * (1.0f / sqrt(variance + epsilon));
    const float shift = bias[place.model * biasStride + biasOffset + place.channel];
    normalize(input, residual, hasResidual, place, mean, scale, shift, relu, output, 0, 0, 0);
}

// ---------------------------------------------------------------------------------------------------------------------
// With g the output's gradient where the ReLU let the value through and z the normalised input:
// sums of g and of g z over a group's plane.

#if !POOLED
// The gradient where the ReLU let the value through.
INLINE vec passGradient(vec value, vec gradient, int relu) {
    return relu ? select(gradient, (vec)(0.0f), value <= (vec)(0.0f)) : gradient;
}
#endif

// With a max-pooling the kernels read `places` and `distances`, as noteWinner left them, and neither `input` nor `output`;
// without, they read those.

#if POOLED
// Looks for the winners again, where the forward pass left none.
__kernel WORK_GROUP(ITEMS, SLICES) void findWinners(
    const __global vec *restrict input, const __global int *restrict counts, const __global float *restrict weight,
    int weightOffset, int weightStride, const __global float *restrict bias, int biasOffset, int biasStride,
    const __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride,
    const __global float *restrict savedInverse, int savedInverseOffset, int savedInverseStride, int relu,
    __global lanes *restrict places, __global vec *restrict distances
) {
    Place place;
    findPlace(counts, &place);
    if (samplesInGroup(place.samples, place.group) == 0) return;
    const float mean = savedMean[place.model * savedMeanStride + savedMeanOffset + place.channel];
    const float inverse = savedInverse[place.model * savedInverseStride + savedInverseOffset + place.channel];
    const float scale = weight[place.model * weightStride + weightOffset + place.channel] * inverse;
    const float shift = bias[place.model * biasStride + biasOffset + place.channel];
    const int end = min(((int)GROUP_ID(0) + 1) * CHUNK, OUTPUT_PIXELS);
    for (int pixel = (int)GROUP_ID(0) * CHUNK + (int)get_local_id(1); pixel < end; pixel += SLICES) {
        Winner winner;
        findWinner(input + place.plane, pixel, mean, scale, shift, &winner);
        noteWinner(winner, relu, place.outPlane + pixel * ITEMS, places, distances);
    }
}
#endif

// Sums over a group's plane of g and of g z. Without a pooling, g takes the place of the output's gradient; every work-item
// reads an element before it writes it.
__kernel WORK_GROUP(ITEMS, SLICES) void gradientSums(
    const __global vec *restrict input, const __global vec *restrict output, __global vec *outputGradient,
    const __global int *restrict counts, const __global lanes *restrict places, const __global vec *restrict distances,
    const __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride,
    const __global float *restrict savedInverse, int savedInverseOffset, int savedInverseStride, int relu,
    __global float2 *restrict partials
) {
    __local float scratch[GROUP_ITEMS];
    Place place;
    findPlace(counts, &place);
    const int samples = samplesInGroup(place.samples, place.group);
    if (samples == 0) return;
    const float inverse = savedInverse[place.model * savedInverseStride + savedInverseOffset + place.channel];
#if POOLED
    (void)input, (void)output, (void)savedMean, (void)savedMeanOffset, (void)savedMeanStride, (void)relu;
#else
    const float mean = savedMean[place.model * savedMeanStride + savedMeanOffset + place.channel];
    (void)places, (void)distances;
#endif

    vec sums[CHAINS], products[CHAINS];
#pragma unroll
    for (int k = 0; k < CHAINS; ++k) sums[k] = products[k] = (vec)(0.0f);
    for (int first = (int)get_local_id(1); first < OUTPUT_PIXELS; first += CHAINS * SLICES) {
#pragma unroll
        for (int k = 0; k < CHAINS; ++k) {
            const int pixel = first + k * SLICES;
            if (pixel >= OUTPUT_PIXELS) break;
            const size_t index = place.outPlane + pixel * ITEMS;
#if POOLED
            const vec g = keep(outputGradient[index], places[index] >= (lanes)(0));
            const vec distance = distances[index];
#else
            const vec g = passGradient(output[index], outputGradient[index], relu);
            if (relu) outputGradient[index] = g;
            const vec distance = input[index] - mean;
#endif
            sums[k] += g;
            products[k] += g * (distance * inverse);
        }
    }
    const lanes wanted = lanesBelow(samples);
    const float sum = sumWorkGroup(keep((sums[0] + sums[1]) + (sums[2] + sums[3]), wanted), scratch);
    const float product =
        sumWorkGroup(keep((products[0] + products[1]) + (products[2] + products[3]), wanted), scratch);
    if (LANE == 0 && get_local_id(1) == 0) {
        partials[place.partial + place.group] = (float2)(sum, product);
    }
}

#if POOLED
// The sum of the gradients of the windows that an input pixel won, in row-major order of the windows: of the few that
// reach it, which are known but for the edges when the loops are unrolled.
INLINE vec wonGradient(
    const __global vec *gradients, const __global lanes *places, int pixel
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
            sum += keep(gradients[window], places[window] == (lanes)(row * KERNEL_WIDTH + column));
        }
    }
    return sum;
}
#endif

// values = weight * inverse deviation * (g - mean of g - z * mean of g z), in the place of the forward pass's input, and
// the parameters' gradients. Without a pooling the output's gradient is g by now. Every work-item reads an element before it
// writes it.
__kernel WORK_GROUP(ITEMS, SLICES) void normalizeGradient(
    __global vec *values, const __global vec *restrict outputGradient, const __global int *restrict counts,
    const __global float2 *restrict partials,
    const __global lanes *restrict places, const __global float *restrict weight, int weightOffset, int weightStride,
    const __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride,
    const __global float *restrict savedInverse, int savedInverseOffset, int savedInverseStride,
    __global float *weightGradient, int weightGradientOffset, int weightGradientStride, __global float *biasGradient,
    int biasGradientOffset, int biasGradientStride
) {
    Place place;
    findPlace(counts, &place);
    float sum = 0.0f, product = 0.0f;
    for (int group = 0; group < TILES(place.samples, LANES); ++group) {
        sum += partials[place.partial + group].x;
        product += partials[place.partial + group].y;
    }
    if (isBookkeeper(place)) {
        biasGradient[place.model * biasGradientStride + biasGradientOffset + place.channel] = sum;
        weightGradient[place.model * weightGradientStride + weightGradientOffset + place.channel] = product;
    }

    const float count = (float)(place.samples * PIXELS);
    const float meanGradient = sum / count;
    const float meanProduct = product / count;
    const float mean = savedMean[place.model * savedMeanStride + savedMeanOffset + place.channel];
    const float inverse = savedInverse[place.model * savedInverseStride + savedInverseOffset + place.channel];
    const float scale = weight[place.model * weightStride + weightOffset + place.channel] * inverse;
    const lanes wanted = lanesBelow(samplesInGroup(place.samples, place.group));
    const int end = min(((int)GROUP_ID(0) + 1) * CHUNK, PIXELS);
    for (int pixel = (int)GROUP_ID(0) * CHUNK + (int)get_local_id(1); pixel < end; pixel += SLICES) {
        const size_t index = place.plane + pixel * ITEMS;
#if POOLED
        const vec g = wonGradient(outputGradient + place.outPlane, places + place.outPlane, pixel);
#else
        (void)places;
        const vec g = outputGradient[index];
#endif
        const vec normalized = (values[index] - mean) * inverse;
        values[index] = keep(scale * (g - meanGradient - normalized * meanProduct), wanted);
    }
}
