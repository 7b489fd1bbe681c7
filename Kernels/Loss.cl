// Softmax cross-entropy, its gradient, and the count of correct predictions.
//
// Macros: CLASSES, GROUPS.
//
//     dimension 0: work-item = every LOSS_ITEMS-th sample, one work-group    (LOSS_ITEMS)
//     dimension 1: work-group = model

#define LOSS_ITEMS 64

__kernel WORK_GROUP(LOSS_ITEMS, 1) void softmaxCrossEntropy(
    const __global float *restrict logits, const __global uchar *restrict labels, const __global int *restrict counts,
    int capacity, int step, int steps, __global float *restrict lossSums,
    __global int *restrict corrects, int hasGradient, __global float *restrict gradient
) {
    __local float losses[LOSS_ITEMS];
    __local int correctCounts[LOSS_ITEMS];
    const int item = (int)get_local_id(0);
    const int model = (int)GROUP_ID(1);
    const int count = counts[model];
    const int padded = GROUPS * LANES;

    float loss = 0.0f;
    int correct = 0;
    for (int sample = item; sample < padded; sample += LOSS_ITEMS) {
        const size_t first = ((size_t)(model * GROUPS + sample / LANES) * CLASSES) * LANES + sample % LANES;
        if (sample >= count) {
            for (int k = 0; hasGradient && k < CLASSES; ++k) gradient[first + k * LANES] = 0.0f;
            continue;
        }
        int isCorrect;
        loss += crossEntropy(
            logits + first, CLASSES, labels[model * capacity + sample], count, &isCorrect,
            hasGradient ? gradient + first : 0);
        correct += isCorrect;
    }

    losses[item] = loss;
    correctCounts[item] = correct;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int half_ = LOSS_ITEMS / 2; half_ > 0; half_ /= 2) {
        if (item < half_) {
            losses[item] += losses[item + half_];
            correctCounts[item] += correctCounts[item + half_];
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (item == 0) {
        lossSums[model * steps + step] = losses[0];
        corrects[model * steps + step] = correctCounts[0];
    }
}

// Changes the loss and the gradient to those of labels (1 - s) onehot(label) + s / CLASSES, in models whose s is not 0: every
// sample's loss grows by s (z[label] - mean z), and its part of the gradient by s (onehot(label) - 1/CLASSES) / count.
//
//     dimension 0: work-item = every LOSS_ITEMS-th sample, one work-group    (LOSS_ITEMS)
//     dimension 1: work-group = model

__kernel WORK_GROUP(LOSS_ITEMS, 1) void smoothLabels(
    const __global float *restrict smoothing, const __global float *restrict logits,
    const __global uchar *restrict labels, const __global int *restrict counts, int capacity, int step, int steps,
    __global float *restrict lossSums, __global float *restrict gradient
) {
    __local float changes[LOSS_ITEMS];
    const int item = (int)get_local_id(0);
    const int model = (int)GROUP_ID(1);
    const int count = counts[model];
    const float s = smoothing[model];
    const float share = divide(s, (float)CLASSES);

    float change = 0.0f;
    for (int sample = item; s != 0.0f && sample < count; sample += LOSS_ITEMS) {
        const size_t first = ((size_t)(model * GROUPS + sample / LANES) * CLASSES) * LANES + sample % LANES;
        const __global float *z = logits + first;
        const int label = labels[model * capacity + sample];
        // The sum of the differences, because the logits may be much larger.
        float sum = 0.0f;
        for (int k = 0; k < CLASSES; ++k) {
            sum += z[label * LANES] - z[k * LANES];
            gradient[first + k * LANES] += divide((k == label ? s : 0.0f) - share, (float)count);
        }
        change += sum;
    }

    changes[item] = change;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int half_ = LOSS_ITEMS / 2; half_ > 0; half_ /= 2) {
        if (item < half_) changes[item] += changes[item + half_];
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    if (item == 0 && s != 0.0f) lossSums[model * steps + step] += share * changes[0];
}
