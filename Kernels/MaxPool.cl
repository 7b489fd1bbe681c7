// Max-pooling and its gradient.
//
// Given: IN_HEIGHT IN_WIDTH, OUT_HEIGHT OUT_WIDTH, KERNEL_HEIGHT KERNEL_WIDTH, STRIDE_Y STRIDE_X.
//
//     dimension 0: work-item = lanes of a group                                     (ITEMS)
//     dimension 1: work-item = pixel, of the output or of the gradient's input      (SLICES a work-group)
//     dimension 2: work-group = (model * groups + group) * channels + channel

#define IN_PIXELS (IN_HEIGHT * IN_WIDTH)
#define OUT_PIXELS (OUT_HEIGHT * OUT_WIDTH)

typedef struct {
    vec value;
    lanes place;    // row * KERNEL_WIDTH + column within the window
} Winner;

// The first maximum of the window whose upper left corner is given; NaN beats every number, and a later NaN an earlier.
static inline Winner findWinner(const __global vec *corner) {
    Winner winner = {corner[0], (lanes)(0)};
#pragma unroll
    for (int place = 1; place < KERNEL_HEIGHT * KERNEL_WIDTH; ++place) {
        const vec value = corner[(place / KERNEL_WIDTH * IN_WIDTH + place % KERNEL_WIDTH) * ITEMS];
        const lanes better = (value > winner.value) | (value != value);
        winner.value = select(winner.value, value, better);
        winner.place = select(winner.place, (lanes)(place), better);
    }
    return winner;
}

static inline const __global vec *windowCorner(const __global vec *plane, int i, int j) {
    return plane + (i * STRIDE_Y * IN_WIDTH + j * STRIDE_X) * ITEMS;
}

__kernel WORK_GROUP(ITEMS, SLICES) void maxPool(
    const __global vec *restrict input, const __global int *restrict counts, int groups, int channels,
    __global vec *restrict output
) {
    const int pixel = (int)get_global_id(1);
    const int place = (int)get_group_id(2) / channels;
    if (pixel >= OUT_PIXELS || samplesInGroup(counts[place / groups], place % groups) == 0) return;
    const __global vec *plane = input + (size_t)get_group_id(2) * IN_PIXELS * ITEMS + get_local_id(0);
    const Winner winner = findWinner(windowCorner(plane, pixel / OUT_WIDTH, pixel % OUT_WIDTH));
    output[((size_t)get_group_id(2) * OUT_PIXELS + pixel) * ITEMS + get_local_id(0)] = winner.value;
}

// Every input pixel asks the windows that it is in, in row-major order, whether it won.
__kernel WORK_GROUP(ITEMS, SLICES) void maxPoolGradient(
    const __global vec *restrict input, const __global vec *restrict outputGradient,
    const __global int *restrict counts, int groups, int channels, __global vec *restrict inputGradient
) {
    const int pixel = (int)get_global_id(1);
    const int place = (int)get_group_id(2) / channels;
    if (pixel >= IN_PIXELS || samplesInGroup(counts[place / groups], place % groups) == 0) return;
    const int y = pixel / IN_WIDTH;
    const int x = pixel % IN_WIDTH;
    const __global vec *plane = input + (size_t)get_group_id(2) * IN_PIXELS * ITEMS + get_local_id(0);
    const __global vec *gradients = outputGradient + (size_t)get_group_id(2) * OUT_PIXELS * ITEMS + get_local_id(0);

    const int firstI = max(y - KERNEL_HEIGHT + STRIDE_Y, 0) / STRIDE_Y;
    const int firstJ = max(x - KERNEL_WIDTH + STRIDE_X, 0) / STRIDE_X;
    vec sum = (vec)(0.0f);
    for (int i = firstI; i <= min(y / STRIDE_Y, OUT_HEIGHT - 1); ++i) {
        for (int j = firstJ; j <= min(x / STRIDE_X, OUT_WIDTH - 1); ++j) {
            const int own = (y - i * STRIDE_Y) * KERNEL_WIDTH + x - j * STRIDE_X;
            const lanes won = findWinner(windowCorner(plane, i, j)).place == (lanes)(own);
            sum += keep(gradients[(i * OUT_WIDTH + j) * ITEMS], won);
        }
    }
    inputGradient[((size_t)get_group_id(2) * IN_PIXELS + pixel) * ITEMS + get_local_id(0)] = sum;
}
