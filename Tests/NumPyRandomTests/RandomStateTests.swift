import NumPyRandom
import Testing

/// A seed, and NumPy's first draws from its stream.
///
/// The numbers are those of NumPy 2: `[repr(float(v)) for v in numpy.random.RandomState(SEED).random_sample(3)]`.
struct SeedCase: CustomTestStringConvertible, Sendable {
    enum Seed: Sendable {
        case number(UInt32)
        case key([UInt32])
    }

    var seed: Seed
    var draws: [Double]

    var stream: RandomState {
        switch seed {
        case .number(let number): RandomState(seed: number)
        case .key(let key): RandomState(key: key)
        }
    }

    var testDescription: String {
        switch seed {
        case .number(let number): "RandomState(\(number))"
        case .key(let key): key.count > 8 ? "RandomState of \(key.count) words" : "RandomState(\(key))"
        }
    }

    static let all = [
        SeedCase(seed: .number(0), draws: [0.5488135039273248, 0.7151893663724195, 0.6027633760716439]),
        SeedCase(seed: .number(10), draws: [0.771320643266746, 0.0207519493594015, 0.6336482349262754]),
        SeedCase(seed: .number(.max), draws: [0.0976320289940138, 0.9123828453026218, 0.78903530185164]),
        SeedCase(seed: .key([5]), draws: [0.6229016948897019, 0.7417869892607294, 0.7951935655656966]),
        SeedCase(seed: .key([10, 0]), draws: [0.21823251490628492, 0.34781154601045106, 0.35462818001966845]),
        SeedCase(seed: .key([10, 1, 4, 2]), draws: [0.03240123805750117, 0.8109425355790754, 0.9411783706069695]),
        SeedCase(
            seed: .key(Array(0..<700)), draws: [0.867898393018711, 0.9148838731573538, 0.42691324373540374]),
    ]
}

@Suite("RandomState draws what NumPy draws")
struct RandomStateTests {
    @Test("The first numbers of every kind of seed", arguments: SeedCase.all)
    func firstDraws(of seedCase: SeedCase) {
        var stream = seedCase.stream
        #expect(seedCase.draws == seedCase.draws.map { _ in stream.double() })
    }

    @Test("A long stream, over several twists of the state")
    func longStream() {
        // d = RandomState(10).random_sample(2000); d[1999]; d.sum() (pairwise, so compared with a tolerance)
        var stream = RandomState(seed: 10)
        let draws = (0..<2000).map { _ in stream.double() }
        #expect(draws[1999] == 0.03796207881311908)
        #expect(abs(draws.reduce(0, +) - 997.1903507388757) < 2000 * 1000 * Double.ulpOfOne)
        #expect(draws.allSatisfy { (0..<1).contains($0) })
    }

    @Test("uniform(low, high)")
    func uniform() {
        // RandomState(7).uniform(-0.3, 2.5, 3)
        var stream = RandomState(seed: 7)
        let expected = [-0.08633678975291992, 1.8837726182723207, 0.9275458480345016]
        #expect(expected == expected.map { _ in stream.uniform(-0.3, 2.5) })
    }

    @Test("permutation(n) of small n", arguments: [0: [], 1: [0], 2: [1, 0], 10: [7, 9, 3, 1, 6, 0, 2, 8, 5, 4]])
    func smallPermutation(count: Int, expected: [Int]) {
        // RandomState([10, 1, 0, 3]).permutation(n)
        var stream = RandomState(key: [10, 1, 0, 3])
        #expect(stream.permutation(count) == expected)
    }

    @Test("permutation(60000), as the order of an epoch")
    func largePermutation() {
        // p = RandomState(10).permutation(60000); p[:5]; p[-5:]; (p * arange(60000) % 1000003).sum()
        var stream = RandomState(seed: 10)
        let permutation = stream.permutation(60000)
        #expect(permutation.prefix(5) == [4883, 28477, 8527, 38347, 3363])
        #expect(permutation.suffix(5) == [28017, 50496, 29199, 40061, 17673])
        #expect(permutation.enumerated().reduce(0) { $0 + $1.offset * $1.element % 1_000_003 } == 30_005_010_673)
        #expect(permutation.sorted() == Array(0..<60000))
    }

    @Test("shuffle of any element type, and the position in the stream after it")
    func shuffle() {
        // r = RandomState(3); a = list("abcdefgh"); r.shuffle(a); r.random_sample()
        var stream = RandomState(seed: 3)
        var letters = Array("abcdefgh")
        stream.shuffle(&letters)
        #expect(String(letters) == "fhegdbac")
        #expect(stream.double() == 0.5693113274346809)
    }

    @Test("A copy continues independently")
    func copy() {
        var stream = RandomState(seed: 1)
        var copy = stream
        #expect(stream.double() == copy.double())
        let next = stream.double()
        #expect(copy.double() == next)
    }

    @Test("An empty key is refused")
    func emptyKey() async {
        await #expect(processExitsWith: .failure) {
            _ = RandomState(key: [])
        }
    }
}
