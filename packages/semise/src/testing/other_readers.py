"""Other readers of what semise writes, for its tests: a JSON list of requests on standard input, the
list of answers on standard output. Exit code 3 where a module is missing.

  {"model": FILE, "pixels": FILE, "shape": [N, C, S, S]}
      evaluates an ONNX file node by node in PyTorch, after onnx.checker's full check
  {"weights": FILE, "encoder": "small" | "resnet18", "mean": [..], "deviation": [..], "pixels", "shape"}
      loads safetensors weights into torchvision's blocks and returns the features
"""

import json
import struct
import sys

try:
    import numpy as np
    import onnx
    import torch
    import torch.nn.functional as F
    import torchvision
    from onnx import numpy_helper
    from torchvision.models.resnet import BasicBlock
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)

TYPES = {1: torch.float32, 2: torch.uint8, 6: torch.int32, 7: torch.int64, 9: torch.bool}


def conv(x, weight, bias=None, *, strides=(1, 1), pads=(0, 0, 0, 0), dilations=(1, 1), group=1, **_):
    top, left, bottom, right = pads
    return F.conv2d(F.pad(x, (left, right, top, bottom)), weight, bias, strides, 0, dilations, group)


def max_pool(x, *, kernel_shape, strides, pads=(0, 0, 0, 0), **_):
    top, left, bottom, right = pads
    padded = F.pad(x, (left, right, top, bottom), value=-float("inf"))
    return F.max_pool2d(padded, kernel_shape, strides)


def gemm(a, b, c=None, *, alpha=1.0, beta=1.0, transA=0, transB=0):
    y = alpha * ((a.T if transA else a) @ (b.T if transB else b))
    return y if c is None else y + beta * c


def batch_norm(x, scale, bias, mean, var, *, epsilon=1e-5, **_):
    return F.batch_norm(x, mean, var, scale, bias, False, 0.0, epsilon)


def slice_(x, starts, ends, axes=None, steps=None):
    axes = range(len(starts)) if axes is None else axes.tolist()
    for i, axis in enumerate(axes):
        assert steps is None or steps[i] == 1
        cut = [slice(None)] * x.dim()
        cut[axis] = slice(int(starts[i]), int(ends[i]))
        x = x[tuple(cut)]
    return x


def reshape(x, shape, *, allowzero=0):
    sizes = [x.shape[i] if s == 0 and not allowzero else s for i, s in enumerate(shape.tolist())]
    return x.reshape(sizes)


def reduce_sum(x, axes, *, keepdims=1, **_):
    return x.sum(dim=tuple(axes.tolist()), keepdim=bool(keepdims))


OPS = {
    "Add": torch.add,
    "ArgMax": lambda x, axis=0, keepdims=1, **_: x.argmax(axis, keepdim=bool(keepdims)),
    "BatchNormalization": batch_norm,
    "Cast": lambda x, to: x.to(TYPES[to]),
    "Concat": lambda *xs, axis: torch.cat(xs, axis),
    "Conv": conv,
    "Div": torch.div,
    "Gemm": gemm,
    "Greater": torch.gt,
    "Identity": lambda x: x,
    "Max": lambda *xs: torch.maximum(*xs),
    "MaxPool": max_pool,
    "Mul": torch.mul,
    "ReduceMean": lambda x, axes, keepdims=1: x.mean(dim=tuple(axes), keepdim=bool(keepdims)),
    "ReduceSum": reduce_sum,
    "Relu": torch.relu,
    "Reshape": reshape,
    "Sigmoid": torch.sigmoid,
    "Slice": slice_,
    "Softmax": lambda x, axis=-1: torch.softmax(x, axis),
    "Sub": torch.sub,
}


def evaluate(file, image):
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    values = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in model.graph.initializer}
    values["image"] = image
    for node in model.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        inputs = [values[name] if name else None for name in node.input]
        values[node.output[0]] = OPS[node.op_type](*inputs, **attributes)
    return {o.name: values[o.name].double().flatten().tolist() for o in model.graph.output}


def safetensors(file):
    data = open(file, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        assert entry["dtype"] == "F32"
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        values = np.frombuffer(data[start:end], np.float32).reshape(entry["shape"])
        tensors[name] = torch.from_numpy(values.copy())
    return tensors


class Small(torch.nn.Module):
    """The small encoder, of torchvision's own blocks."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(3, 32, 3, 2, 1, bias=False)
        self.bn1 = torch.nn.BatchNorm2d(32)
        for stage in range(4):
            before, after = 32 * 2 ** max(stage - 1, 0), 32 * 2**stage
            stride = 1 if stage == 0 else 2
            shortcut = None
            if stage > 0:
                shortcut = torch.nn.Sequential(
                    torch.nn.Conv2d(before, after, 1, stride, bias=False),
                    torch.nn.BatchNorm2d(after),
                )
            block = BasicBlock(before, after, stride, shortcut)
            setattr(self, f"layer{stage + 1}", torch.nn.Sequential(block))

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return x.mean((2, 3))


def features(weights, encoder, mean, deviation, image):
    if encoder == "small":
        model = Small()
    else:
        model = torchvision.models.resnet18()
        model.fc = torch.nn.Identity()
    own = safetensors(weights)
    wanted = [name for name in model.state_dict() if not name.endswith("num_batches_tracked")]
    assert sorted(own) == sorted(wanted), sorted(set(own) ^ set(wanted))
    model.load_state_dict(own, strict=False)
    x = (image.float() / 255 - torch.tensor(mean).view(-1, 1, 1)) / torch.tensor(deviation).view(-1, 1, 1)
    return {"embedding": model.eval()(x).double().flatten().tolist()}


def answer(request):
    image = torch.from_numpy(np.fromfile(request["pixels"], np.uint8).reshape(request["shape"]))
    if "model" in request:
        return evaluate(request["model"], image)
    given = (request[key] for key in ("weights", "encoder", "mean", "deviation"))
    return features(*given, image)


with torch.no_grad():
    json.dump([answer(request) for request in json.load(sys.stdin)], sys.stdout)
