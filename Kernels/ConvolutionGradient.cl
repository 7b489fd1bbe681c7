// The input gradient and the parameter gradients of a convolution, in different work-groups of one launch.
//
// Macros: those of the convolution, with IN_TILE IN_PIXEL_TILE IN_BAND for the input gradient, and GRADIENT_TILE ROW_TILE
// COLUMN_TILE ROW_BLOCK for the parameter gradients; INPUT_GRADIENT, whether the input gradient is computed. On GPUs the weights
// of STAGED_OUTPUTS output channels at a time are copied to local memory, as in `Convolution.cl`.
//
//     dimension 0: work-item = lanes of a group, one work-group            (ITEMS)
//     dimension 1: work-group = INPUT_GROUPS for the input gradient, then those for the parameter gradients
//     dimension 2: work-group = model * GROUPS + group

#define IN_PIXELS (IN_HEIGHT * IN_WIDTH)
#define OUT_PIXELS (OUT_HEIGHT * OUT_WIDTH)
#define KERNEL_AREA (KERNEL_HEIGHT * KERNEL_WIDTH)
#define IS_TILE(tile, tiles) ((tile) >= 0 && (tile) < (tiles))

// ---------------------------------------------------------------------------------------------------------------------
// inputGradient[c][y][x] = sum over o, u, v of weights[o][c][u][v] outputGradient[o][(y + P - u) / S][(x + P - v) / S]
// where the quotients are integers. The columns of a tile have a distance of STRIDE_X, so all of them have the same v.
//
//     dimension 1: work-group = band * IN_TILES + tile of IN_TILE input channels

#define IN_TILES (IN_CHANNELS / IN_TILE)
#define IN_PHASE_TILES TILES(TILES(IN_WIDTH, STRIDE_X), IN_PIXEL_TILE)
#define IN_ROW_TILES (IN_PHASE_TILES * STRIDE_X)
#define IN_ALL_TILES (IN_HEIGHT * IN_ROW_TILES)
#define INPUT_GROUPS (INPUT_GRADIENT ? TILES(IN_ALL_TILES, IN_BAND) * IN_TILES : 0)

// The first column of a tile; its first kernel column; the column of the output gradient that column 0 of the tile reads for
// that kernel column (column p reads the p-th after it); whether the tile reads only columns inside the output gradient.
#define IN_TILE_COLUMN(tile) ((tile) / STRIDE_X * IN_PIXEL_TILE * STRIDE_X + (tile) % STRIDE_X)
#define IN_TILE_FIRST_V(tile) ((IN_TILE_COLUMN(tile) + PADDING_X) % STRIDE_X)
#define IN_TILE_LAST(tile) ((IN_TILE_COLUMN(tile) + PADDING_X) / STRIDE_X)
#define IN_TILE_INSIDE(tile) \
    (IN_TILE_LAST(tile) - (TILES(KERNEL_WIDTH, STRIDE_X) - 1) >= 0 && IN_TILE_LAST(tile) + IN_PIXEL_TILE <= OUT_WIDTH)

// Whether only the first two and the last two tiles of a row can read columns outside the output gradient.
#define IN_EDGES_ARE_THESE \
    (STRIDE_X > 2 ? 0 : IN_ROW_TILES <= 4 ? 1 \
     : IN_TILE_INSIDE(2) && IN_TILE_INSIDE(min(3, IN_ROW_TILES - 3)) && IN_TILE_INSIDE(IN_ROW_TILES - 3) \
         && IN_TILE_INSIDE(max(2, IN_ROW_TILES - 4)))

#define IS_STAGED (VECTOR == 1)
#if IS_STAGED
#define WEIGHT_SPACE __local
#define STAGED_WEIGHTS (STAGED_OUTPUTS * KERNEL_AREA * IN_TILE)
#else
#define WEIGHT_SPACE __global
#endif

