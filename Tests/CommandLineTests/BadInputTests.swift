import Foundation
import TestSupport
import Testing

/// Every invalid input gives one line on standard error, an exit code other than 0, and nothing on standard output.
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
        (["optimize", "--folds", "1"], "from 2 to"),
        (["optimize", "--batch-size", "0"], "between 1 and 1000000"),
        (["optimize", "--batch-size", "ten"], "ten"),
        (["optimize", "--epochs", "0"], "from 1 to 1000000"),
        (["optimize", "--epochs", "99999999999999999999"], "from 1 to 1000000"),
        (["optimize", "--evaluations", "0"], "from 1 to 10000"),
        (["optimize", "--lower", "0.5", "--upper", "0.1"], "--lower 0.5"),
        (["optimize", "--lower", "nan"], "above 0"),
        (["optimize", "--upper", "inf"], "above 0"),
        (["optimize", "--lower", "-1"], "above 0"),
        (["optimize", "--initial", "2"], "--initial 2"),
        (["optimize", "--limit", "0"], "from 1 to"),
        (["optimize", "--seed=-1"], "from 0 to 4294967295"), (["optimize", "--seed", "-1"], "from 0 to 4294967295"),
        (["train", "--learning-rate", "1", "--seed", "4294967296"], "from 0 to 4294967295"),
        (["train", "--learning-rate", "-0.1"], "above 0"), (["train", "--learning-rate", "nan"], "above 0"),
        (["optimize", "--threads", "0", "--cpu"], "from 1 to 1024"),
        (["optimize", "--preset", "best"], "best"),
        (["optimize", "--parallel", "0"], "from 1 to 1000"),
        (["optimize", "--parallel", "1.5"], "--parallel"),
        (["optimize", "--devices", "0,"], "separated by commas"),
        (["optimize", "--devices", "0,1", "--parallel", "1"], "each needs a trial of its own"),
        (["optimize", "--devices", "0,1", "--device", "0"], "--devices contradicts --device"),
        (["optimize", "--devices", "0,1", "--cpu"], "the CPU backend takes none"),
        (["optimize", "--search", "momentum=0.5..1"], "below 1"),
        (["optimize", "--search", "momentum=0.9..0.1"], "0.9 must be below 0.1"),
        (["optimize", "--search", "weight-decay=log:0..1e-2"], "above 0"),
        (["optimize", "--search", "batch-size=16.5..64"], "16.5 is not allowed"),
        (["optimize", "--search", "batch-size=32,32"], "all different"),
        (["optimize", "--search", "batch-size=64,x"], "'x' is not a number"),
        (["optimize", "--search", "depth=1..2"], "'depth' can't be searched"),
        (["optimize", "--search", "depth=1..2"], "must be one of learning-rate, momentum, "),
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
        (["optimize", "--momentum", "1"], "at least 0 and below 1"),
        (["optimize", "--schedule", "sine"], "sine"),
        (["optimize", "--label-smoothing", "1"], "at least 0 and below 1"),
        (["optimize", "--nesterov"], "--nesterov: it is a kind of momentum"),
        (["train", "--learning-rate", "1", "--nesterov"], "--nesterov: it is a kind of momentum"),
        (["optimize", "--augment", "flip,flip"], "flip is given twice"),
        (["optimize", "--augment", "cut-out"], "there is no change 'cut-out'; did you mean"),
        (["train", "--learning-rate", "1", "--augment", ""], "there is no change ''"),
        (["optimize", "--clip-norm", "inf"], "a number, not negative"),
        (["optimize", "--dropout", "1"], "at least 0 and below 1"),
        (["optimize", "--search", "width=0.5..65"], "65 is not allowed: it must be a number above 0 and at most 64"),
        (["optimize", "--warm-up", "-1"], "a number, not negative"),
        (["optimize", "--output", ""], "must not be empty"),
        (["optimize", "--output", "/dev/null"], "/dev/null"),
        (["optimize", "--output", "/dev/null/below"], "/dev/null/below"),
        (["train", "--learning-rate", "0.1", "--weight-decay", "-1"], "not negative"),
        (["train", "--learning-rate", "0.1", "--momentum", "nan"], "at least 0 and below 1"),
        (["cross-validate", "--learning-rate", "0.1", "--replicate", "-1"], "from 0 to 4294967295"),
        (["optimize", "--cpu", "--backend", "opencl"], "--cpu contradicts"),
        (["optimize", "--cpu", "--device", "0"], "--device"),
        (["optimize", "--output", "/proc/none"], "/proc/none"),
        (["optimize", "--data", "/nowhere"], "/nowhere"),
        (["cross-validate", "--learning-rate", "0.1,x"], "'x' is not a learning rate"),
        (["cross-validate", "--learning-rate", "0.1,nan"], "nan"),
        (["cross-validate", "--learning-rate=-0.1"], "-0.1"),
        (["cross-validate"], "learning-rate"),
        (["train", "--learning-rate", "0"], "above 0"),
        (["train", "--learning-rate", "0.1", "--initial-weights", "/nowhere"], "/nowhere"),
        (
            ["train", "--learning-rate", "0.1", "--save", "/nowhere/weights"],
            "/nowhere/weights can't be written: No such file or directory"
        ),
        (["train", "--learning-rate", "0.1", "--save", "/tmp"], "/tmp can't be written: Is a directory"),
        (["train", "--learning-rate", "0.1", "--metrics", "/tmp/"], "/tmp/ can't be written: Is a directory"),
        (["train", "--learning-rate", "0.1", "--initial-weights", "/tmp"], "/tmp can't be read: Is a directory"),
        (["evaluate", "--model", "/nowhere"], "/nowhere can't be read: No such file or directory"),
        (["evaluate", "--model", "/etc/passwd"], "not a safetensors file"),
        (["optimize", "--search", "weight_decay=0..1"], "did you mean 'weight-decay'?"),
        (["optimize", "--search", "Momentum=0..0.5"], "did you mean 'momentum'?"),
        (["optimize", "--stop", "later"], "later"),
        (["suggest", "--observations", "/nowhere"], "/nowhere"),
        (["suggest", "--observations", "/dev/null"], "/dev/null"),
        (["suggest", "--observations", "/dev/null", "--grid", "1"], "from 2 to 1000000"),
        (["suggest", "--observations", "/dev/null", "--noise-level", "-1"], "not below 0"),
        (["benchmark", "--stack", "0"], "from 1 to 100000"),
        (["self-test", "--backend", "cpu", "--device", "0"], "--device names an OpenCL device"),
        (["self-test", "--backend", "vulkan"], "vulkan"),
        (["self-test", "--device", "nope"], "'nope' is part of no device's name"),
        (["self-test", "--operation", "luck"], "it must be one of storage, gather, "),
        (["self-test", "--report", "/nowhere/report"], "/nowhere/report can't be written: No such file or directory"),
        (["data", "/nowhere"], "/nowhere can't be read: No such file or directory"),
        (["data", "/dev/null"], "/dev/null is not usable: it holds no images in a known form"),
        (["data", "--resize", "0"], "from 1 to 4096"),
        (["data", "--test-share", "1"], "above 0 and below 1"),
        (["data", "--layout", "hwc"], "hwc"),
        (["data", "--sheet", "/nowhere/sheet"], "/nowhere/sheet can't be written: No such file or directory"),
        (["train", "--learning-rate", "0.1", "--transpose"], "--transpose is not for Fashion-MNIST's IDX files"),
        (["evaluate", "--model", "/dev/null", "--seed", "-1"], "from 0 to 4294967295"),
        (["train", "--learning-rate", "0.1", "--normalize", "some"], "it must be none, dataset, or the means"),
        (["train", "--learning-rate", "0.1", "--normalize", "0.5,0"], "which are above 0"),
        (["train", "--learning-rate", "0.1", "--normalize", "0.5,0.5,0.5"], "it must be none, dataset, or the means"),
        (["train", "--learning-rate", "0.1", "--normalize", "0.5,nan"], "it must be none, dataset, or the means"),
        (["predict", "--model", "x"], "image"),
        (["export", "--model", "/dev/null", "--onnx", "/nowhere/x"], "/nowhere/x can't be written: No such file"),
        (["export", "--model", "/nowhere", "--onnx", "/dev/null"], "/nowhere can't be read"),
        (["benchmark", "--seconds", "nan"], "above 0 and at most 3600"),
        (["network", "resnet88"], "did you mean 'resnet8'?"),
        (["network", "densenet"], "there are seed, resnet8, resnet20"),
        (["network", "none.json"], "none.json can't be read"),
        (["network", "/dev/null"], "/dev/null can't be used"),
        (["network", "--image", "3x32"], "such as 3x32x32"),
        (["network", "--image", "1x2x2"], "layer 'maxpool' of network 'seed'"),
        (["network", "--classes", "1"], "from 2 to 256"),
        (["network", "resnet18", "--shortcut", "pad"], "resnet8, resnet20, resnet56 can"),
        (["network", "resnet20", "--shortcut", "padded"], "padded"),
        (["network", "--width", "0"], "above 0 and at most 64"),
        (["train", "--learning-rate", "0.1", "--network", ""], "no network and no file"),
        (["train", "--learning-rate", "0.1", "--network", "none.json"], "none.json can't be read"),
        (["cross-validate", "--learning-rate", "0.1", "--network", "seed", "--shortcut", "pad"], "can't be chosen"),
        (["optimize", "--network", "resnet-20"], "did you mean 'resnet20'?"),
        (["evaluate", "--model", "/nowhere", "--network", "reznet18"], "did you mean 'resnet18'?"),
    ])
    func flags(arguments: [String], words: String) throws {
        try expectComplaint(arguments, words)
    }

    /// An empty value, such as that of an unset variable, is an error before anything is read.
    @Test(arguments: [
        ["train", "--data"], ["train", "--save"], ["train", "--metrics"], ["train", "--initial-weights"],
        ["train", "--device"], ["self-test", "--report"], ["self-test", "--device"], ["evaluate", "--model"],
        ["evaluate", "--logits"], ["tune", "--device"], ["predict"], ["predict", "--model"], ["export", "--model"],
        ["export", "--onnx"],
        ["data"], ["data", "--sheet"],
    ])
    func emptyValues(arguments: [String]) throws {
        try expectComplaint(arguments + [""], "it must not be empty")
    }

    @Test(arguments: [
        (#"[{"learning_rate":0.1}]"#, "loss"),
        (#"[{"learning-rate":0.1,"loss":1}]"#, #"did you mean "learning_rate"?"#),
        (#"[{"learning_rate":0.1,"loss":null}]"#, "loss"),
        (#"[{"learning_rate":0.1,"loss":"low"}]"#, "loss"),
        (
            #"[{"learning_rate":0.1,"loss":1e999}]"#,
            "observation 1: loss is 1e999, and must be a finite number; a trial"
        ),
        (#"[{"learning_rate":0.1,"loss":1},{"learning_rate":0.1,"loss":NaN}]"#, "observation 2: loss is NaN, and must"),
        (
            #"[{"learning_rate":0.1,"loss":1},{"learning_rate":-1.50,"loss":1}]"#,
            "observation 2: learning_rate is -1.50,"
        ),
        (#"[{"learning_rate":0.1,"loss":1},{"loss":1}]"#, "observation 2: learning_rate is missing"),
        (#"[{"learning_rate":"0.1","loss":1}]"#, #"observation 1: learning_rate is "0.1", and must be a number"#),
        (#"[{"learning_rate":0.1,"loss":1,"varience":1}]"#, #"did you mean "variance"?"#),
        (#"[{"learning_rate":0.1,"loss":1,"variance":-1e0}]"#, "observation 1: variance is -1e0, and must be"),
        (#"[{"learning_rate":0.1,"state":"failed"}]"#, "no observations with a loss"),
        ("[]", "no observation"),
        ("{}", "it is an object, and must be a list"),
        ("[", "line 1, column 2"),
    ])
    func observations(text: String, words: String) throws {
        let folder = try TemporaryFolder()
        try expectComplaint(["suggest", "--observations", folder.write(text, to: "observations.json")], words)
    }

    @Test func limitAndFoldsBeyondTheData() throws {
        let folder = try TemporaryFolder.withSyntheticData()
        let data = ["--data", folder.path, "--cpu"]
        try expectComplaint(["optimize", "--limit", "121"] + data, "there are 120 training images")
        try expectComplaint(["optimize", "--folds", "121"] + data, "121")
    }

    /// Weights, metrics and logits are checked before the work, and old contents stay until there are new ones.
    @Test func oldFilesStay() throws {
        let folder = try TemporaryFolder.withSyntheticData()
        let old = try folder.write("old", to: "old")
        let train = ["train", "--learning-rate", "0.1", "--data", folder.path("")]
        try expectComplaint(train + ["--metrics", old, "--save", folder.path("none/x"), "--cpu"], "none/x")
        try expectComplaint(train + ["--metrics", old, "--device", "nope", "--backend", "opencl"], "nope")
        try expectComplaint(train + ["--save", old, "--metrics", folder.path(""), "--cpu"], "Is a directory")
        #expect(try String(contentsOfFile: old, encoding: .utf8) == "old")
    }
}
