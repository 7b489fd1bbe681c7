import Protobuf

/// The graph of an ONNX model: nodes, and the numbers that they read.
///
/// The numbers of fields and enumerations are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
struct ONNXGraph {
    /// An attribute of a node.
    enum Attribute {
        case float(Float)
        case integer(Int)
        case integers([Int])
    }

    /// The size of a dimension.
    enum Dimension {
        case fixed(Int)
        /// A size that is free, with a name.
        case free(String)
    }

    private let name: String
    private var nodes: [ProtobufMessage] = []
    private var initializers: [ProtobufMessage] = []
    private var inputs: [ProtobufMessage] = []
    private var outputs: [ProtobufMessage] = []

    init(_ name: String) { self.name = name }

    /// Adds an operator, whose output has the name of the node.
    mutating func add(
        _ operation: String, _ output: String, inputs: [String], attributes: KeyValuePairs<String, Attribute> = [:]
    ) {
        var node = ProtobufMessage()
        for input in inputs { node.add(1, input) }
        node.add(2, output)
        node.add(3, output)
        node.add(4, operation)
        for (name, attribute) in attributes { node.add(5, Self.message(name, attribute)) }
        nodes.append(node)
    }

    private static func message(_ name: String, _ attribute: Attribute) -> ProtobufMessage {
        var message = ProtobufMessage()
        message.add(1, name)
        // Field 20 is the type of the value.
        switch attribute {
        case .float(let value):
            message.add(2, value)
            message.add(20, 1)
        case .integer(let value):
            message.add(3, value)
            message.add(20, 2)
        case .integers(let values):
            for value in values { message.add(8, value) }
            message.add(20, 7)
        }
        return message
    }

    /// Adds numbers of fp32 that nodes read.
    mutating func addTensor(_ name: String, shape: [Int], _ values: [Float]) {
        addTensor(name, shape: shape, type: 1, bytes: values.flatMap { $0.bitPattern.littleEndianBytes })
    }

    /// Adds a list of whole numbers that nodes read.
    mutating func addList(_ name: String, _ values: [Int]) {
        addTensor(name, shape: [values.count], type: 7, bytes: values.flatMap { Int64($0).littleEndianBytes })
    }

    private mutating func addTensor(_ name: String, shape: [Int], type: Int, bytes: [UInt8]) {
        var tensor = ProtobufMessage()
        for size in shape { tensor.add(1, size) }
        tensor.add(2, type)
        tensor.add(8, name)
        tensor.add(9, bytes: bytes)
        initializers.append(tensor)
    }

    /// Declares an input of fp32.
    mutating func addInput(_ name: String, shape: [Dimension]) { inputs.append(Self.declaration(name, shape)) }

    /// Declares an output of fp32.
    mutating func addOutput(_ name: String, shape: [Dimension]) { outputs.append(Self.declaration(name, shape)) }

    private static func declaration(_ name: String, _ dimensions: [Dimension]) -> ProtobufMessage {
        var (shape, tensor, type, message) = (
            ProtobufMessage(), ProtobufMessage(), ProtobufMessage(), ProtobufMessage()
        )
        for dimension in dimensions {
            var size = ProtobufMessage()
            switch dimension {
            case .fixed(let value): size.add(1, value)
            case .free(let name): size.add(2, name)
            }
            shape.add(1, size)
        }
        tensor.add(1, 1)
        tensor.add(2, shape)
        type.add(1, tensor)
        message.add(1, name)
        message.add(2, type)
        return message
    }

    /// The whole graph.
    var message: ProtobufMessage {
        var message = ProtobufMessage()
        for node in nodes { message.add(1, node) }
        message.add(2, name)
        for tensor in initializers { message.add(5, tensor) }
        for input in inputs { message.add(11, input) }
        for output in outputs { message.add(12, output) }
        return message
    }
}
