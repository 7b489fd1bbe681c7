// Compiled before every kernel file.
//
// Activations are [model][group][channel][row][column][lane]: the samples of a batch in groups of LANES, samples
// innermost. A work-item holds VECTOR lanes of a group in one `vec`, and the ITEMS neighbouring work-items of dimension
// 0 hold the whole group, so that neighbouring work-items are neighbouring samples:
//
//     vec index = (((model * groups + group) * channels + channel) * pixels + pixel) * ITEMS + get_local_id(0)
//
// A CPU device takes wide vectors and ITEMS = 1, a GPU VECTOR = 1 and as many ITEMS as a group has lanes.
// Lanes beyond a model's sample count are padding. They compute along, since lanes never mix before a sum over lanes,
// and there they are left out.
//
// Given on the command line: VECTOR (1, 4, 8 or 16), ITEMS and SLICES (powers of two). Kernels run in work-groups of
// ITEMS x SLICES items unless they say otherwise.
//
// Everything but the lane comes from `get_group_id` wherever a loop multiplies: what is the same for the whole work-group
// lies in scalar registers where a GPU has them, and costs no vector instruction.

#define LANES (VECTOR * ITEMS)
#define GROUP_ITEMS (ITEMS * SLICES)
#define WORK_GROUP(x, y) __attribute__((reqd_work_group_size(x, y, 1)))

// The work-item's place in its group of lanes, and the index of a work-group along a dimension.
#if ITEMS == 1
#define LANE 0
#else
#define LANE get_local_id(0)
#endif
// On CPU devices those of dimensions 1 and 2 come as one, 1 within 2, with the extent of dimension 1 as its offset: a driver
// that halves the larger dimension for two threads would else give each a half of every sample's numbers, which the next
// kernel's other dimension takes from the other's cache. Signed, since addresses from unsigned quotients took PoCL's `convolve`
// half as long again.
#if VECTOR == 1
#define GROUP_ID(dimension) ((uint)get_group_id(dimension))
#else
#define GROUP_EXTENT ((int)get_global_offset(1))
#define GROUP_ID(dimension) \
    ((dimension) == 0 ? (int)get_group_id(0) \
     : (dimension) == 1 ? (int)get_group_id(2) % GROUP_EXTENT : (int)get_group_id(2) / GROUP_EXTENT)
#endif

// Tiles of a size that hold so many things, the last one perhaps in part.
#define TILES(count, size) (((count) + (size) - 1) / (size))

// Arguments that a caller knows have to arrive as constants. Only kernels say `restrict`: what inlining makes of it in a
// function is unknown to Oclgrind 21.10.
#define INLINE static inline __attribute__((always_inline))

// A kernel file need not use all of these.
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

// A vector at an address of any number, for numbers that are not samples side by side.
#if VECTOR == 1
#define LOAD_VECTOR(address) (*(address))
#define STORE_VECTOR(value, address) (*(address) = (value))
#else
#define LOAD_VECTOR(address) JOIN(vload, VECTOR)(0, (address))
#define STORE_VECTOR(value, address) JOIN(vstore, VECTOR)((value), 0, (address))
#endif

// The number of each lane of a work-item's vector.
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

// Which lanes of this work-item are among the first `count` of their group.
FUNCTION lanes lanesBelow(int count) {
    return (lanes)((int)get_local_id(0) * VECTOR) + laneNumbers() < (lanes)(count);
}

// Zero in the lanes that are not wanted, whatever is in them.
FUNCTION vec keep(vec value, lanes wanted) {
    return select((vec)(0.0f), value, wanted);
}

// How many samples of a model are in a group.
FUNCTION int samplesInGroup(int count, int group) {
    return clamp(count - group * LANES, 0, LANES);
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

// The sum over all work-items of a work-group, as a tree; the same in every work-item.
// `scratch` has GROUP_ITEMS elements, and may be used again right away.
FUNCTION float addItems(float mine, __local float *scratch) {
#if GROUP_ITEMS == 1
    (void)scratch;
    return mine;
#else
    const int item = (int)get_local_id(1) * ITEMS + (int)LANE;
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

// Merges the moments (mean and sum of squared deviations, for each lane) of `number` further values into those of `count`,
// as in Chan, Golub & LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
FUNCTION void addMoments(vec *mean, vec *square, float count, vec otherMean, vec otherSquare, float number) {
    const float share = number / (count + number);
    const vec difference = otherMean - *mean;
    *mean += difference * share;
    *square += otherSquare + difference * difference * (count * share);
}

// (mean, sum of squared deviations, number) of a work-group of one slice: `count` values in each of `samples` lanes, which are
// the `wanted` ones. `scratch` as in addItems.
FUNCTION float4 mergeLanes(vec mean, vec square, float count, int samples, lanes wanted, __local float *scratch) {
    const float all = sumWorkGroup(keep(mean, wanted), scratch) / (float)samples;
    const vec difference = mean - all;
    const float sum = sumWorkGroup(keep(square + difference * difference * count, wanted), scratch);
    return (float4)(all, sum, count * (float)samples, 0.0f);
}

// Sums over the lanes of a group for several vectors at once, in work-groups of ITEMS items.
//
// Vectors go through `scratch` (LANE_SUM_SCRATCH elements) LANE_SUM_COLUMNS at a time: each work-item puts its own down,
// then adds a segment of the lanes of one vector, then the first work-items add the segments. A column is one element
// longer than the lanes are, against bank conflicts.
#define LANE_SUM_COLUMNS 8
#define LANE_SUM_SEGMENTS (ITEMS >= 8 * LANE_SUM_COLUMNS ? 8 : ITEMS >= LANE_SUM_COLUMNS ? ITEMS / LANE_SUM_COLUMNS : 1)
#define LANE_SUM_SCRATCH (ITEMS == 1 ? 1 : LANE_SUM_COLUMNS * (ITEMS + 1 + LANE_SUM_SEGMENTS))

// Ends with the sums of vectors `first`, `first + 1`, ... in the work-items 0, 1, ...: `sumLanes` returns the sum of
// vector `first + LANE`, to be used where LANE < LANE_SUM_COLUMNS and the vector exists.
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

// Vectors whose sums `sumLanes` gives at once.
#define LANE_SUMS_AT_ONCE (ITEMS == 1 ? 1 : LANE_SUM_COLUMNS)
