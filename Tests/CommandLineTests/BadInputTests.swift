import Foundation
import Testing

/// Whatever is wrong with the input: one clear line on standard error, an exit code that is not 0, nothing on standard
/// output.
@Suite(.timeLimit(.minutes(5))) struct BadInputTests {
    private func expectComplaint(_ arguments: [String], _ words: String) throws {
        let result = try Program.run(arguments)
        #expect(result.exitCode != 0)
        #expect(result.output.isEmpty)
        #expect(result.complaints.count == 1, "\(result.errors)")
        #expect(words.isEmpty || result.complaints.first?.contains(words) == true, "\(result.errors)")
    }

    @Test(arguments: [
        (["--nonsense"], "--nonsense"),
        (["optimize", "--folds", "1"], "--folds 1"),
        (["optimize", "--batch-size", "0"], "--batch-size 0"),
        (["optimize", "--batch-size", "ten"], "ten"),
        (["optimize", "--epochs", "0"], "--epochs 0"),
        (["optimize", "--evaluations", "0"], "--evaluations 0"),
        (["optimize", "--lower", "0.5", "--upper", "0.1"], "--lower 0.5"),
        (["optimize", "--lower", "nan"], "--lower nan"),
        (["optimize", "--upper", "inf"], "--upper inf"),
        (["optimize", "--lower=-1"], "--lower -1"),
        (["optimize", "--initial", "2"], "--initial 2"),
        (["optimize", "--limit", "0"], "--limit 0"),
        (["optimize", "--seed=-1"], "-1"),
        (["optimize", "--threads", "0", "--cpu"], "--threads 0"),
        (["optimize", "--preset", "best"], "best"),
        (["optimize", "--parallel", "0"], "--parallel 0"),
        (["optimize", "--parallel", "1.5"], "--parallel"),
        (["optimize", "--search", "momentum=0.5..1"], "below 1"),
        (["optimize", "--search", "momentum=0.9..0.1"], "0.9 must be below 0.1"),
        (["optimize", "--search", "weight-decay=log:0..1e-2"], "above 0"),
        (["optimize", "--search", "batch-size=16.5..64"], "16.5 is impossible"),
        (["optimize", "--search", "batch-size=32,32"], "all different"),
        (["optimize", "--search", "batch-size=64,x"], "'x' is not a number"),
        (["optimize", "--search", "depth=1..2"], "no 'depth'"),
        (["optimize", "--search", "depth=1..2"], "learning-rate, momentum, weight-decay, batch-size"),
        (["optimize", "--search", "momentum"], "NAME=LOWER..UPPER"),
        (["optimize", "--search", "momentum=0.5..0.5"], "below"),
        (["optimize", "--search", "momentum=a..0.5"], "'a' is not a number"),
        (["optimize", "--search", "momentum=.."], "'' is not a number"),
        (["optimize", "--search", "momentum=nan..0.5"], "'nan' is not a number"),
        (["optimize", "--search", "momentum=log:0..0.5"], "above 0"),
        (["optimize", "--search", "momentum=log:0.1,0.2"], "LOWER..UPPER"),
        (["optimize", "--search", "momentum=0.5"], "at least two"),
        (["optimize", "--search", "momentum=0.5,0.5"], "different"),
        (["optimize", "--search", "weight-decay=-1..1"], "not negative"),
        (["optimize", "--search", "weight-decay=0..inf"], "'inf' is not a number"),
        (["optimize", "--search", "batch-size=0,64"], "whole number"),
        (["optimize", "--search", "batch-size=1.5,64"], "whole number"),
        (["optimize", "--search", "batch-size=32,,64"], "''"),
        (["optimize", "--search", "learning-rate=0.1..0.2"], "--lower"),
        (["optimize", "--search", "momentum=0..0.5", "--search", "momentum=0..0.6"], "twice"),
        (["optimize", "--preset", "reference", "--scale", "log"], "linear"),
        (["optimize", "--preset", "reference", "--acquisition", "lcb"], "its own expected improvement"),
        (["optimize", "--acquisition", "luck"], "luck"),
        (["optimize", "--momentum", "1"], "--momentum 1"),
        (["optimize", "--output", ""], "an empty path"),
        (["optimize", "--output", "/dev/null"], "/dev/null"),
        (["optimize", "--output", "/dev/null/below"], "/dev/null/below"),
        (["train", "--learning-rate", "0.1", "--weight-decay=-1"], "--weight-decay -1"),
        (["train", "--learning-rate", "0.1", "--momentum", "nan"], "--momentum nan"),
        (["cross-validate", "--learning-rate", "0.1", "--replicate=-1"], "--replicate -1"),
        (["optimize", "--cpu", "--backend", "opencl"], "--cpu contradicts"),
        (["optimize", "--cpu", "--device", "0"], "--device"),
        (["optimize", "--output", "/proc/none"], "/proc/none"),
        (["optimize", "--data", "/nowhere"], "/nowhere"),
        (["cross-validate", "--learning-rate", "0.1,x"], "'x' is not a number"),
        (["cross-validate", "--learning-rate", "0.1,nan"], "nan"),
        (["cross-validate", "--learning-rate=-0.1"], "-0.1"),
        (["cross-validate"], "learning-rate"),
        (["train", "--learning-rate", "0"], "--learning-rate 0"),
        (["train", "--learning-rate", "0.1", "--initial-weights", "/nowhere"], "/nowhere"),
        (["train", "--learning-rate", "0.1", "--save", "/nowhere/weights"], "/nowhere/weights"),
        (["evaluate", "--model", "/nowhere"], "/nowhere"),
        (["evaluate", "--model", "/etc/passwd"], "not a safetensors file"),
        (["suggest", "--observations", "/nowhere"], "/nowhere"),
        (["suggest", "--observations", "/dev/null"], "/dev/null"),
        (["suggest", "--observations", "/dev/null", "--grid", "1"], "--grid 1"),
        (["suggest", "--observations", "/dev/null", "--noise-level=-1"], "--noise-level -1"),
        (["benchmark", "--stack", "0"], "--stack 0"),
        (["benchmark", "--seconds", "nan"], "--seconds nan"),
    ])
    func flags(arguments: [String], words: String) throws {
        try expectComplaint(arguments, words)
    }

    @Test(arguments: [
        (#"[{"learning_rate":0.1}]"#, "loss"),
        (#"[{"learning_rate":0.1,"loss":null}]"#, "loss"),
        (#"[{"learning_rate":0.1,"loss":"low"}]"#, "loss"),
        (#"[{"learning_rate":0.1,"loss":1e999}]"#, ""),
        ("[]", "no observation"),
        ("{}", ""),
        ("[", ""),
    ])
    func observations(text: String, words: String) throws {
        let folder = try TemporaryFolder()
        try expectComplaint(["suggest", "--observations", folder.file("observations.json", text)], words)
    }

    @Test func limitAndFoldsBeyondTheData() throws {
        let folder = try TemporaryFolder()
        try writeSyntheticData(to: folder)
        let data = ["--data", folder.url.path, "--cpu"]
        try expectComplaint(["optimize", "--limit", "121"] + data, "there are 120 training images")
        try expectComplaint(["optimize", "--folds", "121"] + data, "121")
    }

    @Test func aFullDisk() throws {
        let folder = try TemporaryFolder()
        try writeSyntheticData(to: folder)
        let data = ["--data", folder.url.path, "--cpu"]
        let result = try Program.run(
            ["train", "--learning-rate", "0.1", "--epochs", "1", "--metrics", "/dev/full"] + data)
        #expect(result.exitCode != 0)
        #expect(result.complaints.count == 1)
        #expect(result.complaints.first?.contains("/dev/full can't be written") == true, "\(result.errors)")
    }
}
