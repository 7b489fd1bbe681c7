/// What was read from the files of a data set.
package struct FoundImages: Sendable {
    /// The name of the data set: `Fashion-MNIST`, or the last component of its path.
    package let name: String

    /// The kind of the files, in words: "IDX files".
    package let kind: String

    /// The path of the files.
    package let path: String

    /// The images that were asked for, all of one format.
    package let sets: [ImagePart: LabelledImages]

    /// What a person should know, each as a clause: "the labels start at 1 and were shifted to 0".
    package let notes: [String]

    /// Both sets as a data set.
    ///
    /// - Precondition: Both were asked for.
    package var dataset: ImageDataset {
        guard let training = sets[.training], let test = sets[.test] else { preconditionFailure("\(name): one set") }
        return ImageDataset(name: name, training: training, test: test, folder: path)
    }

    /// What was found, as one line of text.
    package var summary: String {
        let counts = ImagePart.allCases.compactMap { part in sets[part].map { "\($0.count) \(part.word)" } }
        let format = sets.values.first.map { ", \($0.format)" } ?? ""
        let facts = ["\(counts.joined(separator: " and ")) images\(format)"] + notes
        return "\(kind) in \(path): \(facts.joined(separator: "; "))"
    }
}

extension LabelledImages.Format: CustomStringConvertible {
    /// Channels, rows, columns and the number of classes, in words.
    package var description: String {
        "\(channels) x \(rows) x \(columns), \(classes) \(classes == 1 ? "class" : "classes")"
    }
}

/// The last component of a path, as the name of a data set; without an extension.
func name(ofPath path: String) -> String {
    let last = path.split(separator: "/").last ?? "/"
    return String(last.split(separator: ".", omittingEmptySubsequences: false).first { !$0.isEmpty } ?? last)
}
