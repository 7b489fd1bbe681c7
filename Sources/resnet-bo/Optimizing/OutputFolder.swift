import Platform

/// The files of a study in an output folder.
struct OutputFolder {
    /// The path, as it was given.
    let path: String

    /// The record of the study, unless a flag names another file.
    var journal: String { "\(path)/study.log" }

    /// The results, which are derived from the record.
    var results: String { "\(path)/results.json" }

    /// What the trials that are being trained on a device need to go on.
    ///
    /// - Parameter device: The position of the device in `--devices`, from 0.
    func checkpoint(device: Int) -> String { "\(path)/checkpoint\(device == 0 ? "" : "-\(device)").safetensors" }

    /// The report, which is derived from the record.
    var report: String { "\(path)/report.html" }

    /// The trained model.
    var model: String { "\(path)/model.safetensors" }

    /// Copies the results and the journal of another study to the first free number, before a new study replaces them.
    ///
    /// - Parameter journal: The journal that is replaced.
    func keep(_ journal: String) throws(FileError) {
        var files: [(path: String, contents: [UInt8])] = []
        for path in [results, journal] where try InputFile.isThere(path) {
            let contents = try InputFile.read(path)
            if !contents.isEmpty { files.append((path, contents)) }
        }
        guard !files.isEmpty else { return }
        for number in 1... {
            let copies = files.map { Self.copy($0.path, number) }
            var (isTaken, isKept) = (false, true)
            for (copy, file) in zip(copies, files) {
                guard try InputFile.isThere(copy) else {
                    isKept = false
                    continue
                }
                isTaken = true
                if try InputFile.read(copy) != file.contents { isKept = false }
            }
            // If the last study has replaced nothing, its copies exist already.
            if isTaken && isKept { return }
            if isTaken { continue }
            for (copy, file) in zip(copies, files) { try OutputFile(copy).write(file.contents) }
            return StandardError.write(
                "\(files.map(\.path).joined(separator: " and ")) have another study, which is kept as "
                    + "\(copies.joined(separator: " and ")), because --resume was not given")
        }
    }

    /// The name of a copy: `results.1.json` for `results.json`.
    private static func copy(_ path: String, _ number: Int) -> String {
        let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        guard let dot = path[start...].lastIndex(of: "."), dot > start else { return "\(path).\(number)" }
        return "\(path[..<dot]).\(number)\(path[dot...])"
    }
}