#if INPUT_GRADIENT
// Reads the weights of all input channels of a tile.
INLINE void readWeights(float tile[IN_TILE], const WEIGHT_SPACE float *weights) {
#if IS_STAGED && IN_TILE % 4 == 0
#pragma unroll
    for (int c = 0; c < IN_TILE; c += 4) {
        const float4 four = ((const __local float4 *)weights)[c / 4];
        tile[c] = four.x;
        tile[c + 1] = four.y;
        tile[c + 2] = four.z;
        tile[c + 3] = four.w;
    }
#else
#pragma unroll
    for (int c = 0; c < IN_TILE; ++c) tile[c] = weights[IS_STAGED ? c : c * KERNEL_AREA];
#endif
}

#if IS_STAGED
// Copies the weights of STAGED_OUTPUTS output channels to local memory, as [output channel][kernel row][kernel column][c].
INLINE void stageWeights(__local float *staged, const __global float *weights) {
    for (int k = (int)LANE; k < STAGED_WEIGHTS; k += ITEMS) {
        const int o = k / (IN_TILE * KERNEL_AREA);
        const int c = k / KERNEL_AREA % IN_TILE;
        const int rest = k % KERNEL_AREA;
        staged[(o * KERNEL_AREA + rest) * IN_TILE + c] = weights[(o * IN_CHANNELS + c) * KERNEL_AREA + rest];
    }
}
#endif

// The distance in the weights, as they are read, from one output channel to the next, and from one kernel column to the next.
#define OUTPUT_STRIDE (KERNEL_AREA * (IS_STAGED ? IN_TILE : IN_CHANNELS))
#define COLUMN_STRIDE (IS_STAGED ? IN_TILE : 1)

// Adds the products of one row of the output gradient. `checked` is a constant: whether a column may be outside the output.
// For strides of 1 and 2 `firstV` is a constant, and in the tiles near the edges `lastColumn` too.
INLINE void backRow(
    vec sums[IN_TILE][IN_PIXEL_TILE], const __global vec *line, const WEIGHT_SPACE float *weights,
    int firstV, int lastColumn, const bool checked
) {
#pragma unroll
    for (int step = 0; step < TILES(KERNEL_WIDTH, STRIDE_X); ++step) {
        const int v = firstV + step * STRIDE_X;
        if (KERNEL_WIDTH % STRIDE_X != 0 && v >= KERNEL_WIDTH) break;
        vec pixels[IN_PIXEL_TILE];
#pragma unroll
        for (int p = 0; p < IN_PIXEL_TILE; ++p) {
            const int column = lastColumn - step + p;
            if (!checked || (column >= 0 && column < OUT_WIDTH)) pixels[p] = (line + column * ITEMS)[LANE];
        }
        float tile[IN_TILE];
        readWeights(tile, weights + v * COLUMN_STRIDE);
#pragma unroll
        for (int c = 0; c < IN_TILE; ++c) {
#pragma unroll
            for (int p = 0; p < IN_PIXEL_TILE; ++p) {
                const int column = lastColumn - step + p;
                if (!checked || (column >= 0 && column < OUT_WIDTH)) sums[c][p] += tile[c] * pixels[p];
            }
        }
    }
}

// Adds the products of all rows and of STAGED_OUTPUTS channels of the output gradient.
INLINE void backRows(
    vec sums[IN_TILE][IN_PIXEL_TILE], const __global vec *outputGradient,
    const WEIGHT_SPACE float *weights, int row, int firstV, int lastColumn, const bool checked
) {
    for (int o = 0; o < STAGED_OUTPUTS; ++o) {
        for (int u = (row + PADDING_Y) % STRIDE_Y; u < KERNEL_HEIGHT; u += STRIDE_Y) {
            const int y = (row + PADDING_Y - u) / STRIDE_Y;
            if (row + PADDING_Y < u || y >= OUT_HEIGHT) continue;
            backRow(
                sums, outputGradient + (o * OUT_PIXELS + y * OUT_WIDTH) * ITEMS,
                weights + o * OUTPUT_STRIDE + u * KERNEL_WIDTH * COLUMN_STRIDE, firstV, lastColumn, checked);
        }
    }
}

