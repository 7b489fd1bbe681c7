import Foundation
import Platform
import TestSupport
import Testing

/// A machine of fake files, with the expected values.
struct MadeUpMachine: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var files: [String: String] = [:]
    var online = 8
    var affinity = 8
    var quota: Double?
    var cores = 8
    var limit: Int?
    var available: Int? = 4096 << 10

    init(_ testDescription: String, _ files: [String: String], _ change: (inout MadeUpMachine) -> Void = { _ in }) {
        self.testDescription = testDescription
        self.files = [
            "/proc/meminfo": "MemTotal:       8192 kB\nMemFree:  100 kB\nMemAvailable:    4096 kB\n",
            "/proc/self/status": "Name:\tx\nCpus_allowed:\tff\nCpus_allowed_list:\t0-7\nMems_allowed:\t1\n",
            "/sys/devices/system/cpu/online": "0-7\n",
        ].merging(files) { $1 }
        change(&self)
    }

    private static let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
    private static let first = """
        31 23 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        32 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory

        """

    static let all = [
        MadeUpMachine("without control groups", [:]),
        MadeUpMachine("an affinity mask", ["/proc/self/status": "Cpus_allowed_list:\t0,2-3\n"]) {
            ($0.affinity, $0.cores) = (3, 3)
        },
        MadeUpMachine("a mask with cores that are switched off", ["/sys/devices/system/cpu/online": "0-1\n"]) {
            ($0.online, $0.affinity, $0.cores) = (2, 2, 2)
        },
        MadeUpMachine(
            "version 2: a container's own root",
            [
                "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": unified,
                "/sys/fs/cgroup/cpu.max": "200000 100000\n",
                "/sys/fs/cgroup/memory.max": "2097152\n", "/sys/fs/cgroup/memory.current": "2000000\n",
                "/sys/fs/cgroup/memory.stat": "anon 5\ninactive_file 1900000\nactive_file 7\n",
            ]
        ) { ($0.quota, $0.cores, $0.limit, $0.available) = (2, 2, 2 << 20, 2_097_152 - 100_000) },
        MadeUpMachine(
            "version 2: no limit",
            [
                "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": unified,
                "/sys/fs/cgroup/cpu.max": "max 100000\n",
                "/sys/fs/cgroup/memory.max": "max\n", "/sys/fs/cgroup/memory.current": "2000000\n",
            ]),
        MadeUpMachine(
            "version 2: an inner group, the outer ones' limits are lower",
            [
                "/proc/self/cgroup": "0::/a/b c/d\n", "/proc/self/mountinfo": unified,
                "/sys/fs/cgroup/a/b c/d/cpu.max": "500000 100000\n", "/sys/fs/cgroup/a/b c/cpu.max": "max 100000\n",
                "/sys/fs/cgroup/a/cpu.max": "150000 100000\n",
                "/sys/fs/cgroup/a/b c/d/memory.max": "3000000\n", "/sys/fs/cgroup/a/b c/d/memory.current": "1000\n",
                "/sys/fs/cgroup/a/memory.max": "3500000\n", "/sys/fs/cgroup/a/memory.current": "3000000\n",
                "/sys/fs/cgroup/a/memory.stat": "inactive_file 400\n",
            ]
        ) { ($0.quota, $0.cores, $0.limit, $0.available) = (1.5, 2, 3_000_000, 500_400) },
        MadeUpMachine(
            "version 2: a fraction of a core is one",
            ["/proc/self/cgroup": "0::/", "/proc/self/mountinfo": unified, "/sys/fs/cgroup/cpu.max": "1000 100000\n"]
        ) { ($0.quota, $0.cores) = (0.01, 1) },
        MadeUpMachine(
            "version 2: more quota than cores",
            [
                "/proc/self/cgroup": "0::/", "/proc/self/mountinfo": unified,
                "/sys/fs/cgroup/cpu.max": "1600000 100000\n",
            ]
        ) { $0.quota = 16 },
        MadeUpMachine(
            "version 1, inner groups",
            [
                "/proc/self/cgroup": "5:memory:/job/1\n4:cpu,cpuacct:/job\n1:name=systemd:/x\n0::/\n",
                "/proc/self/mountinfo": first,
                "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
                "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us": "250000\n",
                "/sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "/sys/fs/cgroup/memory/memory.usage_in_bytes": "77777777\n",
                "/sys/fs/cgroup/memory/job/1/memory.limit_in_bytes": "300000\n",
                "/sys/fs/cgroup/memory/job/1/memory.usage_in_bytes": "250000\n",
                "/sys/fs/cgroup/memory/job/1/memory.stat": "inactive_file 1\ntotal_inactive_file 40000\n",
            ]
        ) { ($0.quota, $0.cores, $0.limit, $0.available) = (2.5, 3, 300_000, 90_000) },
        MadeUpMachine(
            "version 1: a part of the tree is mounted, as in a container without a namespace",
            [
                "/proc/self/cgroup": "5:memory:/docker/abc/in\n",
                "/proc/self/mountinfo":
                    "32 23 0:28 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "500000\n",
                "/sys/fs/cgroup/memory/memory.usage_in_bytes": "100000\n",
                "/sys/fs/cgroup/memory/in/memory.limit_in_bytes": "400000\n",
                "/sys/fs/cgroup/memory/in/memory.usage_in_bytes": "400001\n",
            ]
        ) { ($0.limit, $0.available) = (400_000, 0) },
        MadeUpMachine(
            "version 1: a path of the host, which is not seen from here",
            [
                "/proc/self/cgroup": "5:memory:/../../elsewhere\n",
                "/proc/self/mountinfo": "32 23 0:28 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "500000\n",
                "/sys/fs/cgroup/memory/memory.usage_in_bytes": "100000\n",
            ]
        ) { ($0.limit, $0.available) = (500_000, 400_000) },
        MadeUpMachine(
            "files that are not what they should be",
            [
                "/proc/self/cgroup": "nonsense\n0\n::\n", "/proc/self/mountinfo": "- - -\n1 2 3\n" + unified,
                "/proc/self/status": "Cpus_allowed_list:\t3-1,x\n", "/sys/fs/cgroup/cpu.max": "\n",
                "/sys/fs/cgroup/memory.max": "lots\n", "/sys/fs/cgroup/memory.current": "\n",
            ]),
    ]
}

