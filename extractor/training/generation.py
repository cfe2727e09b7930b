"""Letting a model speak: greedy in batches for measuring, in a stream for talking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


def generate_replies(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Sequence[int]],
    *,
    new_tokens: int,
    batch_rows: int = 16,
) -> list[str]:
    """Return the greedy reply to each prompt (token ids), in order; batches are made of prompts of like length."""
    import torch

    pad = int(tokenizer.pad_token_id)
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    replies: dict[int, str] = {}
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(order), batch_rows):
            chosen = order[start : start + batch_rows]
            width = max(len(prompts[index]) for index in chosen)
            ids = [[pad] * (width - len(prompts[index])) + list(prompts[index]) for index in chosen]
            mask = [[0] * (width - len(prompts[index])) + [1] * len(prompts[index]) for index in chosen]
            made = model.generate(
                input_ids=torch.tensor(ids, device=model.device),
                attention_mask=torch.tensor(mask, device=model.device),
                max_new_tokens=new_tokens,
                do_sample=False,
                pad_token_id=pad,
            )
            for index, reply in zip(chosen, made[:, width:].tolist(), strict=True):
                replies[index] = tokenizer.decode(reply, skip_special_tokens=True).strip()
    return [replies[index] for index in range(len(prompts))]


def stream_reply(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompt: Sequence[int],
    *,
    new_tokens: int,
    temperature: float,
    seed: int | None = None,
) -> Iterator[str]:
    """Yield a sampled reply piece by piece; `temperature` 0 is greedy. Leaving early stops the model."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Event

    import torch
    from transformers import StoppingCriteriaList, TextIteratorStreamer

    left = Event()
    streamer = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
    if seed is not None:
        torch.manual_seed(seed)
    sampling = {"do_sample": True, "temperature": temperature, "top_p": 0.9} if temperature else {"do_sample": False}
    model.eval()
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(
            model.generate,
            input_ids=torch.tensor([list(prompt)], device=model.device),
            attention_mask=torch.ones((1, len(prompt)), dtype=torch.long, device=model.device),
            max_new_tokens=new_tokens,
            pad_token_id=int(tokenizer.pad_token_id),
            streamer=streamer,
            stopping_criteria=StoppingCriteriaList([lambda *_, **__: left.is_set()]),
            **sampling,
        )
        future.add_done_callback(lambda _: streamer.end())
        try:
            yield from (piece for piece in streamer if piece)
        finally:
            left.set()
        future.result()
