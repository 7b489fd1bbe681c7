// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Example",
    platforms: [.macOS(.v15)],
    // Without its traits the package fetches no other one.
    dependencies: [.package(url: "file:///path/to/resnet-bo", from: "1.0.0", traits: [])],
    targets: [
        .executableTarget(
            name: "Example", dependencies: [.product(name: "BayesianOptimization", package: "resnet-bo")])
    ]
)
