// swift-tools-version: 6.2
import PackageDescription

/// The processor the CPU kernels are compiled for: the machine that builds, unless
/// `RESNET_BO_CPU` names another (`x86-64-v3`, `x86-64-v4`, `znver4`, `neoverse-n1`, ...).
///
/// Without it the vector operations of the CPU backend would become one call of `fmaf` for every lane.
let processor = Context.environment["RESNET_BO_CPU"] ?? "native"

#if arch(arm64)
    let processorFlag = "-mcpu=\(processor)"
#else
    let processorFlag = "-march=\(processor)"
#endif

/// What every Swift target of this package is compiled with.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Settings of the target that holds the vector code.
let vectorSettings: [SwiftSetting] = settings + [.unsafeFlags(["-Xcc", processorFlag])]

/// A module of ours.
func module(_ name: String, path: String? = nil, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: path, swiftSettings: settings)
}

/// The tests of one module, or of one property of several.
func tests(_ name: String, resources: [Resource] = [], _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser", condition: .when(traits: ["Program"]))

let package = Package(
    name: "resnet-bo",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "resnet-bo", targets: ["resnet-bo"]),
        .library(name: "BayesianOptimization", targets: ["BayesianOptimization"]),
    ],
    traits: [
        .trait(name: "Program", description: "What the program needs; a dependant of the library can disable it."),
        .default(enabledTraits: ["Program"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: [
        // Libraries of the system, installed by `scripts/install-dependencies`.
        .systemLibrary(name: "COpenCL"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .systemLibrary(name: "CNLopt", pkgConfig: "nlopt"),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng"),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg"),

        // Support.
        module("Platform"),
        module("JSON"),
        module("NumPyRandom"),
        module("Protobuf"),

        // Compute.
        module("Backend"),
        .target(name: "CProcessor"),
        .target(
            name: "CPUBackend", dependencies: ["Backend", "CProcessor", "Platform"], swiftSettings: vectorSettings),
        .target(
            name: "Kernels",
            path: "Kernels",
            resources: [
                "Prelude", "Gather", "Convolution", "ConvolutionGradient", "Winograd", "BatchNorm", "AveragePool",
                "PaddedShortcut", "Dropout", "GEMM", "Loss", "Optimizer", "Peak",
            ]
            .map { .embedInCode("\($0).cl") },
            swiftSettings: settings),
        module("OpenCLBackend", ["Backend", "JSON", "Kernels", "Platform", "COpenCL"]),
        module("Backends", ["Backend", "CPUBackend", "OpenCLBackend"]),

        // The scalar definition that every backend is held against, and the cases; the tests and `self-test` use them.
        module("ReferenceBackend", ["Backend", "Platform"]),
        module("ParityCases", ["Backend", "Platform", "ReferenceBackend"]),

        // Learning.
        module("NeuralNetwork", ["Backend", "JSON", "NumPyRandom", "Platform", "Protobuf"]),
        module("Datasets", ["NumPyRandom", "CZlib", "CPNG", "CTurboJPEG", "Platform"]),
        module("Training", ["Backend", "NeuralNetwork", "Datasets", "NumPyRandom", "Platform"]),

        // Optimising.
        module("GaussianProcess", ["CNLopt", "Platform"]),
        module("BayesianOptimization", ["GaussianProcess", "NumPyRandom", "Platform"]),
        module("Studies", ["BayesianOptimization", "JSON", "Platform"]),
        module("Reporting", ["BayesianOptimization", "Studies", "JSON", "NumPyRandom", "Platform", "Protobuf"]),

        .executableTarget(
            name: "resnet-bo",
            dependencies: [
                "Backend", "Backends", "ParityCases", "NeuralNetwork", "Datasets", "Training", "BayesianOptimization",
                "Studies", "Reporting", "JSON", "NumPyRandom", "Platform", argumentParser,
            ],
            resources: [.embedInCode("SelfTesting/TrainingGolden.json")],
            swiftSettings: settings),

        // Tests.
        module("TestSupport", path: "Tests/TestSupport", ["Backend", "Backends", "ParityCases", "ReferenceBackend"]),
        tests("ManifestTests", ["TestSupport"]),
        tests("PlatformTests", ["Platform", "TestSupport"]),
        tests("JSONTests", ["JSON"]),
        tests("ParityTests", ["Backend", "ParityCases", "ReferenceBackend", "TestSupport"]),
        tests("CPUBackendTests", ["Backend", "CPUBackend", "Platform"]),
        tests("OpenCLBackendTests", ["Backend", "OpenCLBackend", "Kernels", "NeuralNetwork", "TestSupport"]),
        tests("BackendsTests", ["Backend", "Backends", "OpenCLBackend", "ReferenceBackend", "TestSupport"]),
        tests("NumPyRandomTests", ["NumPyRandom"]),
        tests("ProtobufTests", ["Protobuf"]),
        tests(
            "NeuralNetworkTests", resources: [.copy("Golden")],
            [
                "Backend", "JSON", "NeuralNetwork", "NumPyRandom", "ParityCases", "ReferenceBackend", "Training",
                "TestSupport",
            ]),
        tests("DatasetsTests", resources: [.copy("Golden")], ["Datasets", "Platform", "TestSupport"]),
        tests(
            "TrainingTests", resources: [.copy("Golden")],
            ["Backend", "Backends", "Datasets", "NeuralNetwork", "Training", "NumPyRandom", "TestSupport"]),
        tests("GaussianProcessTests", resources: [.copy("Golden")], ["GaussianProcess", "ParityCases", "TestSupport"]),
        tests(
            "BayesianOptimizationTests", resources: [.copy("Golden")],
            ["BayesianOptimization", "GaussianProcess", "NumPyRandom", "Platform", "TestSupport"]),
        tests("StudiesTests", ["Studies", "BayesianOptimization", "JSON", "NumPyRandom", "Platform", "TestSupport"]),
        tests("ReportingTests", ["Reporting", "Studies", "BayesianOptimization", "JSON", "Platform", "TestSupport"]),
        tests("CommandLineTests", resources: [.copy("FaultyDriver")], ["resnet-bo", "Datasets", "TestSupport"]),
        tests("ExamplePackageTests", resources: [.copy("Example")], ["TestSupport"]),
    ]
)
