import Foundation
import Kernels
import Testing

/// The kernel files, checked without a driver.
@Suite("Kernel sources")
struct KernelSourceTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().appending(path: "../../Kernels").standardizedFileURL

    /// A file that is not embedded would be missing in the program.
    @Test func everyFileIsEmbedded() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            .filter { $0.hasSuffix(".cl") }
        #expect(Set(files) == Set(KernelSource.allCases.map(\.fileName) + ["Prelude.cl"]))
        for source in KernelSource.allCases {
            let text = try String(contentsOf: Self.folder.appending(path: source.fileName), encoding: .utf8)
            #expect(source.text == text, "\(source.fileName) differs from what the program holds; build again")
        }
    }

    /// Every file begins with a comment on the index mapping of its dimensions.
    @Test(arguments: KernelSource.allCases)
    func opensWithItsIndexMapping(_ source: KernelSource) throws {
        let comment = source.text.split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { $0.hasPrefix("//") || $0.isEmpty || $0.hasPrefix("#define") }
        #expect(comment.contains { $0.contains("dimension 0") })
    }

    /// Shapes for the macros of all files: a strided convolution, a pooling, a linear layer.
    private static let shapes = [
        "IN_CHANNELS": 8, "IN_HEIGHT": 13, "IN_WIDTH": 13, "OUT_CHANNELS": 16, "OUT_HEIGHT": 6, "OUT_WIDTH": 6,
        "KERNEL_HEIGHT": 3, "KERNEL_WIDTH": 3, "STRIDE_Y": 2, "STRIDE_X": 2, "PADDING_Y": 0, "PADDING_X": 0,
        "GROUPS": 2, "OUT_TILE": 8, "IN_TILE": 8, "PIXEL_TILE": 3, "GRADIENT_TILE": 2, "ROW_BLOCK": 3,
        "FEATURES": 576, "OUTPUTS": 10, "OUTPUT_TILE": 5, "FEATURE_TILE": 4, "GROUP_TILE": 1, "OUT_BAND": 2,
        "IN_BAND": 1,
        "IN_PIXEL_TILE": 3, "ROW_TILE": 3, "COLUMN_TILE": 3, "INPUT_GRADIENT": 1, "CHANNELS": 8, "PIXELS": 169,
        "GATHER_PIXELS": 66, "CHUNK": 32, "CLASSES": 10,
    ]

    private static let hasClang = ProcessInfo.processInfo.environment["CI"] == "true" || clang != nil

    /// A clang in the search path.
    private static let clang: URL? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { URL(filePath: "\($0)/clang") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }()

    /// Strict OpenCL C 1.2, no extension, no optional feature, no warning.
    @Test(
        .enabled(if: hasClang, "there is no clang"), arguments: KernelSource.allCases,
        [[1, 64, 4, 0], [1, 64, 4, 1], [4, 1, 1, 0], [8, 1, 1, 1], [16, 1, 1, 0], [16, 1, 1, 1]])
    func isStrictOpenCL(_ source: KernelSource, configuration: [Int]) throws {
        let clang = try #require(Self.clang)
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).cl")
        try source.program.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }

        let names = ["VECTOR", "ITEMS", "SLICES", "POOLED"]
        var macros = Self.shapes.merging(zip(names, configuration)) { $1 }
        if source == .winograd { macros["OUT_TILE"] = configuration[0] == 16 ? 4 : 2 }
        let process = Process()
        process.executableURL = clang
        process.arguments =
            [
                "-x", "cl", "-cl-std=CL1.2", "-Xclang", "-cl-ext=-all", "-Xclang", "-finclude-default-header",
                "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-warning-option",
            ] + macros.map { "-D\($0)=\($1)" } + [file.path]
        let messages = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).log")
        try Data().write(to: messages)
        defer { try? FileManager.default.removeItem(at: messages) }
        process.standardError = try FileHandle(forWritingTo: messages)
        try process.run()
        process.waitUntilExit()
        let complaint = try String(contentsOf: messages, encoding: .utf8)
        #expect(process.terminationStatus == 0, "\(complaint)")
    }
}
