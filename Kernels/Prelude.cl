// Compiled before every kernel file.
//
// Activations are [model][group][channel][row][column][lane]: the samples of a batch are innermost, in groups of LANES. A
// work-item processes VECTOR lanes of a group in one `vec`. The ITEMS neighbouring work-items of dimension 0 process the whole
// group, so neighbouring work-items process neighbouring samples:
//
//     vec index = (((model * groups + group) * channels + channel) * pixels + pixel) * ITEMS + get_local_id(0)
//
// A CPU device has wide vectors and ITEMS = 1; a GPU has VECTOR = 1 and as many ITEMS as a group has lanes.
// Lanes beyond the sample count of a model are padding. They are computed like the others, because lanes are independent until
// a sum over lanes, where padding is masked.
//
// Macros of the compiler options: VECTOR (1, 4, 8 or 16), ITEMS and SLICES (powers of two). The work-group size is
// ITEMS x SLICES unless a kernel says otherwise.
//
// The host gives a kernel its arguments by name. A slice of parameters `x` is three arguments: the memory `x`, `xOffset` in the
// numbers of each model, and `xStride` from one model to the next, in this order. A kernel's parameters are global pointers,
// `int` and `float`; no `#if` is among them.
//
// In the loops over products, all indices except the lane come from `get_group_id`. Values that are uniform over the
// work-group are in scalar registers, on GPUs that have them, and need no vector instruction.

#define LANES (VECTOR * ITEMS)
#define GROUP_ITEMS (ITEMS * SLICES)
#define WORK_GROUP(x, y) __attribute__((reqd_work_group_size(x, y, 1)))

// The index of the work-item in its group of lanes, and the index of the work-group in a dimension.
#if ITEMS == 1
#define LANE 0
#else
#define LANE get_local_id(0)
#endif
// On CPU devices dimensions 1 and 2 are combined in one, with 1 innermost; the global offset holds the extent of dimension 1.
// Otherwise a driver that halves the larger dimension for two threads would give each thread half of the numbers of every
// sample, and the next kernel, whose other dimension is larger, would read them from the other thread's cache. The indices are
// signed: with unsigned quotients in the addresses, PoCL's `convolve` took 50% longer.
#if VECTOR == 1
#define GROUP_ID(dimension) ((uint)get_group_id(dimension))
#else
#define GROUP_EXTENT ((int)get_global_offset(1))
#define GROUP_ID(dimension) \
    ((dimension) == 0 ? (int)get_group_id(0) \
     : (dimension) == 1 ? (int)get_group_id(2) % GROUP_EXTENT : (int)get_group_id(2) / GROUP_EXTENT)
#endif

// A slice of parameters, where the numbers of a model begin.
#define OF_MODEL(slice, model) (slice + (model) * slice##Stride + slice##Offset)

// A kernel whose name ends with `Pair` is two launches of the kernel in one: of work-groups that are neighbours in dimension 1, the
// second one has the parameters whose names end with `2`. The other parameters are the same for both.
#define PAIR_SECOND ((int)GROUP_ID(1) % 2)
#define PAIR_INDEX ((int)GROUP_ID(1) / 2)
#define OF_PAIR(parameter) (PAIR_SECOND ? parameter##2 : parameter)
#define OF_PAIR_MODEL(slice, model) (PAIR_SECOND ? OF_MODEL(slice##2, model) : OF_MODEL(slice, model))

// The number of tiles of a size for `count` elements; the last tile may be partial.
#define TILES(count, size) (((count) + (size) - 1) / (size))

// Functions are inlined, so that constant arguments are constants in them. Only kernels have `restrict` parameters: Oclgrind
// 21.10 does not support the intrinsics that inlining makes of them.
#define INLINE static inline __attribute__((always_inline))

// A function of this file, which some kernel files do not use.
#define FUNCTION INLINE __attribute__((unused))

