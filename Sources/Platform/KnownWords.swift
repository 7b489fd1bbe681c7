/// The words that may stand at some place, and the advice for another one.
package struct KnownWords: Sendable, Equatable {
    /// The allowed words, in the order of messages.
    package let words: [String]

    /// Words of other programs, with the allowed word of the same meaning.
    private let synonyms: [String: String]

    /// Creates a list.
    package init(_ words: [String], synonyms: [String: String] = [:]) {
        self.words = words
        self.synonyms = synonyms
    }

    /// The advice for a word that is not allowed, as a clause: the nearest word, or all of them if none is near.
    package func advice(for word: String) -> String {
        if let nearest = nearest(to: word) { return "did you mean \"\(nearest)\"?" }
        let quoted = words.map { "\"\($0)\"" }
        return quoted.count == 1 ? "only \(quoted[0]) is known" : "known are \(quoted.joined(separator: ", "))"
    }

    /// The allowed word that was probably meant; `nil` if none is near.
    ///
    /// Case does not count, and neither does `-` instead of `_`. A word is near that begins like the other, or that a
    /// third of the letters separates, counted as edits.
    package func nearest(to word: String) -> String? {
        // A long word is no misspelt one, and would take long.
        guard word.count <= 100 else { return nil }
        let word = Self.plain(word)
        if let synonym = synonyms[word], words.contains(synonym) { return synonym }
        let distances = words.map { Self.distance(word, Self.plain($0)) }
        if let least = distances.indices.min(by: { distances[$0] < distances[$1] }),
            distances[least] <= max(word.count, words[least].count) / 3
        {
            return words[least]
        }
        return words.first { known in
            let known = Self.plain(known)
            return min(known.count, word.count) >= 3 && (known.hasPrefix(word) || word.hasPrefix(known))
        }
    }

    private static func plain(_ word: String) -> String { String(word.lowercased().map { $0 == "-" ? "_" : $0 }) }

    /// The least number of letters to insert, delete, replace or swap with their neighbours that changes one word into
    /// the other, where no letter is changed twice (optimal string alignment).
    private static func distance(_ first: String, _ second: String) -> Int {
        let (first, second) = (Array(first), Array(second))
        var rows = [Array(0...second.count)]
        for i in first.indices {
            var row = [i + 1]
            for j in second.indices {
                let replaced = rows[i][j] + (first[i] == second[j] ? 0 : 1)
                var least = min(replaced, rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
                    least = min(least, rows[i - 1][j - 1] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[first.count][second.count]
    }
}
