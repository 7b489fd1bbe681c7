#!/usr/bin/env python3
"""PyTorch on a GPU (or, to try this script, on the CPU), on resnet-bo's network: images a second of training.

    scripts/pytorch_gpu_benchmark.py [--seconds 1] [--data DIR] [--only WORD] [--warm] [--json FILE]

Needs an installed PyTorch with CUDA, NumPy, and the files of Fashion-MNIST (--data). Bytes, orders and weights are on the
device. A step gathers 64 images of each model, trains on them, and makes a plain SGD step. Models train one by one, and as
stacks in two ways: by grouped convolutions (as HFTA does) and by torch.func.vmap; eagerly, compiled, and as CUDA graphs.
Arithmetic is fp32 (TF32 off) unless a name says TF32. --warm compiles everything once and measures nothing. Before a
measurement, run it with --warm: TorchInductor keeps what it compiles.
"""
import argparse
import json
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import torch
from torch import nn
import torch.nn.functional as F
from pytorch_resnet import ResNet, fashion_mnist

N = 64
device = "cuda" if torch.cuda.is_available() else "cpu"


class Stacked(nn.Module):
    """`models` networks as one, by grouped convolutions: [N, models, 28, 28] -> [N, models, 10]"""

    def __init__(self, models: int):
        super().__init__()
        self.models = models

        def conv(inputs, outputs, size, **more):
            return nn.Conv2d(models * inputs, models * outputs, size, groups=models, **more)

        def norm(channels):
            return nn.BatchNorm2d(models * channels)

        self.conv1, self.bn1 = conv(1, 8, 7, padding=3), norm(8)
        self.a1, self.an1 = conv(8, 8, 3, padding=1), norm(8)
        self.a2, self.an2 = conv(8, 8, 3, padding=1), norm(8)
        self.d, self.dn = conv(8, 16, 3, stride=2, bias=False), norm(16)
        self.b1, self.bn_1 = conv(8, 16, 3, stride=2), norm(16)
        self.b2, self.bn_2 = conv(16, 16, 3, padding=1), norm(16)
        self.weight = nn.Parameter(torch.randn(models, 10, 576) / 24)
        self.bias = nn.Parameter(torch.zeros(models, 10))

    def forward(self, x):
        x = F.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2)
        y = torch.relu(self.an1(self.a1(x)))
        x = torch.relu(self.an2(self.a2(y)) + x)
        y = torch.relu(self.bn_1(self.b1(x)))
        x = torch.relu(self.bn_2(self.b2(y)) + self.dn(self.d(x)))
        x = x.view(x.shape[0], self.models, 576)
        return torch.einsum("nmf,mof->nmo", x, self.weight) + self.bias


class Data:
    def __init__(self, folder, models):
        images, labels = fashion_mnist(folder, "train")
        self.images = torch.from_numpy(images.copy()).to(device)
        self.labels = torch.from_numpy(labels.astype("int64")).to(device)
        count = len(images)
        self.steps = 700
        self.orders = torch.stack(
            [torch.randperm(count)[: self.steps * N] for _ in range(models)]).to(device).view(models, self.steps, N)
        self.position = 0
        self.index = self.orders[:, 0].clone()

    def next(self):
        self.position = (self.position + 1) % self.steps
        self.index.copy_(self.orders[:, self.position])

    def batch(self):
        """[models, N, 28, 28] in 0...1, and [models, N]."""
        return self.images[self.index].float() / 255, self.labels[self.index]


def synchronize():
    if device == "cuda":
        torch.cuda.synchronize()


