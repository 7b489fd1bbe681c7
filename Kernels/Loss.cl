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
