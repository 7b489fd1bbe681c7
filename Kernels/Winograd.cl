// A 3x3 convolution of stride 1, or its input gradient, by Winograd's minimal filtering F(2x2, 3x3), with the moments of the
// result: 16 products for four pixels instead of the 36 of the direct sum. For CPU devices only: the transforms of a work-item
// are in private memory, which is too slow on GPUs.
//
// Macros: IN_CHANNELS IN_HEIGHT IN_WIDTH of the source; OUT_CHANNELS OUT_HEIGHT OUT_WIDTH of the result; PADDING_Y PADDING_X
// before the source; GROUPS; OUT_BAND; INPUT_GRADIENT, whether the result is the input gradient, for which the kernel is
// rotated by 180 degrees and its channel axes are exchanged; OUT_TILE, the number of result channels that are computed
// together, 2 or 4, which divides OUT_CHANNELS.
//
//     dimension 0: work-item = lanes of a group, one work-group            (ITEMS)
//     dimension 1: work-group = band of OUT_BAND tiles of 2x2 pixels of the result
//     dimension 2: work-group = model * GROUPS + group
//
// result = A^T [sum over source channels of (G g G^T) * (B^T d B)] A with a tile `d` of 4x4 source pixels, the weights `g`, the
// elementwise product `*`, and (Lavin & Gray, "Fast Algorithms for Convolutional Neural Networks", 2016)
//
//     B^T = 1  0 -1  0    G =  1   0   0    A^T = 1  1  1  0
//           0  1  1  0        1/2 1/2 1/2         0  1 -1 -1
//           0 -1  1  0        1/2-1/2 1/2
//           0  1  0 -1         0   0   1

#define IN_PIXELS (IN_HEIGHT * IN_WIDTH)
#define OUT_PIXELS (OUT_HEIGHT * OUT_WIDTH)
#define TILE_COLUMNS TILES(OUT_WIDTH, 2)
#define ALL_TILES (TILES(OUT_HEIGHT, 2) * TILE_COLUMNS)
#define OUT_BANDS TILES(ALL_TILES, OUT_BAND)

// One weight for each channel of a block.
typedef JOIN(float, OUT_TILE) tileWeights;

// The weights of a block of result channels at one row and column of the kernel.
INLINE tileWeights weightsAt(const __global float *weights, int channel, int source, int row, int column) {
#if INPUT_GRADIENT
    const int stride = 9;
    weights += (source * OUT_CHANNELS + channel) * 9 + 8 - row * 3 - column;
#else
    const int stride = IN_CHANNELS * 9;
    weights += (channel * IN_CHANNELS + source) * 9 + row * 3 + column;
#endif
#if OUT_TILE == 4
    return (tileWeights)(weights[0], weights[stride], weights[2 * stride], weights[3 * stride]);
#else
    return (tileWeights)(weights[0], weights[stride]);
#endif
}

// One row or column of `G g`.
INLINE void transformLine(tileWeights first, tileWeights second, tileWeights third, tileWeights line[4]) {
    line[0] = first;
    line[1] = 0.5f * (first + third + second);
    line[2] = 0.5f * (first + third - second);
    line[3] = third;
}

// The transformed weights, as [block][column][source channel][row][channel in block].
INLINE void transformWeights(const __global float *weights, float *transformed) {
    for (int block = 0; block < OUT_CHANNELS / OUT_TILE; ++block) {
        for (int source = 0; source < IN_CHANNELS; ++source) {
            tileWeights columns[3][4];
#pragma unroll
            for (int column = 0; column < 3; ++column) {
                transformLine(
                    weightsAt(weights, block * OUT_TILE, source, 0, column),
                    weightsAt(weights, block * OUT_TILE, source, 1, column),
                    weightsAt(weights, block * OUT_TILE, source, 2, column), columns[column]);
            }
#pragma unroll
            for (int row = 0; row < 4; ++row) {
                tileWeights line[4];
                transformLine(columns[0][row], columns[1][row], columns[2][row], line);
#pragma unroll
                for (int column = 0; column < 4; ++column) {
                    const int index = ((block * 4 + column) * IN_CHANNELS + source) * 4 + row;
                    JOIN(vstore, OUT_TILE)(line[column], index, transformed);
                }
            }
        }
    }
}

