import BayesianOptimization
import Foundation
import JSON
import Platform
import Reporting
import Studies
import TestSupport
import Testing

@Suite("Report", .timeLimit(.minutes(5)))
struct StudyPageTests {
    /// A space, with the words that its report has.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let parameters: [(String, Parameter.Domain)]
        let words: [String]

        /// Whether the first parameter is real, so that iterations are drawn.
        let isReal: Bool

        var testDescription: String { name }
    }

    private static let rate = ("learning_rate", Parameter.Domain.real(lower: 0.001, upper: 0.9, scale: .log))
    private static let cases = [
        Case(name: "one", parameters: [rate], words: ["learning rate"], isReal: true),
        Case(
            name: "several",
            parameters: [
                rate, ("depth", .integer(lower: 1, upper: 64, scale: .log)),
                ("batch_size", .ordinal(values: [16, 32, 64])),
                ("optimiser", .categorical(choices: ["sgd", "adam <x>"])),
                ("drop", .steppedReal(lower: 0, upper: 0.5, step: 0.1)),
            ], words: ["learning rate", "depth", "batch size", "optimiser", "adam <x>", "drop"], isReal: true),
        Case(
            name: "integers", parameters: [("depth", .integer(lower: 1, upper: 9, scale: .linear))], words: ["depth"],
            isReal: false),
        Case(
            name: "choices",
            parameters: [
                ("optimiser", .categorical(choices: ["a", "b", "c"])), ("norm", .categorical(choices: ["x", "y"])),
            ],
            words: ["optimiser", "norm", "one of a, b, c"], isReal: false),
    ]

    /// A study of a space, with outcomes of every kind.
    private func study(_ parameters: [(String, Parameter.Domain)], trials: Int) throws -> Study {
        let space = try ParameterSpace(parameters.map { try Parameter($0.0, $0.1) })
        let start = space.values(atUniform: parameters.map { _ in 0.5 })
        let study = try Study(
            description: StudyDescription(
                origin: .init(backend: "cpu", device: "a <processor>", version: "1"), preset: .robust, seed: 10,
                settings: ["evaluations": trials], data: ["folder": "/images & more"],
                run: RunFacts(
                    command: ["optimize", "--data", "it's here"], system: "a system", cores: 2, memoryBytes: 1 << 31)),
            search: Study.Search(
                space: space, configuration: .robust,
                defaults: parameters.map { NamedValue($0.0, start[$0.0] ?? .real(0)) },
                noise: .folds, stopsEarly: false),
            file: nil)
        try study.run(trials: trials) { plans, _, finished in
            for (index, plan) in plans.enumerated() { try finished(index, Self.outcome(plan, space)) }
        }
        return study
    }

    /// The third trial is pruned, the fifth has diverged and the sixth is lost.
    private static func outcome(_ plan: TrialPlan, _ space: ParameterSpace) -> TrialRecord.Outcome {
        if plan.number == 6 { return .lost }
        let place = plan.parameters.compactMap { space.fraction(of: $0.value, of: $0.name) }
        let loss =
            0.3
            + place.enumerated().reduce(0) {
                $0 + 0.1 / Double($1.offset + 1) * ($1.element - 0.4) * ($1.element - 0.4)
            }
        let epochs = plan.number == 3 ? 1 : 3
        let folds = [-0.01, 0.01].enumerated().map { fold, effect in
            let losses = (0..<epochs).map { plan.number == 5 ? 2.31 : loss + effect + 0.2 / Double(1 << $0) }
            return TrialRecord.FoldOutcome(
                fold: fold, validationLoss: losses[epochs - 1], validationAccuracy: 0.9, testLoss: loss,
                testAccuracy: 0.8,
                epochLosses: losses)
        }
        return .init(
            folds: folds, state: plan.number == 3 ? .pruned : plan.number == 5 ? .diverged : .complete, epochs: epochs)
    }

    /// A page whose form has been checked.
    private func page(
        _ study: Study, journal: JournalStudy? = nil, gnuplot: Gnuplot = Gnuplot()
    ) throws -> (text: String, parsed: PageParser, complaints: [String]) {
        let page = try StudyPage(of: ReportSubject(study, journal: journal), gnuplot: gnuplot)
        let parsed = try PageParser(page.text)
        #expect(parsed.identifiers.count == Set(parsed.identifiers).count)
        #expect(parsed.counts["script"] == nil)
        let addresses = Set(page.text.matches(of: /[a-z]+:\/\/[^\s"'<>]*/).map { String($0.0) })
        #expect(addresses.isSubset(of: ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"]))
        return (page.text, parsed, page.complaints)
    }

    @Test("A report has every section and drawing", arguments: cases)
    func sections(of one: Case) throws {
        let (text, parsed, complaints) = try page(study(one.parameters, trials: 9))
        #expect(complaints.isEmpty)
        let isSeveral = one.parameters.count > 1
        let sections = ["answer", "iterations", "curves", "left-out", "trials", "model", "settings", "data"]
        #expect(Set(parsed.sections.keys) == Set(sections + (isSeveral ? ["parameters"] : [])))
        // Two figures of curves, one of left-out losses.
        let others = 3 + (one.isReal ? 9 : 0)
        let pairs = min(one.parameters.count, 3) * (min(one.parameters.count, 3) - 1) / 2
        #expect(parsed.counts["svg"] == others + (isSeveral ? 2 + one.parameters.count + pairs : 0))
        for word in one.words { #expect(parsed.text.contains(word), "\(word)") }
        #expect(parsed.sections["iterations"]?.contains("Nothing to show") == !one.isReal)
        #expect(
            parsed.sections["answer"]?.contains("9 trials (6 evaluated, 1 stopped early, 1 diverged, 1 lost)") == true)
        #expect(parsed.sections["answer"]?.contains("all 9 evaluations that were asked for are done") == true)
        #expect(parsed.sections["settings"]?.contains("resnet-bo optimize --data 'it'\\''s here'") == true)
        #expect(parsed.sections["settings"]?.contains("/images & more") == true)
        #expect(text.contains("prefers-color-scheme: dark") && text.contains("width=device-width"))
        for table in ["pruned", "diverged", "lost", "best"] {
            #expect(text.contains("<tr class=\"\(table)\">"), "\(table)")
        }
    }

    @Test("The ink of drawings is that of the page, and nothing in them is black or white")
    func ink() throws {
        let (text, _, _) = try page(study([Self.rate], trials: 4))
        #expect(text.contains("currentColor"))
        for color in ["rgb(  1,   2,   3)", "rgb(1,2,3)", "color=\"black\"", "fill=\"white\"", "color='white'"] {
            #expect(!text.contains(color), "\(color)")
        }
    }

    @Test("The JSON of a report is that of the results")
    func json() throws {
        let study = try study([Self.rate], trials: 4)
        let text = try #require(try page(study).parsed.sections["data"])
        let start = try #require(text.firstIndex(of: "{"))
        #expect(try JSONValue(parsing: Array(text[start...].utf8)) == JSONValue(encoding: study.record))
    }

    @Test("Without a finished trial there is a report, which says so")
    func noTrial() throws {
        let parsed = try page(study([Self.rate], trials: 0)).parsed
        #expect(parsed.sections["answer"]?.contains("No trial is finished") == true)
        #expect(parsed.sections["trials"]?.contains("No trial is finished") == true)
        #expect(parsed.counts["svg"] == nil)
    }

    @Test(
        "Where gnuplot can't draw, the report has all the rest and says why",
        arguments: [
            (nil, "there is no program"), ("exit 3", "it ended with status 3"),
            ("echo '<svg'", "is not a whole drawing"),
        ] as [(String?, String)])
    func withoutDrawings(script: String?, reason: String) throws {
        let fake = try script.map { try FakeGnuplot($0) }
        let gnuplot = fake?.gnuplot ?? Gnuplot(program: "/no/such/gnuplot")
        let (_, parsed, complaints) = try page(study(Self.cases[1].parameters, trials: 5), gnuplot: gnuplot)
        #expect(complaints.count == 1 && complaints[0].contains(reason))
        #expect(parsed.counts["svg"] == nil)
        #expect(parsed.sections.count == 9)
        #expect(parsed.sections["iterations"]?.contains(reason) == true)
        // The text alternatives are there.
        #expect(parsed.sections["iterations"]?.contains("The surrogate mean is least") == true)
    }

    // MARK: Journals

    /// A journal in the form of Optuna.
    ///
    /// The third trial is pruned, the fourth has failed, and the last one runs.
    private func foreign(names: [String], trials: Int) throws -> JournalStudy {
        func line(_ members: [String: Any]) throws -> String {
            let line = members.merging(["worker_id": "w"]) { $1 }
            return String(decoding: try JSONSerialization.data(withJSONObject: line), as: UTF8.self)
        }
        func text(_ name: String, _ attributes: [String: Any]) throws -> String {
            String(
                decoding: try JSONSerialization.data(withJSONObject: ["name": name, "attributes": attributes]),
                as: UTF8.self)
        }
        let float = try text("FloatDistribution", ["step": NSNull(), "low": 0.001, "high": 1, "log": true])
        let choice = try text("CategoricalDistribution", ["choices": ["<i>&", "b"]])
        var lines = [try line(["op_code": 0, "study_name": "<b>'theirs'</b>", "directions": [1]])]
        for trial in 0...trials {
            lines.append(try line(["op_code": 4, "study_id": 0, "datetime_start": "2026-01-01T00:00:00"]))
            for (name, value, distribution) in [
                (names[0], 0.001 * pow(1000, (Double(trial) + 0.5) / Double(trials + 1)), float),
                (names[1], Double(trial % 2), choice),
            ] {
                lines.append(
                    try line([
                        "op_code": 5, "trial_id": trial, "param_name": name, "param_value_internal": value,
                        "distribution": distribution,
                    ]))
            }
            if trial == trials { break }
            let loss = 0.5 + 0.01 * Double((trial - 3) * (trial - 3))
            for step in 1...3 {
                lines.append(
                    try line([
                        "op_code": 7, "trial_id": trial, "step": step, "intermediate_value": loss + 1 / Double(step),
                    ]))
            }
            lines.append(
                try line([
                    "op_code": 6, "trial_id": trial, "state": [2: 2, 3: 3][trial] ?? 1,
                    "values": trial == 3 ? NSNull() : [loss] as Any, "datetime_complete": "2026-01-01T00:00:01",
                ]))
        }
        return try #require(
            try StudyJournal.study(in: Array((lines.joined(separator: "\n") + "\n").utf8), of: "theirs.log"))
    }

    /// Replays a journal with few snapshots, as `report` does.
    private func replayed(_ journal: JournalStudy) throws -> Study {
        try Study.replay(journal, snapshots: .spread(ReportSubject.iterationLimit))
    }

    @Test("A journal of Optuna has a report, with its learning curves, which says what the journal lacks")
    func foreignJournal() throws {
        let journal = try foreign(names: ["learning_rate", "kind"], trials: 8)
        let (text, parsed, _) = try page(replayed(journal), journal: journal)
        #expect(parsed.text.contains("Report of the study <b>'theirs'</b>"))
        #expect(parsed.sections["answer"]?.contains("8 trials (6 evaluated, 1 stopped early, 1 lost)") == true)
        #expect(parsed.sections["curves"]?.contains("7 learning curves, one for each trial") == true)
        #expect(parsed.sections["curves"]?.contains("no losses of single folds") == true)
        #expect(parsed.sections["model"]?.contains("no final model") == true)
        #expect(parsed.sections["settings"]?.contains("neither the command nor the machine") == true)
        #expect(text.contains("&lt;i&gt;&amp;"))
    }

    @Test(
        "No name of a journal is markup or a command",
        arguments: [
            "<script>alert(1)</script>", "\"><svg onload='x'>", "]]>&<!--", "it's \\ {/:Bold @x} %",
            "a\nsystem('touch INJECTED')\n", "a\r\n!touch INJECTED\n", "a'\nsystem('touch INJECTED') #",
            "`touch INJECTED`", "%s %d %", "\u{ffff}\u{85}\u{7}",
            "$end\nend\nsystem('touch INJECTED')",
        ])
    func hostileNames(name: String) throws {
        let folder = try TemporaryFolder()
        let injected = folder.path("injected")
        let name = name.replacing("INJECTED", with: injected)
        let journal = try foreign(names: [name, "<x>\(name)"], trials: 6)
        let study = try replayed(journal)
        let (_, parsed, complaints) = try page(study, journal: journal)
        #expect(complaints.isEmpty)
        #expect(parsed.counts["svg"] == 13)
        _ = try OptimizationPlot(of: study.snapshots).draw(.svg)
        #expect(!FileManager.default.fileExists(atPath: injected))
    }

    @Test("A report of the journal alone is that of the study, with its final model")
    func finalModel() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("study.log")
        let space = try ParameterSpace([Parameter(Self.rate.0, Self.rate.1)])
        let model = FinalModel(
            trainedWith: "learning rate 0.1", testLoss: 0.25, testAccuracy: 0.9, classNames: ["shirt & tie", "bag"],
            confusion: [[4, 1], [0, 5]],
            mistakes: [.init(sample: 3, label: 0, predicted: 1, probability: 0.75, png: [1, 2, 3])])
        let written: String
        do {
            let journal = try StudyJournal(path, resumes: false)
            let study = try Study(
                description: StudyDescription(
                    origin: .init(backend: "cpu", device: "a device", version: "1"), preset: .robust, seed: 10,
                    settings: ["evaluations": 6], data: ["folder": "x"],
                    run: RunFacts(command: ["optimize"], system: "a system", cores: 2, memoryBytes: 1 << 31)),
                search: Study.Search(
                    space: space, configuration: .robust, defaults: [NamedValue(Self.rate.0, .real(0.01))],
                    noise: .folds,
                    stopsEarly: false),
                file: nil, journal: journal)
            try study.run(trials: 6) { plans, _, finished in
                for (index, plan) in plans.enumerated() { try finished(index, Self.outcome(plan, space)) }
            }
            try journal.set(FinalModel.attribute, to: model)
            written = try page(study, journal: journal.study).text
        }
        let journal = try #require(try StudyJournal.study(in: InputFile.read(path), of: path))
        let (text, parsed, _) = try page(replayed(journal), journal: journal)
        #expect(text == written)
        #expect(parsed.counts["img"] == 1)
        #expect(
            text.contains("src=\"data:image/png;base64,AQID\" alt=\"Test image 3: shirt &amp; tie, predicted as bag\""))
        #expect(parsed.sections["model"]?.contains("bag 75.0 %, is shirt & tie (image 3)") == true)
    }

    @Test("A final model of another form is no failure")
    func otherModel() throws {
        let lines = [
            #"{"op_code":0,"worker_id":"w","study_name":"s","directions":[1]}"#,
            #"{"op_code":2,"worker_id":"w","study_id":0,"user_attr":{"final_model":{"layers":3}}}"#,
        ]
        let journal = try #require(
            try StudyJournal.study(in: Array((lines.joined(separator: "\n") + "\n").utf8), of: "x.log"))
        let parsed = try page(study([Self.rate], trials: 3), journal: journal).parsed
        #expect(parsed.sections["model"]?.contains("in a form that this version does not read") == true)
    }

    @Test("A long study is drawn sparsely, and its report says so")
    func longStudy() throws {
        let trials = (1...260).map { number in
            let rate = 0.001 * pow(900, Double(number * 97 % 260) / 260)
            let plan = TrialPlan(
                number: number, batch: number...number, parameters: [NamedValue(Self.rate.0, .real(rate))])
            let losses = [0.02, -0.02].map { 0.3 + 0.05 * pow(log10(rate) + 1, 2) + $0 * sin(Double(number)) }
            return TrialRecord(
                plan: plan,
                outcome: .init(
                    folds: losses.enumerated().map {
                        .init(
                            fold: $0, validationLoss: $1, validationAccuracy: 0.9, testLoss: $1, testAccuracy: 0.9,
                            epochLosses: [$1 + 0.1, $1])
                    }, state: .complete, epochs: 2))
        }
        let space = try ParameterSpace([Parameter(Self.rate.0, Self.rate.1)])
        let study = try Study(
            description: StudyDescription(
                origin: .init(backend: "", device: "", version: ""), preset: .robust, seed: 10, settings: ["a": 1],
                data: ["a": 1]),
            search: Study.Search(
                space: space, configuration: .robust, defaults: [NamedValue(Self.rate.0, .real(0.01))], noise: .folds),
            file: nil, recorded: trials, snapshots: .spread(ReportSubject.iterationLimit))
        try study.run(trials: 0) { _, _, _ in }
        let (text, parsed, _) = try page(study)
        #expect(parsed.counts["svg"] == 12 + 3)
        #expect(
            parsed.sections["iterations"]?.contains(
                "12 iterations of the study are drawn, from Iteration 2 to After 260 evaluations") == true)
        #expect(parsed.sections["curves"]?.contains("of 260 trials are drawn") == true)
        #expect(text.utf8.count < 2_000_000)
    }
}
