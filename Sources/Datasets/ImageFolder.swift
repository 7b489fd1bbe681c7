import Dispatch
import Synchronization

/// PNG and JPEG images in one folder for each class, as torchvision's `ImageFolder` has them.
///
/// The folders of the classes are in `train` and `test`. Without those two, a share of the images is drawn for testing. Classes
/// and images are in the order of the bytes of their names.
struct ImageFolder {
    /// A file and its class.
    private struct Entry {
        let file: String
        let label: UInt8
    }

    private let folder: String

    /// The folders of both parts; `nil` if the classes are directly in the folder.
    private let parts: [ImagePart: String]?

    /// Looks at a folder; `nil` if it has no folders.
    ///
    /// - Throws: ``DatasetError/unreadable(_:)``.
    init?(_ folder: String) throws(DatasetError) {
        let folders = try subfolders(of: folder)
        guard !folders.isEmpty else { return nil }
        self.folder = folder
        let isDivided = folders.contains("train") && folders.contains("test")
        parts =
            isDivided ? [.training: path(of: "train", in: folder), .test: path(of: "test", in: folder)] : nil
    }

    /// Reads all images.
    ///
    /// One part alone has no channels of its own: images are grey if all of both parts are.
    ///
    /// - Throws: ``DatasetError``.
    func read(options: ReadingOptions) throws(DatasetError) -> FoundImages {
        if parts != nil { try options.require([.resize], of: "folders train and test") }
        if parts == nil, options.testShare == nil {
            throw .unusable(
                folder, reason: "it has no folders train and test",
                remedy: "make them, or draw a share of the images for testing: --test-share 0.2")
        }
        let classNames = try subfolders(of: parts?[.training] ?? folder)
        if let test = parts?[.test], let other = try subfolders(of: test).first(where: { !classNames.contains($0) }) {
            throw .unusable(
                path(of: other, in: test), reason: "there is no folder of this name in train",
                remedy: "a class needs images to train on")
        }
        guard (1...256).contains(classNames.count) else {
            throw .unusable(
                parts?[.training] ?? folder, reason: "it has \(classNames.count) folders",
                remedy: "there must be one for each class, 1 to 256 of them")
        }
        var ignored = 0
        let folders = parts.map { parts in ImagePart.allCases.map { parts[$0]! } } ?? [folder]
        let lists = try folders.map { folder throws(DatasetError) in
            try entries(in: folder, classNames: classNames, ignored: &ignored)
        }
        let pictures = try decode(lists.flatMap { $0.map(\.file) }, options: options)
        let channels = pictures.map(\.channels).max()!
        let format = LabelledImages.Format(
            channels: channels, rows: pictures[0].size.rows, columns: pictures[0].size.columns, classNames: classNames)

        var images: [LabelledImages] = []
        var start = 0
        for list in lists {
            let part = pictures[start..<start + list.count]
            images.append(
                LabelledImages(
                    pixels: part.flatMap { $0.planes(channels: channels) }, labels: list.map(\.label), format: format))
            start += list.count
        }
        var notes = ignored > 0 ? ["\(ignored) other \(ignored == 1 ? "file" : "files") ignored"] : []
        if parts == nil, let share = options.testShare {
            guard let (training, test) = images[0].divided(testShare: share, seed: options.seed) else {
                throw .unusable(
                    folder, reason: "--test-share \(share) of its \(images[0].count) images leaves one set empty",
                    remedy: "name another share")
            }
            images = [training, test]
            notes.append("a share of \(share) drawn for testing with seed \(options.seed)")
        }
        return FoundImages(
            name: name(ofPath: folder), kind: "PNG and JPEG images", path: folder,
            sets: [.training: images[0], .test: images[1]], notes: notes)
    }

    /// The images of all classes in a folder.
    private func entries(
        in folder: String, classNames: [String], ignored: inout Int
    ) throws(DatasetError) -> [Entry] {
        var entries: [Entry] = []
        for (label, name) in classNames.enumerated() {
            let classFolder = path(of: name, in: folder)
            // A class may have no images to test on.
            guard try isThere(classFolder) else { continue }
            let names = try names(in: classFolder).filter { !$0.hasPrefix(".") }
            let images = names.filter { $0.lowercased().contains(/\.(png|jpe?g)$/) }
            ignored += names.count - images.count
            entries += sorted(images).map { Entry(file: path(of: $0, in: classFolder), label: UInt8(label)) }
        }
        guard !entries.isEmpty else {
            throw .unusable(
                folder, reason: "the folders in it have no images",
                remedy: "put PNG or JPEG files (.png, .jpg, .jpeg) into one folder for each class")
        }
        return entries
    }

    /// Decodes files on all processors.
    ///
    /// The first one decides the size of all, if none is named.
    private func decode(_ files: [String], options: ReadingOptions) throws(DatasetError) -> [Picture] {
        let first = try read(files[0], resize: options.resize, model: nil)
        let results = Mutex<[Int: Result<Picture, DatasetError>]>([0: .success(first)])
        DispatchQueue.concurrentPerform(iterations: files.count - 1) { index in
            let result = Result { () throws(DatasetError) in
                try read(files[index + 1], resize: options.resize, model: (files[0], first.size))
            }
            results.withLock { $0[index + 1] = result }
        }
        let pictures = results.withLock { $0 }
        return try files.indices.map { index throws(DatasetError) in try pictures[index]!.get() }
    }

    /// Decodes a file.
    ///
    /// - Parameter model: The file and size of the first image, which all others must have.
    private func read(
        _ file: String, resize: Int?, model: (file: String, size: Picture.Size)?
    ) throws(DatasetError) -> Picture {
        let requirement = model.map { model in
            Picture.Requirement(size: model.size) { size in
                PictureFailure(
                    "it has \(size) pixels, and \(model.file) has \(model.size)",
                    remedy: "bring all images to one size: --resize N")
            }
        }
        return try Picture(file: file, contents: contents(of: file), resize: resize, requirement: requirement)
    }
}

/// The folders in a folder, sorted, without hidden ones.
private func subfolders(of folder: String) throws(DatasetError) -> [String] {
    var found: [String] = []
    for name in try names(in: folder) where !name.hasPrefix(".") {
        if try isFolder(path(of: name, in: folder)) { found.append(name) }
    }
    return sorted(found)
}

/// Names in the order of their bytes, which is that of Python's `sorted`.
private func sorted(_ names: [String]) -> [String] { names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
