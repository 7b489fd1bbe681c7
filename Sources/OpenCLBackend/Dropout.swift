package import Backend
import Kernels

/// The masks of each model, `[model][sample][word]`, on the device.
package final class OpenCLMasks: MaskStorage {
    package let shape: MaskShape
    let words: DeviceBuffer

    init(shape: MaskShape, words: DeviceBuffer) {
        self.shape = shape
        self.words = words
    }
}

/// What `Dropout.cl` is compiled for.
private struct DropoutConstants: KernelConstants {
    static let source = KernelSource.dropout
    /// The values of a sample.
    var values: Int
    /// The number of groups of lanes of each model.
    var groups: Int
    /// The work-items per lane in a work-group.
    var slices: Int

    var macros: [String: Int] { ["VALUES": values, "GROUPS": groups, "SLICES": slices] }
}

extension OpenCLBackend {
    package func makeMasks(_ shape: MaskShape) throws(BackendError) -> OpenCLMasks {
        OpenCLMasks(
            shape: shape,
            words: try queue.makeBuffer(byteCount: 4 * shape.wordCount))
    }

    package func uncheckedWrite(_ words: [UInt32], to masks: OpenCLMasks) throws(BackendError) {
        try queue.write(words, to: masks.words)
    }

    package func uncheckedDropout(
        _ masks: OpenCLMasks?, start: Int, scales: OpenCLParameters, input: OpenCLActivation, counts: SampleCounts,
        output: OpenCLActivation
    ) throws(BackendError) {
        let (values, slices) = (input.shape.valuesPerSample, configuration.sumOrder.planeSlices)
        let constants = DropoutConstants(values: values, groups: input.groups, slices: slices)
        try queue.launch(
            library.kernel("dropout", constants),
            groups: WorkSize(x: 1, y: ceilDivide(values, slices), z: input.shape.models * input.groups),
            of: WorkSize(x: configuration.items, y: slices),
            [
                "input": .buffer(input.buffer), "counts": .buffer(buffer(of: counts)), "hasMasks": .flag(masks != nil),
                "masks": .buffer(masks?.words ?? input.buffer), "samples": .int(masks?.shape.samples ?? 0),
                "start": .ofStep(.start, .int(start)), "scales": .parameters(scales), "output": .buffer(output.buffer),
            ], work: KernelWork(flops: counts.total * values, floats: 2 * counts.total * values))
    }
}
