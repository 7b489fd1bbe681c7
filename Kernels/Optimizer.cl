// SGD, and the sums of the partial gradients of all layers of a stack, in one launch where the device is a GPU.
//
// The kernels `descend` and `descendWithMomentum` keep the names by which tools outside of the project know them.
//
//     dimension 0: work-item = number of a model, or of a segment of its numbers
//     dimension 1: work-item = model

// ---------------------------------------------------------------------------------------------------------------------
// Plain SGD step: parameters[model][i] -= rates[model] * gradients[model][i].

INLINE void sgdStep(__global float *parameter, float gradient, float rate) { *parameter -= rate * gradient; }

// With momentum, of Nesterov if asked for, and weight decay. A term whose factor is zero is skipped: zero times infinity would be NaN.
INLINE void sgdStepWithMomentum(
    __global float *parameter, float gradient, __global float *velocity, float rate, float momentum, float decay,
    int nesterov
) {
    const float value = *parameter;
    if (decay != 0.0f) gradient += decay * value;
    const float withoutMomentum = gradient;
    if (momentum != 0.0f) gradient += momentum * *velocity;
    *velocity = gradient;
    if (nesterov && momentum != 0.0f) gradient = withoutMomentum + momentum * gradient;
    *parameter = value - rate * gradient;
}

//     dimension 0: work-item = i
//     dimension 1: work-item = model

__kernel void descend(
    __global float *restrict parameters, const __global float *restrict gradients, const __global float *restrict rates,
    const __global int *restrict counts, int parameterCount
) {
    const int index = (int)get_global_id(0);
    const int model = (int)GROUP_ID(1);
    if (index >= parameterCount || counts[model] == 0) return;
    const size_t element = (size_t)model * parameterCount + index;
    sgdStep(parameters + element, gradients[element], rates[model]);
}

__kernel void descendWithMomentum(
    __global float *restrict parameters, const __global float *restrict gradients, __global float *restrict velocities,
    const __global float *restrict rates, const __global float *restrict momenta,
    const __global float *restrict weightDecays, int nesterov, const __global int *restrict counts, int parameterCount
) {
    const int index = (int)get_global_id(0);
    const int model = (int)GROUP_ID(1);
    if (index >= parameterCount || counts[model] == 0) return;
    const size_t element = (size_t)model * parameterCount + index;
    sgdStepWithMomentum(
        parameters + element, gradients[element], velocities + element, rates[model], momenta[model], weightDecays[model],
        nesterov);
}

// The learning rates of a step: rates[model] = schedule[model][step].
//
//     dimension 0: work-item = model

__kernel void selectRates(
    const __global float *restrict schedule, int steps, int step, int models, __global float *restrict rates
) {
    const int model = (int)get_global_id(0);
    if (model < models) rates[model] = schedule[(size_t)model * steps + step];
}

// ---------------------------------------------------------------------------------------------------------------------
// The sums of partial gradients.
//
//     dimension 0: work-item = VECTOR numbers of a segment
//     dimension 1: work-item = model
//     dimension 2: work-item = segment
//
// A segment is a range of each model's gradients, of at most one work-group. Its partial sums have a distance of `stride`:
//
//     gradients[model][target + i] = sum over part of partials[first + (model * parts + part) * stride + i step]
//
// in the order of the parts. The parts of groups without samples are skipped, because their memory is undefined. The gradients
// of a model without samples are zero.

#define SEGMENT_FIRST 0         // the first number of the partial sums
#define SEGMENT_STRIDE 1        // from one part to the next
#define SEGMENT_GROUPS 2        // the groups of lanes of each model
#define SEGMENT_GROUP_PARTS 3   // the parts of each group; 0 for gradients that are no sums, and stay as they are
#define SEGMENT_TARGET 4        // the segment's first number among the gradients of a model
#define SEGMENT_COUNT 5         // the number of gradients of the segment
#define SEGMENT_STEP 6          // from one number to the next in a part
#define SEGMENT_SIZE 7

// The number of parts of a segment for a model, and the first part's number `index`.
INLINE int countParts(const __global int *segment, int count) {
    return TILES(count, LANES) * segment[SEGMENT_GROUP_PARTS];
}
INLINE const __global float *findParts(
    const __global float *partials, const __global int *segment, int model, int index
) {
    const int modelParts = segment[SEGMENT_GROUPS] * segment[SEGMENT_GROUP_PARTS];
    return partials + segment[SEGMENT_FIRST] + (size_t)model * modelParts * segment[SEGMENT_STRIDE]
        + index * segment[SEGMENT_STEP];
}

INLINE float addParts(const __global float *first, int parts, int stride) {
    float sum = 0.0f;
    for (int part = 0; part < parts; ++part) sum += first[(size_t)part * stride];
    return sum;
}

__kernel void sumPartials(
    const __global float *restrict partials, const __global int *restrict segments, const __global int *restrict counts,
    int gradientCount, __global float *restrict gradients
) {
    const int index = (int)get_global_id(0) * VECTOR;
    const int model = (int)GROUP_ID(1);
    segments += GROUP_ID(2) * SEGMENT_SIZE;
    const int count = segments[SEGMENT_COUNT];
    if (index >= count) return;
    const int stride = segments[SEGMENT_STRIDE];
    const int step = segments[SEGMENT_STEP];
    const int parts = countParts(segments, counts[model]);
    partials = findParts(partials, segments, model, index);
    gradients += (size_t)model * gradientCount + segments[SEGMENT_TARGET] + index;
    if (step == 1 && index + VECTOR <= count) {
        vec sum = (vec)(0.0f);
        for (int part = 0; part < parts; ++part) sum += LOAD_VECTOR(partials + (size_t)part * stride);
        STORE_VECTOR(sum, gradients);
        return;
    }
    for (int k = 0; k < min(count - index, VECTOR); ++k) gradients[k] = addParts(partials + k * step, parts, stride);
}

