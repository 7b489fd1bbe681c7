// Average-pooling without padding, and its gradient.
//
// Macros: CHANNELS, GROUPS, IN_HEIGHT IN_WIDTH, OUT_HEIGHT OUT_WIDTH, KERNEL_HEIGHT KERNEL_WIDTH, STRIDE_Y STRIDE_X.
//
//     dimension 0: work-item = lanes of a group (ITEMS)
//     dimension 1: work-item = every SLICES-th pixel of the result; work-group = channel
//     dimension 2: work-group = model * GROUPS + group

#define IN_PIXELS (IN_HEIGHT * IN_WIDTH)
#define OUT_PIXELS (OUT_HEIGHT * OUT_WIDTH)

// The first vec of a channel of a group, in planes of a number of pixels.
#define PLANE(pixels) (((size_t)GROUP_ID(2) * CHANNELS + GROUP_ID(1)) * (pixels) * ITEMS + LANE)

// The samples of this work-group's group of lanes.
#define GROUP_SAMPLES samplesInGroup(counts[GROUP_ID(2) / GROUPS], GROUP_ID(2) % GROUPS)

// output[i,j] = mean of input[i s ..< i s + k, j s ..< j s + k]
__kernel WORK_GROUP(ITEMS, SLICES) void averagePool(
    const __global vec *restrict input, const __global int *restrict counts, __global vec *restrict output
) {
    if (GROUP_SAMPLES == 0) return;
    const float part = divide(1.0f, (float)(KERNEL_HEIGHT * KERNEL_WIDTH));
    for (int pixel = (int)get_local_id(1); pixel < OUT_PIXELS; pixel += SLICES) {
        const __global vec *window = input + PLANE(IN_PIXELS)
            + (pixel / OUT_WIDTH * STRIDE_Y * IN_WIDTH + pixel % OUT_WIDTH * STRIDE_X) * ITEMS;
        // Each row has a sum of its own: shorter chains of additions have a smaller error.
        vec sum = (vec)(0.0f);
        for (int row = 0; row < KERNEL_HEIGHT; ++row) {
            vec line = (vec)(0.0f);
            for (int column = 0; column < KERNEL_WIDTH; ++column) line += window[(row * IN_WIDTH + column) * ITEMS];
            sum += line;
        }
        output[PLANE(OUT_PIXELS) + pixel * ITEMS] = sum * part;
    }
}

// The gradient of an input pixel: the sum of the gradients of the windows that contain it, divided by the pixels of a window.
__kernel WORK_GROUP(ITEMS, SLICES) void averagePoolGradient(
    const __global vec *restrict outputGradient, const __global int *restrict counts,
    __global vec *restrict inputGradient
) {
    if (GROUP_SAMPLES == 0) return;
    const float part = divide(1.0f, (float)(KERNEL_HEIGHT * KERNEL_WIDTH));
    for (int pixel = (int)get_local_id(1); pixel < IN_PIXELS; pixel += SLICES) {
        const int y = pixel / IN_WIDTH;
        const int x = pixel % IN_WIDTH;
        vec sum = (vec)(0.0f);
        for (int up = TILES(KERNEL_HEIGHT, STRIDE_Y) - 1; up >= 0; --up) {
            const int i = y / STRIDE_Y - up;
            if (i < 0 || i >= OUT_HEIGHT || y - i * STRIDE_Y >= KERNEL_HEIGHT) continue;
            for (int left = TILES(KERNEL_WIDTH, STRIDE_X) - 1; left >= 0; --left) {
                const int j = x / STRIDE_X - left;
                if (j < 0 || j >= OUT_WIDTH || x - j * STRIDE_X >= KERNEL_WIDTH) continue;
                sum += outputGradient[PLANE(OUT_PIXELS) + (i * OUT_WIDTH + j) * ITEMS];
            }
        }
        inputGradient[PLANE(IN_PIXELS) + pixel * ITEMS] = sum * part;
    }
}
