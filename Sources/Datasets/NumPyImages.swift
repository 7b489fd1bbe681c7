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
        for part in ImagePart.allCases where parts.contains(part) || names.contains("y_\(part.suffix)") {
            labels[part] = try self.labels(part)
        }
        let isShifted = labels.values.compactMap { $0.min() }.min() == 1
        let classes = (labels.values.compactMap { $0.max() }.max() ?? 0) + (isShifted ? 0 : 1)
        guard classes <= 256 else { throw problem("its labels are those of \(classes) classes, more than 256") }

        var arrays: [ImagePart: Pixels] = [:]
        for part in parts {
            let name = "x_\(part.suffix)"
            let images = try self.images(array(name), name: name, layout: layout)
            guard labels[part]!.count == images.count else {
                throw problem(
                    "y_\(part.suffix) has \(labels[part]!.count) labels for the \(images.count) images of "
                        + "x_\(part.suffix)")
            }
            if let first = arrays.values.first, first.shape != images.shape {
                throw problem("x_\(part.suffix) has images of \(images.shape), and x_train of \(first.shape)")
            }
            arrays[part] = images
        }
        // Bytes only if those of both parts are.
        let element: LabelledImages.Format.Element = arrays.values.allSatisfy { $0.bytes != nil } ? .byte : .float
        let sets = arrays.map { part, images in
            let format = LabelledImages.Format(
                channels: images.channels, rows: images.rows, columns: images.columns,
                classNames: (0..<classes).map { "\($0)" }, element: element)
            return (
                part,
                LabelledImages(
                    pixels: images.encoded(as: element), labels: labels[part]!.map { UInt8(isShifted ? $0 - 1 : $0) },
                    format: format)
            )
        }
        var notes = isShifted ? ["the labels start at 1 and were shifted to 0"] : []
        if element == .float { notes.append("the pixels are floats") }
        return FoundImages(
            name: name(ofPath: file), kind: "NumPy arrays", path: file, sets: Dictionary(uniqueKeysWithValues: sets),
            notes: notes)
    }

    /// The names of the arrays.
    private var names: [String] { archive.members.map { $0.name.replacing(/\.npy$/, with: "") } }

    /// The images of an array to classify.
    ///
    /// - Parameters:
    ///   - name: The array; with `nil` `x_test`, or the only one of the file.
    ///   - format: That of the model, which tells where the channels are.
    /// - Throws: ``DatasetError``.
    func images(_ name: String?, like format: LabelledImages.Format) throws(DatasetError) -> LabelledImages {
        let name = name ?? (names.count == 1 ? names[0] : "x_test")
        let array = try array(name)
        let layout: ReadingOptions.Layout? =
            switch array.shape.dropFirst() {
            case [format.channels, format.rows, format.columns]: .nchw
            case [format.rows, format.columns, format.channels]: .nhwc
            default: nil
            }
        let images = try images(array, name: name, layout: layout)
        return LabelledImages(
            pixels: images.encoded(as: images.bytes == nil ? .float : .byte),
            labels: Array(repeating: 0, count: images.count),
            format: LabelledImages.Format(
                channels: images.channels, rows: images.rows, columns: images.columns, classNames: format.classNames,
                element: images.bytes == nil ? .float : .byte))
    }

    /// The array of a name.
    private func array(_ name: String) throws(DatasetError) -> NumPyArray {
        guard let member = archive.members.first(where: { $0.name == "\(name).npy" }) else {
            let names = names.prefix(8)
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
        let array = try array(name)
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

    /// Images of one array, `[sample][channel][row][column]`.
    struct Pixels {
        /// The pixels as bytes; `nil` if they are floats of which one is no byte divided by 255.
        let bytes: [UInt8]?
        /// The pixels as floats; empty if they are bytes.
        let floats: [Float]
        let count: Int
        let channels: Int
        let rows: Int
        let columns: Int

        /// Channels, rows and columns.
        var shape: String { "\(channels) x \(rows) x \(columns)" }

        /// The pixels in the form of a format.
        func encoded(as element: LabelledImages.Format.Element) -> [UInt8] {
            switch element {
            case .byte: bytes ?? []
            case .float: Datasets.bytes(of: bytes.map { $0.map { Float($0) / 255 } } ?? floats)
            }
        }
    }

    /// The images of an array.
    private func images(
        _ array: NumPyArray, name: String, layout: ReadingOptions.Layout?
    ) throws(DatasetError) -> Pixels {
        let shape = array.shape
        guard (3...4).contains(shape.count), shape.allSatisfy({ $0 > 0 }) else {
            throw problem(
                "\(name) has the shape \(shape), and must have images, rows, columns, and channels after or before those"
            )
        }
        let order: ReadingOptions.Layout =
            if shape.count == 3 { .nchw } else if let layout { layout } else { try self.layout(of: shape, name: name) }
        let (channels, rows, columns) =
            switch order {
            case _ where shape.count == 3: (1, shape[1], shape[2])
            case .nchw: (shape[1], shape[2], shape[3])
            case .nhwc: (shape[3], shape[1], shape[2])
            }
        let isInterleaved = order == .nhwc
        func planes<Pixel>(_ pixels: ArraySlice<Pixel>) -> [Pixel] {
            isInterleaved ? planar(pixels, channels: channels, pixels: rows * columns) : Array(pixels)
        }
        let floats = try floats(of: array, name: name)
        let bytes = floats == nil ? array.elements : byteQuotients(floats ?? [])?[...]
        return Pixels(
            bytes: bytes.map(planes), floats: bytes == nil ? planes((floats ?? [])[...]) : [], count: shape[0],
            channels: channels, rows: rows, columns: columns)
    }

    /// The pixels of an array of floats; `nil` for bytes.
    private func floats(of array: NumPyArray, name: String) throws(DatasetError) -> [Float]? {
        if array.type.kind == "u", array.type.bytes == 1 { return nil }
        guard let floats = array.floats else {
            throw .unusable(
                file, reason: "\(name) has elements of the type \(array.type.text), and must have uint8 or floats",
                remedy: "save pixels from 0 to 255 as x.astype(numpy.uint8), and others as x.astype(numpy.float32)")
        }
        if let index = floats.firstIndex(where: { !$0.isFinite }) {
            throw .unusable(
                file, reason: "element \(index) of \(name) is \(floats[index])", remedy: "replace it by a finite number"
            )
        }
        return floats
    }

    /// The bytes whose quotients by 255 are the given floats; `nil` if one is no such quotient.
    ///
    /// On the device a pixel of a byte is `Float(byte) / 255`. So such floats lose nothing as bytes, and need a quarter of the
    /// memory.
    private func byteQuotients(_ floats: [Float]) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(floats.count)
        for float in floats {
            let byte = UInt8(min(max(float, 0), 1) * 255 + 0.5)
            guard float == Float(byte) / 255 else { return nil }
            bytes.append(byte)
        }
        return bytes
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
func planar<Pixel>(_ interleaved: ArraySlice<Pixel>, channels: Int, pixels: Int) -> [Pixel] {
    guard channels > 1 else { return Array(interleaved) }
    return interleaved.withUnsafeBufferPointer { source in
        [Pixel](unsafeUninitializedCapacity: source.count) { planes, count in
            for start in stride(from: 0, to: source.count, by: channels * pixels) {
                for channel in 0..<channels {
                    for pixel in 0..<pixels {
                        planes.initializeElement(
                            at: start + channel * pixels + pixel, to: source[start + pixel * channels + channel])
                    }
                }
            }
            count = source.count
        }
    }
}
