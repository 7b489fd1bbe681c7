package import BayesianOptimization
package import Platform
package import Studies

/// Writes a study as event files of TensorBoard: a folder for each trial, and one within it for each fold.
///
/// The names of the files do not change, so a study that is continued replaces them. All events of a file have the time at which it
/// was written.
package struct TensorBoardWriter {
    /// The metrics that the table of hyperparameters shows.
    static let metrics = ["validation_loss", "validation_accuracy", "test_loss", "test_accuracy"]

    private let folder: String

    /// Makes the folder, and writes the searched hyperparameters into it.
    ///
    /// - Throws: `FileError`; call it before long work.
    package init(_ folder: String, space: ParameterSpace) throws(FileError) {
        self.folder = folder
        var file = EventFile(wallTime: UTC.seconds)
        file.append(experiment: space, metrics: Self.metrics)
        try write(file, to: folder)
    }

    /// Writes a finished trial.
    ///
    /// - Throws: `FileError`.
    package func write(_ trial: TrialRecord) throws(FileError) {
        let number = String(repeating: "0", count: max(0, 4 - "\(trial.number)".count)) + "\(trial.number)"
        let path = "\(folder)/trial-\(number)"
        var file = EventFile(wallTime: UTC.seconds)
        file.append(start: trial)
        for (epoch, loss) in trial.meanLosses { file.append("validation_loss", loss, step: epoch) }
        let last = trial.meanLosses.last?.epoch ?? trial.outcome.epochs ?? 0
        if trial.meanLosses.isEmpty { file.append("validation_loss", trial.validationLoss, step: last) }
        let folds = trial.folds
        file.append("validation_accuracy", folds.mean(of: \.validationAccuracy), step: last)
        file.append("test_loss", folds.mean(of: \.testLoss), step: last)
        file.append("test_accuracy", folds.mean(of: \.testAccuracy), step: last)
        file.append(end: trial)
        try write(file, to: path)
        for fold in folds { try write(fold, last: last, to: "\(path)/fold-\(fold.fold)") }
    }

    private func write(_ fold: TrialRecord.FoldOutcome, last: Int, to path: String) throws(FileError) {
        var file = EventFile(wallTime: UTC.seconds)
        for (epoch, loss) in (fold.epochLosses ?? []).enumerated() {
            file.append("validation_loss", loss, step: epoch + 1)
        }
        if fold.epochLosses == nil { file.append("validation_loss", fold.validationLoss, step: last) }
        file.append("validation_accuracy", fold.validationAccuracy, step: last)
        file.append("test_loss", fold.testLoss, step: last)
        file.append("test_accuracy", fold.testAccuracy, step: last)
        try write(file, to: path)
    }

    private func write(_ file: EventFile, to path: String) throws(FileError) {
        try Folder.make(path)
        try OutputFile("\(path)/events.out.tfevents.0.resnet-bo").write(file.bytes)
    }
}
