import Platform
import Studies

/// The files that a study writes, each opened before the first trial: what can fail after hours is tried before.
struct StudyFiles {
    let folder: OutputFolder
    let journal: StudyJournal
    let results: OutputFile
    let report: OutputFile
    /// `nil` unless a final model is trained.
    let model: OutputFile?
    /// One for each device, or none.
    let checkpoints: [OutputFile]

    /// Opens the files, without changing those of another study.
    ///
    /// - Parameters:
    ///   - journal: The path of the journal; `nil` for the one in the folder.
    ///   - resumes: Whether the study in the journal is continued.
    ///   - retrains: Whether a final model is trained.
    ///   - checkpoints: The number of devices that save checkpoints.
    init(
        in folder: OutputFolder, journal: String?, resumes: Bool, retrains: Bool, checkpoints: Int
    ) throws(FileError) {
        self.folder = folder
        self.journal = try StudyJournal(journal ?? folder.journal, resumes: resumes)
        results = try OutputFile(folder.results)
        report = try OutputFile(folder.report)
        model = retrains ? try OutputFile(folder.model) : nil
        self.checkpoints = try (0..<checkpoints).map { device throws(FileError) in
            try OutputFile(folder.checkpoint(device: device))
        }
    }

    /// Removes the checkpoints that an interrupted run with more devices has left, once a run with checkpoints has ended.
    func removeOtherCheckpoints() throws(FileError) {
        guard !checkpoints.isEmpty else { return }
        for device in checkpoints.count... {
            let path = folder.checkpoint(device: device)
            guard try InputFile.isThere(path) else { return }
            try OutputFile(path).remove()
        }
    }
}
