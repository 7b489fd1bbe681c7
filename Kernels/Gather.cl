// Gathers the samples of a step from the data set.
//
// Macros: PIXELS of an image, in all channels; GROUPS; GATHER_PIXELS, the consecutive pixels of a work-item. Neighbouring
// work-items read different samples, so consecutive pixels use the whole of each cache line that is read.
//
// A pixel is a byte, and its value the byte / 255. With TABLE_AREA, the pixels of a channel, the value is that of the byte in the
// table of the channel. With FLOATS a pixel is an fp32 number, which is its value.
//
//     dimension 0: work-item = lanes of a group        (ITEMS)
//     dimension 1: work-item = GATHER_PIXELS pixels    (SLICES a work-group)
//     dimension 2: work-group = model * GROUPS + group

#ifdef FLOATS
typedef float pixel_t;
#else
typedef uchar pixel_t;
#endif

#if defined(FLOATS) || defined(TABLE_AREA)
#define COPIES_VALUES

// The value of a pixel at an index of its image.
#ifdef FLOATS
#define VALUE(pixel, index) (pixel)
#else
#define VALUE(pixel, index) table[(index) / TABLE_AREA * 256 + (pixel)]
#endif
#else

// byte / 255, correctly rounded; a division in OpenCL need not be. The remainder of an approximate quotient is computed without
// rounding error, even if `fma` is not fused, and corrects the quotient. The result is correctly rounded for all 256 bytes.
INLINE vec quotient(vec byte) {
    const vec reciprocal = (vec)(0x1.010102p-8f);    // 1 / 255, rounded
    const vec approximate = byte * reciprocal;
    const vec remainder = (byte - 256.0f * approximate) + approximate;
    return approximate + remainder * reciprocal;
}

#if VECTOR > 1
// The transposition from one image after another to neighbouring lanes moves words of four bytes of an image.
#define WORDS TILES(GATHER_PIXELS, 4)

// The shift of byte `k` of a word.
#ifdef __ENDIAN_LITTLE__
#define BYTE_SHIFT(k) (8 * (k))
#else
#define BYTE_SHIFT(k) (24 - 8 * (k))
#endif

// Reads the bytes from `pixel` to `end` as words, at a distance of VECTOR.
INLINE void readWords(const __global uchar *source, int pixel, int end, uint *words) {
    for (; pixel + 4 <= end; pixel += 4, words += VECTOR) *words = as_uint(vload4(0, source + pixel));
    if (pixel < end) {
        *words = 0;
        for (int k = 0; pixel + k < end; ++k) *words |= (uint)source[pixel + k] << BYTE_SHIFT(k);
    }
}
#endif
#endif

// images[model][sample][pixel] = the value of data[order[model][start + sample]][pixel], and the labels of these samples
__kernel WORK_GROUP(ITEMS, SLICES) void gather(
    const __global pixel_t *restrict pixels, const __global float *restrict table, const __global uchar *restrict classes,
    const __global int *restrict order, int orderLength, int start, const __global int *restrict counts, int capacity,
    __global float *restrict images, __global uchar *restrict labels
) {
#ifndef TABLE_AREA
    (void)table;
#endif
    const int model = GROUP_ID(2) / GROUPS;
    const int group = GROUP_ID(2) % GROUPS;
    const int first = (int)(GROUP_ID(1) * SLICES + get_local_id(1)) * GATHER_PIXELS;
    const int end = min(first + GATHER_PIXELS, PIXELS);
    images += (size_t)GROUP_ID(2) * PIXELS * LANES + LANE * VECTOR;
#if VECTOR > 1 && !defined(COPIES_VALUES)
    uint words[WORDS * VECTOR];
#endif
    for (int component = 0; component < VECTOR; ++component) {
        const int sample = group * LANES + (int)LANE * VECTOR + component;
        const bool isSample = sample < counts[model];
        const int index = isSample ? order[model * orderLength + start + sample] : 0;
        const __global pixel_t *source = pixels + (size_t)index * PIXELS;
        if (isSample && first == 0) labels[model * capacity + sample] = classes[index];
#if defined(COPIES_VALUES)
        for (int pixel = first; pixel < end; ++pixel) {
            images[pixel * LANES + component] = isSample ? VALUE(source[pixel], pixel) : 0.0f;
        }
#elif VECTOR > 1
        if (isSample) readWords(source, first, end, words + component);
        else for (int k = 0; k < WORDS; ++k) words[k * VECTOR + component] = 0;
#else
        for (int pixel = first; pixel < end; ++pixel) {
            images[pixel * LANES] = isSample ? quotient((float)source[pixel]) : 0.0f;
        }
#endif
    }
#if VECTOR > 1 && !defined(COPIES_VALUES)
    images += (size_t)first * LANES;
    for (int pixel = 0; pixel < end - first; pixel += 4) {
        const JOIN(uint, VECTOR) word = JOIN(vload, VECTOR)(pixel / 4, words);
#pragma unroll
        for (int k = 0; k < 4; ++k) {
            if (PIXELS % 4 != 0 && pixel + k >= end - first) break;
            const JOIN(uint, VECTOR) bytes = (word >> (uint)BYTE_SHIFT(k)) & 255u;
            STORE_VECTOR(quotient(JOIN(convert_float, VECTOR)(bytes)), images + (size_t)(pixel + k) * LANES);
        }
    }
#endif
}

