/// Images in one file of NumPy's format `.npz`, as Keras has them: `x_train`, `y_train`, `x_test` and `y_test`.
struct NumPyImages {
    private let file: String
    private let archive: ZipArchive

    /// Opens a file; `nil` if it is no archive.
    ///
    /// - Throws: ``DatasetError``.
    init?(_ file: String) throws(DatasetError) {
        let contents = try contents(of: file)
        guard ZipArchive.isArchive(contents) else { return nil }
        self.file = file
        archive = try ZipArchive(file: file, contents: contents)
    }

    /// Reads some parts.
    ///
    /// All labels are read, because the classes are those of both parts.
    ///
    /// - Parameters:
    ///   - layout: The order of the dimensions of colour images; `nil` if their sizes tell it.
    /// - Throws: ``DatasetError``.
    func read(_ parts: [ImagePart], layout: ReadingOptions.Layout?) throws(DatasetError) -> FoundImages {
        var labels: [ImagePart: [Int]] = [:]
        for part in ImagePart.allCases where parts.contains(part) || member("y", part) != nil {
            labels[part] = try self.labels(part)
        }
        let isShifted = labels.values.compactMap { $0.min() }.min() == 1
        let classes = (labels.values.compactMap { $0.max() }.max() ?? 0) + (isShifted ? 0 : 1)
        guard classes <= 256 else { throw problem("its labels are those of \(classes) classes, more than 256") }

        var sets: [ImagePart: LabelledImages] = [:]
        for part in parts {
            let images = try self.images(part, layout: layout)
            guard labels[part]!.count == images.count else {
                throw problem(
                    "y_\(part.suffix) has \(labels[part]!.count) labels for the \(images.count) images of "
                        + "x_\(part.suffix)")
            }
            let format = LabelledImages.Format(
                channels: images.channels, rows: images.rows, columns: images.columns,
                classNames: (0..<classes).map { "\($0)" })
            if let first = sets.values.first, first.format != format {
                throw problem(
                    "x_\(part.suffix) has images of \(format.shape), and x_train of \(first.format.shape)")
            }
            sets[part] = LabelledImages(
                pixels: images.pixels, labels: labels[part]!.map { UInt8(isShifted ? $0 - 1 : $0) }, format: format)
        }
        return FoundImages(
            name: name(ofPath: file), kind: "NumPy arrays", path: file, sets: sets,
            notes: isShifted ? ["the labels start at 1 and were shifted to 0"] : [])
    }

    /// The member with the images (`x`) or the labels (`y`) of a part.
    private func member(_ letter: String, _ part: ImagePart) -> ZipArchive.Member? {
        archive.members.first { $0.name == "\(letter)_\(part.suffix).npy" }
    }

    /// The array with the images (`x`) or the labels (`y`) of a part.
    private func array(_ letter: String, _ part: ImagePart) throws(DatasetError) -> NumPyArray {
        let name = "\(letter)_\(part.suffix)"
        guard let member = member(letter, part) else {
            let names = archive.members.prefix(8).map { $0.name.replacing(/\.npy$/, with: "") }
            throw .unusable(
                file, reason: "it has no array \(name), but \(names.isEmpty ? "none" : names.joined(separator: ", "))",
                remedy: "save it with numpy.savez(FILE, x_train=..., y_train=..., x_test=..., y_test=...)")
        }
        let contents = try archive.read(member)
        do throws(NumPyArray.Failure) { return try NumPyArray(contents) } catch {
            throw problem("\(name): \(error.reason)")
        }
    }

    /// The labels of a part, of which each is 0 to 256.
    private func labels(_ part: ImagePart) throws(DatasetError) -> [Int] {
        let name = "y_\(part.suffix)"
        let array = try array("y", part)
        // Keras has the labels of CIFAR in one column.
        guard array.shape.count == 1 || array.shape.count == 2 && array.shape[1] == 1 else {
            throw problem("\(name) has the shape \(array.shape), and must have one label for each image")
        }
        guard array.type.kind != "f" else {
            throw problem("\(name) has elements of the type \(array.type.text), and labels are whole numbers")
        }
        let labels = array.integers.map { $0 ?? .max }
        guard !labels.isEmpty else { throw problem("\(name) has no labels") }
        if let sample = labels.firstIndex(where: { !(0...256).contains($0) }) {
            throw problem("label \(sample) of \(name) is \(labels[sample]), and must be from 0 to 255, or 1 to 256")
        }
        return labels
    }

