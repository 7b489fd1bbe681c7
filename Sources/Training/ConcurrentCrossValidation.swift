package import Backend
import Dispatch
import Synchronization

/// Cross-validations on several devices at once, each on a thread of its own.
package struct ConcurrentCrossValidation<B: Backend> {
    /// One for each device, of the same images and settings.
    private let devices: [CrossValidation<B>]

    /// - Parameter devices: at least one, of the same images, network and settings, each on a backend of its own.
    package init(_ devices: [CrossValidation<B>]) {
        precondition(!devices.isEmpty)
        self.devices = devices
    }

    /// The number of samples that all folds of a configuration process, in training and evaluation.
    ///
    /// - Parameter validatesEveryEpoch: whether every epoch ends with a validation, not only the last one.
    package func samplesPerConfiguration(validatesEveryEpoch: Bool) -> Int {
        devices[0].samplesPerConfiguration(validatesEveryEpoch: validatesEveryEpoch)
    }

    /// Trains and evaluates all folds of all configurations, those of each device as ``CrossValidation`` does it.
    ///
    /// The scores of a configuration do not depend on what the other devices do. If one of them fails, the others go on to the end
    /// of their own configurations, and then the error is thrown.
    ///
    /// - Parameters:
    ///   - assigned: the index of the device of each configuration.
    ///   - checkpoints: one store for each device, whose configurations have the indices 0, 1, ... on that device; or none.
    ///   - progress: is called in every step with the progress of each device that has configurations; an error that it throws
    ///     ends the work of that device.
    ///   - stops: as in ``CrossValidation``; also an error that it throws ends the work of that device.
    ///   - finished: as in ``CrossValidation``, in the order of the ends; likewise.
    ///
    /// The closures are called from any thread, but never two of them at once.
    package func run(
        _ configurations: [TrainingConfiguration], on assigned: [Int], checkpoints: [any CheckpointStore] = [],
        progress: @escaping ([CrossValidation<B>.Progress]) throws -> Void = { _ in },
        stops: CrossValidation<B>.StoppingRule?,
        finished: (_ configuration: Int, CrossValidationResult) throws -> Void
    ) throws {
        precondition(assigned.count == configurations.count && assigned.allSatisfy(devices.indices.contains))
        precondition(checkpoints.isEmpty || checkpoints.count == devices.count)
        /// The configurations of each device that has some.
        let shares = devices.indices.map { device in
            (device: device, members: configurations.indices.filter { assigned[$0] == device })
        }.filter { !$0.members.isEmpty }
        let all = Mutex(
            Devices(
                progress: shares.map { share in
                    CrossValidation<B>.Progress(
                        phase: .training(epoch: 0, of: devices[share.device].settings.epochs),
                        configurations: share.members, samplesDone: 0,
                        samplesTotal: share.members.count
                            * samplesPerConfiguration(validatesEveryEpoch: stops != nil))
                }, failures: shares.map { _ in nil }))

        func work(_ index: Int, _ finished: (Int, CrossValidationResult) throws -> Void) {
            let (device, members) = shares[index]
            do {
                _ = try devices[device].run(
                    members.map { configurations[$0] },
                    progress: { step in
                        try all.withLock { all in
                            all.progress[index] = step
                            all.progress[index].configurations = step.configurations.map { members[$0] }
                            try progress(all.progress)
                        }
                    },
                    stops: stops.map { rule in
                        { member, losses in try all.withLock { _ in try rule(members[member], losses) } }
                    },
                    checkpoints: checkpoints.isEmpty ? nil : checkpoints[device],
                    finished: { member, result in try all.withLock { _ in try finished(members[member], result) } })
            } catch { all.withLock { $0.failures[index] = error } }
        }
        if shares.count == 1 {
            work(0, finished)
        } else {
            withoutActuallyEscaping(finished) { finished in
                let group = DispatchGroup()
                for index in shares.indices {
                    // Each device is used by one thread. What the threads share is used in the lock, and this thread waits for
                    // them. A queue of its own gives each a thread, whatever the number of processors.
                    nonisolated(unsafe) let work = { work(index, finished) }
                    DispatchQueue(label: "device \(shares[index].device)").async(group: group) { work() }
                }
                group.wait()
            }
        }
        for failure in all.withLock({ $0.failures }) { if let failure { throw failure } }
    }

    /// What the threads share.
    private struct Devices {
        var progress: [CrossValidation<B>.Progress]
        /// The error that ended the work of each device.
        var failures: [(any Error)?]
    }
}
