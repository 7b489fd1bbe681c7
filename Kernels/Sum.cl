// Adds the partial gradients of all layers of a stack in one launch.
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
#define SEGMENT_GROUP_PARTS 3   // the parts of each group
#define SEGMENT_TARGET 4        // the segment's first number among the gradients of a model
#define SEGMENT_COUNT 5         // the number of gradients of the segment
#define SEGMENT_STEP 6          // from one number to the next in a part
#define SEGMENT_SIZE 7

__kernel void sumPartials(
    const __global float *restrict partials, const __global int *restrict segments, const __global int *restrict counts,
    int gradientCount, __global float *restrict gradients
) {
    const int index = (int)get_global_id(0) * VECTOR;
    const int model = (int)GROUP_ID(1);
    segments += GROUP_ID(2) * SEGMENT_SIZE;
    const int count = segments[SEGMENT_COUNT];
    if (index >= count) return;
    const int groupParts = segments[SEGMENT_GROUP_PARTS];
    const int stride = segments[SEGMENT_STRIDE];
    const int step = segments[SEGMENT_STEP];
    const int parts = TILES(counts[model], LANES) * groupParts;
    partials += segments[SEGMENT_FIRST] + (size_t)model * segments[SEGMENT_GROUPS] * groupParts * stride + index * step;
    gradients += (size_t)model * gradientCount + segments[SEGMENT_TARGET] + index;
    if (step == 1 && index + VECTOR <= count) {
        vec sum = (vec)(0.0f);
        for (int part = 0; part < parts; ++part) sum += LOAD_VECTOR(partials + (size_t)part * stride);
        STORE_VECTOR(sum, gradients);
        return;
    }
    for (int k = 0; k < min(count - index, VECTOR); ++k) {
        float sum = 0.0f;
        for (int part = 0; part < parts; ++part) sum += partials[(size_t)part * stride + k * step];
        gradients[k] = sum;
    }
}
