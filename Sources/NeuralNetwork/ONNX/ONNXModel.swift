import Backend
import JSON
import Platform
import Protobuf

/// A model in the format ONNX, opset 17: the operations of a ``NetworkPlan`` as nodes, and the weights.
///
/// The input `pixels` is `[images, channels, rows, columns]` from 0 to 1; the graph normalises it itself. The output `logits` is
/// `[images, classes]`. The number of images is free.
package struct ONNXModel {
    /// The contents of the file.
    package let encoded: [UInt8]

    /// The version of the file format that came with opset 17.
    private static let formatVersion = 8
    private static let operatorSet = 17

    /// Makes a model from its weights.
    ///
    /// - Parameters:
    ///   - means: What is subtracted from the pixels of each channel; nil for nothing.
    ///   - deviations: What the difference is divided by.
    ///   - classNames: The classes, which the metadata state.
    package init(
        _ state: StateDictionary, of plan: NetworkPlan, means: [Float]?, deviations: [Float]?, classNames: [String]
    ) throws {
        var writer = GraphWriter(plan, state)
        writer.addImages(means: means, deviations: deviations)
        for operation in plan.operations { writer.add(operation) }
        writer.addLogits()

        var operators = ProtobufMessage()
        operators.add(1, "")
        operators.add(2, Self.operatorSet)
        var model = ProtobufMessage()
        model.add(1, Self.formatVersion)
        model.add(2, "resnet-bo")
        model.add(3, Version.current)
        model.add(7, writer.graph.message)
        model.add(8, operators)
        for (key, value) in [
            ("network", plan.description.name), ("class_names", try JSON.encode(classNames, layout: .line)),
        ] {
            var entry = ProtobufMessage()
            entry.add(1, key)
            entry.add(2, value)
            model.add(14, entry)
        }
        encoded = model.bytes
    }
}

/// Makes the nodes of the operations of a network.
private struct GraphWriter {
    private(set) var graph: ONNXGraph
    private let plan: NetworkPlan
    private let state: StateDictionary
    /// The names of the values, and whether they are vectors of features, `[images, features]`.
    private var values: [(name: String, isFlat: Bool)]

    init(_ plan: NetworkPlan, _ state: StateDictionary) {
        graph = ONNXGraph(plan.description.name)
        self.plan = plan
        self.state = state
        values = Array(repeating: ("", false), count: plan.values.count)
    }

    /// Declares the images, and normalises them.
    mutating func addImages(means: [Float]?, deviations: [Float]?) {
        let shape = plan.description.input
        graph.addInput(
            "pixels",
            shape: [.free("images"), .fixed(shape.channels), .fixed(shape.image.height), .fixed(shape.image.width)])
        values[NetworkPlan.images].name = "pixels"
        guard let means, let deviations else { return }
        graph.addTensor("means", shape: [1, means.count, 1, 1], means)
        graph.addTensor("deviations", shape: [1, deviations.count, 1, 1], deviations)
        graph.add("Sub", "centred", inputs: ["pixels", "means"])
        graph.add("Div", "normalised", inputs: ["centred", "deviations"])
        values[NetworkPlan.images].name = "normalised"
    }

    /// Declares the logits.
    mutating func addLogits() {
        graph.add("Flatten", "logits", inputs: [values[plan.logits].name], attributes: ["axis": .integer(1)])
        graph.addOutput("logits", shape: [.free("images"), .fixed(plan.description.classes)])
    }

