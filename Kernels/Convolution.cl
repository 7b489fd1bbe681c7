// Convolution with the moments of its output. Each work-item computes a register tile of results.
//
// Macros: IN_CHANNELS IN_HEIGHT IN_WIDTH, OUT_CHANNELS OUT_HEIGHT OUT_WIDTH, KERNEL_HEIGHT KERNEL_WIDTH, STRIDE_Y
// STRIDE_X, PADDING_Y PADDING_X, GROUPS, and the tiles. All shapes are constants, so the indices need no division and the
// loops over kernel columns and tiles can be unrolled. The number of channels is a multiple of the tile of channels.
//
//     dimension 0: work-item = lanes of a group, one work-group            (ITEMS)
//     dimension 1: work-group = band * OUT_TILES + tile of OUT_TILE output channels
//     dimension 2: work-group = model * GROUPS + group
//
// The weights of each model are [output channel][input channel][kernel row][kernel column]. A band is OUT_BAND successive tiles
// of PIXEL_TILE neighbouring columns of an output row.
//
// On CPU devices the weights are read where they are. On GPUs a work-group copies them to local memory, STAGED_CHANNELS input
// channels at a time, with the output channels of a tile innermost: one load then reads four of them. CHANNEL_SLICES rows of
// work-items divide the input channels among them, because an image of few pixels has too few tiles for a GPU; each then adds the
// sums of all rows for its share of the output channels.
//
// output[o][i][j] = bias[o] + sum over c, u, v of weights[o][c][u][v] input[c][i S - P + u][j S - P + v]

#define IN_PIXELS (IN_HEIGHT * IN_WIDTH)
#define OUT_PIXELS (OUT_HEIGHT * OUT_WIDTH)
#define KERNEL_AREA (KERNEL_HEIGHT * KERNEL_WIDTH)
#define IS_TILE(tile, tiles) ((tile) >= 0 && (tile) < (tiles))

#define OUT_TILES (OUT_CHANNELS / OUT_TILE)
#define OUT_ROW_TILES TILES(OUT_WIDTH, PIXEL_TILE)
#define OUT_PIXEL_TILES (OUT_HEIGHT * OUT_ROW_TILES)
#define OUT_BANDS TILES(OUT_PIXEL_TILES, OUT_BAND)

#define IS_STAGED (VECTOR == 1)
#if IS_STAGED
#define WEIGHT_SPACE __local
#define STAGED_WEIGHTS (STAGED_CHANNELS * KERNEL_AREA * OUT_TILE)
#else
#define WEIGHT_SPACE __global
#endif
#if CHANNEL_SLICES == 1
#define SLICE 0
#else
#define SLICE ((int)get_local_id(1))
#endif
// The output channels of a work-item after the sum over the slices.
#define OWN_TILE (OUT_TILE / CHANNEL_SLICES)

// The first input column of a tile, and whether the tile reads only columns inside the image.
#define OUT_TILE_COLUMN(tile) ((tile) * PIXEL_TILE * STRIDE_X - PADDING_X)
#define OUT_TILE_INSIDE(tile) \
    (OUT_TILE_COLUMN(tile) >= 0 && OUT_TILE_COLUMN(tile) + (PIXEL_TILE - 1) * STRIDE_X + KERNEL_WIDTH <= IN_WIDTH)

// Whether only the first two and the last two tiles of a row can read columns outside the image.
#define OUT_EDGES_ARE_THESE (OUT_ROW_TILES <= 4 || (OUT_TILE_INSIDE(2) && OUT_TILE_INSIDE(OUT_ROW_TILES - 3)))

// Reads the weights of all output channels of a tile.
INLINE void readWeights(float tile[OUT_TILE], const WEIGHT_SPACE float *weights) {
#if IS_STAGED && OUT_TILE % 4 == 0
#pragma unroll
    for (int o = 0; o < OUT_TILE; o += 4) {
        const float4 four = ((const __local float4 *)weights)[o / 4];
        tile[o] = four.x;
        tile[o + 1] = four.y;
        tile[o + 2] = four.z;
        tile[o + 3] = four.w;
    }
#else
#pragma unroll
    for (int o = 0; o < OUT_TILE; ++o) tile[o] = weights[IS_STAGED ? o : o * IN_CHANNELS * KERNEL_AREA];
#endif
}

