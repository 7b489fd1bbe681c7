import Platform

/// Where images come from: a path, and how to read what is there.
package struct ImageSource: Sendable {
    /// The path of the files; with `nil` Fashion-MNIST is looked for in its usual folders.
    private let path: String?

    /// How to read them.
    private let options: ReadingOptions

    /// Creates a source.
    package init(_ path: String?, options: ReadingOptions = ReadingOptions()) {
        self.path = path
        self.options = options
    }

    /// Reads both sets, or one of them, which does not need the images of the other.
    ///
    /// - Throws: ``DatasetError``.
    package func load(_ parts: [ImagePart] = ImagePart.allCases) throws(DatasetError) -> FoundImages {
        guard let path else {
            try options.require([], of: "Fashion-MNIST's IDX files")
            return try FashionMNIST.find(parts)
        }
        let isFolder = try isFolder(path)
        if isFolder, let found = try loadFolder(path, parts) { return found }
        if !isFolder, let found = try loadPrefix(path, parts) { return found }
        if !isFolder {
            guard try isThere(path) else {
                throw .unreadable(FileError(path, doing: "read", reason: "No such file or directory"))
            }
            if let arrays = try NumPyImages(path) {
                try options.require([.layout], of: "NumPy arrays")
                return try arrays.read(parts, layout: options.layout)
            }
        }
        throw .unusable(path, reason: "it holds no images in a known form", remedy: Self.remedy)
    }

    /// The forms that are read.
    private static let remedy = "see 'Your images in five minutes' in the documentation for the forms that are read"

    /// Reads the files in a folder; `nil` if it has none of a known form.
    private func loadFolder(_ folder: String, _ parts: [ImagePart]) throws(DatasetError) -> FoundImages? {
        let sets = try IDXFiles.find(in: folder)
        if sets.count > 1 {
            let paths = sets.map { Datasets.path(of: String($0.prefix.dropLast()), in: folder) }
            throw .unusable(
                folder, reason: "it holds the IDX files of \(sets.count) data sets",
                remedy: "name one of them: --data \(paths.joined(separator: " or "))")
        }
        if let files = sets.first { return try load(files, parts, path: folder) }
        if let cifar = CIFAR(in: folder, names: try names(in: folder)) {
            try options.require([], of: "CIFAR's binary files")
            return try cifar.read(parts)
        }
        if let classes = try ImageFolder(folder) {
            try options.require([.resize, .testShare], of: "folders of images")
            return try classes.read(options: options)
        }
        return nil
    }

    /// Reads the IDX files of a folder whose names begin with the last component of a path.
    private func loadPrefix(_ path: String, _ parts: [ImagePart]) throws(DatasetError) -> FoundImages? {
        guard let last = path.split(separator: "/").last, try !isThere(path) else { return nil }
        let start = path.lastIndex(of: "/")
        let folder = start.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let prefix = last.lowercased().replacing(/[._]/, with: "-") + "-"
        guard try isThere(folder), let files = try IDXFiles.find(in: folder).first(where: { $0.prefix == prefix })
        else { return nil }
        return try load(files, parts, path: path)
    }

    /// Reads IDX files.
    private func load(_ files: IDXFiles, _ parts: [ImagePart], path: String) throws(DatasetError) -> FoundImages {
        try options.require([.transpose], of: "IDX files")
        if let file = files.missing(for: parts) {
            throw .unusable(
                path, reason: "it has no \(file.file), packed (.gz) or not", remedy: "add this file of the data set")
        }
        // The files of Fashion-MNIST have the names and sizes of those of MNIST.
        let isFashion = path.lowercased().contains("fashion")
        let (images, isShifted) = try files.read(
            parts, names: isFashion ? FashionMNIST.format.classNames : [], isTransposed: options.isTransposed)
        return FoundImages(
            name: name(ofPath: path), kind: "IDX files", path: path,
            sets: Dictionary(uniqueKeysWithValues: zip(parts, images)),
            notes: isShifted ? ["the labels start at 1 and were shifted to 0"] : [])
    }
}