// ---------------------------------------------------------------------------------------------------------------------
// The sums and the SGD step. The segments cover all parameters; `stepCounts` are zero for models that take no step.

#if VECTOR == 1
// The gradient of this work-item's parameter, whose index is `*element`; false if there is none.
INLINE bool findGradient(
    const __global float *partials, const __global int *segments, const __global int *counts, int model,
    int parameterCount, __global float *gradients, size_t *element, float *gradient
) {
    const int index = (int)get_global_id(0);
    segments += GROUP_ID(2) * SEGMENT_SIZE;
    if (index >= segments[SEGMENT_COUNT]) return false;
    *element = (size_t)model * parameterCount + segments[SEGMENT_TARGET] + index;
    if (segments[SEGMENT_GROUP_PARTS] == 0) {
        *gradient = gradients[*element];
    } else {
        *gradient = addParts(
            findParts(partials, segments, model, index), countParts(segments, counts[model]), segments[SEGMENT_STRIDE]);
        gradients[*element] = *gradient;
    }
    return true;
}

__kernel void sumAndDescend(
    const __global float *restrict partials, const __global int *restrict segments, const __global int *restrict counts,
    const __global int *restrict stepCounts, int parameterCount, __global float *restrict gradients,
    __global float *restrict parameters, const __global float *restrict rates
) {
    const int model = (int)GROUP_ID(1);
    size_t element;
    float gradient;
    if (!findGradient(partials, segments, counts, model, parameterCount, gradients, &element, &gradient)) return;
    if (stepCounts[model] > 0) sgdStep(parameters + element, gradient, rates[model]);
}

__kernel void sumAndDescendWithMomentum(
    const __global float *restrict partials, const __global int *restrict segments, const __global int *restrict counts,
    const __global int *restrict stepCounts, int parameterCount, __global float *restrict gradients,
    __global float *restrict parameters, __global float *restrict velocities, const __global float *restrict rates,
    const __global float *restrict momenta, const __global float *restrict weightDecays, int nesterov
) {
    const int model = (int)GROUP_ID(1);
    size_t element;
    float gradient;
    if (!findGradient(partials, segments, counts, model, parameterCount, gradients, &element, &gradient)) return;
    if (stepCounts[model] == 0) return;
    sgdStepWithMomentum(
        parameters + element, gradient, velocities + element, rates[model], momenta[model], weightDecays[model], nesterov);
}
#endif

// ---------------------------------------------------------------------------------------------------------------------
// The limit of the norm of each model's gradients: sums of squares of a part of them, then the factor of each model, and then
// the products. Behind the `models * parts` sums are the factors.

#define SQUARE_ITEMS 64
#define SQUARE_CHUNK 1024

// The sum over a work-group of SQUARE_ITEMS, as a tree, in work-item 0.
INLINE float addSquares(float mine, __local float *scratch) {
    const int item = (int)get_local_id(0);
    scratch[item] = mine;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int half_ = SQUARE_ITEMS / 2; half_ > 0; half_ /= 2) {
        if (item < half_) scratch[item] += scratch[item + half_];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    return scratch[0];
}

//     dimension 0: work-group = SQUARE_CHUNK gradients
//     dimension 1: work-group = model

__kernel WORK_GROUP(SQUARE_ITEMS, 1) void sumSquares(
    const __global float *restrict gradients, int gradientCount, int parts, __global float *restrict squares
) {
    __local float scratch[SQUARE_ITEMS];
    const int part = (int)GROUP_ID(0);
    const int model = (int)GROUP_ID(1);
    const int end = min((part + 1) * SQUARE_CHUNK, gradientCount);
    gradients += (size_t)model * gradientCount;
    float sum = 0.0f;
    for (int index = part * SQUARE_CHUNK + (int)get_local_id(0); index < end; index += SQUARE_ITEMS) {
        sum += gradients[index] * gradients[index];
    }
    sum = addSquares(sum, scratch);
    if (get_local_id(0) == 0) squares[(size_t)model * parts + part] = sum;
}

//     dimension 0: work-item = every SQUARE_ITEMS-th part, one work-group
//     dimension 1: work-group = model

__kernel WORK_GROUP(SQUARE_ITEMS, 1) void findClipFactors(
    __global float *restrict squares, int parts, int models, const __global float *restrict maxima,
    const __global int *restrict counts
) {
    __local float scratch[SQUARE_ITEMS];
    const int model = (int)GROUP_ID(1);
    float sum = 0.0f;
    for (int part = (int)get_local_id(0); part < parts; part += SQUARE_ITEMS) sum += squares[(size_t)model * parts + part];
    sum = addSquares(sum, scratch);
    if (get_local_id(0) != 0) return;
    const float maximum = maxima[model];
    const bool isLimited = counts[model] > 0 && maximum != 0.0f;
    squares[(size_t)models * parts + model] = isLimited ? divide(maximum, sqrt(sum) + 1e-6f) : 1.0f;
}

//     dimension 0: work-item = gradient
//     dimension 1: work-item = model

__kernel void clipGradients(
    __global float *restrict gradients, int gradientCount, int parts, int models, const __global float *restrict squares
) {
    const int index = (int)get_global_id(0);
    const int model = (int)GROUP_ID(1);
    const float factor = squares[(size_t)models * parts + model];
    // NaN is a factor too.
    if (index < gradientCount && !(factor >= 1.0f)) gradients[(size_t)model * gradientCount + index] *= factor;
}
