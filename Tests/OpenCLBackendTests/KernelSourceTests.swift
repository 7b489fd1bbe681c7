import Foundation
import Kernels
import TestSupport
import Testing

/// The kernel files, checked without a driver.
@Suite("Kernel sources")
struct KernelSourceTests {
    private static let folder = Repository.file("Kernels")

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

    /// Shapes for the macros of all files: a strided convolution, a pooling, a shortcut, a linear layer.
    private static let shapes = [
        "IN_CHANNELS": 8, "IN_HEIGHT": 13, "IN_WIDTH": 13, "OUT_CHANNELS": 16, "OUT_HEIGHT": 6, "OUT_WIDTH": 6,
        "KERNEL_HEIGHT": 3, "KERNEL_WIDTH": 3, "STRIDE_Y": 2, "STRIDE_X": 2, "PADDING_Y": 0, "PADDING_X": 0,
        "GROUPS": 2, "OUT_TILE": 8, "IN_TILE": 8, "PIXEL_TILE": 3, "GRADIENT_TILE": 2, "ROW_BLOCK": 3,
        "FEATURES": 576, "OUTPUTS": 10, "OUTPUT_TILE": 5, "FEATURE_TILE": 4, "GROUP_TILE": 1, "OUT_BAND": 2,
        "IN_BAND": 1, "IN_PIXEL_TILE": 3, "ROW_TILE": 3, "COLUMN_TILE": 3, "INPUT_GRADIENT": 1, "CHANNELS": 8,
        "PIXELS": 169, "GATHER_PIXELS": 66, "CHUNK": 32, "SUM_CHUNK": 16, "CLASSES": 10, "CHANNELS_BEFORE": 4,
        "STAGED_CHANNELS": 8, "STAGED_OUTPUTS": 8, "STAGED_FEATURES": 288, "VALUES": 70,
    ]

    /// [VECTOR, ITEMS, SLICES, POOLED].
    private static let configurations = [
        [1, 64, 4, 0], [1, 64, 4, 1], [4, 1, 1, 0], [8, 1, 1, 1], [16, 1, 1, 0], [16, 1, 1, 1],
    ]

    /// Compiles with clang, in strict OpenCL C 1.2 without extensions.
    private func compile(
        _ source: KernelSource, _ configuration: [Int], _ flags: [String], _ more: [String: Int] = [:]
    ) throws -> Command.Result {
        let folder = try TemporaryFolder()
        let file = try folder.write(source.program, to: source.fileName)
        defer { withExtendedLifetime(folder) {} }
        var macros = Self.shapes.merging(zip(["VECTOR", "ITEMS", "SLICES", "POOLED"], configuration)) { $1 }
        // With vectors, a result is the sum of one work-item.
        macros["CHANNEL_SLICES"] = configuration[2]
        macros["FEATURE_SLICES"] = configuration[2]
        macros.merge(more) { $1 }
        if source == .winograd { macros["OUT_TILE"] = configuration[0] == 16 ? 4 : 2 }
        let language = ["-x", "cl", "-cl-std=CL1.2", "-Xclang", "-cl-ext=-all", "-Xclang", "-finclude-default-header"]
        return try #require(Command(named: "clang")).run(
            language + flags + macros.map { "-D\($0)=\($1)" } + [file])
    }

    /// Strict OpenCL C 1.2, no extension, no optional feature, no warning.
    @Test(
        .enabled(if: Command.areThere("clang"), "there is no clang"), arguments: KernelSource.allCases, configurations)
    func isStrictOpenCL(_ source: KernelSource, configuration: [Int]) throws {
        let result = try compile(source, configuration, Self.warnings)
        #expect(result.exitCode == 0, "\(result.errors)")
    }

    /// The same for the other kinds of pixels.
    @Test(
        .enabled(if: Command.areThere("clang"), "there is no clang"), arguments: [["TABLE_AREA": 13], ["FLOATS": 1]],
        configurations)
    func pixelsAreStrictOpenCL(_ macros: [String: Int], configuration: [Int]) throws {
        let result = try compile(.gather, configuration, Self.warnings, macros)
        #expect(result.exitCode == 0, "\(result.errors)")
    }

    private static let warnings = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-warning-option"]

    /// The functions that the kernels may call: exact ones, and those that `scripts/opencl-inexact.c` replaces.
    private static let functions: Set = [
        "get_global_id", "get_global_offset", "get_group_id", "get_local_id", "barrier", "min", "max", "clamp",
        "select", "isnan", "vload2", "vload4", "vload8", "vload16", "vstore2", "vstore4", "vstore8", "vstore16",
        "convert_float4", "convert_float8", "convert_float16", "sqrt", "exp", "log",
    ]

    /// `scripts/opencl-inexact.c` makes every operation inexact that OpenCL allows to be: all divisions of floats are in
    /// `divide`, and no other function than those that it replaces is inexact.
    @Test(
        .enabled(if: Command.areThere("clang"), "there is no clang"), arguments: KernelSource.allCases, configurations)
    func inexactOperationsHaveNames(_ source: KernelSource, configuration: [Int]) throws {
        // Before all optimisation, so that functions are still called.
        let intermediate = ["-S", "-emit-llvm", "-Xclang", "-disable-llvm-passes", "-w", "-o", "-"]
        let result = try compile(source, configuration, intermediate)
        try #require(result.exitCode == 0, "\(result.errors)")
        var function = ""
        for line in result.output.split(separator: "\n") {
            if let definition = line.firstMatch(of: /^define .*?@(\w+)\(/) { function = String(definition.1) }
            #expect(!line.contains(/\bf(div|rem)\b/) || function == "divide", "\(function) divides: \(line)")
            for call in line.matches(of: /call .*?@_Z(\d+)(\w+)/) {
                let name = String(call.2.prefix(Int(call.1) ?? 0))
                #expect(Self.functions.contains(name), "\(function) calls \(name)")
            }
        }
        #expect(!function.isEmpty)
    }
}
