// Convolution and its gradients; each work-item holds a tile of results in registers.
//
// Given: IN_CHANNELS IN_HEIGHT IN_WIDTH, OUT_CHANNELS OUT_HEIGHT OUT_WIDTH, KERNEL_HEIGHT KERNEL_WIDTH, STRIDE_Y
// STRIDE_X, PADDING_Y PADDING_X, GROUPS, and the tiles. All shapes are constants, so that no index needs a division
// and the loops over kernel columns and tiles unroll.
//
// Weights are [output channel][input channel][kernel row][kernel column] of each model, at addresses that are the same
// for the whole work-group.

#define IN_PIXELS (IN_HEIGHT * IN_WIDTH)
#define OUT_PIXELS (OUT_HEIGHT * OUT_WIDTH)
#define KERNEL_AREA (KERNEL_HEIGHT * KERNEL_WIDTH)
#define TILES(count, size) (((count) + (size) - 1) / (size))

// ---------------------------------------------------------------------------------------------------------------------
// output[o][i][j] = bias[o] + sum over c, u, v of weights[o][c][u][v] input[c][i S - P + u][j S - P + v]
//
//     dimension 0: work-item = lanes of a group                                       (ITEMS)
//     dimension 1: work-item = PIXEL_TILE neighbouring columns of an output row       (SLICES a work-group)
//     dimension 2: work-group = ((model * GROUPS + group) * tiles + tile of OUT_TILE output channels)

#define OUT_TILES TILES(OUT_CHANNELS, OUT_TILE)
#define OUT_ROW_TILES TILES(OUT_WIDTH, PIXEL_TILE)

// Adds the products of one input row. `checked` is a constant: whether a column may lie outside of the image.
static inline void convolveRow(
    vec sums[OUT_TILE][PIXEL_TILE], const __global vec *restrict line, const __global float *restrict weights,
    int channel, int firstColumn, const bool checked
) {
#pragma unroll
    for (int v = 0; v < KERNEL_WIDTH; ++v) {
        vec pixels[PIXEL_TILE];
#pragma unroll
        for (int p = 0; p < PIXEL_TILE; ++p) {
            const int column = firstColumn + p * STRIDE_X + v;
            pixels[p] = !checked || (column >= 0 && column < IN_WIDTH) ? line[column * ITEMS] : (vec)(0.0f);
        }
#pragma unroll
        for (int o = 0; o < OUT_TILE; ++o) {
            const int past = OUT_CHANNELS % OUT_TILE == 0 ? 0 : max(channel + o - (OUT_CHANNELS - 1), 0);
            const float weight = weights[(o - past) * IN_CHANNELS * KERNEL_AREA + v];
#pragma unroll
            for (int p = 0; p < PIXEL_TILE; ++p) sums[o][p] += weight * pixels[p];
        }
    }
}