def make(way: str, models: int, data: Data, compiled: bool, channels_last: bool):
    """A function that trains a step on `data.index`."""
    if way == "single":
        model = ResNet().to(device)
        if channels_last:
            model = model.to(memory_format=torch.channels_last)
        network = torch.compile(model) if compiled else model
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, foreach=True)

        def step():
            x, y = data.batch()
            x = x.view(N, 1, 28, 28)
            if channels_last:
                x = x.contiguous(memory_format=torch.channels_last)
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(network(x), y[0]).backward()
            optimizer.step()

        return step
    if way == "grouped":
        model = Stacked(models).to(device)
        network = torch.compile(model) if compiled else model
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, foreach=True)

        def step():
            x, y = data.batch()
            optimizer.zero_grad(set_to_none=True)
            logits = network(x.transpose(0, 1).contiguous())
            loss = F.cross_entropy(logits.reshape(-1, 10), y.t().reshape(-1), reduction="sum") / N
            loss.backward()
            optimizer.step()

        return step
    # vmap: without running statistics, which torch.func can't keep.
    base = ResNet()
    for module in base.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.track_running_stats = False
            module.running_mean = module.running_var = module.num_batches_tracked = None
    networks = []
    for _ in range(models):
        network = ResNet()
        networks.append(network)
    parameters = {
        name: torch.stack([dict(n.named_parameters())[name].detach() for n in networks]).to(device)
        for name, _ in base.named_parameters()
    }
    base = base.to(device)

    def loss(parameters, x, y):
        return F.cross_entropy(torch.func.functional_call(base, parameters, (x,)), y)

    gradients = torch.func.vmap(torch.func.grad(loss), in_dims=(0, 0, 0))

    def update(x, y):
        for name, gradient in gradients(parameters, x, y).items():
            parameters[name].sub_(gradient, alpha=0.01)

    update_ = torch.compile(update) if compiled else update

    def step():
        x, y = data.batch()
        with torch.no_grad():
            update_(x.unsqueeze(2), y)

    return step


def graphed(step):
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--data")
    parser.add_argument("--only", default="")
    parser.add_argument("--warm", action="store_true")
    parser.add_argument("--budget", type=float, default=1e9, help="seconds after which nothing new is begun")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    print(f"PyTorch {torch.__version__} on {name}", flush=True)
    # In the order of what matters, should the time end.
    configurations = [
        ("1, eager", "single", 1, False, False, False, False),
        ("1, CUDA graph", "single", 1, False, True, False, False),
        ("1, compiled, CUDA graph", "single", 1, True, True, False, False),
        ("5 grouped, CUDA graph", "grouped", 5, False, True, False, False),
        ("5 grouped, compiled, CUDA graph", "grouped", 5, True, True, False, False),
        ("5 vmap, CUDA graph", "vmap", 5, False, True, False, False),
        ("5 vmap, compiled, CUDA graph", "vmap", 5, True, True, False, False),
        ("40 grouped, CUDA graph", "grouped", 40, False, True, False, False),
        ("40 grouped, compiled, CUDA graph", "grouped", 40, True, True, False, False),
        ("40 vmap, CUDA graph", "vmap", 40, False, True, False, False),
        ("1, compiled", "single", 1, True, False, False, False),
        ("1, eager, channels last", "single", 1, False, False, True, False),
        ("5 grouped, eager", "grouped", 5, False, False, False, False),
        ("5 vmap, eager", "vmap", 5, False, False, False, False),
        ("5 grouped, compiled, CUDA graph, TF32", "grouped", 5, True, True, False, True),
    ]
    begin = time.perf_counter()
    results = {}
    for title, way, models, compiled, graph, channels_last, tf32 in configurations:
        if arguments.only not in title or (arguments.warm and not compiled):
            continue
        if graph and device == "cpu":
            title, graph = title.replace(", CUDA graph", " (no graph)"), False
        if time.perf_counter() - begin > arguments.budget:
            print(f"{title:42s} left out: no time", flush=True)
            continue
        try:
            torch.manual_seed(0)
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
            torch.backends.cudnn.benchmark = True
            start = time.perf_counter()
            data = Data(arguments.data, models)
            step = make(way, models, data, compiled, channels_last)
            for _ in range(3):
                step()
            if graph:
                step = graphed(step)
            synchronize()
            setup = time.perf_counter() - start
            if arguments.warm:
                print(f"{title:42s} warm after {setup:.1f} s", flush=True)
                continue
            best = 0.0
            for _ in range(3):
                done, start = 0, time.perf_counter()
                while time.perf_counter() - start < arguments.seconds / 3:
                    for _ in range(20 if device == "cuda" else 1):
                        data.next()
                        step()
                        done += models * N
                    synchronize()
                best = max(best, done / (time.perf_counter() - start))
            results[title] = best
            print(f"{title:42s} {best:12,.0f} images/s   {models * N / best * 1e6:8.1f} us a step   set up in {setup:.1f} s",
                  flush=True)
        except Exception as error:  # a configuration that does not run is a result
            results[title] = None
            print(f"{title:42s} failed: {str(error).splitlines()[0][:150]}", flush=True)
            traceback.print_exc(file=sys.stderr)
        torch._dynamo.reset()
    if arguments.json:
        Path(arguments.json).write_text(json.dumps({"torch": torch.__version__, "device": name, "images_per_second": results}))


main()
