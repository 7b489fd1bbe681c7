import JSON
import NeuralNetwork
import Platform
import Studies

/// What libFuzzer's inputs are read as.
///
/// `scripts/fuzz-readers` compiles this file into the module `Datasets` and names the reader in RESNET_BO_FUZZ. Errors are what
/// the readers are for; a trap, a wrong access and a leak end the fuzzer.
private enum FuzzedReader: String {
    case png, jpeg, npz, idx, cifar, folder, network, safetensors, journal

    static let named: Self = {
        let name = environment("RESNET_BO_FUZZ") ?? ""
        guard let reader = Self(rawValue: name) else { fatalError("RESNET_BO_FUZZ is '\(name)'") }
        return reader
    }()

    /// The files of this process in memory, which replace each other.
    private static let scratch: String = {
        let path = "/dev/shm/resnet-bo-fuzz-\(getpid())"
        try! Folder.make(path)
        try! Folder.make("\(path)/classes")
        try! Folder.make("\(path)/classes/a")
        return path
    }()

    private static let tiny = try! NetworkPlan(.tiny)

    private func write(_ contents: [UInt8], to name: String) -> String {
        let path = "\(Self.scratch)/\(name)"
        try! OutputFile(path).write(contents)
        return path
    }

    func read(_ contents: [UInt8]) {
        // A small limit, because the time of libFuzzer is better spent on many inputs.
        let check = { (size: Picture.Size) throws(PictureFailure) in
            if size.pixels > 1 << 16 { throw PictureFailure("too large") }
        }
        switch self {
        case .png: _ = try? PNGFile.read(contents, check: check).resized(shorterSide: 5)
        case .jpeg: _ = try? JPEGFile.read(contents, check: check).resized(shorterSide: 5)
        case .npz:
            let file = write(contents, to: "images.npz")
            _ = try? ImageSource(file).load()
            let format = LabelledImages.Format(channels: 3, rows: 6, columns: 7, classNames: ["a"])
            _ = try? ImagesToClassify([file], like: format, options: ReadingOptions())
        case .idx:
            let file = write(contents, to: "images")
            _ = try? IDXArray(file: file, rank: 3)
            _ = try? IDXArray(file: file, rank: 1)
        case .cifar:
            _ = write(contents, to: "data_batch_1.bin")
            _ = write(contents, to: "test_batch.bin")
            _ = try? ImageSource(Self.scratch).load()
        case .folder:
            _ = write(contents, to: "classes/a/image.png")
            var options = ReadingOptions()
            options.resize = 5
            options.testShare = 0.5
            _ = try? ImageSource("\(Self.scratch)/classes", options: options).load()
        case .network:
            guard let file = try? JSONDocument(contents).decode(NetworkFile.self) else { return }
            _ = try? file.description(for: Self.tiny.description.input, classes: 4)
        case .safetensors:
            guard let file = try? Safetensors(contents, name: "fuzz") else { return }
            _ = try? StateDictionary(file, plan: Self.tiny, name: "fuzz")
        case .journal:
            guard let study = try? StudyJournal.study(in: contents, of: "fuzz") else { return }
            _ = try? Study.replay(study)
        }
    }
}

/// One input of libFuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReaders(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    FuzzedReader.named.read(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
