// Batch norm with residual addition and ReLU, and its gradient: each a sum over the batch and then an elementwise pass.
//
//     dimension 0: work-item = lanes of a group (ITEMS); work-group = chunk of pixels, in the elementwise passes
//     dimension 1: work-item = every SLICES-th pixel; work-group = channel
//     dimension 2: work-group = model * groups + group
//
// Sums over the batch are partial sums of each group, [model][channel][group], which every work-group of the
// elementwise pass merges by itself, in their order.

// Loops over the pixels of a slice keep this many sums apart: for shorter chains of additions, and a smaller error.
#define CHAINS 4

typedef struct {
    int model, group, channel, samples;
    size_t plane;      // the first vec of the group's and channel's plane that belongs to this work-item
    size_t partial;    // where the partial sums of the model and channel begin
} Place;

static inline Place findPlace(const __global int *counts, int groups, int channels, int pixels) {
    Place place;
    place.channel = (int)get_group_id(1);
    place.model = (int)get_group_id(2) / groups;
    place.group = (int)get_group_id(2) % groups;
    place.samples = counts[place.model];
    place.plane = ((size_t)get_group_id(2) * channels + place.channel) * pixels * ITEMS + get_local_id(0);
    place.partial = ((size_t)place.model * channels + place.channel) * groups;
    return place;
}

// ---------------------------------------------------------------------------------------------------------------------
// Mean and sum of squared deviations of a group's plane.

