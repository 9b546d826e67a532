"""A whole step of SEMISE in PyTorch tensor code: the same views, losses and optimiser as
packages/semise, over all rows at once."""
import itertools
import math

import torch
import torch.nn.functional as F
from torch import nn

from networks import SmallResNet

# The defaults of packages/semise: methods/settings.ts, methods/terms.ts, run/defaults.ts.
ALPHA, TAU, MARGIN, TEMPERATURE, ANCHOR_DECAY, EMBEDDING = 0.5, 0.5, 1.0, 0.2, 0.9, 128
LEARNING_RATE, WEIGHT_DECAY, CLIP, AVERAGE_DECAY = 2e-3, 0.05, 5.0, 0.99
FIELDS, DRAWN = 16, 8


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = SmallResNet(0)
        self.projection = nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, EMBEDDING))

    def forward(self, x):
        return self.projection(self.encoder(x))


def draw_batch(images, graded, comparisons, size, grades):
    """What the host draws for a step: pixels, two views of each image, grades and comparisons."""
    n = 2 * images
    u = lambda low, high, *shape: torch.empty(*shape).uniform_(low, high)
    width, height = u(0.6, 1, n).sqrt(), u(0.6, 1, n).sqrt()
    angle = u(-math.pi, math.pi, n)
    c, s = angle.cos(), angle.sin()
    theta = torch.stack([
        torch.stack([width * c, -width * s, u(-1, 1, n) * (1 - width)], 1),
        torch.stack([height * s, height * c, u(-1, 1, n) * (1 - height)], 1)], 1)
    erased = torch.rand(n) < 0.25
    x, y, half = u(-1, 1, n), u(-1, 1, n), u(0.02, 0.1, n).sqrt()
    half = torch.where(erased, half, torch.full_like(half, -9.0))
    return {
        "images": torch.randint(256, (images, 3, size, size), dtype=torch.uint8),
        "theta": theta,
        "colour": torch.eye(3) * u(0.7, 1.3, n, 1, 1) + u(-0.05, 0.05, n, 3, 3),
        "offset": u(-0.15, 0.15, n, 3, 1),
        "gamma": u(-0.2, 0.2, n, 1, 1, 1).exp(),
        "blur": u(-0.3, 0.6, n, 1, 1, 1),
        "noise": u(0, 0.03, n, 1, 1, 1),
        "field": torch.randint(FIELDS, (n,)),
        "box": torch.stack([x - half, x + half, y - half, y + half]).view(4, n, 1, 1, 1),
        "grade": (torch.arange(graded) % grades).repeat(2),
        "subject": torch.arange(graded).repeat(2),
        "target": torch.ones(2 * comparisons),
        "comparison_weight": torch.ones(2 * comparisons),
    }


class Views:
    def __init__(self, size):
        row = torch.exp(-torch.arange(-2.0, 3) ** 2 / 2)
        self.kernel = (row[:, None] * row / row.sum() ** 2).repeat(3, 1, 1, 1)
        self.fields = torch.randn(FIELDS, 3, size, size)
        axis = (2 * torch.arange(size) + 1) / size - 1
        self.across, self.down = axis.view(1, 1, 1, -1), axis.view(1, 1, -1, 1)

    def __call__(self, b):
        x = b["images"].float().mul_(1 / 255).repeat(2, 1, 1, 1)
        n, c, h, w = x.shape
        x = F.grid_sample(x, F.affine_grid(b["theta"], x.shape, align_corners=False), align_corners=False)
        x = torch.baddbmm(b["offset"], b["colour"], x.view(n, c, h * w)).view(n, c, h, w)
        x = x.clamp_(0.001, 1) ** b["gamma"]
        x = torch.lerp(x, F.conv2d(x, self.kernel, padding=2, groups=3), b["blur"])
        x = x.addcmul_(self.fields[b["field"]], b["noise"])
        left, right, top, bottom = b["box"]
        inside = (self.across > left) & (self.across < right) & (self.down > top) & (self.down < bottom)
        x = x.masked_fill_(inside, 0.5).clamp_(0, 1)
        return x.sub_(0.5).mul_(4)


def nt_xent(z):
    n = len(z)
    unit = F.normalize(z)
    similarity = (unit @ unit.T / TAU).masked_fill(torch.eye(n, dtype=torch.bool), -1e9)
    return F.cross_entropy(similarity, (torch.arange(n) + n // 2) % n)


def healthy_anomaly(z, grades):
    unit = F.normalize(z)
    distance = 1 - unit @ unit.T
    anomalous = grades > 0
    same = anomalous[:, None] == anomalous
    loss = torch.where(same, distance ** 2, (MARGIN - distance).clamp(min=0) ** 2)
    pairs = len(z) * (len(z) - 1) / 2
    return loss.triu(1).sum() / (2 * pairs)


def preference(margins, targets, weights):
    loss = F.binary_cross_entropy_with_logits(margins, targets, weight=weights, reduction="sum")
    return loss / weights.sum().clamp(min=1e-6)


def semise_step(case, options):
    layout = torch.channels_last if options["channelsLast"] else torch.contiguous_format
    images, grades = case["batch"], case["classes"]
    comparisons = images // 8
    graded = (images - 2 * comparisons) // 2
    model = Model().to(memory_format=layout).train()
    views = Views(case["size"])
    anchor = torch.zeros(EMBEDDING)
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in parameters if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
         {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0}],
        lr=LEARNING_RATE, foreach=options["foreach"])
    kept = parameters + [b for b in model.buffers() if b.is_floating_point()]
    average = [p.detach().clone() for p in kept]
    rows = lambda t, start, length: torch.cat([t[start:start + length], t[images + start:images + start + length]])
    batches = itertools.cycle(
        [draw_batch(images, graded, comparisons, case["size"], grades) for _ in range(DRAWN)])

    def step():
        nonlocal anchor
        b = next(batches)
        with torch.no_grad():
            x = views(b).contiguous(memory_format=layout)
        optimizer.zero_grad(set_to_none=True)
        z = model(x)
        of_graded = rows(z, 0, graded)
        severity = (1 - F.cosine_similarity(z, anchor[None])) / TEMPERATURE
        s, g = rows(severity, 0, graded), b["grade"]
        above = (g[:, None] > g) & (b["subject"][:, None] != b["subject"])
        by_grade = preference(s[:, None] - s, above.float(), above.float())
        margin = rows(severity, graded, comparisons) - rows(severity, graded + comparisons, comparisons)
        by_comparison = preference(margin, b["target"], b["comparison_weight"])
        loss = ALPHA * nt_xent(z) + (1 - ALPHA) * (healthy_anomaly(of_graded, g) + by_grade + by_comparison)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, CLIP)
        optimizer.step()
        with torch.no_grad():
            healthy = F.normalize(of_graded[g == 0]).mean(0)
            anchor = anchor * ANCHOR_DECAY + healthy * (1 - ANCHOR_DECAY)
            torch._foreach_mul_(average, AVERAGE_DECAY)
            torch._foreach_add_(average, [p.detach() for p in kept], alpha=1 - AVERAGE_DECAY)
        return loss.item()

    return step, sum(p.numel() for p in parameters)