    /// Adds the nodes of an operation.
    mutating func add(_ operation: PlannedOperation) {
        let input = values[operation.input]
        // Several operations may begin with a layer of the same name, so the number of the value makes the name unique.
        let name = "\(operation.output):\(operation.name)"
        switch operation.kind {
        case .fused(let layer):
            values[operation.output] = (add(layer, operation, input.name, as: name), input.isFlat)
        case .averagePool(let pool):
            graph.add(
                "AveragePool", name, inputs: [input.name],
                attributes: [
                    "kernel_shape": .integers([pool.kernel.height, pool.kernel.width]),
                    "strides": .integers([pool.stride.height, pool.stride.width]),
                ])
            values[operation.output].name = name
        case .paddedShortcut(let shortcut):
            values[operation.output].name = add(shortcut, input.name, as: name)
        case .dropout:
            // Nothing is dropped outside of training.
            values[operation.output] = input
        case .linear:
            var features = input.name
            if !input.isFlat {
                features = "\(name).features"
                graph.add("Flatten", features, inputs: [input.name], attributes: ["axis": .integer(1)])
            }
            graph.add(
                "Gemm", name,
                inputs: [features, parameter("\(operation.name).weight"), parameter("\(operation.name).bias")],
                attributes: ["transB": .integer(1)])
            values[operation.output] = (name, true)
        }
    }

    /// Adds the parts of a fused layer, and returns the name of the last one.
    private mutating func add(
        _ layer: FusedLayer, _ operation: PlannedOperation, _ input: String, as name: String
    ) -> String {
        var value = input
        if let convolution = layer.convolution, let weights = operation.weights {
            let padding = convolution.padding
            graph.add(
                "Conv", "\(name).convolution",
                inputs: [value, parameter("\(weights).weight")]
                    + (operation.hasBias ? [parameter("\(weights).bias")] : []),
                attributes: [
                    "kernel_shape": .integers([convolution.kernel.height, convolution.kernel.width]),
                    "strides": .integers([convolution.stride.height, convolution.stride.width]),
                    "pads": .integers([padding.height, padding.width, padding.height, padding.width]),
                ])
            value = "\(name).convolution"
        }
        if let norm = layer.norm, let prefix = operation.norm {
            graph.add(
                "BatchNormalization", "\(name).norm",
                inputs: [value]
                    + ["weight", "bias", "running_mean", "running_var"].map { parameter("\(prefix).\($0)") },
                attributes: ["epsilon": .float(norm.epsilon)])
            value = "\(name).norm"
        }
        if layer.addsResidual, let residual = operation.residual {
            graph.add("Add", "\(name).sum", inputs: [value, values[residual].name])
            value = "\(name).sum"
        }
        if layer.relu {
            graph.add("Relu", "\(name).relu", inputs: [value])
            value = "\(name).relu"
        }
        if let pool = layer.pool {
            graph.add(
                "MaxPool", "\(name).pool", inputs: [value],
                attributes: [
                    "kernel_shape": .integers([pool.kernel.height, pool.kernel.width]),
                    "strides": .integers([pool.stride.height, pool.stride.width]),
                ])
            value = "\(name).pool"
        }
        return value
    }

    /// Adds the parts of a padded shortcut, and returns the name of the last one.
    private mutating func add(_ shortcut: PaddedShortcut, _ input: String, as name: String) -> String {
        let (stride, channels) = (shortcut.stride, shortcut.channels)
        graph.addList("\(name).starts", [0, 0])
        // Beyond every image: ONNX takes it as the end.
        graph.addList("\(name).ends", [.max, .max])
        graph.addList("\(name).axes", [2, 3])
        graph.addList("\(name).steps", [stride.height, stride.width])
        graph.add(
            "Slice", "\(name).pixels", inputs: [input] + ["starts", "ends", "axes", "steps"].map { "\(name).\($0)" })
        // Of images, channels, rows and columns: what is added before them, and then what is added behind them.
        graph.addList(
            "\(name).pads", [0, channels.lowerBound, 0, 0, 0, shortcut.outputChannels - channels.upperBound, 0, 0])
        graph.add("Pad", name, inputs: ["\(name).pixels", "\(name).pads"])
        return name
    }

    /// Adds an entry of the state, and returns its name.
    private mutating func parameter(_ name: String) -> String {
        let entry = plan.layout[name]
        graph.addTensor(name, shape: entry.shape, state.values(of: entry) ?? [])
        return name
    }
}
