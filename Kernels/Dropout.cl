// Dropout, of values or of their gradients: times a scale where a mask has a bit, and times 0 elsewhere. Without masks the
// values are copied.
//
// Macros: VALUES of a sample, GROUPS.
//
//     dimension 0: work-item = lanes of a group                (ITEMS)
//     dimension 1: work-item = value of the lanes' samples     (SLICES a work-group)
//     dimension 2: work-group = model * GROUPS + group

#define WORDS TILES(VALUES, 32)

__kernel WORK_GROUP(ITEMS, SLICES) void dropout(
    const __global float *restrict input, const __global int *restrict counts, int hasMasks,
    const __global uint *restrict masks, int samples, int start, const __global float *restrict scales,
    __global float *restrict output
) {
    const int model = GROUP_ID(2) / GROUPS;
    const int group = GROUP_ID(2) % GROUPS;
    const int count = counts[model];
    const int value = (int)(GROUP_ID(1) * SLICES + get_local_id(1));
    if (value >= VALUES || samplesInGroup(count, group) == 0) return;
    const float scale = scales[model];
    const size_t first = ((size_t)GROUP_ID(2) * VALUES + value) * LANES + LANE * VECTOR;
    for (int component = 0; component < VECTOR; ++component) {
        const int sample = group * LANES + (int)LANE * VECTOR + component;
        float factor = 1.0f;
        if (hasMasks && sample < count) {
            const size_t place = (size_t)model * samples + start + sample;
            factor = (masks[place * WORDS + value / 32] >> (uint)(value % 32)) & 1u ? scale : 0.0f;
        }
        output[first + component] = input[first + component] * factor;
    }
}