// One pixel of a channel, zero outside the image. `checked` is a constant: whether the pixel may be outside.
INLINE vec pixelAt(const __global vec *plane, int row, int column, const bool checked) {
    if (checked && (row < 0 || row >= IN_HEIGHT || column < 0 || column >= IN_WIDTH)) return (vec)(0.0f);
    return (plane + (row * IN_WIDTH + column) * ITEMS)[LANE];
}

// `B^T d B` of a tile in all source channels, as [column][channel][row].
INLINE void transformTile(const __global vec *source, int top, int left, vec *transformed, const bool checked) {
    for (int channel = 0; channel < IN_CHANNELS; ++channel) {
        const __global vec *plane = source + channel * IN_PIXELS * ITEMS;
        vec columns[4][4];
#pragma unroll
        for (int column = 0; column < 4; ++column) {
            const vec d0 = pixelAt(plane, top, left + column, checked);
            const vec d1 = pixelAt(plane, top + 1, left + column, checked);
            const vec d2 = pixelAt(plane, top + 2, left + column, checked);
            const vec d3 = pixelAt(plane, top + 3, left + column, checked);
            columns[column][0] = d0 - d2;
            columns[column][1] = d1 + d2;
            columns[column][2] = d2 - d1;
            columns[column][3] = d1 - d3;
        }
        vec *target = transformed + channel * 4;
#pragma unroll
        for (int row = 0; row < 4; ++row) {
            target[row] = columns[0][row] - columns[2][row];
            target[4 * IN_CHANNELS + row] = columns[1][row] + columns[2][row];
            target[8 * IN_CHANNELS + row] = columns[2][row] - columns[1][row];
            target[12 * IN_CHANNELS + row] = columns[1][row] - columns[3][row];
        }
    }
}

// The products of one column, multiplied by `A^T`: the two rows of pixels.
INLINE void multiplyColumn(const vec *transformed, const float *weights, vec top[OUT_TILE], vec bottom[OUT_TILE]) {
    vec sums[4][OUT_TILE];
#pragma unroll
    for (int row = 0; row < 4; ++row) {
#pragma unroll
        for (int o = 0; o < OUT_TILE; ++o) sums[row][o] = (vec)(0.0f);
    }
    for (int channel = 0; channel < IN_CHANNELS; ++channel) {
#pragma unroll
        for (int row = 0; row < 4; ++row) {
            const vec value = transformed[channel * 4 + row];
#pragma unroll
            for (int o = 0; o < OUT_TILE; ++o) sums[row][o] += weights[(channel * 4 + row) * OUT_TILE + o] * value;
        }
    }
#pragma unroll
    for (int o = 0; o < OUT_TILE; ++o) {
        top[o] = sums[0][o] + sums[1][o] + sums[2][o];
        bottom[o] = sums[1][o] - sums[2][o] - sums[3][o];
    }
}

