/// What differs between two steps of a pass over a data set.
package struct StackStep<B: LossOperations> {
    package var dataset: B.Dataset
    /// The order in which each model processes the data set.
    package var order: B.SampleOrder
    /// The start of the step in the order of each model.
    package var start: Int
    /// The number of samples of each model.
    package var counts: SampleCounts
    /// The scores, and the slot of this step in them.
    package var scores: B.Scores
    package var number: Int

    package init(
        dataset: B.Dataset, order: B.SampleOrder, start: Int, counts: SampleCounts, scores: B.Scores, number: Int
    ) {
        self.dataset = dataset
        self.order = order
        self.start = start
        self.counts = counts
        self.scores = scores
        self.number = number
    }
}

/// The requirements of a backend for steps that are repeated; callers use the checked function of the same name.
///
/// Every step of a pass calls the same operations with the same storage. A backend whose operations cost the host much time
/// keeps the device's commands of a step in a plan, and repeats them without calling the operations again.
package protocol StepOperations: LossOperations {
    /// The commands of a step; `Void` for a backend that calls the operations of every step.
    associatedtype StepPlan = Void

    /// Makes an empty plan.
    func makeStepPlan() -> StepPlan

    /// ``perform(_:plan:operations:)`` without checks.
    func uncheckedPerform(
        _ step: StackStep<Self>, plan: StepPlan, operations: () throws(BackendError) -> Void
    ) throws(BackendError)
}

extension StepOperations where StepPlan == Void {
    package func makeStepPlan() {}

    package func uncheckedPerform(
        _ step: StackStep<Self>, plan: Void, operations: () throws(BackendError) -> Void
    ) throws(BackendError) {
        try operations()
    }
}

extension StepOperations {
    /// Performs the operations of a step, or repeats the commands of the first steps of a plan with the values of this one.
    ///
    /// All steps of a plan have the same counts, call the same operations, and use the same storage but for that of `step`.
    /// - Parameter operations: they gather the samples of the step and write its score, and leave nothing to be done after
    ///   them.
    /// - Throws: ``BackendError/shapeMismatch(operation:expected:found:)``, as the operations.
    package func perform(
        _ step: StackStep<Self>, plan: StepPlan, operations: () throws(BackendError) -> Void
    ) throws(BackendError) {
        try step.order.shape.validate(start: step.start, counts: step.counts, in: step.dataset, operation: "step")
        try step.scores.validate(models: step.counts.models, step: step.number, operation: "step")
        try uncheckedPerform(step, plan: plan, operations: operations)
    }
}
