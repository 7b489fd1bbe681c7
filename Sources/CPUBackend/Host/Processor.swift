package import Backend
internal import CProcessor
internal import Platform

/// The processor that this program was built for, and the one that it runs on.
package enum Processor {
    /// The features that the kernels were compiled for, one bit each.
    package static var needed: UInt32 { processorFeaturesNeeded() }

    /// The features of this processor, one bit each.
    package static var present: UInt32 { processorFeaturesPresent() }

    /// Throws if kernels compiled for `needed` would execute an illegal instruction.
    ///
    /// - Throws: `BackendError.unavailable(backend:reason:)` with the manufacturer's names of the missing features.
    package static func require(_ needed: UInt32, present: UInt32) throws(BackendError) {
        let missing = names(of: needed & ~present)
        guard missing.isEmpty else {
            throw .unavailable(
                backend: "cpu",
                reason: "this processor lacks \(missing.joined(separator: ", ")), for which the program was built. "
                    + "Build it on this machine, or for an older one by setting RESNET_BO_CPU, "
                    + "for example to x86-64-v3")
        }
    }

    /// The manufacturer's names of a set of features.
    package static func names(of features: UInt32) -> [String] {
        (0..<UInt32.bitWidth).compactMap { bit in
            guard features & (1 << UInt32(bit)) != 0, let name = processorFeatureName(Int32(bit)) else {
                return nil
            }
            return String(cString: name)
        }
    }

    /// The first value of each key in Linux's `/proc/cpuinfo`; empty on other systems.
    static func cpuInformation() -> [String: String] {
        let text = String(decoding: (try? InputFile.read("/proc/cpuinfo")) ?? [], as: UTF8.self)
        var information: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: ":", maxSplits: 1).map { line in
                line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
            if words.count == 2, information[words[0]] == nil { information[words[0]] = words[1] }
        }
        return information
    }
}