#if IS_STAGED
// Copies the weights of STAGED_CHANNELS input channels to local memory, as [input channel][kernel row][kernel column][o].
INLINE void stageWeights(__local float *staged, const __global float *weights) {
    for (int k = SLICE * ITEMS + (int)LANE; k < STAGED_WEIGHTS; k += CHANNEL_SLICES * ITEMS) {
        const int o = k / (STAGED_CHANNELS * KERNEL_AREA);
        const int rest = k % (STAGED_CHANNELS * KERNEL_AREA);
        staged[rest * OUT_TILE + o] = weights[o * IN_CHANNELS * KERNEL_AREA + rest];
    }
}
#endif

// Adds the products of one input row. `checked` is a constant: whether a column may be outside the image. In the tiles near
// the edges `firstColumn` is a constant too, so the compiler removes the checks.
INLINE void convolveRow(
    vec sums[OUT_TILE][PIXEL_TILE], const __global vec *line, const WEIGHT_SPACE float *weights,
    int firstColumn, const bool checked
) {
#pragma unroll
    for (int v = 0; v < KERNEL_WIDTH; ++v) {
        vec pixels[PIXEL_TILE];
#pragma unroll
        for (int p = 0; p < PIXEL_TILE; ++p) {
            const int column = firstColumn + p * STRIDE_X + v;
            if (!checked || (column >= 0 && column < IN_WIDTH)) pixels[p] = (line + column * ITEMS)[LANE];
        }
        float tile[OUT_TILE];
        readWeights(tile, weights + v * (IS_STAGED ? OUT_TILE : 1));
#pragma unroll
        for (int o = 0; o < OUT_TILE; ++o) {
#pragma unroll
            for (int p = 0; p < PIXEL_TILE; ++p) {
                const int column = firstColumn + p * STRIDE_X + v;
                if (!checked || (column >= 0 && column < IN_WIDTH)) sums[o][p] += tile[o] * pixels[p];
            }
        }
    }
}

// Adds the products of all input rows and of this slice's channels among STAGED_CHANNELS.
INLINE void convolveRows(
    vec sums[OUT_TILE][PIXEL_TILE], const __global vec *input, const WEIGHT_SPACE float *weights, int row,
    int firstColumn, const bool checked
) {
    const int top = row * STRIDE_Y - PADDING_Y;
    const int begin = max(-top, 0);
    const int end = min(IN_HEIGHT - top, KERNEL_HEIGHT);
    for (int c = SLICE; c < STAGED_CHANNELS; c += CHANNEL_SLICES) {
        for (int u = begin; u < end; ++u) {
            convolveRow(
                sums, input + (c * IN_PIXELS + (top + u) * IN_WIDTH) * ITEMS,
                weights + (c * KERNEL_AREA + u * KERNEL_WIDTH) * (IS_STAGED ? OUT_TILE : 1), firstColumn, checked);
        }
    }
}

