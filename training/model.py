"""The dual encoder: a CLIP model whose patch embedding is the convolutional stem.

Names and arithmetic after the stem are those of open_clip 2.24 (VisionTransformer and
the CLIP text transformer), so that an engine for CLIP needs to know only the stem.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from raster import SIZE
from stem import DEFAULT_STEM, Stem

HEAD_WIDTH = 64

DEFAULT_CONFIG = {
    "embed_dim": 256,
    "vision_cfg": {
        "image_size": SIZE,
        "layers": 3,
        "width": 192,
        "patch_size": 16,
        "head_width": HEAD_WIDTH,
        "stem": DEFAULT_STEM,
    },
    "text_cfg": {
        "context_length": 32,
        "vocab_size": 8514,
        "width": 256,
        "heads": 4,
        "layers": 3,
    },
}


class Attention(nn.Module):
    """Multi-head self-attention with the parameter names of nn.MultiheadAttention."""

    def __init__(self, width):
        super().__init__()
        self.heads = width // HEAD_WIDTH
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x, causal):
        n, length, width = x.shape
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = qkv.view(n, length, 3, self.heads, HEAD_WIDTH).permute(2, 0, 3, 1, 4)
        # plain products: faster on a CPU than scaled_dot_product_attention at these sizes
        scores = q @ k.transpose(-1, -2) * HEAD_WIDTH ** -0.5
        if causal:
            later = torch.ones(length, length, dtype=torch.bool, device=x.device).triu(1)
            scores = scores.masked_fill(later, float("-inf"))
        y = scores.softmax(-1) @ v
        return self.out_proj(y.transpose(1, 2).reshape(n, length, width))

    def values(self, x):
        """W_o v + b_o of every token, without attention."""
        width = x.shape[-1]
        return self.out_proj(F.linear(x, self.in_proj_weight[2 * width:],
                                      self.in_proj_bias[2 * width:]))


class MLP(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x)))


class ResidualBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.ln_1 = nn.LayerNorm(width)
        self.attn = Attention(width)
        self.ln_2 = nn.LayerNorm(width)
        self.mlp = MLP(width)

    def forward(self, x, causal):
        x = x + self.attn(self.ln_1(x), causal)
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, layers, causal):
        super().__init__()
        self.causal = causal
        self.resblocks = nn.ModuleList(ResidualBlock(width) for _ in range(layers))
        self.initialise(width, layers)

    def initialise(self, width, layers):
        """CLIP's initialisation: residual outputs shrink with the depth."""
        for block in self.resblocks:
            nn.init.normal_(block.attn.in_proj_weight, std=width ** -0.5)
            nn.init.normal_(block.mlp.c_fc.weight, std=(2 * width) ** -0.5)
            for linear in (block.attn.out_proj, block.mlp.c_proj):
                nn.init.normal_(linear.weight, std=width ** -0.5 * (2 * layers) ** -0.5)
            for linear in (block.attn.out_proj, block.mlp.c_fc, block.mlp.c_proj):
                nn.init.zeros_(linear.bias)

    def forward(self, x):
        """Tokens after the last block."""
        for block in self.resblocks:
            x = block(x, self.causal)
        return x

    def with_values(self, x):
        """Tokens after the last block, and the values of its attention."""
        for block in self.resblocks[:-1]:
            x = block(x, self.causal)
        last = self.resblocks[-1]
        return last(x, self.causal), last.attn.values(last.ln_1(x))


class Vision(nn.Module):
    """Stem features -> [CLS, patches] -> blocks; windows keep CLS and their own patches."""

    def __init__(self, config, embed_dim):
        super().__init__()
        width, patch = config["width"], config["patch_size"]
        self.grid = config["image_size"] // patch
        self.stem = Stem(config["stem"], patch, width)
        scale = width ** -0.5
        self.class_embedding = nn.Parameter(scale * torch.randn(width))
        self.positional_embedding = nn.Parameter(
            scale * torch.randn(self.grid ** 2 + 1, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = Transformer(width, config["layers"], causal=False)
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(scale * torch.randn(width, embed_dim))

    def tokens(self, features):
        """Features [N,G*G,F] -> input tokens of the first block [N,1+G*G,D]."""
        return self.placed(self.stem(features))

    def placed(self, patches):
        """Patch tokens [N,G*G,D] -> input tokens of the first block [N,1+G*G,D]."""
        cls = self.class_embedding.expand(len(patches), 1, -1)
        return self.ln_pre(torch.cat([cls, patches], 1) + self.positional_embedding)

    def project(self, x):
        return self.ln_post(x) @ self.proj

    def full(self, tokens):
        """All tokens projected into the joint space, [N,1+G*G,E]; row 0 is the image."""
        return self.project(self.transformer(tokens))

    def full_and_values(self, tokens):
        """full(), and the value tokens of the last block in the joint space."""
        return [self.project(x) for x in self.transformer.with_values(tokens)]

    def windows(self, tokens, rows):
        """Embeddings [N,M,E] of windows given as patch indices `rows` [N or 1,M,k*k]."""
        y = self.transformer(self.window_tokens(tokens, rows))
        return self.project(y[:, 0]).view(len(tokens), rows.shape[1], -1)

    def windows_and_values(self, tokens, rows):
        """windows(), and the value tokens [N,M,1+k*k,E] of their last block."""
        n, (m, size) = len(tokens), rows.shape[1:]
        y, values = self.transformer.with_values(self.window_tokens(tokens, rows))
        return (self.project(y[:, 0]).view(n, m, -1),
                self.project(values).view(n, m, 1 + size, -1))

    def window_tokens(self, tokens, rows):
        """The class token and the patches of every window, [N*M,1+k*k,D]."""
        n, (m, size) = len(tokens), rows.shape[1:]
        rows = rows.to(tokens.device).expand(n, m, size).reshape(n, m * size, 1) + 1
        kept = tokens.gather(1, rows.expand(-1, -1, tokens.shape[2]))
        kept = kept.view(n * m, size, -1)
        cls = tokens[:, :1].expand(n, m, -1).reshape(n * m, 1, -1)
        return torch.cat([cls, kept], 1)


class AlfaTiny(nn.Module):
    """Image and text towers with one joint space of `embed_dim` numbers."""

    def __init__(self, config=DEFAULT_CONFIG):
        super().__init__()
        text = config["text_cfg"]
        width = text["width"]
        self.config = config
        self.visual = Vision(config["vision_cfg"], config["embed_dim"])
        self.token_embedding = nn.Embedding(text["vocab_size"], width)
        self.positional_embedding = nn.Parameter(
            0.01 * torch.randn(text["context_length"], width))
        self.transformer = Transformer(width, text["layers"], causal=True)
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(
            width ** -0.5 * torch.randn(width, config["embed_dim"]))
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    def encode_text(self, ids):
        """Ids [T,context] -> raw embeddings [T,E], read at the first end of text."""
        end = ids.argmax(1)
        ids = ids[:, :int(end.max()) + 1]
        x = self.token_embedding(ids) + self.positional_embedding[:ids.shape[1]]
        x = self.ln_final(self.transformer(x))
        return x[torch.arange(len(ids), device=ids.device), end] @ self.text_projection


def window_rows(grid, size):
    """Patch indices of all size x size windows, [1,(G-size+1)^2,size^2], row-major."""
    index = torch.arange(grid * grid).view(1, 1, grid, grid).float()
    return F.unfold(index, size).transpose(1, 2).long()