// The same with images that are changed: mirrored, moved, and with a hole. A pixel from outside of the image and one in the hole
// are 0.

#define CHANGE_FLIPS 0      // whether the columns are in the reverse order
#define CHANGE_ROWS 1       // the pixel of the result comes from so many rows below
#define CHANGE_COLUMNS 2    // and so many columns to the right
#define CHANGE_TOP 3        // the hole: its first row
#define CHANGE_LEFT 4       // its first column
#define CHANGE_BOTTOM 5     // the row behind it
#define CHANGE_RIGHT 6      // the column behind it
#define CHANGE_SIZE 8

// The index of the pixel that a pixel of the result comes from; negative for 0.
INLINE int findSource(int pixel, const __global short *change, int height, int width) {
    const int line = pixel / width;
    const int x = pixel - line * width;
    const int y = line % height;
    if (y >= change[CHANGE_TOP] && y < change[CHANGE_BOTTOM] && x >= change[CHANGE_LEFT] && x < change[CHANGE_RIGHT]) return -1;
    const int row = y + change[CHANGE_ROWS];
    const int column = x + change[CHANGE_COLUMNS];
    if (row < 0 || row >= height || column < 0 || column >= width) return -1;
    return (line - y + row) * width + (change[CHANGE_FLIPS] ? width - 1 - column : column);
}

__kernel WORK_GROUP(ITEMS, SLICES) void gatherChanged(
    const __global pixel_t *restrict pixels, const __global float *restrict table, const __global uchar *restrict classes,
    const __global int *restrict order, const __global short *restrict changes, int orderLength, int start,
    const __global int *restrict counts, int capacity, int height, int width, __global float *restrict images,
    __global uchar *restrict labels
) {
#ifndef TABLE_AREA
    (void)table;
#endif
    const int model = GROUP_ID(2) / GROUPS;
    const int group = GROUP_ID(2) % GROUPS;
    const int first = (int)(GROUP_ID(1) * SLICES + get_local_id(1)) * GATHER_PIXELS;
    const int end = min(first + GATHER_PIXELS, PIXELS);
    images += (size_t)GROUP_ID(2) * PIXELS * LANES + LANE * VECTOR;
    for (int component = 0; component < VECTOR; ++component) {
        const int sample = group * LANES + (int)LANE * VECTOR + component;
        const bool isSample = sample < counts[model];
        const size_t place = (size_t)model * orderLength + start + sample;
        const int index = isSample ? order[place] : 0;
        if (isSample && first == 0) labels[model * capacity + sample] = classes[index];
        for (int pixel = first; pixel < end; ++pixel) {
            const int source = isSample ? findSource(pixel, changes + place * CHANGE_SIZE, height, width) : -1;
            const pixel_t found = source < 0 ? (pixel_t)0 : pixels[(size_t)index * PIXELS + source];
#ifdef COPIES_VALUES
            images[pixel * LANES + component] = source < 0 ? 0.0f : VALUE(found, source);
#else
            images[pixel * LANES + component] = (float)found;
#endif
        }
    }
#ifndef COPIES_VALUES
    for (int pixel = first; pixel < end; ++pixel) {
        STORE_VECTOR(quotient(LOAD_VECTOR(images + pixel * LANES)), images + pixel * LANES);
    }
#endif
}