INLINE void addInputGradient(
    const __global vec *outputGradient, const __global float *weights, int index, int accumulate,
    __global vec *inputGradient, __local float *staged
) {
    const int channel = index % IN_TILES * IN_TILE;
    weights += channel * KERNEL_AREA;
    inputGradient += channel * IN_PIXELS * ITEMS;
    const int band = index / IN_TILES;
#if IN_BAND > 1
    const int end = min((band + 1) * IN_BAND, IN_ALL_TILES);
    for (int tile = band * IN_BAND; tile < end; ++tile) {
#else
    const int tile = band;
    {
#endif
        const int row = tile / IN_ROW_TILES;
        const int columnTile = tile % IN_ROW_TILES;
        const int column = IN_TILE_COLUMN(columnTile);
        vec sums[IN_TILE][IN_PIXEL_TILE];
#pragma unroll
        for (int c = 0; c < IN_TILE; ++c) {
#pragma unroll
            for (int p = 0; p < IN_PIXEL_TILE; ++p) sums[c][p] = (vec)(0.0f);
        }
#define BACK_EDGE(tile) \
        else if (IS_TILE(tile, IN_ROW_TILES) && !IN_TILE_INSIDE(tile) && columnTile == (tile)) { \
            backRows(sums, SOURCE, row, IN_TILE_FIRST_V(tile), IN_TILE_LAST(tile), true); \
        }
#define BACK_INSIDE(phase) \
        else if ((phase) < STRIDE_X && IN_TILE_INSIDE(columnTile) && columnTile % STRIDE_X == (phase)) { \
            backRows(sums, SOURCE, row, IN_TILE_FIRST_V(phase), IN_TILE_LAST(columnTile), false); \
        }
#if IS_STAGED
        for (int firstOutput = 0; firstOutput < OUT_CHANNELS; firstOutput += STAGED_OUTPUTS) {
            const __global vec *source = outputGradient + firstOutput * OUT_PIXELS * ITEMS;
            if (firstOutput > 0) barrier(CLK_LOCAL_MEM_FENCE);
            stageWeights(staged, weights + firstOutput * IN_CHANNELS * KERNEL_AREA);
            barrier(CLK_LOCAL_MEM_FENCE);
#define SOURCE source, staged
#else
        (void)staged;
        {
#define SOURCE outputGradient, weights
#endif
        if (false) {
        }
        BACK_INSIDE(0)
        BACK_INSIDE(1)
        BACK_EDGE(0)
        BACK_EDGE(1)
        BACK_EDGE(IN_ROW_TILES - 2)
        BACK_EDGE(IN_ROW_TILES - 1)
        else if (!IN_EDGES_ARE_THESE) {
            backRows(
                sums, SOURCE, row, IN_TILE_FIRST_V(columnTile), IN_TILE_LAST(columnTile), true);
        }
        }
#pragma unroll
        for (int p = 0; p < IN_PIXEL_TILE; ++p) {
            const int x = column + p * STRIDE_X;
            if (x >= IN_WIDTH) break;
#pragma unroll
            for (int c = 0; c < IN_TILE; ++c) {
                __global vec *result = inputGradient + (c * IN_PIXELS + row * IN_WIDTH + x) * ITEMS;
                result[LANE] = accumulate ? result[LANE] + sums[c][p] : sums[c][p];
            }
        }
    }
}
#endif

// ---------------------------------------------------------------------------------------------------------------------
// weightGradient[o][c][u][v] = sum over samples, i, j of outputGradient[o][i][j] input[c][i S - P + u][j S - P + v]
// biasGradient[o] = sum over samples, i, j of outputGradient[o][i][j]
//
// This kernel computes partial sums over the lanes of a group and ROW_BLOCK output rows. Each part has PARAMETERS numbers: the
// weights in their order, then CHANNEL_SUMS numbers for each bias, of which the first is the sum. With wide vectors, stores
// must not be conditional: PoCL 3.1 compiles neighbouring conditional stores to a read, a blend and a write, which overwrites
// the stores of other work-groups.
//
//     dimension 1: work-group = ((block * GRADIENT_TILES + tile of GRADIENT_TILE output channels) * KERNEL_PARTS + part)
//                  part = input channel * row tiles + tile of ROW_TILE kernel rows; the last one is for the bias

#define ROW_BLOCKS TILES(OUT_HEIGHT, ROW_BLOCK)
#define GRADIENT_TILES (OUT_CHANNELS / GRADIENT_TILE)
#define KERNEL_ROW_TILES (KERNEL_HEIGHT / ROW_TILE)
#define KERNEL_PARTS (IN_CHANNELS * KERNEL_ROW_TILES + 1)
#define WEIGHTS (OUT_CHANNELS * IN_CHANNELS * KERNEL_AREA)
#define CHANNEL_SUMS (ROW_TILE * KERNEL_WIDTH)
#define PARAMETERS (WEIGHTS + OUT_CHANNELS * CHANNEL_SUMS)

// The range of the output columns whose tiles are inside the output and read only columns inside the input.
#define INSIDE_BEGIN (TILES(TILES(PADDING_X, STRIDE_X), COLUMN_TILE) * COLUMN_TILE)
#define INSIDE_COLUMNS \
    (min((IN_WIDTH + PADDING_X - KERNEL_WIDTH + STRIDE_X) / STRIDE_X, OUT_WIDTH) / COLUMN_TILE * COLUMN_TILE)
#define INSIDE_END max(INSIDE_COLUMNS, INSIDE_BEGIN)

// Adds the products of COLUMN_TILE columns of an output row. `checked` is a constant: whether some of them may be outside the
// output or read columns outside the input. If it is set, `firstJ` is a constant too.
INLINE void addGradients(
    vec sums[GRADIENT_TILE * CHANNEL_SUMS], const __global vec *gradients,
    const __global vec *input, int y, int firstJ, const bool checked
) {
    vec gradient[GRADIENT_TILE][COLUMN_TILE];
#pragma unroll
    for (int o = 0; o < GRADIENT_TILE; ++o) {
#pragma unroll
        for (int p = 0; p < COLUMN_TILE; ++p) {
            if (checked && firstJ + p >= OUT_WIDTH) continue;
            gradient[o][p] = (gradients + (o * OUT_PIXELS + firstJ + p) * ITEMS)[LANE];
        }
    }
#pragma unroll
    for (int r = 0; r < ROW_TILE; ++r) {
        if (y + r < 0 || y + r >= IN_HEIGHT) continue;
        const __global vec *line = input + (y + r) * IN_WIDTH * ITEMS;
#pragma unroll
        for (int k = 0; k < (COLUMN_TILE - 1) * STRIDE_X + KERNEL_WIDTH; ++k) {
            const int column = firstJ * STRIDE_X - PADDING_X + k;
            if (checked && (column < 0 || column >= IN_WIDTH)) continue;
            const vec pixel = (line + column * ITEMS)[LANE];
#pragma unroll
            for (int p = 0; p < COLUMN_TILE; ++p) {
                const int v = k - p * STRIDE_X;
                if (v < 0 || v >= KERNEL_WIDTH || (checked && firstJ + p >= OUT_WIDTH)) continue;
#pragma unroll
                for (int o = 0; o < GRADIENT_TILE; ++o) {
                    sums[o * CHANNEL_SUMS + r * KERNEL_WIDTH + v] += gradient[o][p] * pixel;
                }
            }
        }
    }
}

// The sums over the pixels in each lane: CHANNEL_SUMS per output channel; for the bias only the first of them is used.
INLINE void sumOverPixels(
    vec sums[GRADIENT_TILE * CHANNEL_SUMS], const __global vec *input,
    const __global vec *outputGradient, int part, int begin, int end
) {
    if (part == KERNEL_PARTS - 1) {
        for (int pixel = begin * OUT_WIDTH; pixel < end * OUT_WIDTH; ++pixel) {
#pragma unroll
            for (int o = 0; o < GRADIENT_TILE; ++o) {
                sums[o * CHANNEL_SUMS] += (outputGradient + (o * OUT_PIXELS + pixel) * ITEMS)[LANE];
            }
        }
        return;
    }
    input += part / KERNEL_ROW_TILES * IN_PIXELS * ITEMS;
    const int u = part % KERNEL_ROW_TILES * ROW_TILE;
    for (int i = begin; i < end; ++i) {
        const int y = i * STRIDE_Y - PADDING_Y + u;
        if (y + ROW_TILE <= 0 || y >= IN_HEIGHT) continue;
        const __global vec *gradients = outputGradient + i * OUT_WIDTH * ITEMS;
#pragma unroll
        for (int j = 0; j < INSIDE_BEGIN; j += COLUMN_TILE) addGradients(sums, gradients, input, y, j, true);
        for (int j = INSIDE_BEGIN; j < INSIDE_END; j += COLUMN_TILE) addGradients(sums, gradients, input, y, j, false);
#pragma unroll
        for (int j = INSIDE_END; j < OUT_WIDTH; j += COLUMN_TILE) addGradients(sums, gradients, input, y, j, true);
    }
}

// For sums over lanes in some work-groups, and for weights in the others.
#define WEIGHT_SCRATCH (IS_STAGED && INPUT_GRADIENT ? STAGED_OUTPUTS * KERNEL_AREA * IN_TILE : 1)
#define SCRATCH (LANE_SUM_SCRATCH > WEIGHT_SCRATCH ? LANE_SUM_SCRATCH : WEIGHT_SCRATCH)

// The activations of this work-group's model and group.
#define OF_GROUP(activation, channels, pixels) \
    (activation + (size_t)GROUP_ID(2) * (channels) * (pixels) * ITEMS)

// Writes the partial sums of work-group `index` among those for the parameter gradients.
INLINE void addParameterGradients(
    int index, const __global vec *input, const __global vec *outputGradient, int samples, __global float *partials,
    __local float *scratch
) {
    const int modelGroup = GROUP_ID(2);
    const int part = index % KERNEL_PARTS;
    const int channel = index / KERNEL_PARTS % GRADIENT_TILES * GRADIENT_TILE;
    const int block = index / (KERNEL_PARTS * GRADIENT_TILES);
    vec sums[GRADIENT_TILE * CHANNEL_SUMS];
#pragma unroll
    for (int k = 0; k < GRADIENT_TILE * CHANNEL_SUMS; ++k) sums[k] = (vec)(0.0f);
    sumOverPixels(
        sums, input, outputGradient + channel * OUT_PIXELS * ITEMS, part, block * ROW_BLOCK, min((block + 1) * ROW_BLOCK, OUT_HEIGHT));

    const lanes mask = lanesBelow(samples);
#pragma unroll
    for (int k = 0; k < GRADIENT_TILE * CHANNEL_SUMS; ++k) sums[k] = maskLanes(sums[k], mask);
    const bool isBias = part == KERNEL_PARTS - 1;
    const int c = part / KERNEL_ROW_TILES;
    const int u = part % KERNEL_ROW_TILES * ROW_TILE;
    const int channelStride = isBias ? CHANNEL_SUMS : IN_CHANNELS * KERNEL_AREA;
    partials += ((size_t)modelGroup * ROW_BLOCKS + block) * PARAMETERS + channel * channelStride;
    partials += isBias ? WEIGHTS : c * KERNEL_AREA + u * KERNEL_WIDTH;
#pragma unroll
    for (int first = 0; first < GRADIENT_TILE * CHANNEL_SUMS; first += LANE_SUMS_AT_ONCE) {
        const float sum = sumLanes(sums, first, GRADIENT_TILE * CHANNEL_SUMS, scratch);
        const int k = first + (int)LANE;
        if (LANE < LANE_SUMS_AT_ONCE && k < GRADIENT_TILE * CHANNEL_SUMS) {
            partials[k / CHANNEL_SUMS * channelStride + k % CHANNEL_SUMS] = sum;
        }
    }
}

__kernel WORK_GROUP(ITEMS, 1) void convolveGradients(
    const __global vec *restrict input, const __global vec *restrict outputGradient,
    const __global float *restrict weights, int weightsOffset, int weightsStride, const __global int *restrict counts,
    int accumulate, __global vec *restrict inputGradient, __global float *restrict partials,
    int partialsOffset
) {
    __local float scratch[SCRATCH] __attribute__((aligned(16)));
    const int model = GROUP_ID(2) / GROUPS;
    const int samples = samplesInGroup(counts[model], GROUP_ID(2) % GROUPS);
    if (samples == 0) return;
    outputGradient = OF_GROUP(outputGradient, OUT_CHANNELS, OUT_PIXELS);
    const int index = (int)GROUP_ID(1) - INPUT_GROUPS;
#if INPUT_GRADIENT
    if (index < 0) {
        addInputGradient(
            outputGradient, OF_MODEL(weights, model), GROUP_ID(1), accumulate,
            OF_GROUP(inputGradient, IN_CHANNELS, IN_PIXELS), scratch);
        return;
    }
#else
    (void)weights, (void)weightsOffset, (void)weightsStride, (void)accumulate, (void)inputGradient;
#endif
    addParameterGradients(
        index, OF_GROUP(input, IN_CHANNELS, IN_PIXELS), outputGradient, samples, partials + partialsOffset, scratch);
}

#if VECTOR == 1
// The second one accumulates in the input gradient of the first. So both are added by the same work-items, one after the other.
__kernel WORK_GROUP(ITEMS, 1) void convolveGradientsPair(
    const __global vec *restrict input, const __global vec *restrict outputGradient,
    const __global float *restrict weights, int weightsOffset, int weightsStride, const __global int *restrict counts,
    int accumulate, __global vec *restrict inputGradient, __global float *restrict partials, int partialsOffset,
    const __global vec *restrict outputGradient2, const __global float *restrict weights2, int weights2Offset,
    int weights2Stride, int accumulate2, int partialsOffset2
) {
    __local float scratch[SCRATCH] __attribute__((aligned(16)));
    const int model = GROUP_ID(2) / GROUPS;
    const int samples = samplesInGroup(counts[model], GROUP_ID(2) % GROUPS);
    if (samples == 0) return;
    const int index = PAIR_INDEX - INPUT_GROUPS;
#if INPUT_GRADIENT
    if (index < 0 && PAIR_SECOND) return;
    if (index < 0) {
        // A loop: PoCL 3.1 fails an assertion of its own on two calls, which have barriers.
        for (int second = 0; second < 2; ++second) {
            // The weights of the first one are no longer read.
            if (second > 0) barrier(CLK_LOCAL_MEM_FENCE);
            addInputGradient(
                OF_GROUP((second > 0 ? outputGradient2 : outputGradient), OUT_CHANNELS, OUT_PIXELS),
                second > 0 ? OF_MODEL(weights2, model) : OF_MODEL(weights, model), PAIR_INDEX,
                second > 0 ? accumulate2 : accumulate, OF_GROUP(inputGradient, IN_CHANNELS, IN_PIXELS), scratch);
        }
        return;
    }
#else
    (void)weights, (void)weightsOffset, (void)weightsStride, (void)accumulate, (void)inputGradient;
    (void)weights2, (void)weights2Offset, (void)weights2Stride, (void)accumulate2;
#endif
    addParameterGradients(
        index, OF_GROUP(input, IN_CHANNELS, IN_PIXELS), OF_GROUP(OF_PAIR(outputGradient), OUT_CHANNELS, OUT_PIXELS),
        samples, partials + OF_PAIR(partialsOffset), scratch);
}
#endif
