package import Backend

/// `y[o,i,j] = x[o - before, i s, j s]` where the input has the channel, and 0 elsewhere; and its derivative.
extension ReferenceBackend {
    package func uncheckedPaddedShortcut(
        _ shortcut: PaddedShortcut, input: Activation, counts: SampleCounts, output: Activation
    ) throws(BackendError) {
        output.forEachValue(counts) { model, sample, channel, row, column in
            let source = channel - shortcut.channelsBefore
            output[model, sample, channel, row, column] =
                (0..<shortcut.input.channels).contains(source)
                ? input[model, sample, source, row * shortcut.stride.height, column * shortcut.stride.width] : 0
        }
    }

    package func uncheckedPaddedShortcutGradient(
        _ shortcut: PaddedShortcut, outputGradient: Activation, counts: SampleCounts, inputGradient: Activation,
        accumulate: Bool
    ) throws(BackendError) {
        if !accumulate { inputGradient.values = inputGradient.values.map { _ in 0 } }
        outputGradient.forEachValue(counts) { model, sample, channel, row, column in
            let source = channel - shortcut.channelsBefore
            guard (0..<shortcut.input.channels).contains(source) else { return }
            let (inputRow, inputColumn) = (row * shortcut.stride.height, column * shortcut.stride.width)
            inputGradient[model, sample, source, inputRow, inputColumn] = stored(
                inputGradient[model, sample, source, inputRow, inputColumn]
                    + outputGradient[model, sample, channel, row, column])
        }
    }
}