@Suite("Machine") struct MachineTests {
    @Test("Cores and memory", arguments: MadeUpMachine.all)
    func limits(_ madeUp: MadeUpMachine) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        for (path, text) in madeUp.files {
            let path = folder.path + path
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try text.write(toFile: path, atomically: false, encoding: .utf8)
        }
        let machine = Machine(root: folder.path)
        #expect(machine.onlineCores == madeUp.online)
        #expect(machine.affinityCores == madeUp.affinity)
        #expect(machine.quotaCores == madeUp.quota)
        #expect(machine.cores == madeUp.cores)
        #expect(machine.memoryBytes == 8192 << 10)
        #expect(machine.memoryLimitBytes == madeUp.limit)
        #expect(machine.availableMemoryBytes == madeUp.available)
    }

    @Test("This machine, compared with Foundation's values")
    func current() {
        let machine = Machine.current
        #expect((1...machine.onlineCores).contains(machine.cores))
        #expect(machine.affinityCores <= ProcessInfo.processInfo.processorCount)
        #expect(abs(machine.memoryBytes - Int(ProcessInfo.processInfo.physicalMemory)) < 1 << 20)
        #expect((machine.availableMemoryBytes ?? 1) > 0)
    }

    @Test("Without the system's files there are still values")
    func nothing() {
        let machine = Machine(root: "/nowhere")
        #expect(machine.cores >= 1)
        #expect(machine.memoryBytes > 0)
        #expect(machine.availableMemoryBytes == nil)
    }
}
