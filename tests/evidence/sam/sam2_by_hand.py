"""SAM 2 written a second time, to compare with: plain functions of the authors' named tensors.

No package that can be trusted carries the authors' own code, so what their paper (Ravi et al. 2024,
arXiv 2408.00714) and their configuration files say is computed here from the tensors as their files
name them. Nothing is shared with `transformers` or with our engine: neither names, nor code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from manyhands.evidence.sam.architectures import HieraSize

Tensors = Mapping[str, Tensor]


def author_shapes(size: HieraSize) -> dict[str, tuple[int, ...]]:
    """Every tensor of the authors' file of a network of this size, with its shape."""
    width, c, mlp, memory = (
        size.hidden_size,
        size.fpn_channels,
        size.decoder_mlp_dim,
        size.memory_channels,
    )
    shapes: dict[str, tuple[int, ...]] = {}

    def linear(name: str, out: int, into: int, *kernel: int) -> None:
        shapes[f"{name}.weight"] = (out, into, *kernel)
        shapes[f"{name}.bias"] = (out,)

    def norm(name: str, n: int) -> None:
        shapes[f"{name}.weight"] = shapes[f"{name}.bias"] = (n,)

    def attention(name: str, inner: int, keys: int = c) -> None:
        linear(f"{name}.q_proj", inner, c)
        linear(f"{name}.k_proj", inner, keys)
        linear(f"{name}.v_proj", inner, keys)
        linear(f"{name}.out_proj", c, inner)

    def three_layers(name: str, out: int) -> None:
        for n, wide in enumerate((c, c, out)):
            linear(f"{name}.layers.{n}", wide, c)

    trunk = "image_encoder.trunk"
    shapes[f"{trunk}.pos_embed"] = (1, width, *size.position_px)
    shapes[f"{trunk}.pos_embed_window"] = (1, width, size.windows[0], size.windows[0])
    linear(f"{trunk}.patch_embed.proj", width, 3, 7, 7)
    before, number = width, 0
    for wide, blocks in zip(size.channels, size.blocks, strict=True):
        for _ in range(blocks):
            block = f"{trunk}.blocks.{number}"
            norm(f"{block}.norm1", before)
            linear(f"{block}.attn.qkv", 3 * wide, before)
            linear(f"{block}.attn.proj", wide, wide)
            norm(f"{block}.norm2", wide)
            linear(f"{block}.mlp.layers.0", 4 * wide, wide)
            linear(f"{block}.mlp.layers.1", wide, 4 * wide)
            if before != wide:
                linear(f"{block}.proj", wide, before)
            before, number = wide, number + 1
    for n, wide in enumerate(reversed(size.channels)):
        linear(f"image_encoder.neck.convs.{n}.conv", c, wide, 1, 1)

    prompt = "sam_prompt_encoder"
    shapes[f"{prompt}.pe_layer.positional_encoding_gaussian_matrix"] = (2, c // 2)
    for label in range(4):
        shapes[f"{prompt}.point_embeddings.{label}.weight"] = (1, c)
    shapes[f"{prompt}.not_a_point_embed.weight"] = (1, c)
    shapes[f"{prompt}.no_mask_embed.weight"] = (1, c)
    linear(f"{prompt}.mask_downscaling.0", 4, 1, 2, 2)
    norm(f"{prompt}.mask_downscaling.1", 4)
    linear(f"{prompt}.mask_downscaling.3", 16, 4, 2, 2)
    norm(f"{prompt}.mask_downscaling.4", 16)
    linear(f"{prompt}.mask_downscaling.6", c, 16, 1, 1)

    decoder = "sam_mask_decoder"
    for n in range(2):
        layer = f"{decoder}.transformer.layers.{n}"
        attention(f"{layer}.self_attn", c)
        attention(f"{layer}.cross_attn_token_to_image", c // 2)
        attention(f"{layer}.cross_attn_image_to_token", c // 2)
        linear(f"{layer}.mlp.layers.0", mlp, c)
        linear(f"{layer}.mlp.layers.1", c, mlp)
        for k in range(1, 5):
            norm(f"{layer}.norm{k}", c)
    attention(f"{decoder}.transformer.final_attn_token_to_image", c // 2)
    norm(f"{decoder}.transformer.norm_final_attn", c)
    for token, rows in (("iou_token", 1), ("mask_tokens", 4), ("obj_score_token", 1)):
        shapes[f"{decoder}.{token}.weight"] = (rows, c)
    # Transposed convolutions name what comes in first.
    shapes[f"{decoder}.output_upscaling.0.weight"] = (c, c // 4, 2, 2)
    shapes[f"{decoder}.output_upscaling.0.bias"] = (c // 4,)
    norm(f"{decoder}.output_upscaling.1", c // 4)
    shapes[f"{decoder}.output_upscaling.3.weight"] = (c // 4, c // 8, 2, 2)
    shapes[f"{decoder}.output_upscaling.3.bias"] = (c // 8,)
    linear(f"{decoder}.conv_s0", c // 8, c, 1, 1)
    linear(f"{decoder}.conv_s1", c // 4, c, 1, 1)
    for n in range(4):
        three_layers(f"{decoder}.output_hypernetworks_mlps.{n}", c // 8)
    three_layers(f"{decoder}.iou_prediction_head", 4)
    three_layers(f"{decoder}.pred_obj_score_head", 1)

    for n in range(4):
        layer = f"memory_attention.layers.{n}"
        attention(f"{layer}.self_attn", c)
        attention(f"{layer}.cross_attn_image", c, keys=memory)
        linear(f"{layer}.linear1", mlp, c)
        linear(f"{layer}.linear2", c, mlp)
        for k in range(1, 4):
            norm(f"{layer}.norm{k}", c)
    norm("memory_attention.norm", c)
    for n in range(4):
        linear(f"memory_encoder.mask_downsampler.encoder.{3 * n}", 4 ** (n + 1), 4**n, 3, 3)
        norm(f"memory_encoder.mask_downsampler.encoder.{3 * n + 1}", 4 ** (n + 1))
    linear("memory_encoder.mask_downsampler.encoder.12", c, 256, 1, 1)
    linear("memory_encoder.pix_feat_proj", c, c, 1, 1)
    for n in range(2):
        fuser = f"memory_encoder.fuser.layers.{n}"
        linear(f"{fuser}.dwconv", c, 1, 7, 7)
        norm(f"{fuser}.norm", c)
        linear(f"{fuser}.pwconv1", 4 * c, c)
        linear(f"{fuser}.pwconv2", c, 4 * c)
        shapes[f"{fuser}.gamma"] = (c,)
    linear("memory_encoder.out_proj", memory, c, 1, 1)
    shapes["maskmem_tpos_enc"] = (7, 1, 1, memory)
    shapes["no_mem_embed"] = shapes["no_mem_pos_enc"] = (1, 1, c)
    shapes["no_obj_ptr"] = (1, c)
    shapes["no_obj_embed_spatial"] = (1, memory)
    linear("mask_downsample", 1, 1, 4, 4)
    three_layers("obj_ptr_proj", c)
    linear("obj_ptr_tpos_proj", memory, c)
    return shapes


class ByHand:
    """SAM 2 of the tensors `t`. Pictures are (1, 3, side, side), places x, y in pixels of it."""

    def __init__(self, t: Tensors, size: HieraSize) -> None:
        self.t, self.size = t, size

    # Small parts

    def linear(self, name: str, x: Tensor) -> Tensor:
        return functional.linear(x, self.t[f"{name}.weight"], self.t[f"{name}.bias"])

    def conv(self, name: str, x: Tensor, **how: Any) -> Tensor:
        return functional.conv2d(x, self.t[f"{name}.weight"], self.t[f"{name}.bias"], **how)

    def norm(self, name: str, x: Tensor, eps: float = 1e-5) -> Tensor:
        weight, bias = self.t[f"{name}.weight"], self.t[f"{name}.bias"]
        return functional.layer_norm(x, (len(weight),), weight, bias, eps)

    def norm_channels(self, name: str, x: Tensor) -> Tensor:
        """Over the channels of a picture (n, channels, rows, columns)."""
        return self.norm(name, x.movedim(1, -1), 1e-6).movedim(-1, 1)

    def three_layers(self, name: str, x: Tensor) -> Tensor:
        for n in range(2):
            x = self.linear(f"{name}.layers.{n}", x).relu()
        return self.linear(f"{name}.layers.2", x)

    def attend(self, name: str, q: Tensor, k: Tensor, v: Tensor, heads: int = 8) -> Tensor:
        """Multi-head attention over (tokens, channels)."""
        parts = [
            self.linear(f"{name}.{part}_proj", x).unflatten(-1, (heads, -1)).transpose(0, 1)
            for part, x in (("q", q), ("k", k), ("v", v))
        ]
        return self.linear(f"{name}.out_proj", attention(*parts).transpose(0, 1).flatten(1))

    # The encoder

    def encode(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features at a fourth, an eighth and a sixteenth, as the decoder and the memory use them;
        the last without the embedding that says that there is no memory."""
        stages = self.trunk(pixels)
        laterals = [
            self.conv(f"image_encoder.neck.convs.{3 - level}.conv", stage)
            for level, stage in enumerate(stages)
        ]
        sixteenth = laterals[2] + functional.interpolate(
            laterals[3], scale_factor=2.0, mode="nearest"
        )
        quarter = self.conv("sam_mask_decoder.conv_s0", laterals[0])
        eighth = self.conv("sam_mask_decoder.conv_s1", laterals[1])
        return quarter, eighth, sixteenth

    def trunk(self, pixels: Tensor) -> list[Tensor]:
        size, trunk = self.size, "image_encoder.trunk"
        x = self.conv(f"{trunk}.patch_embed.proj", pixels, stride=4, padding=3)
        window = self.t[f"{trunk}.pos_embed_window"]
        side = x.shape[-1]
        repeats = side // window.shape[-1]
        x = x + functional.interpolate(self.t[f"{trunk}.pos_embed"], (side, side), mode="bicubic")
        x = (x + window.repeat(1, 1, repeats, repeats))[0].movedim(0, -1)
        stages, number = [], 0
        for stage, blocks in enumerate(size.blocks):
            for n in range(blocks):
                is_first = stage > 0 and n == 0
                # The first block of a stage still has the windows of the one before.
                wide = 0 if number in size.global_blocks else size.windows[stage - is_first]
                x = self.block(f"{trunk}.blocks.{number}", x, wide, stage, pools=is_first)
                number += 1
            stages.append(x.movedim(-1, 0)[None])
        return stages

    def block(self, name: str, x: Tensor, window: int, stage: int, *, pools: bool) -> Tensor:
        """One block on (rows, columns, channels)."""
        heads = self.size.heads_of_stages[stage]
        normed = self.norm(f"{name}.norm1", x, 1e-6)
        shortcut = pooled(self.linear(f"{name}.proj", normed)) if pools else x
        side = x.shape[0]
        window = window or side
        padded = -(-side // window) * window
        normed = functional.pad(normed, (0, 0, 0, padded - side, 0, padded - side))
        rows = []
        for r in range(0, padded, window):
            columns = [
                self.in_window(f"{name}.attn", normed[r : r + window, c : c + window], heads, pools)
                for c in range(0, padded, window)
            ]
            rows.append(torch.cat(columns, dim=1))
        attended = torch.cat(rows, dim=0)[: shortcut.shape[0], : shortcut.shape[1]]
        x = shortcut + attended
        hidden = functional.gelu(
            self.linear(f"{name}.mlp.layers.0", self.norm(f"{name}.norm2", x, 1e-6))
        )
        return x + self.linear(f"{name}.mlp.layers.1", hidden)

    def in_window(self, name: str, x: Tensor, heads: int, pools: bool) -> Tensor:
        q, k, v = self.linear(f"{name}.qkv", x).chunk(3, dim=-1)
        q = pooled(q) if pools else q
        rows, columns = q.shape[:2]
        by_head = [p.flatten(0, 1).unflatten(-1, (heads, -1)).transpose(0, 1) for p in (q, k, v)]
        joined = attention(*by_head).transpose(0, 1).flatten(1)
        return self.linear(f"{name}.proj", joined.unflatten(0, (rows, columns)))

    # Prompts and the decoder

    def place(self, xy: Tensor) -> Tensor:
        """Random Fourier features of places 0..1, (..., 2) to (..., channels)."""
        matrix = self.t["sam_prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"]
        angle = 2 * math.pi * (2 * xy - 1) @ matrix
        return torch.cat([angle.sin(), angle.cos()], dim=-1)

    def embed_points(self, points: Tensor, labels: list[int]) -> Tensor:
        """Tokens (n + 1, channels) of points (n, 2): the last one pads."""
        name = "sam_prompt_encoder"
        tokens = self.place((points + 0.5) / self.size.input_px)
        kinds = torch.cat([self.t[f"{name}.point_embeddings.{label}.weight"] for label in labels])
        return torch.cat([tokens + kinds, self.t[f"{name}.not_a_point_embed.weight"]])

    def embed_logits(self, logits: Tensor | None) -> Tensor:
        name = "sam_prompt_encoder.mask_downscaling"
        if logits is None:
            return self.t["sam_prompt_encoder.no_mask_embed.weight"][:, :, None, None]
        x = self.conv(f"{name}.0", logits[None, None], stride=2)
        x = self.conv(f"{name}.3", functional.gelu(self.norm_channels(f"{name}.1", x)), stride=2)
        return self.conv(f"{name}.6", functional.gelu(self.norm_channels(f"{name}.4", x)))

    def cells(self, side: int) -> Tensor:
        """Where the cells of the embedding lie, (side * side, channels)."""
        at = (torch.arange(side) + 0.5) / side
        rows, columns = torch.meshgrid(at, at, indexing="ij")
        return self.place(torch.stack([columns, rows], dim=-1)).flatten(0, 1)

    def decode(
        self, features: tuple[Tensor, Tensor, Tensor], prompt: Tensor, dense: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Four masks (4, side, side), their scores, their tokens, and whether anything is there.

        `features` as `encode` gives them, the last one conditioned; `prompt` (tokens, channels).
        """
        quarter, eighth, coarse = features
        name = "sam_mask_decoder"
        own = [self.t[f"{name}.{token}.weight"] for token in ("obj_score_token", "iou_token")]
        tokens = torch.cat([*own, self.t[f"{name}.mask_tokens.weight"], prompt])
        image = (coarse + dense)[0].flatten(1).T
        side = coarse.shape[-1]
        queries, keys = self.two_way(tokens, image, self.cells(side))
        picture = keys.T.unflatten(1, (side, side))[None]
        up = f"{name}.output_upscaling"
        picture = functional.conv_transpose2d(
            picture, self.t[f"{up}.0.weight"], self.t[f"{up}.0.bias"], stride=2
        )
        picture = functional.gelu(self.norm_channels(f"{up}.1", picture + eighth))
        picture = functional.conv_transpose2d(
            picture, self.t[f"{up}.3.weight"], self.t[f"{up}.3.bias"], stride=2
        )
        picture = functional.gelu(picture + quarter)[0]
        weights = torch.stack(
            [
                self.three_layers(f"{name}.output_hypernetworks_mlps.{n}", queries[2 + n])
                for n in range(4)
            ]
        )
        masks = torch.einsum("mc,crs->mrs", weights, picture)
        scores = self.three_layers(f"{name}.iou_prediction_head", queries[1]).sigmoid()
        is_there = self.three_layers(f"{name}.pred_obj_score_head", queries[0])
        return masks, scores, queries[2:6], is_there

    def two_way(self, tokens: Tensor, image: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        queries, keys = tokens, image
        for n in range(2):
            layer = f"sam_mask_decoder.transformer.layers.{n}"
            if n == 0:
                queries = self.attend(f"{layer}.self_attn", queries, queries, queries)
            else:
                q = queries + tokens
                queries = queries + self.attend(f"{layer}.self_attn", q, q, queries)
            queries = self.norm(f"{layer}.norm1", queries)
            to_image = self.attend(
                f"{layer}.cross_attn_token_to_image", queries + tokens, keys + places, keys
            )
            queries = self.norm(f"{layer}.norm2", queries + to_image)
            hidden = self.linear(f"{layer}.mlp.layers.0", queries).relu()
            queries = queries + self.linear(f"{layer}.mlp.layers.1", hidden)
            queries = self.norm(f"{layer}.norm3", queries)
            to_tokens = self.attend(
                f"{layer}.cross_attn_image_to_token", keys + places, queries + tokens, queries
            )
            keys = self.norm(f"{layer}.norm4", keys + to_tokens)
        last = "sam_mask_decoder.transformer"
        to_image = self.attend(
            f"{last}.final_attn_token_to_image", queries + tokens, keys + places, keys
        )
        return self.norm(f"{last}.norm_final_attn", queries + to_image), keys


class FilmByHand:
    """One object followed through frames: `pictures` prepared, `prompts` (places, labels) by frame,
    seen in one direction (`step` 1 or -1).
    """

    def __init__(
        self,
        network: ByHand,
        pictures: list[Tensor],
        prompts: Mapping[int, tuple[Tensor, list[int]]],
        step: int,
    ) -> None:
        self.network, self.t, self.step = network, network.t, step
        self.features = [network.encode(picture) for picture in pictures]
        self.answers: dict[int, Tensor] = {}  # low-resolution logits by frame
        self.memories: dict[int, Tensor] = {}  # (cells, memory channels)
        self.pointers: dict[int, Tensor] = {}
        self.prompted = set(prompts)
        for frame, (places, labels) in sorted(prompts.items()):
            self.look_at(frame, network.embed_points(places, labels))

    def follow(self, frames: range) -> None:
        nothing = self.t["sam_prompt_encoder.not_a_point_embed.weight"].repeat(2, 1)
        for frame in frames:
            if frame not in self.prompted:
                self.look_at(frame, nothing)

    def look_at(self, frame: int, tokens: Tensor) -> None:
        network = self.network
        quarter, eighth, coarse = self.features[frame]
        is_prompted = frame in self.prompted
        if is_prompted:
            fused = coarse + self.t["no_mem_embed"].reshape(1, -1, 1, 1)
        else:
            fused = self.remember(frame, coarse)
        masks, scores, pointers, there = network.decode(
            (quarter, eighth, fused), tokens, network.embed_logits(None)
        )
        if is_prompted:  # two corners and more: one mask, and always the first token
            mask, _, _ = choose_one(masks, scores)
            pointer = pointers[0]
        else:
            best = 1 + int(scores[1:].argmax())
            mask, pointer = masks[best], pointers[best]
        is_there = bool(there > 0)
        self.answers[frame] = mask if is_there else torch.full_like(mask, -1024.0)
        projected = network.three_layers("obj_ptr_proj", pointer)
        self.pointers[frame] = projected if is_there else self.t["no_obj_ptr"][0]
        self.memories[frame] = self.memorise(frame, is_prompted, is_there)

    def memorise(self, frame: int, is_prompted: bool, is_there: bool) -> Tensor:
        network, name = self.network, "memory_encoder"
        side = network.size.input_px
        low = self.answers[frame][None, None]
        mask = functional.interpolate(low, (side, side), mode="bilinear", align_corners=False)
        mask = (mask > 0).float() if is_prompted else mask.sigmoid()
        x = mask * 20 - 10
        for n in (0, 3, 6, 9):
            x = network.conv(f"{name}.mask_downsampler.encoder.{n}", x, stride=2, padding=1)
            x = functional.gelu(
                network.norm_channels(f"{name}.mask_downsampler.encoder.{n + 1}", x)
            )
        x = network.conv(f"{name}.mask_downsampler.encoder.12", x)
        x = x + network.conv(f"{name}.pix_feat_proj", self.features[frame][2])
        for n in range(2):
            fuser = f"{name}.fuser.layers.{n}"
            y = network.conv(f"{fuser}.dwconv", x, padding=3, groups=x.shape[1])
            y = network.norm_channels(f"{fuser}.norm", y).movedim(1, -1)
            y = functional.gelu(network.linear(f"{fuser}.pwconv1", y))
            y = self.t[f"{fuser}.gamma"] * network.linear(f"{fuser}.pwconv2", y)
            x = x + y.movedim(-1, 1)
        x = network.conv(f"{name}.out_proj", x)[0].flatten(1).T
        if not is_there:
            x = x + self.t["no_obj_embed_spatial"]
        return x.bfloat16().float()  # memories are kept in bfloat16

    def remember(self, frame: int, coarse: Tensor) -> Tensor:
        """The slice's features after they have looked at the memories of others."""
        network = self.network
        side = coarse.shape[-1]
        values, places = [], []
        in_picture = sines_of_picture(side, self.memory_channels)
        remembered = [(7, f) for f in sorted(self.prompted)]
        remembered += [(ago, frame - self.step * ago) for ago in range(6, 0, -1)]
        for ago, other in remembered:
            if other in self.memories and (ago == 7 or other not in self.prompted):
                values.append(self.memories[other])
                places.append(in_picture + self.t["maskmem_tpos_enc"][ago - 1, 0])
        pointers, when = self.pointers_before(frame)
        memory = torch.cat([*values, pointers])
        memory_places = torch.cat([*places, when])
        x = (coarse[0].flatten(1) + 0.1 * sines_of_picture(side, coarse.shape[1]).T).T
        for n in range(4):
            x = self.memory_layer(
                f"memory_attention.layers.{n}", x, memory, memory_places, len(when)
            )
        x = network.norm("memory_attention.norm", x)
        return x.T.unflatten(1, (side, side))[None]

    @property
    def memory_channels(self) -> int:
        return self.network.size.memory_channels

    def pointers_before(self, frame: int) -> tuple[Tensor, Tensor]:
        """Tokens (n, memory channels) of what was found before, and when that was."""
        most = min(len(self.features), 16)
        ago = [(abs(frame - f), f) for f in sorted(self.prompted) if (frame - f) * self.step >= 0]
        for n in range(1, most):
            other = frame - self.step * n
            if not 0 <= other < len(self.features):
                break
            if other in self.pointers and other not in self.prompted:
                ago.append((n, other))
        c = self.network.size.fpn_channels
        when = torch.tensor([n for n, _ in ago]) / (most - 1)
        projected = self.network.linear("obj_ptr_tpos_proj", sines(when, c, 1.0))
        parts = c // self.memory_channels
        tokens = torch.stack([self.pointers[f] for _, f in ago]).reshape(-1, self.memory_channels)
        return tokens, projected.repeat_interleave(parts, dim=0)

    def memory_layer(
        self, name: str, x: Tensor, memory: Tensor, places: Tensor, unplaced: int
    ) -> Tensor:
        network = self.network
        normed = network.norm(f"{name}.norm1", x)
        x = x + self.rotated_attention(f"{name}.self_attn", normed, normed, normed, 0)
        normed = network.norm(f"{name}.norm2", x)
        x = x + self.rotated_attention(
            f"{name}.cross_attn_image", normed, memory + places, memory, unplaced
        )
        hidden = network.linear(f"{name}.linear1", network.norm(f"{name}.norm3", x)).relu()
        return x + network.linear(f"{name}.linear2", hidden)

    def rotated_attention(
        self, name: str, q: Tensor, k: Tensor, v: Tensor, unplaced: int
    ) -> Tensor:
        network = self.network
        q, k, v = (
            network.linear(f"{name}.{part}_proj", x) for part, x in (("q", q), ("k", k), ("v", v))
        )
        placed = len(k) - unplaced
        k = torch.cat([rotated(k[:placed], len(q)), k[placed:]])
        return network.linear(f"{name}.out_proj", attention(rotated(q, len(q)), k, v))


def rotated(x: Tensor, cells: int) -> Tensor:
    """Pairs of channels turned by angles of their place: half of them by column, half by row."""
    side, channels = math.isqrt(cells), x.shape[-1]
    frequency = 10000.0 ** (-torch.arange(0, channels, 4) / channels)
    cell = torch.arange(len(x)) % cells
    angle = torch.cat(
        [(cell % side)[:, None] * frequency, (cell // side)[:, None] * frequency], dim=1
    )
    turned = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(turned * torch.polar(torch.ones_like(angle), angle)).flatten(1)


def sines(at: Tensor, channels: int, scale: float) -> Tensor:
    """(n, channels): sines of places `at` (n,), then cosines, of falling frequencies."""
    n = torch.arange(channels // 2)
    angle = at[:, None] * scale / 10000.0 ** (2 * (n // 2) / (channels // 2))
    return torch.cat([angle.sin(), angle.cos()], dim=1)


def sines_of_picture(side: int, channels: int) -> Tensor:
    """(side * side, channels): half for the row, half for the column, sine and cosine in turn."""
    n = torch.arange(channels // 2)
    at = torch.arange(1, side + 1) / (side + 1e-6) * 2 * math.pi
    angle = at[:, None] / 10000.0 ** (2 * (n // 2) / (channels // 2))
    one = torch.where(n % 2 == 0, angle.sin(), angle.cos())
    rows, columns = one[:, None].expand(-1, side, -1), one[None].expand(side, -1, -1)
    return torch.cat([rows, columns], dim=-1).flatten(0, 1)


def attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Softmax attention over (heads, tokens, channels)."""
    return (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1) @ v


def pooled(x: Tensor) -> Tensor:
    """(rows, columns, channels) at half the rows and columns, the largest of four."""
    return functional.max_pool2d(x.movedim(-1, 0), 2).movedim(0, -1)


def choose_one(masks: Tensor, scores: Tensor) -> tuple[Tensor, Tensor, int]:
    """The first mask if it is stable, else the best of the other three, with score and number."""
    inner, outer = (masks[0] > 0.05).sum(), (masks[0] > -0.05).sum()
    if outer == 0 or inner / outer >= 0.98:
        return masks[0], scores[0], 0
    best = 1 + int(scores[1:].argmax())
    return masks[best], scores[best], best
