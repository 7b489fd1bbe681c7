// A shortcut without parameters: every STRIDE-th pixel between zero channels, and its gradient.
//
// Macros: IN_CHANNELS IN_HEIGHT IN_WIDTH, OUT_CHANNELS OUT_HEIGHT OUT_WIDTH, CHANNELS_BEFORE, STRIDE_Y STRIDE_X, GROUPS.
//
//     dimension 0: work-item = lanes of a group (ITEMS)
//     dimension 1: work-item = every SLICES-th pixel of the result; work-group = channel of the result
//     dimension 2: work-group = model * GROUPS + group

#define IN_PIXELS (IN_HEIGHT * IN_WIDTH)
#define OUT_PIXELS (OUT_HEIGHT * OUT_WIDTH)

// The first vec of a channel of a group, in the input and in the output.
#define IN_PLANE(channel) (((size_t)GROUP_ID(2) * IN_CHANNELS + (channel)) * IN_PIXELS * ITEMS + LANE)
#define OUT_PLANE(channel) (((size_t)GROUP_ID(2) * OUT_CHANNELS + (channel)) * OUT_PIXELS * ITEMS + LANE)

// The samples of this work-group's group of lanes.
#define GROUP_SAMPLES samplesInGroup(counts[GROUP_ID(2) / GROUPS], GROUP_ID(2) % GROUPS)

__kernel WORK_GROUP(ITEMS, SLICES) void paddedShortcut(
    const __global vec *restrict input, const __global int *restrict counts, __global vec *restrict output
) {
    if (GROUP_SAMPLES == 0) return;
    const int channel = (int)GROUP_ID(1) - CHANNELS_BEFORE;
    const bool isCopied = channel >= 0 && channel < IN_CHANNELS;
    for (int pixel = (int)get_local_id(1); pixel < OUT_PIXELS; pixel += SLICES) {
        const int source = pixel / OUT_WIDTH * STRIDE_Y * IN_WIDTH + pixel % OUT_WIDTH * STRIDE_X;
        output[OUT_PLANE(GROUP_ID(1)) + pixel * ITEMS] =
            isCopied ? input[IN_PLANE(channel) + source * ITEMS] : (vec)(0.0f);
    }
}

// inputGradient (+)= the output gradient in the copied pixels, and 0 elsewhere.
__kernel WORK_GROUP(ITEMS, SLICES) void paddedShortcutGradient(
    const __global vec *restrict outputGradient, const __global int *restrict counts, int accumulate,
    __global vec *restrict inputGradient
) {
    if (GROUP_SAMPLES == 0) return;
    for (int pixel = (int)get_local_id(1); pixel < IN_PIXELS; pixel += SLICES) {
        const int y = pixel / IN_WIDTH;
        const int x = pixel % IN_WIDTH;
        const size_t index = IN_PLANE(GROUP_ID(1)) + pixel * ITEMS;
        const vec earlier = accumulate ? inputGradient[index] : (vec)(0.0f);
        const vec g = y % STRIDE_Y == 0 && x % STRIDE_X == 0
            ? outputGradient[OUT_PLANE(GROUP_ID(1) + CHANNELS_BEFORE) + (y / STRIDE_Y * OUT_WIDTH + x / STRIDE_X) * ITEMS]
            : (vec)(0.0f);
        inputGradient[index] = earlier + g;
    }
}
