"""Which endpoint is asked: presets, keys that are configured for this project, and the choice of the engine."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError

from extractor.errors import EndpointError
from extractor.records import Engine, Record

EngineOption = Literal["auto", "api", "rules"]

KEY_VARIABLE = "EXTRACTOR_API_KEY"
URL_VARIABLE = "EXTRACTOR_BASE_URL"
MODEL_VARIABLE = "EXTRACTOR_MODEL"


class Preset(Record):
    """One table of endpoints.toml. `token_field` is what the endpoint calls the limit of output tokens."""

    base_url: str
    key_variable: str
    model: str
    extra_body: dict[str, object] = Field(default_factory=dict)
    json_mode: bool = True
    keyless: bool = False
    token_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"


@dataclass(frozen=True)
class Endpoint:
    """An endpoint ready to be asked. The key is in `api_key` and in nothing that is printed.

    `free` means that tokens cost nothing (a local server). `key_variable` is the variable that held the key.
    """

    name: str
    base_url: str
    model: str
    api_key: str = field(repr=False)
    key_variable: str = ""
    extra_body: Mapping[str, object] = field(default_factory=dict)
    json_mode: bool = True
    token_field: str = "max_tokens"
    free: bool = False

    def __str__(self) -> str:
        return f"{self.model} at {self.host}"

    @property
    def host(self) -> str:
        """The address without path and credentials."""
        parts = urlsplit(self.base_url)
        return (parts.hostname or self.base_url) + (f":{parts.port}" if parts.port else "")

    def redact(self, text: str) -> str:
        """Return `text` without the key, should a server have repeated it."""
        return text.replace(self.api_key, "***") if len(self.api_key) > 4 else text


def load_presets(path: Path | None = None) -> dict[str, Preset]:
    """Return the presets by name; those of `path` (same shape as endpoints.toml) are added and win.

    Raises:
        EndpointError: `path` is no TOML or a table does not do.
    """
    presets = dict(_shipped_presets())
    if path is not None and path.is_file():
        presets.update(_parse_presets(path.read_text(encoding="utf-8-sig"), str(path)))
    return presets


def read_environment(root: Path | None = None) -> dict[str, str]:
    """Return the process environment over the `.env` file of the project's root; nothing is exported.

    A blank variable of the process hides nothing.
    """
    from dotenv import dotenv_values

    values = {key: value for key, value in dotenv_values((root or Path()) / ".env").items() if value}
    return {**values, **{key: value for key, value in os.environ.items() if value.strip() or key not in values}}


def resolve_endpoint(
    *, name: str, model: str = "", environment: Mapping[str, str], presets: Path | None = None
) -> Endpoint | None:
    """Return the endpoint a book names, or None where no key is configured for this project.

    A key counts when it stands in EXTRACTOR_API_KEY or in the variable of the preset `name`; a server on this machine
    needs none. EXTRACTOR_BASE_URL and EXTRACTOR_MODEL win over the preset and the book's `model`; a preset's own key is
    never sent to the host of EXTRACTOR_BASE_URL.

    Raises:
        EndpointError: `name` is no preset, or the address or the model is missing or unusable.
    """
    known = load_presets(presets)
    if name not in known:
        raise EndpointError(f"endpoint {name!r} in book.toml is not known. Known are {', '.join(known)}.")
    preset = known[name]
    own = {key: environment.get(key, "").strip() for key in (KEY_VARIABLE, URL_VARIABLE, MODEL_VARIABLE)}
    base_url = own[URL_VARIABLE] or preset.base_url
    variables = [KEY_VARIABLE] if own[URL_VARIABLE] else list(filter(None, (KEY_VARIABLE, preset.key_variable)))
    variable = next((v for v in variables if environment.get(v, "").strip()), "")
    local = preset.keyless or bool(own[URL_VARIABLE])
    if not variable and not (local and is_loopback(base_url)):
        return None
    _check_url(base_url, URL_VARIABLE if own[URL_VARIABLE] else f"the preset {name}")
    model = own[MODEL_VARIABLE] or model or preset.model
    if not model:
        raise EndpointError(f"endpoint {name!r} has no default model. Set model in book.toml or {MODEL_VARIABLE}.")
    return Endpoint(
        name=name,
        base_url=base_url.rstrip("/"),
        model=model,
        api_key=environment[variable].strip() if variable else "none",
        key_variable=variable,
        extra_body=preset.extra_body,
        json_mode=preset.json_mode,
        token_field=preset.token_field,
        free=preset.keyless,
    )


def choose_engine(option: EngineOption, endpoint: Endpoint | None, *, name: str = "deepseek") -> tuple[Engine, str]:
    """Return the engine and one sentence that says why.

    Raises:
        EndpointError: `api` is wanted and no key is configured; names the variables that would do.
    """
    if option == "rules":
        return "rules", "Engine rules, as asked for: code alone, no model."
    variables = " or ".join(filter(None, (KEY_VARIABLE, load_presets().get(name, _NO_PRESET).key_variable)))
    if endpoint is not None:
        origin = f"key from {endpoint.key_variable}" if endpoint.key_variable else "a server on this machine"
        return "api", f"Engine api: {endpoint} ({origin})."
    if option == "api":
        raise EndpointError(
            f"Engine api needs an API key and none is configured. Set {variables} in the environment or in .env, "
            f"or run with --engine rules."
        )
    return "rules", f"Engine rules: no API key is configured (set {variables} to ask a model)."


def is_loopback(url: str) -> bool:
    """Tell whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


_NO_PRESET = Preset(base_url="", key_variable="", model="")


@cache
def _shipped_presets() -> Mapping[str, Preset]:
    return _parse_presets((resources.files("extractor.asking") / "endpoints.toml").read_text("utf-8"), "endpoints.toml")


def _parse_presets(text: str, path: str) -> dict[str, Preset]:
    presets: dict[str, Preset] = {}
    name = ""
    try:
        for name, table in tomllib.loads(text).items():
            presets[name] = Preset.model_validate(table)
    except tomllib.TOMLDecodeError as error:
        raise EndpointError(f"{path} is not TOML: {error}.") from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in (name, *fault["loc"]))
        raise EndpointError(f"{path}: {where}: {fault['msg']}.") from None
    return presets


def _check_url(url: str, origin: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EndpointError(f"{url!r} from {origin} is no address. Set {URL_VARIABLE} to one like https://host/v1.")
