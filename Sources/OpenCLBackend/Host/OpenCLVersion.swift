/// A version of OpenCL.
struct OpenCLVersion: Comparable, CustomStringConvertible {
    /// The version that the program and its kernels are written in.
    static let needed = OpenCLVersion(major: 1, minor: 2)

    private let major: Int
    private let minor: Int

    private init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads the version of a platform or a device, as in `OpenCL 1.2 CUDA`; nil if it has none.
    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count > 1, words[0] == "OpenCL" else { return nil }
        let numbers = words[1].split(separator: ".").map { Int($0) }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        self.init(major: major, minor: minor)
    }

    static func < (one: Self, other: Self) -> Bool { (one.major, one.minor) < (other.major, other.minor) }

    var description: String { "\(major).\(minor)" }
}
