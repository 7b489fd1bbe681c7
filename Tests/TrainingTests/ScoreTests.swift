import Foundation
import Testing
import Training

@Suite struct ScoreTests {
    /// A fold has diverged if its loss is at least 0.95 ln(classes) or not finite.
    @Test(arguments: [
        (2.1874, false), (2.1875, true), (log(10.0), true), (0.3, false), (.nan, true), (.infinity, true),
    ])
    func divergence(loss: Double, isDiverged: Bool) {
        #expect(Score(loss: loss, accuracy: 0.1).isDiverged(classes: 10) == isDiverged)
    }
}
