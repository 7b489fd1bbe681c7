import Foundation
import Testing
import Training

@Suite struct ScoreTests {
    /// A fold has diverged from 0.95 ln(classes) on, or without a finite loss.
    @Test(arguments: [
        (2.1874, false), (2.1875, true), (log(10.0), true), (0.3, false), (.nan, true), (.infinity, true),
    ])
    func divergence(loss: Double, isDiverged: Bool) {
        #expect(Score(loss: loss, accuracy: 0.1).isDiverged(classes: 10) == isDiverged)
    }
}
