package import Backend
import Kernels

/// What `PaddedShortcut.cl` is compiled for.
private struct PaddedShortcutConstants: KernelConstants {
    static let source = KernelSource.paddedShortcut
    var shortcut: PaddedShortcut
    /// The number of groups of lanes of each model.
    var groups: Int
    /// The work-items per lane in a work-group.
    var slices: Int

    var macros: [String: Int] {
        let (input, output) = (shortcut.input, shortcut.output)
        return [
            "IN_CHANNELS": input.channels, "IN_HEIGHT": input.image.height, "IN_WIDTH": input.image.width,
            "OUT_CHANNELS": output.channels, "OUT_HEIGHT": output.image.height, "OUT_WIDTH": output.image.width,
            "CHANNELS_BEFORE": shortcut.channelsBefore, "STRIDE_Y": shortcut.stride.height,
            "STRIDE_X": shortcut.stride.width, "GROUPS": groups, "SLICES": slices,
        ]
    }
}

extension OpenCLBackend {
    package func uncheckedPaddedShortcut(
        _ shortcut: PaddedShortcut, input: OpenCLActivation, counts: SampleCounts, output: OpenCLActivation
    ) throws(BackendError) {
        try launch(
            shortcut, "paddedShortcut", result: output, counts,
            [
                "input": .buffer(input.buffer), "counts": .buffer(buffer(of: counts)),
                "output": .buffer(output.buffer),
            ])
    }

    package func uncheckedPaddedShortcutGradient(
        _ shortcut: PaddedShortcut, outputGradient: OpenCLActivation, counts: SampleCounts,
        inputGradient: OpenCLActivation, accumulate: Bool
    ) throws(BackendError) {
        try launch(
            shortcut, "paddedShortcutGradient", result: inputGradient, counts,
            [
                "outputGradient": .buffer(outputGradient.buffer), "counts": .buffer(buffer(of: counts)),
                "accumulate": .flag(accumulate), "inputGradient": .buffer(inputGradient.buffer),
            ])
    }

    private func launch(
        _ shortcut: PaddedShortcut, _ kernel: String, result: OpenCLActivation, _ counts: SampleCounts,
        _ arguments: KeyValuePairs<String, KernelArgument>
    ) throws(BackendError) {
        let slices = configuration.sumOrder.planeSlices
        let constants = PaddedShortcutConstants(shortcut: shortcut, groups: result.groups, slices: slices)
        try queue.launch(
            library.kernel(kernel, constants),
            groups: WorkSize(x: 1, y: result.shape.channels, z: result.shape.models * result.groups),
            of: WorkSize(x: configuration.items, y: slices), arguments,
            work: KernelWork(floats: counts.total * (shortcut.input.count + shortcut.output.count)))
    }
}
