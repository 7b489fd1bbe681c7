import BayesianOptimization
import Protobuf
import Studies

/// The contents of an event file of TensorBoard: records of messages `Event`.
///
/// A record is its length in eight bytes, the masked checksum of those, the message, and the masked checksum of that, with the low
/// bytes first (https://www.tensorflow.org/tutorials/load_data/tfrecord). The messages are those of TensorBoard's
/// `compat/proto/event.proto`, `summary.proto` and `plugins/hparams/plugin_data.proto`.
package struct EventFile: Sendable {
    /// The contents of the file.
    package private(set) var bytes: [UInt8] = []

    private let wallTime: Double

    /// Begins a file.
    ///
    /// - Parameter wallTime: The time of all events, in seconds since 1970.
    package init(wallTime: Double) {
        self.wallTime = wallTime
        append { $0.add(3, "brain.Event:2") }
    }

    /// Appends a number; one that is not finite is left out.
    package mutating func append(_ tag: String, _ number: Double, step: Int) {
        guard number.isFinite else { return }
        append { event in
            if step != 0 { event.add(2, step) }
            event.add(
                5,
                .make { summary in
                    summary.add(
                        1,
                        .make { value in
                            value.add(1, tag)
                            value.add(2, Float(number))
                        })
                })
        }
    }

    // MARK: The plug-in for hyperparameters

    /// Appends the searched hyperparameters and the metrics of a whole study.
    mutating func append(experiment space: ParameterSpace, metrics: [String]) {
        append(
            hyperparameters: 2, tag: "_hparams_/experiment",
            .make { experiment in
                for parameter in space.parameters { experiment.add(4, Self.info(parameter)) }
                for metric in metrics {
                    experiment.add(
                        5,
                        .make { info in
                            info.add(1, .make { name in name.add(2, metric) })
                            info.add(3, NamedValue.label(of: metric))
                        })
                }
            })
    }

    /// Appends the hyperparameters of a trial.
    mutating func append(start trial: TrialRecord) {
        append(
            hyperparameters: 3, tag: "_hparams_/session_start_info",
            .make { start in
                for parameter in trial.parameters {
                    start.add(
                        1,
                        .make { entry in
                            entry.add(1, parameter.name)
                            entry.add(2, Self.value(parameter.value))
                        })
                }
                start.add(4, "trial \(trial.number)")
                start.add(5, wallTime)
            })
    }

    /// Appends the end of a trial.
    mutating func append(end trial: TrialRecord) {
        // The numbers are those of `Status`: success and failure.
        append(
            hyperparameters: 4, tag: "_hparams_/session_end_info",
            .make { end in
                end.add(1, trial.state == .lost || trial.state == .diverged ? 2 : 1)
                end.add(2, wallTime)
            })
    }

    private static func info(_ parameter: Parameter) -> ProtobufMessage {
        .make { info in
            info.add(1, parameter.name)
            info.add(2, NamedValue.label(of: parameter.name))
            // The types: 1 is a text, 3 a number.
            if case .categorical = parameter.domain { info.add(4, 1) } else { info.add(4, 3) }
            func interval(_ lower: Double, _ upper: Double) {
                info.add(
                    6,
                    .make { interval in
                        interval.add(1, lower)
                        interval.add(2, upper)
                    })
            }
            func list(_ values: [ParameterValue]) {
                info.add(5, .make { list in for element in values { list.add(1, value(element)) } })
            }
            switch parameter.domain {
            case .real(let lower, let upper, _), .steppedReal(let lower, let upper, _): interval(lower, upper)
            case .integer(let lower, let upper, _), .steppedInteger(let lower, let upper, _):
                interval(Double(lower), Double(upper))
            case .ordinal(let values): list(values.map { .real($0) })
            case .categorical(let choices): list(choices.map { .choice($0) })
            }
        }
    }

    /// The message `google.protobuf.Value`.
    private static func value(_ value: ParameterValue) -> ProtobufMessage {
        .make { message in
            if let number = value.number { message.add(2, number) } else { message.add(3, "\(value)") }
        }
    }

    /// Appends a summary of the plug-in.
    ///
    /// - Parameter field: The field of `HParamsPluginData`.
    private mutating func append(hyperparameters field: Int, tag: String, _ message: ProtobufMessage) {
        append { event in
            event.add(
                5,
                .make { summary in
                    summary.add(
                        1,
                        .make { value in
                            value.add(1, tag)
                            value.add(8, Self.emptyTensor)
                            value.add(9, Self.metadata(field, message))
                        })
                })
        }
    }

    /// A tensor of one zero, because a summary must have a value.
    private static let emptyTensor = ProtobufMessage.make { tensor in
        tensor.add(1, 1)
        tensor.add(2, .make { shape in shape.add(2, .make { size in size.add(1, 1) }) })
        tensor.add(5, bytes: [0, 0, 0, 0])
    }

    private static func metadata(_ field: Int, _ message: ProtobufMessage) -> ProtobufMessage {
        .make { metadata in
            metadata.add(
                1,
                .make { plugin in
                    plugin.add(1, "hparams")
                    // The version of the plug-in's data is 0, which is left out.
                    plugin.add(2, .make { $0.add(field, message) })
                })
        }
    }

    // MARK: Records

    /// Appends an event with the time and the fields of a closure.
    private mutating func append(_ body: (inout ProtobufMessage) -> Void) {
        let event = ProtobufMessage.make { event in
            event.add(1, wallTime)
            body(&event)
        }
        bytes += Self.record(event.bytes)
    }

    /// A record of TensorFlow's files.
    package static func record(_ contents: [UInt8]) -> [UInt8] {
        let length = UInt64(contents.count).littleEndianBytes
        return length + CRC32C.maskedChecksum(of: length).littleEndianBytes + contents
            + CRC32C.maskedChecksum(of: contents).littleEndianBytes
    }
}
