"""Embedding image files with PIL and PyTorch: decode, resize, batch, features, a table.

Files are decoded by two threads (PIL frees the interpreter while it decodes), the next batch while
the network works on this one would only fight it for the two cores (assumed, not measured)."""
import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import torch
from PIL import Image
from torch import nn

from networks import network

BATCH = 32


def embed_files(case, folder, options):
    layout = torch.channels_last if options["channelsLast"] else torch.contiguous_format
    model = network(case["network"], case["classes"]).to(memory_format=layout).eval()
    parameters = sum(p.numel() for p in model.parameters())
    classifier, model.fc = model.fc, nn.Identity()
    size = case["size"]
    grades = torch.arange(float(case["classes"]))
    files = sorted(Path(folder, "jpeg").iterdir())
    pool = ThreadPoolExecutor(2)
    if options["freeze"]:
        with torch.no_grad():
            example = torch.rand(BATCH, 3, size, size).contiguous(memory_format=layout)
            model = torch.jit.optimize_for_inference(torch.jit.trace(model, example))

    def decode(file):
        image = Image.open(file).convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
        return torch.from_numpy(numpy.array(image))

    def step():
        rows = []
        with torch.no_grad():
            for start in range(0, len(files), BATCH):
                part = files[start:start + BATCH]
                pixels = torch.stack(list(pool.map(decode, part))).permute(0, 3, 1, 2)
                x = pixels.to(torch.float32, memory_format=layout).div_(255).sub_(0.5).mul_(4)
                features = model(x)
                scores = classifier(features).softmax(1) @ grades
                rows += [[file, score, *row] for file, score, row
                         in zip(part, scores.tolist(), features.tolist())]
        with open(Path(folder, "pytorch.csv"), "w", newline="") as out:
            csv.writer(out).writerows(rows)
        return rows[0][1]

    return step, parameters