    /// The images of a part, `[sample][channel][row][column]`.
    private func images(
        _ part: ImagePart, layout: ReadingOptions.Layout?
    ) throws(DatasetError) -> (pixels: [UInt8], count: Int, channels: Int, rows: Int, columns: Int) {
        let name = "x_\(part.suffix)"
        let array = try array("x", part)
        let bytes = try pixels(of: array, name: name)
        let shape = array.shape
        guard (3...4).contains(shape.count), shape.allSatisfy({ $0 > 0 }) else {
            throw problem(
                "\(name) has the shape \(shape), and must have images, rows, columns, and channels after or before those"
            )
        }
        if shape.count == 3 { return (Array(bytes), shape[0], 1, shape[1], shape[2]) }
        let layout = if let layout { layout } else { try self.layout(of: shape, name: name) }
        switch layout {
        case .nchw:
            return (Array(bytes), shape[0], shape[1], shape[2], shape[3])
        case .nhwc:
            let pixels = planar(bytes, channels: shape[3], pixels: shape[1] * shape[2])
            return (pixels, shape[0], shape[3], shape[1], shape[2])
        }
    }

    /// The pixels of an array as bytes.
    ///
    /// On the device a pixel is `Float(byte) / 255`. So floats that are such quotients lose nothing as bytes, and others are
    /// refused.
    private func pixels(of array: NumPyArray, name: String) throws(DatasetError) -> ArraySlice<UInt8> {
        let remedy = "save pixels from 0 to 255: (255 * x).round().astype(numpy.uint8) for pixels from 0 to 1"
        if array.type.kind == "u", array.type.bytes == 1 { return array.elements }
        guard let floats = array.floats else {
            throw .unusable(
                file, reason: "\(name) has elements of the type \(array.type.text), and must have uint8 or floats",
                remedy: remedy)
        }
        let bytes = floats.map { UInt8(clamping: Int(($0.isNaN ? 0 : min(max($0, 0), 1)) * 255 + 0.5)) }
        if let index = floats.indices.first(where: { floats[$0] != Float(bytes[$0]) / 255 }) {
            throw .unusable(
                file, reason: "element \(index) of \(name) is \(floats[index]), which is no byte divided by 255",
                remedy: remedy)
        }
        return bytes[...]
    }

    /// The layout of colour images, which have 1 to 4 channels.
    private func layout(of shape: [Int], name: String) throws(DatasetError) -> ReadingOptions.Layout {
        switch ((1...4).contains(shape[1]), (1...4).contains(shape[3])) {
        case (true, false): .nchw
        case (false, true): .nhwc
        default:
            throw .unusable(
                file, reason: "the shape \(shape) of \(name) does not tell where the channels are",
                remedy: "name their place: --layout nhwc or --layout nchw")
        }
    }

    private func problem(_ reason: String) -> DatasetError {
        .unusable(file, reason: reason, remedy: "save other arrays with numpy.savez")
    }
}

extension ImagePart {
    /// The ending of the names of the arrays.
    fileprivate var suffix: String { self == .training ? "train" : "test" }
}

extension LabelledImages.Format {
    /// Channels, rows and columns.
    var shape: String { "\(channels) x \(rows) x \(columns)" }
}

/// Images with the channels of a pixel one after another, changed to one plane a channel.
func planar(_ interleaved: ArraySlice<UInt8>, channels: Int, pixels: Int) -> [UInt8] {
    guard channels > 1 else { return Array(interleaved) }
    return interleaved.withUnsafeBufferPointer { source in
        [UInt8](unsafeUninitializedCapacity: source.count) { planes, count in
            for start in stride(from: 0, to: source.count, by: channels * pixels) {
                for channel in 0..<channels {
                    for pixel in 0..<pixels {
                        planes[start + channel * pixels + pixel] = source[start + pixel * channels + channel]
                    }
                }
            }
            count = source.count
        }
    }
}