// `accumulate` adds to the contents of `result`. If `writesMoments`, writes (mean, sum of squared deviations, number) of the
// values of each channel and work-group to `moments`, [model][channel][group][band]. The tiles of each lane are merged, then
// the lanes.
__kernel WORK_GROUP(ITEMS, 1) void convolveWinograd(
    const __global vec *restrict source, const __global float *restrict weights, int weightsOffset, int weightsStride,
    const __global float *restrict bias, int biasOffset, int biasStride, int hasBias,
    const __global int *restrict counts, int accumulate, __global vec *restrict result, int writesMoments,
    __global float4 *restrict moments
) {
    __local float scratch[ITEMS];
    const int band = GROUP_ID(1);
    const int modelGroup = GROUP_ID(2);
    const int model = GROUP_ID(2) / GROUPS;
    const int group = GROUP_ID(2) % GROUPS;
    const int samples = samplesInGroup(counts[model], group);
    if (samples == 0) return;

    source += (size_t)modelGroup * IN_CHANNELS * IN_PIXELS * ITEMS;
    result += (size_t)modelGroup * OUT_CHANNELS * OUT_PIXELS * ITEMS;
    bias = OF_MODEL(bias, model);
    float packed[16 * IN_CHANNELS * OUT_CHANNELS];
    transformWeights(OF_MODEL(weights, model), packed);

    vec transformed[16 * IN_CHANNELS];
    vec means[OUT_CHANNELS], squares[OUT_CHANNELS];
    float count = 0.0f;
    for (int o = 0; o < OUT_CHANNELS; ++o) means[o] = squares[o] = (vec)(0.0f);

    const int end = min((band + 1) * OUT_BAND, ALL_TILES);
    for (int tile = band * OUT_BAND; tile < end; ++tile) {
        const int row = tile / TILE_COLUMNS * 2;
        const int column = tile % TILE_COLUMNS * 2;
        const int rows = min(OUT_HEIGHT - row, 2);
        const int columns = min(OUT_WIDTH - column, 2);
        const int top = row - PADDING_Y;
        const int left = column - PADDING_X;
        if (top >= 0 && left >= 0 && top + 4 <= IN_HEIGHT && left + 4 <= IN_WIDTH) {
            transformTile(source, top, left, transformed, false);
        } else {
            transformTile(source, top, left, transformed, true);
        }
        const float number = (float)(rows * columns);
        const float part = divide(1.0f, number);
        for (int channel = 0; channel < OUT_CHANNELS; channel += OUT_TILE) {
            const float *weight = packed + channel * 16 * IN_CHANNELS;
            vec parts[4][2][OUT_TILE];
#pragma unroll
            for (int k = 0; k < 4; ++k) {
                multiplyColumn(
                    transformed + k * 4 * IN_CHANNELS, weight + k * 4 * OUT_TILE * IN_CHANNELS, parts[k][0], parts[k][1]);
            }
#pragma unroll
            for (int o = 0; o < OUT_TILE; ++o) {
                const float start = hasBias ? bias[channel + o] : 0.0f;
                __global vec *target = result + ((channel + o) * OUT_PIXELS + row * OUT_WIDTH + column) * ITEMS;
                vec values[2][2];
                vec sum = (vec)(0.0f);
#pragma unroll
                for (int i = 0; i < 2; ++i) {
                    values[i][0] = parts[0][i][o] + parts[1][i][o] + parts[2][i][o] + start;
                    values[i][1] = parts[1][i][o] - parts[2][i][o] - parts[3][i][o] + start;
#pragma unroll
                    for (int j = 0; j < 2; ++j) {
                        if (i >= rows || j >= columns) continue;
                        __global vec *pixel = target + (i * OUT_WIDTH + j) * ITEMS;
                        if (accumulate) values[i][j] += pixel[LANE];
                        pixel[LANE] = values[i][j];
                        sum += values[i][j];
                    }
                }
                if (!writesMoments) continue;
                const vec mean = sum * part;
                vec square = (vec)(0.0f);
#pragma unroll
                for (int i = 0; i < 2; ++i) {
#pragma unroll
                    for (int j = 0; j < 2; ++j) {
                        if (i >= rows || j >= columns) continue;
                        const vec deviation = values[i][j] - mean;
                        square += deviation * deviation;
                    }
                }
                addMoments(&means[channel + o], &squares[channel + o], count, mean, square, number);
            }
        }
        count += number;
    }
    if (!writesMoments) return;

    const lanes mask = lanesBelow(samples);
    moments += ((size_t)model * OUT_CHANNELS * GROUPS + group) * OUT_BANDS + band;
    for (int o = 0; o < OUT_CHANNELS; ++o) {
        const float4 merged = mergeLanes(means[o], squares[o], count, samples, mask, scratch);
        if (LANE == 0) moments[(size_t)o * GROUPS * OUT_BANDS] = merged;
    }
}
