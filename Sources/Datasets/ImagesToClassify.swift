import Platform

/// Images without classes, each with a name.
///
/// A command line names them so:
///
/// - `FILE`: a PNG or JPEG image, or all images of an `.npz` or IDX file;
/// - `FILE:17`: the image at an index, from 0, of an `.npz` or IDX file;
/// - `FILE:x_train` and `FILE:x_train:17`: those of an array of an `.npz` file, which is `x_test` or the only one otherwise.
package struct ImagesToClassify: Sendable {
    /// What a person calls each image: its file, and its index if there are several in the file.
    package let names: [String]

    /// The images, in the format of the model; all labels are 0.
    package let images: LabelledImages

    /// What a person should know, each as a line.
    package let notes: [String]

    /// Reads images.
    ///
    /// - Parameters:
    ///   - format: What the model takes. Images of another shape are refused, except that a grey image becomes one of three
    ///     equal channels.
    ///   - options: How the files are read, as they were for the training of the model.
    /// - Throws: ``DatasetError``.
    package init(
        _ arguments: [String], like format: LabelledImages.Format, options: ReadingOptions
    ) throws(DatasetError) {
        var (names, parts, notes): ([String], [LabelledImages], [String]) = ([], [], [])
        for text in arguments {
            let argument = try Argument(text)
            let images = try argument.read(like: format, options: options)
            guard images.format.shape == format.shape else {
                throw .unusable(
                    argument.file,
                    reason: "it has images of \(images.format.shape), and the model takes \(format.shape)",
                    remedy: "bring them to this shape (channels, rows, columns)")
            }
            if let note = images.note(like: format) { notes.append("\(argument.file): \(note)") }
            if let row = argument.row {
                guard row < images.count else {
                    throw .unusable(
                        argument.file, reason: "there is no image \(row): it has \(images.count)",
                        remedy: "count from 0")
                }
                parts.append(images.subset([row]))
                names.append(text)
            } else {
                parts.append(images)
                let isPicture = argument.isPicture
                names += (0..<images.count).map { isPicture ? text : "\(text):\($0)" }
            }
        }
        if parts.contains(where: { $0.format.element == .float }) { parts = parts.map(\.withFloats) }
        var joined = format
        joined.element = parts.first?.format.element ?? format.element
        self.names = names
        self.notes = notes
        images = LabelledImages(
            pixels: parts.flatMap(\.pixels), labels: Array(repeating: 0, count: names.count), format: joined)
    }
}

extension LabelledImages {
    /// Why the pixels may not be those that a model takes; `nil` for the same kind.
    fileprivate func note(like model: Format) -> String? {
        switch (model.element, format.element) {
        case (.byte, .byte), (.float, .float):
            return nil
        case (.float, .byte):
            return "the model is trained on floats, and the pixels of this file are taken as those from 0 to 1"
        case (.byte, .float):
            let floats = floats
            guard let lowest = floats.min(), let highest = floats.max(), lowest < 0 || highest > 1 else { return nil }
            return "the model is trained on pixels from 0 to 1, and those of this file are from \(lowest) to \(highest)"
        }
    }
}

/// A file, and which of its images are meant.
private struct Argument {
    let file: String
    private(set) var array: String?
    private(set) var row: Int?
    private let contents: [UInt8]

    /// Reads the file of an argument; what stands behind a colon is an array and an index if there is no such file.
    init(_ text: String) throws(DatasetError) {
        var words = text.split(separator: ":", omittingEmptySubsequences: false)[...]
        var rest: [Substring] = []
        while words.count > 1, rest.count < 2 {
            if try isThere(words.joined(separator: ":")) { break }
            rest.insert(words.removeLast(), at: 0)
        }
        var file = words.joined(separator: ":")
        if try !isThere(file) { (file, rest) = (text, []) }
        self.file = file
        if let last = rest.last, let number = Int(last), number >= 0 {
            row = number
            rest.removeLast()
        }
        array = rest.first.map(String.init)
        guard rest.count < 2, array != "" else {
            throw .unusable(
                text, reason: "it is no FILE, FILE:INDEX, FILE:ARRAY or FILE:ARRAY:INDEX", remedy: "count images from 0"
            )
        }
        guard try !isFolder(file) else {
            throw .unusable(file, reason: "it is a folder", remedy: "name the files in it")
        }
        contents = try Datasets.contents(of: file)
    }

    var isPicture: Bool { Picture.isPicture(contents) }

    /// The images of the file; those of an array if it is an archive.
    func read(like format: LabelledImages.Format, options: ReadingOptions) throws(DatasetError) -> LabelledImages {
        if isPicture {
            guard array == nil, row == nil else {
                throw .unusable(file, reason: "it is one image", remedy: "leave out what follows its name")
            }
            return try picture(like: format, resize: options.resize)
        }
        if let arrays = try NumPyImages(file) { return try arrays.images(array, like: format) }
        guard contents.starts(with: [0x1f, 0x8b]) || contents.starts(with: [0, 0, 8]) else {
            throw .unusable(
                file, reason: "it is no PNG, JPEG, IDX or .npz file", remedy: "save the image as one of these")
        }
        guard array == nil else {
            throw .unusable(
                file, reason: "it is no .npz file, and has no arrays with names", remedy: "write FILE or FILE:INDEX")
        }
        let images = try IDXArray(file: file, rank: 3)
        let (count, rows, columns) = (images.dimensions[0], images.dimensions[1], images.dimensions[2])
        let isTransposed = options.isTransposed
        return LabelledImages(
            pixels: isTransposed ? transposed(images.elements, rows: rows, columns: columns) : images.elements,
            labels: Array(repeating: 0, count: count),
            format: .init(
                channels: 1, rows: isTransposed ? columns : rows, columns: isTransposed ? rows : columns,
                classNames: format.classNames))
    }

    /// The one image of the file.
    private func picture(
        like format: LabelledImages.Format, resize: Int?
    ) throws(DatasetError) -> LabelledImages {
        let expected = Picture.Size(rows: format.rows, columns: format.columns)
        let picture = try Picture(
            file: file, contents: contents, resize: resize,
            requirement: .init(size: expected) { size in
                PictureFailure(
                    "it has \(size) pixels, and the model takes \(expected)",
                    remedy: "bring it to this size, or train the model with --resize")
            })
        guard format.channels == picture.channels || format.channels == 3 else {
            throw .unusable(
                file,
                reason: "it has \(picture.channels) channels, and the model takes \(format.channels)",
                remedy: format.channels == 1 ? "save it as a grey image" : "save the channels in an .npz file")
        }
        return LabelledImages(
            pixels: picture.planes(channels: format.channels), labels: [0],
            format: .init(
                channels: format.channels, rows: picture.size.rows, columns: picture.size.columns,
                classNames: format.classNames))
    }
}
