// Getting the samples of a step out of the data set.
//
// Given: PIXELS of an image, all channels; GROUPS.
//
//     dimension 0: work-item = lanes of a group        (ITEMS)
//     dimension 1: work-item = GATHER_PIXELS pixels    (SLICES a work-group)
//     dimension 2: work-group = model * GROUPS + group

// Consecutive pixels of a work-item: neighbouring work-items read from different samples, so a cache line that was
// fetched for one pixel serves its neighbours.
#define GATHER_PIXELS 8

// images[model][sample][pixel] = quotients[data[order[model][start + sample]][pixel]], and the labels with them.
//
// `quotients` holds byte / 255 for every byte, rounded correctly, which a division in OpenCL need not be.
__kernel WORK_GROUP(ITEMS, SLICES) void gather(
    const __global uchar *restrict pixels, const __global uchar *restrict classes, const __global int *restrict order,
    int orderLength, int start, const __global int *restrict counts,
    const __global float *restrict quotients, int room, __global float *restrict images,
    __global uchar *restrict labels
) {
    const int model = GROUP_ID(2) / GROUPS;
    const int group = GROUP_ID(2) % GROUPS;
    const int first = (int)get_global_id(1) * GATHER_PIXELS;
    const int end = min(first + GATHER_PIXELS, PIXELS);
    for (int component = 0; component < VECTOR; ++component) {
        const int lane = (int)LANE * VECTOR + component;
        const int sample = group * LANES + lane;
        __global float *image = images + (size_t)GROUP_ID(2) * PIXELS * LANES + lane;
        if (sample < counts[model]) {
            const int index = order[model * orderLength + start + sample];
            const __global uchar *source = pixels + (size_t)index * PIXELS;
            for (int pixel = first; pixel < end; ++pixel) image[pixel * LANES] = quotients[source[pixel]];
            if (first == 0) labels[model * room + sample] = classes[index];
        } else {
            for (int pixel = first; pixel < end; ++pixel) image[pixel * LANES] = 0.0f;
        }
    }
}