#define JOIN_EXPANDED(a, b) a##b
#define JOIN(a, b) JOIN_EXPANDED(a, b)
#if VECTOR == 1
typedef float vec;
typedef int lanes;
#else
typedef JOIN(float, VECTOR) vec;
typedef JOIN(int, VECTOR) lanes;
#endif

// Every division of floats is in this function: OpenCL allows an error of 2.5 ulp, and a test makes its quotients inexact.
FUNCTION float divide(float dividend, float divisor) { return dividend / divisor; }

// Unaligned access to a vector of consecutive numbers.
#if VECTOR == 1
#define LOAD_VECTOR(address) (*(address))
#define STORE_VECTOR(value, address) (*(address) = (value))
#else
#define LOAD_VECTOR(address) JOIN(vload, VECTOR)(0, (address))
#define STORE_VECTOR(value, address) JOIN(vstore, VECTOR)((value), 0, (address))
#endif

// The index of each lane in a work-item's vector.
FUNCTION lanes laneNumbers(void) {
#if VECTOR == 1
    return 0;
#elif VECTOR == 4
    return (int4)(0, 1, 2, 3);
#elif VECTOR == 8
    return (int8)(0, 1, 2, 3, 4, 5, 6, 7);
#else
    return (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#endif
}

// The mask of this work-item's lanes that are among the first `count` of their group.
FUNCTION lanes lanesBelow(int count) {
    return (lanes)((int)get_local_id(0) * VECTOR) + laneNumbers() < (lanes)(count);
}

// Sets the lanes outside the mask to zero, even if they hold NaN.
FUNCTION vec maskLanes(vec value, lanes mask) {
    return select((vec)(0.0f), value, mask);
}

// The number of samples of a model in a group.
FUNCTION int samplesInGroup(int count, int group) {
    return clamp(count - group * LANES, 0, LANES);
}

// The softmax cross-entropy of a sample: its loss. `correct` becomes whether its label is predicted. The logits and their
// gradients, unless these are null, have a distance of LANES. The gradient is that of the mean over `count` samples.
FUNCTION float crossEntropy(
    const __global float *logits, int classes, int label, int count, int *correct, __global float *gradient
) {
    // The first of the largest logits; NaN counts as largest.
    float largest = logits[0];
    int predicted = 0;
    for (int k = 1; k < classes; ++k) {
        const float value = logits[k * LANES];
        if (value > largest || (isnan(value) && !isnan(largest))) {
            largest = value;
            predicted = k;
        }
    }
    *correct = predicted == label;
    float sum = 0.0f;
    for (int k = 0; k < classes; ++k) sum += exp(logits[k * LANES] - largest);
    for (int k = 0; gradient && k < classes; ++k) {
        const float probability = divide(exp(logits[k * LANES] - largest), sum);
        gradient[k * LANES] = divide(probability - (k == label ? 1.0f : 0.0f), (float)count);
    }
    return log(sum) - (logits[label * LANES] - largest);
}

// The sum over the lanes of one vector, as a tree.
FUNCTION float sumComponents(vec value) {
#if VECTOR == 1
    return value;
#else
#if VECTOR == 16
    const float8 eighth = value.lo + value.hi;
    const float4 fourth = eighth.lo + eighth.hi;
#elif VECTOR == 8
    const float4 fourth = value.lo + value.hi;
#else
    const float4 fourth = value;
#endif
    const float2 half_ = fourth.lo + fourth.hi;
    return half_.x + half_.y;
#endif
}

// The sum over all work-items of a work-group, as a tree. It is the same in every work-item. `scratch` has GROUP_ITEMS elements
// and can be reused immediately. In a kernel of one slice whose work-groups have more rows of work-items than one, it is the sum
// over a row, which has a `scratch` of its own.
FUNCTION float addItems(float mine, __local float *scratch) {
#if GROUP_ITEMS == 1
    (void)scratch;
    return mine;
#else
    const int item = (SLICES == 1 ? 0 : (int)get_local_id(1) * ITEMS) + (int)LANE;
    scratch[item] = mine;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int half_ = GROUP_ITEMS / 2; half_ > 0; half_ /= 2) {
        if (item < half_) scratch[item] += scratch[item + half_];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    const float total = scratch[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return total;
#endif
}

// The sum over all lanes and slices of a work-group.
FUNCTION float sumWorkGroup(vec value, __local float *scratch) {
    return addItems(sumComponents(value), scratch);
}

// Merges the moments (mean and sum of squared deviations, for each lane) of `number` values into those of `count` values: Chan,
// Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
FUNCTION void addMoments(vec *mean, vec *square, float count, vec otherMean, vec otherSquare, float number) {
    const float share = divide(number, count + number);
    const vec difference = otherMean - *mean;
    *mean += difference * share;
    *square += otherSquare + difference * difference * (count * share);
}

// (mean, sum of squared deviations, number) of a work-group of one slice: `count` values in each of the `samples` lanes of the
// mask. `scratch` as in addItems.
FUNCTION float4 mergeLanes(vec mean, vec square, float count, int samples, lanes mask, __local float *scratch) {
    const float all = divide(sumWorkGroup(maskLanes(mean, mask), scratch), (float)samples);
    const vec difference = mean - all;
    const float sum = sumWorkGroup(maskLanes(square + difference * difference * count, mask), scratch);
    return (float4)(all, sum, count * (float)samples, 0.0f);
}

// Sums over the lanes of a group for several vectors at once, in work-groups of ITEMS items.
//
// LANE_SUM_COLUMNS vectors at a time are summed in `scratch` (LANE_SUM_SCRATCH elements): each work-item writes its lanes, then
// adds a segment of the lanes of one vector, and then the first work-items add the segments. A column has one more element
// than there are lanes, to avoid bank conflicts.
#define LANE_SUM_COLUMNS 8
#define LANE_SUM_SEGMENTS (ITEMS >= 8 * LANE_SUM_COLUMNS ? 8 : ITEMS >= LANE_SUM_COLUMNS ? ITEMS / LANE_SUM_COLUMNS : 1)
#define LANE_SUM_SCRATCH (ITEMS == 1 ? 1 : LANE_SUM_COLUMNS * (ITEMS + 1 + LANE_SUM_SEGMENTS))

// The sums of vectors `first`, `first + 1`, ... in the work-items 0, 1, ...: returns the sum of vector `first + LANE`, which is
// valid if LANE < LANE_SUM_COLUMNS and the vector exists.
FUNCTION float sumLanes(const vec *values, int first, int count, __local float *scratch) {
#if ITEMS == 1
    (void)scratch, (void)count;
    return sumComponents(values[first]);
#else
    __local float *segments = scratch + LANE_SUM_COLUMNS * (ITEMS + 1);
    const int item = (int)LANE;
    barrier(CLK_LOCAL_MEM_FENCE);
#pragma unroll
    for (int k = 0; k < LANE_SUM_COLUMNS; ++k) {
        scratch[k * (ITEMS + 1) + item] = first + k < count ? sumComponents(values[first + k]) : 0.0f;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int part = item; part < LANE_SUM_COLUMNS * LANE_SUM_SEGMENTS; part += ITEMS) {
        const __local float *column =
            scratch + part / LANE_SUM_SEGMENTS * (ITEMS + 1) + part % LANE_SUM_SEGMENTS * (ITEMS / LANE_SUM_SEGMENTS);
        float even = 0.0f, odd = 0.0f;
#pragma unroll
        for (int k = 0; k < ITEMS / LANE_SUM_SEGMENTS; k += 2) {
            even += column[k];
            odd += column[k + 1];
        }
        segments[part] = even + odd;
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    float sum = 0.0f;
    if (item < LANE_SUM_COLUMNS) {
#pragma unroll
        for (int k = 0; k < LANE_SUM_SEGMENTS; ++k) sum += segments[item * LANE_SUM_SEGMENTS + k];
    }
    return sum;
#endif
}

// The number of vectors that `sumLanes` sums at once.
#define LANE_SUMS_AT_ONCE (ITEMS == 1 ? 1 : LANE_SUM_COLUMNS)
