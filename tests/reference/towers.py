"""One face for both original libraries: tokens of an image, the transformer over any subset of them, the aligner's value tokens."""

import json
import os

import torch
from safetensors.torch import load_file

from common import windows


class OpenClip:
    """open_clip 2.24 CLIP model in a folder with open_clip_config.json; computed in double from the stored values."""

    def __init__(self, folder):
        from open_clip.model import CLIP
        config = json.load(open(os.path.join(folder, "open_clip_config.json")))
        self.mean, self.std = config["preprocess_cfg"]["mean"], config["preprocess_cfg"]["std"]
        self.model = CLIP(**config["model_cfg"]).eval()
        weights = load_file(os.path.join(folder, "open_clip_model.safetensors"))
        self.model.load_state_dict({k: v.float() for k, v in weights.items()}, strict=True)
        self.model.double()
        v = self.visual = self.model.visual
        self.size, self.grid = v.image_size[0], v.grid_size[0]
        self.vocab, self.context = self.model.vocab_size, self.model.context_length

    def encode_image(self, pixels):
        return self.model.encode_image(pixels)

    def encode_text(self, ids):
        return self.model.encode_text(ids)

    def tokens(self, pixels):
        """What enters ln_pre: patches behind the class token, position embedding added."""
        v = self.visual
        x = v.conv1(pixels).flatten(2).permute(0, 2, 1)
        x = torch.cat([v.class_embedding.expand(x.shape[0], 1, -1), x], 1)
        return x + v.positional_embedding

    def run(self, x):
        """Tokens -> (pooled embedding, value tokens)."""
        v = self.visual
        kept = []
        last = v.transformer.resblocks[-1]
        hook = last.register_forward_pre_hook(lambda m, args: kept.append(args[0]))
        y = v.transformer(v.ln_pre(x).permute(1, 0, 2)).permute(1, 0, 2)   # 2.24 computes in LND order
        hook.remove()
        pooled = v.ln_post(y[:, 0]) @ v.proj
        d = x.shape[-1]
        h = last.ln_1(kept[0].permute(1, 0, 2))
        value = h @ last.attn.in_proj_weight[2 * d:].T + last.attn.in_proj_bias[2 * d:]
        return pooled, v.ln_post(last.attn.out_proj(value)) @ v.proj


class HuggingFace:
    """transformers CLIPModel in a folder; computed in double from the stored values."""

    def __init__(self, folder):
        from transformers import CLIPImageProcessor, CLIPModel
        self.model = CLIPModel.from_pretrained(folder, torch_dtype=torch.float32, attn_implementation="eager").eval().double()
        image = CLIPImageProcessor.from_pretrained(folder)
        self.mean, self.std = image.image_mean, image.image_std
        c = self.model.config
        self.size, self.grid = c.vision_config.image_size, c.vision_config.image_size // c.vision_config.patch_size
        self.vocab, self.context = c.text_config.vocab_size, c.text_config.max_position_embeddings

    def encode_image(self, pixels):
        return self.model.get_image_features(pixels)

    def encode_text(self, ids):
        torch.set_default_dtype(torch.float64)         # the library builds its causal mask in the default type
        try:
            return self.model.get_text_features(ids)
        finally:
            torch.set_default_dtype(torch.float32)

    def tokens(self, pixels):
        return self.model.vision_model.embeddings(pixels)

    def run(self, x):
        v = self.model.vision_model
        kept = []
        last = v.encoder.layers[-1]
        hook = last.register_forward_pre_hook(lambda m, args: kept.append(args[0]))
        y = v.encoder(inputs_embeds=v.pre_layrnorm(x)).last_hidden_state
        hook.remove()
        pooled = self.model.visual_projection(v.post_layernorm(y[:, 0]))
        value = last.self_attn.v_proj(last.layer_norm1(kept[0]))
        return pooled, self.model.visual_projection(v.post_layernorm(last.self_attn.out_proj(value)))


def masked_window(tower, pixels, index):
    """The same embedding another way: all tokens, the keys outside the window masked in every block (open_clip only)."""
    v = tower.visual
    x = tower.tokens(pixels)
    mask = torch.full((x.shape[1], x.shape[1]), float("-inf"), dtype=x.dtype)
    mask[:, index] = 0
    y = v.transformer(v.ln_pre(x).permute(1, 0, 2), attn_mask=mask).permute(1, 0, 2)
    return v.ln_post(y[:, 0]) @ v.proj


def load(folder):
    return (OpenClip if os.path.exists(os.path.join(folder, "open_clip_config.json")) else HuggingFace)(folder)


def window_pass(tower, pixels, k, batch=64):
    """Every k x k window of every image by token dropping: (embeddings [N,W,d], value tokens [N,W,1+k*k,d])."""
    x = tower.tokens(pixels)
    index = windows(tower.grid, k)
    pooled, values = [], []
    for image in x:
        parts = [tower.run(image[index[i:i + batch]]) for i in range(0, len(index), batch)]
        pooled.append(torch.cat([p for p, _ in parts]))
        values.append(torch.cat([v for _, v in parts]))
    return torch.stack(pooled), torch.stack(values)