__kernel WORK_GROUP(ITEMS, SLICES) void convolve(
    const __global vec *restrict input, const __global float *restrict weights, int weightOffset, int weightStride,
    const __global float *restrict bias, int biasOffset, int biasStride, int hasBias,
    const __global int *restrict counts, __global vec *restrict output
) {
    const int channel = (int)get_group_id(2) % OUT_TILES * OUT_TILE;
    const int place = (int)get_group_id(2) / OUT_TILES;
    const int model = place / GROUPS;
    const int tile = (int)get_global_id(1);
    if (tile >= OUT_HEIGHT * OUT_ROW_TILES || samplesInGroup(counts[model], place % GROUPS) == 0) return;
    const int row = tile / OUT_ROW_TILES;
    const int column = tile % OUT_ROW_TILES * PIXEL_TILE;

    vec sums[OUT_TILE][PIXEL_TILE];
#pragma unroll
    for (int o = 0; o < OUT_TILE; ++o) {
        const int real = min(channel + o, OUT_CHANNELS - 1);
        const float start = hasBias ? bias[model * biasStride + biasOffset + real] : 0.0f;
#pragma unroll
        for (int p = 0; p < PIXEL_TILE; ++p) sums[o][p] = (vec)(start);
    }

    input += (size_t)place * IN_CHANNELS * IN_PIXELS * ITEMS + get_local_id(0);
    weights += model * weightStride + weightOffset + channel * IN_CHANNELS * KERNEL_AREA;
    const int firstColumn = column * STRIDE_X - PADDING_X;
    const bool inside = firstColumn >= 0 && firstColumn + (PIXEL_TILE - 1) * STRIDE_X + KERNEL_WIDTH <= IN_WIDTH;
    for (int c = 0; c < IN_CHANNELS; ++c) {
        for (int u = 0; u < KERNEL_HEIGHT; ++u) {
            const int y = row * STRIDE_Y - PADDING_Y + u;
            if (y < 0 || y >= IN_HEIGHT) continue;
            const __global vec *line = input + (c * IN_PIXELS + y * IN_WIDTH) * ITEMS;
            const __global float *kernelRow = weights + c * KERNEL_AREA + u * KERNEL_WIDTH;
            if (inside) {
                convolveRow(sums, line, kernelRow, channel, firstColumn, false);
            } else {
                convolveRow(sums, line, kernelRow, channel, firstColumn, true);
            }
        }
    }

    output += ((size_t)place * OUT_CHANNELS + channel) * OUT_PIXELS * ITEMS + get_local_id(0);
#pragma unroll
    for (int o = 0; o < OUT_TILE; ++o) {
#pragma unroll
        for (int p = 0; p < PIXEL_TILE; ++p) {
            if (channel + o < OUT_CHANNELS && column + p < OUT_WIDTH) {
                output[(o * OUT_PIXELS + row * OUT_WIDTH + column + p) * ITEMS] = sums[o][p];
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// inputGradient[c][y][x] = sum over o, u, v of weights[o][c][u][v] outputGradient[o][(y + P - u) / S][(x + P - v) / S]
// wherever the quotients are whole. The columns of a tile lie STRIDE_X apart, so that all of them need the same v.
//
//     dimension 0: work-item = lanes of a group                                             (ITEMS)
//     dimension 1: work-item = PIXEL_TILE columns, STRIDE_X apart, of an input row          (SLICES a work-group)
//     dimension 2: work-group = ((model * GROUPS + group) * tiles + tile of IN_TILE input channels)

#define IN_TILES TILES(IN_CHANNELS, IN_TILE)
#define IN_PHASE_TILES TILES(TILES(IN_WIDTH, STRIDE_X), PIXEL_TILE)
#define IN_ROW_TILES (IN_PHASE_TILES * STRIDE_X)

// Adds the products of one row of the output's gradient, of which tile column p needs `lastColumn + p` for the first v.
static inline void backRow(
    vec sums[IN_TILE][PIXEL_TILE], const __global vec *restrict line, const __global float *restrict weights,
    int channel, int firstV, int lastColumn, const bool checked
) {
#pragma unroll
    for (int step = 0; step < TILES(KERNEL_WIDTH, STRIDE_X); ++step) {
        const int v = firstV + step * STRIDE_X;
        if (KERNEL_WIDTH % STRIDE_X != 0 && v >= KERNEL_WIDTH) break;
        vec pixels[PIXEL_TILE];
#pragma unroll
        for (int p = 0; p < PIXEL_TILE; ++p) {
            const int column = lastColumn - step + p;
            pixels[p] = !checked || (column >= 0 && column < OUT_WIDTH) ? line[column * ITEMS] : (vec)(0.0f);
        }
#pragma unroll
        for (int c = 0; c < IN_TILE; ++c) {
            const int past = IN_CHANNELS % IN_TILE == 0 ? 0 : max(channel + c - (IN_CHANNELS - 1), 0);
            const float weight = weights[(c - past) * KERNEL_AREA + v];
#pragma unroll
            for (int p = 0; p < PIXEL_TILE; ++p) sums[c][p] += weight * pixels[p];
        }
    }
}

__kernel WORK_GROUP(ITEMS, SLICES) void convolveInputGradient(
    const __global vec *restrict outputGradient, const __global float *restrict weights, int weightOffset,
    int weightStride, const __global int *restrict counts, int accumulate, __global vec *restrict inputGradient
) {
    const int channel = (int)get_group_id(2) % IN_TILES * IN_TILE;
    const int place = (int)get_group_id(2) / IN_TILES;
    const int model = place / GROUPS;
    const int tile = (int)get_global_id(1);
    if (tile >= IN_HEIGHT * IN_ROW_TILES || samplesInGroup(counts[model], place % GROUPS) == 0) return;
    const int row = tile / IN_ROW_TILES;
    const int column = tile % IN_ROW_TILES / STRIDE_X * PIXEL_TILE * STRIDE_X + tile % STRIDE_X;

    vec sums[IN_TILE][PIXEL_TILE];
#pragma unroll
    for (int c = 0; c < IN_TILE; ++c) {
#pragma unroll
        for (int p = 0; p < PIXEL_TILE; ++p) sums[c][p] = (vec)(0.0f);
    }

    outputGradient += (size_t)place * OUT_CHANNELS * OUT_PIXELS * ITEMS + get_local_id(0);
    weights += model * weightStride + weightOffset + channel * KERNEL_AREA;
    const int firstV = (column + PADDING_X) % STRIDE_X;
    const int lastColumn = (column + PADDING_X) / STRIDE_X;
    const bool inside = lastColumn - (TILES(KERNEL_WIDTH, STRIDE_X) - 1) >= 0 && lastColumn + PIXEL_TILE <= OUT_WIDTH;
    for (int o = 0; o < OUT_CHANNELS; ++o) {
        for (int u = (row + PADDING_Y) % STRIDE_Y; u < KERNEL_HEIGHT; u += STRIDE_Y) {
            const int y = (row + PADDING_Y - u) / STRIDE_Y;
            if (row + PADDING_Y < u || y >= OUT_HEIGHT) continue;
            const __global vec *line = outputGradient + (o * OUT_PIXELS + y * OUT_WIDTH) * ITEMS;
            const __global float *kernelRow = weights + o * IN_CHANNELS * KERNEL_AREA + u * KERNEL_WIDTH;
            if (inside) {
                backRow(sums, line, kernelRow, channel, firstV, lastColumn, false);
            } else {
                backRow(sums, line, kernelRow, channel, firstV, lastColumn, true);
            }
        }
    }

    inputGradient += ((size_t)place * IN_CHANNELS + channel) * IN_PIXELS * ITEMS + get_local_id(0);
#pragma unroll
    for (int c = 0; c < IN_TILE; ++c) {
#pragma unroll
        for (int p = 0; p < PIXEL_TILE; ++p) {
            const int x = column + p * STRIDE_X;
            if (channel + c < IN_CHANNELS && x < IN_WIDTH) {
                __global vec *result = inputGradient + (c * IN_PIXELS + row * IN_WIDTH + x) * ITEMS;
                *result = accumulate ? *result + sums[c][p] : sums[c][p];
            }
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// weightGradient[o][c][u][v] = sum over samples, i, j of outputGradient[o][i][j] input[c][i S - P + u][j S - P + v]
// biasGradient[o] = sum over samples, i, j of outputGradient[o][i][j]
//
// First a partial sum over the lanes of a group and ROW_BLOCK output rows:
//
//     dimension 0: work-item = lanes of a group, one work-group                       (ITEMS)
//     dimension 1: work-group = input channel * KERNEL_HEIGHT + kernel row; the last one is for the bias
//     dimension 2: work-group = (((model * GROUPS + group) * blocks + block) * tiles + tile of GRADIENT_TILE channels)
//
// Every work-group writes a row of partial sums of its own, [channel of its tile][kernel column]; the one for the bias
// has its sums in kernel column 0. No store depends on a condition: PoCL 3.1 makes a read, a blend and a write of
// neighbouring conditional stores, and undoes what another work-group wrote in between.

#define ROW_BLOCKS TILES(OUT_HEIGHT, ROW_BLOCK)
#define GRADIENT_TILES TILES(OUT_CHANNELS, GRADIENT_TILE)
#define WEIGHTS (OUT_CHANNELS * IN_CHANNELS * KERNEL_AREA)
#define PARTIAL_ROW (GRADIENT_TILE * KERNEL_WIDTH)
#define PARTIAL_ROWS (IN_CHANNELS * KERNEL_HEIGHT + 1)
#define PARTIAL (GRADIENT_TILES * PARTIAL_ROWS * PARTIAL_ROW)

// The output columns whose kernel row lies within the image begin and end here.
#define INSIDE_BEGIN min(TILES(PADDING_X, STRIDE_X), OUT_WIDTH)
#define INSIDE_END clamp((IN_WIDTH + PADDING_X - KERNEL_WIDTH + STRIDE_X) / STRIDE_X, INSIDE_BEGIN, OUT_WIDTH)

// Adds the products of some columns of an output row. `checked` is a constant, as above.
static inline void addGradients(
    vec sums[PARTIAL_ROW], const __global vec *restrict gradients, const __global vec *restrict line,
    int channel, int begin, int end, const bool checked
) {
    for (int j = begin; j < end; ++j) {
        vec gradient[GRADIENT_TILE];
#pragma unroll
        for (int o = 0; o < GRADIENT_TILE; ++o) {
            const int past = OUT_CHANNELS % GRADIENT_TILE == 0 ? 0 : max(channel + o - (OUT_CHANNELS - 1), 0);
            gradient[o] = gradients[((o - past) * OUT_PIXELS + j) * ITEMS];
        }
#pragma unroll
        for (int v = 0; v < KERNEL_WIDTH; ++v) {
            const int column = j * STRIDE_X - PADDING_X + v;
            if (checked && (column < 0 || column >= IN_WIDTH)) continue;
            const vec pixel = line[column * ITEMS];
#pragma unroll
            for (int o = 0; o < GRADIENT_TILE; ++o) sums[o * KERNEL_WIDTH + v] += gradient[o] * pixel;
        }
    }
}

__kernel WORK_GROUP(ITEMS, 1) void convolveParameterGradients(
    const __global vec *restrict input, const __global vec *restrict outputGradient,
    const __global int *restrict counts, __global float *restrict partials
) {
    __local float scratch[LANE_SUM_SCRATCH(PARTIAL_ROW)];
    const int channel = (int)get_group_id(2) % GRADIENT_TILES * GRADIENT_TILE;
    const int part = (int)get_group_id(2) / GRADIENT_TILES;
    const int block = part % ROW_BLOCKS;
    const int place = part / ROW_BLOCKS;
    const int samples = samplesInGroup(counts[place / GROUPS], place % GROUPS);
    if (samples == 0) return;
    const int kernelRow = (int)get_group_id(1);
    const bool isBias = kernelRow == IN_CHANNELS * KERNEL_HEIGHT;
    const int c = isBias ? 0 : kernelRow / KERNEL_HEIGHT;
    const int u = kernelRow % KERNEL_HEIGHT;

    vec sums[PARTIAL_ROW];
#pragma unroll
    for (int k = 0; k < PARTIAL_ROW; ++k) sums[k] = (vec)(0.0f);

    input += ((size_t)place * IN_CHANNELS + c) * IN_PIXELS * ITEMS + get_local_id(0);
    outputGradient += ((size_t)place * OUT_CHANNELS + channel) * OUT_PIXELS * ITEMS + get_local_id(0);
    const int end = min((block + 1) * ROW_BLOCK, OUT_HEIGHT);
    for (int i = block * ROW_BLOCK; i < end; ++i) {
        const __global vec *gradients = outputGradient + i * OUT_WIDTH * ITEMS;
        if (isBias) {
            for (int j = 0; j < OUT_WIDTH; ++j) {
#pragma unroll
                for (int o = 0; o < GRADIENT_TILE; ++o) {
                    const int past = OUT_CHANNELS % GRADIENT_TILE == 0 ? 0 : max(channel + o - (OUT_CHANNELS - 1), 0);
                    sums[o * KERNEL_WIDTH] += gradients[((o - past) * OUT_PIXELS + j) * ITEMS];
                }
            }
            continue;
        }
        const int y = i * STRIDE_Y - PADDING_Y + u;
        if (y < 0 || y >= IN_HEIGHT) continue;
        const __global vec *line = input + y * IN_WIDTH * ITEMS;
        addGradients(sums, gradients, line, channel, 0, INSIDE_BEGIN, true);
        addGradients(sums, gradients, line, channel, INSIDE_BEGIN, INSIDE_END, false);
        addGradients(sums, gradients, line, channel, INSIDE_END, OUT_WIDTH, true);
    }

    const lanes wanted = lanesBelow(samples);
#pragma unroll
    for (int k = 0; k < PARTIAL_ROW; ++k) {
        sums[k] = keep(sums[k], wanted);
        putLaneSum(k, sums[k], scratch);
    }
    if (ITEMS > 1) barrier(CLK_LOCAL_MEM_FENCE);
    partials += ((size_t)get_group_id(2) * PARTIAL_ROWS + kernelRow) * PARTIAL_ROW;
#pragma unroll
    for (int k = FIRST_LANE_SUM; k < PARTIAL_ROW; k += ITEMS) partials[k] = sumOfLanes(k, sums, scratch);
}

// Then the sum of the partial sums, in their order; a model without samples gets zeros.
//
//     dimension 0: work-item = weight, then bias; dimension 1: work-item = model
__kernel void sumParameterGradients(
    const __global float *restrict partials, const __global int *restrict counts,
    __global float *restrict weightGradient, int weightOffset, int weightStride, __global float *restrict biasGradient,
    int biasOffset, int biasStride, int hasBias
) {
    const int index = (int)get_global_id(0);
    const int model = (int)get_global_id(1);
    if (index >= WEIGHTS + (hasBias ? OUT_CHANNELS : 0)) return;
    const int parts = TILES(counts[model], LANES) * ROW_BLOCKS;
    const bool isBias = index >= WEIGHTS;
    const int o = isBias ? index - WEIGHTS : index / (IN_CHANNELS * KERNEL_AREA);
    const int kernelRow = isBias ? PARTIAL_ROWS - 1 : index / KERNEL_WIDTH % (IN_CHANNELS * KERNEL_HEIGHT);
    const int v = isBias ? 0 : index % KERNEL_WIDTH;
    partials += (size_t)model * GROUPS * ROW_BLOCKS * PARTIAL;
    partials += (o / GRADIENT_TILE * PARTIAL_ROWS + kernelRow) * PARTIAL_ROW + o % GRADIENT_TILE * KERNEL_WIDTH + v;
    float sum = 0.0f;
    for (int part = 0; part < parts; ++part) sum += partials[(size_t)part * PARTIAL];
    if (!isBias) {
        weightGradient[model * weightStride + weightOffset + index] = sum;
    } else {
        biasGradient[model * biasStride + biasOffset + o] = sum;
    }
}
