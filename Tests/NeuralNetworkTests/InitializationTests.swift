import NeuralNetwork
import Testing

/// The initial weights as NumPy draws them: one stream `RandomState([10, 0])` over the state dictionary.
@Suite struct InitializationTests {
    private let layout = NetworkPlan.seed.layout

    /// First and last numbers of tensors at both ends of the stream, from NumPy's `uniform(-b, b)` cast to float32.
    @Test func drawsLikeNumPy() throws {
        let state = StateDictionary(initial: layout, seed: 10)
        let first = try #require(state.values(of: layout["conv1.weight"]))
        #expect(first.prefix(3) == [-0.08050499856472015, -0.04348241537809372, -0.04153480753302574])
        let firstBias = try #require(state.values(of: layout["conv1.bias"]))
        #expect(firstBias.suffix(2) == [-0.10459797084331512, -0.13295109570026398])
        let last = try #require(state.values(of: layout["fc.weight"]))
        #expect(last.suffix(2) == [-0.015068096108734608, 0.010635818354785442])
        let lastBias = try #require(state.values(of: layout["fc.bias"]))
        #expect(lastBias.suffix(2) == [-0.016991499811410904, 0.03650979325175285])
    }

    @Test func batchNormStartsAsTheIdentity() throws {
        let state = StateDictionary(initial: layout, seed: 10)
        for entry in layout.entries {
            switch entry.role {
            case .normWeight, .runningVariance: #expect(state.values(of: entry)?.allSatisfy { $0 == 1 } == true)
            case .normBias, .runningMean: #expect(state.values(of: entry)?.allSatisfy { $0 == 0 } == true)
            case .weight, .batchesTracked: break
            }
        }
        #expect(state.batchesTracked == 0)
    }

    /// The original's `state_dict()`, names and shapes in its order.
    @Test func layoutIsTheOriginals() {
        func norm(_ name: String, _ channels: Int) -> [(String, [Int])] {
            ["weight", "bias", "running_mean", "running_var"].map { ("\(name).\($0)", [channels]) }
                + [("\(name).num_batches_tracked", [])]
        }
        let expected: [(String, [Int])] =
            [("conv1.weight", [8, 1, 7, 7]), ("conv1.bias", [8])] + norm("bn1", 8)
            + [("resblock1.conv1.weight", [8, 8, 3, 3]), ("resblock1.conv1.bias", [8])] + norm("resblock1.bn1", 8)
            + [("resblock1.conv2.weight", [8, 8, 3, 3]), ("resblock1.conv2.bias", [8])] + norm("resblock1.bn2", 8)
            + [("resblock2.downsample.0.weight", [16, 8, 3, 3])] + norm("resblock2.downsample.1", 16)
            + [("resblock2.conv1.weight", [16, 8, 3, 3]), ("resblock2.conv1.bias", [16])] + norm("resblock2.bn1", 16)
            + [("resblock2.conv2.weight", [16, 16, 3, 3]), ("resblock2.conv2.bias", [16])]
            + norm("resblock2.bn2", 16) + [("fc.weight", [10, 576]), ("fc.bias", [10])]
        #expect(layout.entries.map(\.name) == expected.map(\.0))
        #expect(layout.entries.map(\.shape) == expected.map(\.1))
    }
}