#if CHANNEL_SLICES > 1
// Adds the sums of all slices, in their order, for this slice's output channels.
INLINE void addSlices(
    vec own[OWN_TILE][PIXEL_TILE], vec sums[OUT_TILE][PIXEL_TILE], __local float *shared
) {
    // The weights are no longer read.
    barrier(CLK_LOCAL_MEM_FENCE);
    __local float *mine = shared + SLICE * OUT_TILE * PIXEL_TILE * ITEMS + LANE;
#pragma unroll
    for (int o = 0; o < OUT_TILE; ++o) {
#pragma unroll
        for (int p = 0; p < PIXEL_TILE; ++p) mine[(o * PIXEL_TILE + p) * ITEMS] = sums[o][p];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const __local float *others = shared + SLICE * OWN_TILE * PIXEL_TILE * ITEMS + LANE;
#pragma unroll
    for (int o = 0; o < OWN_TILE; ++o) {
#pragma unroll
        for (int p = 0; p < PIXEL_TILE; ++p) {
            vec sum = (vec)(0.0f);
#pragma unroll
            for (int slice = 0; slice < CHANNEL_SLICES; ++slice) {
                sum += others[((slice * OUT_TILE + o) * PIXEL_TILE + p) * ITEMS];
            }
            own[o][p] = sum;
        }
    }
}
#endif

#if IS_STAGED
// First the weights, then the sums of all slices.
#define EXCHANGED (CHANNEL_SLICES == 1 ? 0 : CHANNEL_SLICES * OUT_TILE * PIXEL_TILE * ITEMS)
#define SHARED (STAGED_WEIGHTS > EXCHANGED ? STAGED_WEIGHTS : EXCHANGED)
#else
#define SHARED 1
#endif

// Computes work-group `index` of a group. If `writesMoments`, writes (mean, sum of squared deviations, number) of the values of
// each channel and work-group to `moments`, [model][channel][group][band]. The tiles of a band are merged for each lane, then the
// lanes. `weights` and `bias` are those of the model.
INLINE void convolveBand(
    int index, const __global vec *input, const __global float *weights, const __global float *bias, int hasBias,
    int modelSamples, __global vec *output, int writesMoments, __global float4 *moments, __local float *scratch,
    __local float *shared
) {
    const int firstChannel = index % OUT_TILES * OUT_TILE;
    const int channel = firstChannel + SLICE * OWN_TILE;
    const int band = index / OUT_TILES;
    const int modelGroup = GROUP_ID(2);
    const int model = GROUP_ID(2) / GROUPS;
    const int group = GROUP_ID(2) % GROUPS;
    const int samples = samplesInGroup(modelSamples, group);
    if (samples == 0) return;
#if !IS_STAGED
    (void)shared;
#endif

    input += (size_t)modelGroup * IN_CHANNELS * IN_PIXELS * ITEMS;
    output += ((size_t)modelGroup * OUT_CHANNELS + channel) * OUT_PIXELS * ITEMS;
    weights += firstChannel * IN_CHANNELS * KERNEL_AREA;
    bias += firstChannel;

    vec means[OWN_TILE], squares[OWN_TILE];
    float count = 0.0f;
#pragma unroll
    for (int o = 0; o < OWN_TILE; ++o) means[o] = squares[o] = (vec)(0.0f);

#if OUT_BAND > 1
    const int end = min((band + 1) * OUT_BAND, OUT_PIXEL_TILES);
    for (int tile = band * OUT_BAND; tile < end; ++tile) {
#else
    const int tile = band;
    {
#endif
        const int row = tile / OUT_ROW_TILES;
        const int columnTile = tile % OUT_ROW_TILES;
        const int column = columnTile * PIXEL_TILE;
        const int width = min(OUT_WIDTH - column, PIXEL_TILE);
        vec sums[OUT_TILE][PIXEL_TILE];
#pragma unroll
        for (int o = 0; o < OUT_TILE; ++o) {
            const float start = SLICE != 0 ? 0.0f : hasBias ? bias[o] : 0.0f;
#pragma unroll
            for (int p = 0; p < PIXEL_TILE; ++p) sums[o][p] = (vec)(start);
        }
#if IS_STAGED
        for (int firstInput = 0; firstInput < IN_CHANNELS; firstInput += STAGED_CHANNELS) {
            const __global vec *source = input + firstInput * IN_PIXELS * ITEMS;
            if (firstInput > 0) barrier(CLK_LOCAL_MEM_FENCE);
            stageWeights(shared, weights + firstInput * KERNEL_AREA);
            barrier(CLK_LOCAL_MEM_FENCE);
#define SOURCE source, shared
#else
        {
#define SOURCE input, weights
#endif
        if (OUT_TILE_INSIDE(columnTile)) {
            convolveRows(sums, SOURCE, row, OUT_TILE_COLUMN(columnTile), false);
        }
#define CONVOLVE_EDGE(tile) \
        else if (IS_TILE(tile, OUT_ROW_TILES) && !OUT_TILE_INSIDE(tile) && columnTile == (tile)) { \
            convolveRows(sums, SOURCE, row, OUT_TILE_COLUMN(tile), true); \
        }
        CONVOLVE_EDGE(0)
        CONVOLVE_EDGE(1)
        CONVOLVE_EDGE(OUT_ROW_TILES - 2)
        CONVOLVE_EDGE(OUT_ROW_TILES - 1)
        else if (!OUT_EDGES_ARE_THESE) {
            convolveRows(sums, SOURCE, row, OUT_TILE_COLUMN(columnTile), true);
        }
        }

#if CHANNEL_SLICES == 1
#define OWN sums
#else
        vec OWN[OWN_TILE][PIXEL_TILE];
        addSlices(OWN, sums, shared);
#endif
        __global vec *line = output + (row * OUT_WIDTH + column) * ITEMS;
#pragma unroll
        for (int o = 0; o < OWN_TILE; ++o) {
#pragma unroll
            for (int p = 0; p < PIXEL_TILE; ++p) {
                if (p < width) (line + (o * OUT_PIXELS + p) * ITEMS)[LANE] = OWN[o][p];
            }
        }
        if (writesMoments) {
            const float part = divide(1.0f, (float)width);
#pragma unroll
            for (int o = 0; o < OWN_TILE; ++o) {
                vec mean = OWN[o][0];
#pragma unroll
                for (int p = 1; p < PIXEL_TILE; ++p) mean += p < width ? OWN[o][p] : (vec)(0.0f);
                mean *= part;
                vec square = (vec)(0.0f);
#pragma unroll
                for (int p = 0; p < PIXEL_TILE; ++p) {
                    const vec deviation = p < width ? OWN[o][p] - mean : (vec)(0.0f);
                    square += deviation * deviation;
                }
#if OUT_BAND > 1
                addMoments(&means[o], &squares[o], count, mean, square, (float)width);
#else
                means[o] = mean;
                squares[o] = square;
#endif
            }
        }
        count += (float)width;
    }
    if (!writesMoments) return;

    const lanes mask = lanesBelow(samples);
    moments += (((size_t)model * OUT_CHANNELS + channel) * GROUPS + group) * OUT_BANDS + band;
#pragma unroll
    for (int o = 0; o < OWN_TILE; ++o) {
        const float4 merged = mergeLanes(means[o], squares[o], count, samples, mask, scratch + SLICE * ITEMS);
        if (LANE == 0) moments[(size_t)o * GROUPS * OUT_BANDS] = merged;
    }
}

__kernel WORK_GROUP(ITEMS, CHANNEL_SLICES) void convolve(
    const __global vec *restrict input, const __global float *restrict weights, int weightsOffset, int weightsStride,
    const __global float *restrict bias, int biasOffset, int biasStride, int hasBias,
    const __global int *restrict counts, __global vec *restrict output, int writesMoments,
    __global float4 *restrict moments
) {
    __local float scratch[CHANNEL_SLICES * ITEMS];
    __local float shared[SHARED] __attribute__((aligned(16)));
    const int model = GROUP_ID(2) / GROUPS;
    convolveBand(
        GROUP_ID(1), input, OF_MODEL(weights, model), OF_MODEL(bias, model), hasBias, counts[model], output,
        writesMoments, moments, scratch, shared);
}

#if VECTOR == 1
__kernel WORK_GROUP(ITEMS, CHANNEL_SLICES) void convolvePair(
    const __global vec *restrict input, const __global float *restrict weights, int weightsOffset, int weightsStride,
    const __global float *restrict bias, int biasOffset, int biasStride, int hasBias,
    const __global int *restrict counts, __global vec *output, int writesMoments, __global float4 *moments,
    const __global float *restrict weights2, int weights2Offset, int weights2Stride, const __global float *restrict bias2,
    int bias2Offset, int bias2Stride, int hasBias2, __global vec *output2, __global float4 *moments2
) {
    __local float scratch[CHANNEL_SLICES * ITEMS];
    __local float shared[SHARED] __attribute__((aligned(16)));
    const int model = GROUP_ID(2) / GROUPS;
    convolveBand(
        PAIR_INDEX, input, OF_PAIR_MODEL(weights, model), OF_PAIR_MODEL(bias, model), OF_PAIR(hasBias), counts[model],
        OF_PAIR(output), writesMoments, OF_PAIR(moments), scratch, shared);
}
#endif