static inline vec sumPlane(const __global vec *plane, int pixels, float mean, const bool squared) {
    vec sums[CHAINS];
#pragma unroll
    for (int k = 0; k < CHAINS; ++k) sums[k] = (vec)(0.0f);
    int pixel = (int)get_local_id(1);
    for (; pixel + (CHAINS - 1) * SLICES < pixels; pixel += CHAINS * SLICES) {
#pragma unroll
        for (int k = 0; k < CHAINS; ++k) {
            const vec value = plane[(pixel + k * SLICES) * ITEMS] - mean;
            sums[k] += squared ? value * value : value;
        }
    }
    for (; pixel < pixels; pixel += SLICES) {
        const vec value = plane[pixel * ITEMS] - mean;
        sums[0] += squared ? value * value : value;
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

__kernel WORK_GROUP(ITEMS, SLICES) void moments(
    const __global vec *restrict input, const __global int *restrict counts, int groups, int channels, int pixels,
    __global float2 *restrict partials
) {
    __local float scratch[GROUP_ITEMS];
    const Place place = findPlace(counts, groups, channels, pixels);
    const int samples = samplesInGroup(place.samples, place.group);
    if (samples == 0) return;
    const lanes wanted = lanesBelow(samples);
    const __global vec *plane = input + place.plane;

    const float sum = sumWorkGroup(keep(sumPlane(plane, pixels, 0.0f, false), wanted), scratch);
    const float mean = sum / (float)(samples * pixels);
    const float squares = sumWorkGroup(keep(sumPlane(plane, pixels, mean, true), wanted), scratch);
    if (get_local_id(0) == 0 && get_local_id(1) == 0) {
        partials[place.partial + place.group] = (float2)(mean, squares);
    }
}

// The moments of all groups together: Chan, Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing
// sample variances", 1979.
static inline float2 mergeMoments(const __global float2 *partials, int samples, int groups, int pixels) {
    float2 merged = (float2)(0.0f, 0.0f);
    float count = 0.0f;
    for (int group = 0; group < groups; ++group) {
        const float added = (float)(samplesInGroup(samples, group) * pixels);
        if (added == 0.0f) break;
        const float2 part = partials[group];
        const float total = count + added;
        const float difference = part.x - merged.x;
        merged.x += difference * (added / total);
        merged.y += part.y + difference * difference * (count * (added / total));
        count = total;
    }
    return merged;
}

// ---------------------------------------------------------------------------------------------------------------------
// output = activation((input - mean) * scale + bias + residual), in the pixels of a chunk.

static inline void normalize(
    const __global vec *restrict input, const __global vec *restrict residual, int hasResidual, Place place, float mean,
    float scale, float bias, int relu, int pixels, int chunk, __global vec *restrict output
) {
    const lanes wanted = lanesBelow(samplesInGroup(place.samples, place.group));
    const int end = min(((int)get_group_id(0) + 1) * chunk, pixels);
    for (int pixel = (int)get_group_id(0) * chunk + (int)get_local_id(1); pixel < end; pixel += SLICES) {
        const size_t index = place.plane + pixel * ITEMS;
        vec value = (input[index] - mean) * scale + bias;
        if (hasResidual) value += residual[index];
        // Not `max`, which would turn NaN into zero.
        if (relu) value = select(value, (vec)(0.0f), value <= (vec)(0.0f));
        output[index] = keep(value, wanted);
    }
}

// One work-group of each model and channel keeps the books.
static inline bool isBookkeeper(Place place) {
    return place.group == 0 && get_group_id(0) == 0 && get_local_id(0) == 0 && get_local_id(1) == 0;
}

__kernel WORK_GROUP(ITEMS, SLICES) void normalizeTraining(
    const __global vec *restrict input, const __global vec *restrict residual, int hasResidual,
    const __global int *restrict counts, int groups, int channels, int pixels, int chunk,
    const __global float2 *restrict partials, const __global float *restrict weight, int weightOffset, int weightStride,
    const __global float *restrict bias, int biasOffset, int biasStride, __global float *restrict runningMean,
    int runningMeanOffset, int runningMeanStride, __global float *restrict runningVariance, int runningVarianceOffset,
    int runningVarianceStride, __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride,
    __global float *restrict savedInverse, int savedInverseOffset, int savedInverseStride, float epsilon,
    float momentum, int relu, __global vec *restrict output
) {
    const Place place = findPlace(counts, groups, channels, pixels);
    const float2 merged = mergeMoments(partials + place.partial, place.samples, groups, pixels);
    const float count = (float)(place.samples * pixels);
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
    normalize(input, residual, hasResidual, place, merged.x, scale, shift, relu, pixels, chunk, output);
}

__kernel WORK_GROUP(ITEMS, SLICES) void normalizeEvaluation(
    const __global vec *restrict input, const __global vec *restrict residual, int hasResidual,
    const __global int *restrict counts, int groups, int channels, int pixels, int chunk,
    const __global float *restrict weight, int weightOffset, int weightStride, const __global float *restrict bias,
    int biasOffset, int biasStride, const __global float *restrict runningMean, int runningMeanOffset,
    int runningMeanStride, const __global float *restrict runningVariance, int runningVarianceOffset,
    int runningVarianceStride, float epsilon, int relu, __global vec *restrict output
) {
    const Place place = findPlace(counts, groups, channels, pixels);
    if (samplesInGroup(place.samples, place.group) == 0) return;
    const float mean = runningMean[place.model * runningMeanStride + runningMeanOffset + place.channel];
    const float variance =
        runningVariance[place.model * runningVarianceStride + runningVarianceOffset + place.channel];
    const float scale =
        weight[place.model * weightStride + weightOffset + place.channel] * (1.0f / sqrt(variance + epsilon));
    const float shift = bias[place.model * biasStride + biasOffset + place.channel];
    normalize(input, residual, hasResidual, place, mean, scale, shift, relu, pixels, chunk, output);
}

// ---------------------------------------------------------------------------------------------------------------------
// With g the output's gradient where the ReLU let the value through and z the normalised input:
// sums of g and of g z over a group's plane.

static inline vec passGradient(const __global vec *output, const __global vec *gradient, size_t index, int relu) {
    const vec g = gradient[index];
    // NaN in the output lets the gradient through.
    return relu ? select(g, (vec)(0.0f), output[index] <= (vec)(0.0f)) : g;
}

__kernel WORK_GROUP(ITEMS, SLICES) void gradientSums(
    const __global vec *restrict input, const __global vec *restrict output,
    const __global vec *restrict outputGradient, const __global int *restrict counts, int groups, int channels,
    int pixels, const __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride,
    const __global float *restrict savedInverse, int savedInverseOffset, int savedInverseStride, int relu,
    __global float2 *restrict partials
) {
    __local float scratch[GROUP_ITEMS];
    const Place place = findPlace(counts, groups, channels, pixels);
    const int samples = samplesInGroup(place.samples, place.group);
    if (samples == 0) return;
    const float mean = savedMean[place.model * savedMeanStride + savedMeanOffset + place.channel];
    const float inverse = savedInverse[place.model * savedInverseStride + savedInverseOffset + place.channel];

    vec sums[CHAINS], products[CHAINS];
#pragma unroll
    for (int k = 0; k < CHAINS; ++k) sums[k] = products[k] = (vec)(0.0f);
    for (int first = (int)get_local_id(1); first < pixels; first += CHAINS * SLICES) {
#pragma unroll
        for (int k = 0; k < CHAINS; ++k) {
            const int pixel = first + k * SLICES;
            if (pixel >= pixels) break;
            const size_t index = place.plane + pixel * ITEMS;
            const vec g = passGradient(output, outputGradient, index, relu);
            sums[k] += g;
            products[k] += g * ((input[index] - mean) * inverse);
        }
    }
    const lanes wanted = lanesBelow(samples);
    const float sum = sumWorkGroup(keep((sums[0] + sums[1]) + (sums[2] + sums[3]), wanted), scratch);
    const float product =
        sumWorkGroup(keep((products[0] + products[1]) + (products[2] + products[3]), wanted), scratch);
    if (get_local_id(0) == 0 && get_local_id(1) == 0) {
        partials[place.partial + place.group] = (float2)(sum, product);
    }
}

// inputGradient = weight * inverse deviation * (g - mean of g - z * mean of g z), and the parameters' gradients.
//
// `inputGradient` and `outputGradient` may be the same memory, and so none of the pointers that are written to is
// `restrict`; every work-item reads an element before it writes it.
__kernel WORK_GROUP(ITEMS, SLICES) void normalizeGradient(
    const __global vec *restrict input, const __global vec *restrict output, const __global vec *outputGradient,
    const __global int *restrict counts, int groups, int channels, int pixels, int chunk,
    const __global float2 *restrict partials, const __global float *restrict weight, int weightOffset, int weightStride,
    const __global float *restrict savedMean, int savedMeanOffset, int savedMeanStride,
    const __global float *restrict savedInverse, int savedInverseOffset, int savedInverseStride,
    __global float *weightGradient, int weightGradientOffset, int weightGradientStride, __global float *biasGradient,
    int biasGradientOffset, int biasGradientStride, int relu, __global vec *residualGradient, int hasResidual,
    __global vec *inputGradient
) {
    const Place place = findPlace(counts, groups, channels, pixels);
    float sum = 0.0f, product = 0.0f;
    for (int group = 0; group * LANES < place.samples; ++group) {
        sum += partials[place.partial + group].x;
        product += partials[place.partial + group].y;
    }
    if (isBookkeeper(place)) {
        biasGradient[place.model * biasGradientStride + biasGradientOffset + place.channel] = sum;
        weightGradient[place.model * weightGradientStride + weightGradientOffset + place.channel] = product;
    }

    const float count = (float)(place.samples * pixels);
    const float meanGradient = sum / count;
    const float meanProduct = product / count;
    const float mean = savedMean[place.model * savedMeanStride + savedMeanOffset + place.channel];
    const float inverse = savedInverse[place.model * savedInverseStride + savedInverseOffset + place.channel];
    const float scale = weight[place.model * weightStride + weightOffset + place.channel] * inverse;
    const lanes wanted = lanesBelow(samplesInGroup(place.samples, place.group));
    const int end = min(((int)get_group_id(0) + 1) * chunk, pixels);
    for (int pixel = (int)get_group_id(0) * chunk + (int)get_local_id(1); pixel < end; pixel += SLICES) {
        const size_t index = place.plane + pixel * ITEMS;
        const vec g = passGradient(output, outputGradient, index, relu);
        const vec normalized = (input[index] - mean) * inverse;
        if (hasResidual) residualGradient[index] = keep(g, wanted);
        inputGradient[index] = keep(scale * (g - meanGradient - normalized * meanProduct), wanted);
    }
}
