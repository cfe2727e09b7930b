"""Endpoints: which keys count, what wins over what, and that a key is never shown."""

import pytest

from extractor.asking.endpoints import choose_engine, is_loopback, load_presets, read_environment, resolve_endpoint
from extractor.errors import EndpointError

NAMES = ["deepseek", "qwen", "moonshot", "siliconflow", "zhipu", "openai", "vllm", "ollama", "llama.cpp", "custom"]


def resolve(name="deepseek", model="", **environment):
    return resolve_endpoint(name=name, model=model, environment=environment)


def test_all_presets_load_and_switch_thinking_off_where_models_think():
    presets = load_presets()
    assert list(presets) == NAMES
    for name in ("deepseek", "qwen", "moonshot", "siliconflow", "zhipu", "vllm", "ollama", "llama.cpp"):
        assert presets[name].extra_body, name


def test_the_key_of_the_named_preset_counts():
    endpoint = resolve(DEEPSEEK_API_KEY="sk-1")
    assert (endpoint.base_url, endpoint.model, endpoint.key_variable) == (
        "https://api.deepseek.com",
        "deepseek-flash",
        "DEEPSEEK_API_KEY",
    )


def test_a_stray_key_of_another_provider_does_not_count():
    assert resolve(OPENAI_API_KEY="sk-stray") is None
    assert resolve("qwen", DEEPSEEK_API_KEY="sk-stray") is None
    assert resolve("openai", OPENAI_API_KEY="sk-meant").model


def test_the_projects_own_variables_win():
    endpoint = resolve(
        model="from-book",
        DEEPSEEK_API_KEY="sk-1",
        EXTRACTOR_API_KEY="sk-2",
        EXTRACTOR_BASE_URL="https://proxy.example/v1/",
        EXTRACTOR_MODEL="mine",
    )
    assert (endpoint.api_key, endpoint.base_url, endpoint.model) == ("sk-2", "https://proxy.example/v1", "mine")
    assert resolve(model="from-book", DEEPSEEK_API_KEY="sk-1").model == "from-book"


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_key_is_no_key(blank):
    assert resolve(DEEPSEEK_API_KEY=blank, EXTRACTOR_API_KEY=blank) is None


def test_a_server_on_this_machine_needs_no_key():
    endpoint = resolve("ollama", model="qwen3:8b")
    assert endpoint.free
    assert endpoint.api_key == "none"
    rehearsal = resolve(EXTRACTOR_BASE_URL="http://127.0.0.1:8000/v1", OPENAI_API_KEY="sk-stray")
    assert (rehearsal.api_key, rehearsal.free) == ("none", False)
    assert resolve("ollama", model="m", EXTRACTOR_BASE_URL="https://far.example/v1") is None


def test_a_presets_key_is_never_sent_to_another_host():
    assert resolve(DEEPSEEK_API_KEY="sk-1", EXTRACTOR_BASE_URL="https://proxy.example/v1") is None
    near = resolve(DEEPSEEK_API_KEY="sk-1", EXTRACTOR_BASE_URL="http://127.0.0.1:8000/v1")
    assert (near.api_key, near.key_variable) == ("none", "")


def test_an_unknown_name_is_said_with_those_that_are_known():
    with pytest.raises(EndpointError, match=r"'deepsek' .* deepseek, qwen"):
        resolve("deepsek")


def test_a_missing_model_or_address_is_said():
    with pytest.raises(EndpointError, match="no default model"):
        resolve("vllm")
    with pytest.raises(EndpointError, match="EXTRACTOR_BASE_URL"):
        resolve("custom", EXTRACTOR_API_KEY="sk-1", EXTRACTOR_MODEL="m")
    with pytest.raises(EndpointError, match=r"'api\.example' from EXTRACTOR_BASE_URL is no address"):
        resolve(EXTRACTOR_API_KEY="sk-1", EXTRACTOR_BASE_URL="api.example")


def test_a_user_can_add_a_preset(tmp_path):
    path = tmp_path / "endpoints.toml"
    path.write_text('[house]\nbase_url = "https://llm.example/v1"\nkey_variable = "HOUSE_KEY"\nmodel = "h1"\n')
    endpoint = resolve_endpoint(name="house", environment={"HOUSE_KEY": "sk-1"}, presets=path)
    assert endpoint.model == "h1"
    path.write_text("[house]\nbase = 1\n")
    with pytest.raises(EndpointError, match=r"house\.base_url"):
        load_presets(path)


def test_the_key_is_not_shown():
    endpoint = resolve(EXTRACTOR_API_KEY="sk-very-secret", EXTRACTOR_BASE_URL="https://user:pw@llm.example:444/v1")
    shown = f"{endpoint} {endpoint!r}"
    assert "sk-very-secret" not in shown
    assert str(endpoint) == "deepseek-flash at llm.example:444"
    assert endpoint.redact("bad key sk-very-secret!") == "bad key ***!"


def test_dotenv_is_read_and_does_not_override_the_process(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("DEEPSEEK_API_KEY=from-file\nEXTRACTOR_MODEL='file-model'\nEMPTY=\n")
    monkeypatch.setenv("EXTRACTOR_MODEL", "process-model")
    monkeypatch.delenv("DEEPSEEK_API_KEY", raising=False)
    environment = read_environment(tmp_path)
    assert environment["DEEPSEEK_API_KEY"] == "from-file"
    assert environment["EXTRACTOR_MODEL"] == "process-model"


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_variable_of_the_process_does_not_hide_the_file(tmp_path, monkeypatch, blank):
    (tmp_path / ".env").write_text("EXTRACTOR_API_KEY=from-file\n")
    monkeypatch.setenv("EXTRACTOR_API_KEY", blank)
    assert read_environment(tmp_path)["EXTRACTOR_API_KEY"] == "from-file"


def test_the_engine_is_chosen_by_the_key_and_says_why():
    endpoint = resolve(DEEPSEEK_API_KEY="sk-1")
    assert choose_engine("auto", endpoint) == (
        "api",
        "Engine api: deepseek-flash at api.deepseek.com (key from DEEPSEEK_API_KEY).",
    )
    engine, reason = choose_engine("auto", None)
    assert engine == "rules"
    assert "EXTRACTOR_API_KEY or DEEPSEEK_API_KEY" in reason
    assert choose_engine("rules", endpoint)[0] == "rules"
    with pytest.raises(EndpointError, match=r"EXTRACTOR_API_KEY or DASHSCOPE_API_KEY .* --engine rules"):
        choose_engine("api", None, name="qwen")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://[::1]/v1", True),
        ("http://localhost:1/v1", True),
        ("http://127.0.0.1.evil.example/v1", False),
        ("https://api.deepseek.com", False),
    ],
)
def test_loopback_is_told_from_the_rest(url, expected):
    assert is_loopback(url) is expected
