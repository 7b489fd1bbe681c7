/// The kernel files of the OpenCL backend, which are embedded in the program.
package enum KernelSource: String, CaseIterable, Sendable {
    case gather = "Gather"
    case convolution = "Convolution"
    case convolutionGradient = "ConvolutionGradient"
    case winograd = "Winograd"
    case batchNorm = "BatchNorm"
    case averagePool = "AveragePool"
    case paddedShortcut = "PaddedShortcut"
    case dropout = "Dropout"
    case gemm = "GEMM"
    case loss = "Loss"
    case optimizer = "Optimizer"
    case peak = "Peak"

    /// The common prefix of all programs: the vector type, the lanes, the sums over a work-group.
    package static var prelude: String { decode(PackageResources.Prelude_cl) }

    /// The name of the file.
    package var fileName: String { "\(rawValue).cl" }

    /// The text of the file in OpenCL C 1.2; it is compiled after ``prelude``.
    package var text: String {
        switch self {
        case .gather: Self.decode(PackageResources.Gather_cl)
        case .convolution: Self.decode(PackageResources.Convolution_cl)
        case .convolutionGradient: Self.decode(PackageResources.ConvolutionGradient_cl)
        case .winograd: Self.decode(PackageResources.Winograd_cl)
        case .batchNorm: Self.decode(PackageResources.BatchNorm_cl)
        case .averagePool: Self.decode(PackageResources.AveragePool_cl)
        case .paddedShortcut: Self.decode(PackageResources.PaddedShortcut_cl)
        case .dropout: Self.decode(PackageResources.Dropout_cl)
        case .gemm: Self.decode(PackageResources.GEMM_cl)
        case .loss: Self.decode(PackageResources.Loss_cl)
        case .optimizer: Self.decode(PackageResources.Optimizer_cl)
        case .peak: Self.decode(PackageResources.Peak_cl)
        }
    }

    /// A complete program; compiler messages refer to the files and lines of the folder `Kernels`.
    package var program: String {
        "#line 1 \"Prelude.cl\"\n\(Self.prelude)\n#line 1 \"\(fileName)\"\n\(text)"
    }

    private static func decode(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
