"""The chain: each step leaves a whole model, is not repeated, goes on after a kill, and fails in one line."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from training_corpus import persona_rows, swift_town, town, trained_town, world_rows

from extractor.book import Shelf
from extractor.errors import StoreError, TrainingError
from extractor.store import lines_of, write_bytes
from extractor.training.chain import train_persona, train_world
from extractor.training.checkpoints import (
    last_checkpoint,
    model_folder,
    read_training,
    recover_models,
    require_model,
)
from extractor.training.faults import in_one_line, require_space
from extractor.training.models import open_model, open_tokenizer

STEPS = ("base", "world", "persona-sft", "persona")


@pytest.mark.parametrize("step", STEPS)
def test_every_step_leaves_a_model_that_opens(step):
    folder = model_folder(trained_town(), step)
    assert open_tokenizer(folder).chat_template
    assert open_model(folder).config.model_type == "qwen2"


def test_each_model_knows_what_it_was_made_of():
    trainings = [require_model(trained_town(), step) for step in STEPS]
    for earlier, later in itertools.pairwise(trainings):
        assert later.parent == earlier.key
    world = trainings[1]
    assert world.rehearsal
    assert world.recipe.max_steps == world.steps == len(world.losses) == 150
    assert world.rows.rows == sum(row.split == "train" for row in world_rows())
    assert world.held_out
    assert world.after < world.before
    assert set(world.versions) >= {"torch", "transformers", "trl", "peft"}


def test_the_persona_knows_its_system_prompt():
    assert require_model(trained_town(), "persona").system == persona_rows(1)[0].system


def test_nothing_is_left_beside_the_models():
    found = {path.name for path in (trained_town().outputs / "models").iterdir()}
    assert found == set(STEPS)


def test_a_finished_step_is_not_repeated(capfd):
    shelf = trained_town()
    before = [(model_folder(shelf, step) / "model.safetensors").stat().st_mtime_ns for step in STEPS]
    train_world(shelf, profile="swift")
    train_persona(shelf, profile="swift")
    assert before == [(model_folder(shelf, step) / "model.safetensors").stat().st_mtime_ns for step in STEPS]
    assert capfd.readouterr().err.count("is up to date") == 3


def test_it_says_that_it_is_a_rehearsal_and_how_many_steps_an_epoch_has(tmp_path, capfd):
    shelf = swift_town(tmp_path)
    train_world(shelf, profile="swift")
    said = capfd.readouterr().err
    assert "a tiny model made on the spot; it proves the way, it cannot talk sense" in said
    assert "150 steps of 8 rows" in said
    assert "steps an epoch" in said
    assert "held-out rows" in said


def test_the_same_corpus_gives_the_same_weights(tmp_path):
    shelf = swift_town(tmp_path)
    train_world(shelf, profile="swift")
    weights = [(model_folder(one, "world") / "model.safetensors").read_bytes() for one in (shelf, trained_town())]
    assert weights[0] == weights[1]


def test_the_persona_without_a_world_names_the_command(tmp_path):
    with pytest.raises(TrainingError, match=r"world holds no finished model; run `make book=town world`"):
        train_persona(swift_town(tmp_path), profile="swift")


def test_a_missing_corpus_names_the_command(tmp_path):
    shelf = swift_town(tmp_path)
    (shelf.outputs / "corpus" / "world.jsonl").unlink()
    with pytest.raises(StoreError, match=r"world\.jsonl is missing; run `make book=town corpus` first"):
        train_world(shelf, profile="swift")


def copied_town(tmp_path) -> Shelf:
    """Return a town of its own with copies of the trained models."""
    shelf = swift_town(tmp_path)
    shutil.copytree(trained_town().outputs / "models", shelf.outputs / "models")
    return shelf


@pytest.mark.parametrize("lost", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_step_whose_files_are_gone_is_trained_again(tmp_path, lost):
    shelf = copied_town(tmp_path)
    (model_folder(shelf, "persona") / lost).unlink()
    with pytest.raises(TrainingError, match=r"persona holds no finished model; run `make book=town persona`"):
        require_model(shelf, "persona")
    train_persona(shelf, profile="swift")
    assert require_model(shelf, "persona").losses == require_model(trained_town(), "persona").losses


def test_a_model_in_shards_lacks_none_of_them(tmp_path):
    folder = model_folder(copied_town(tmp_path), "world")
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    index = {"weight_map": {"one": "model-1.safetensors", "two": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert read_training(folder) is None
    (folder / "model-2.safetensors").write_bytes(b"weights")
    assert read_training(folder).step == "world"


@pytest.mark.parametrize("saved", [True, False])
def test_a_kill_between_two_renames_loses_no_model(tmp_path, capfd, saved):
    shelf = copied_town(tmp_path)
    folder = model_folder(shelf, "world")
    folder.rename(folder.with_name(".old-world"))
    fresh = folder.with_name(".new-world")
    shutil.copytree(folder.with_name(".old-world"), fresh)
    (fresh / "mark").write_text("new")
    if not saved:
        (fresh / "training.json").unlink()
    train_world(shelf, profile="swift")
    assert "is up to date" in capfd.readouterr().err
    assert (folder / "mark").exists() is saved
    assert not folder.with_name(".old-world").exists()


def test_a_model_in_its_place_stays_there(tmp_path):
    shelf = copied_town(tmp_path)
    folder = model_folder(shelf, "world")
    shutil.copytree(folder, folder.with_name(".old-world"))
    (folder / "mark").write_text("kept")
    recover_models(shelf)
    assert (folder / "mark").read_text() == "kept"
    assert not folder.with_name(".old-world").exists()


def test_a_world_of_another_corpus_is_refused_unless_allowed(tmp_path):
    shelf = copied_town(tmp_path)
    write_bytes(shelf.outputs / "corpus" / "world.jsonl", lines_of(world_rows()[:100]))
    with pytest.raises(TrainingError, match="was trained on another state of") as caught:
        train_persona(shelf, profile="swift")
    assert "\n" not in str(caught.value)
    (shelf.outputs / "corpus" / "persona.jsonl").write_text("")
    with pytest.raises(TrainingError, match="gives 0 rows for persona-sft"):
        train_persona(shelf, profile="swift", any_world=True)


def test_a_world_of_another_base_model_is_refused(tmp_path):
    with pytest.raises(TrainingError, match=r"trained from tiny \(profile swift\), not from Qwen/Qwen2\.5-7B-Instruct"):
        train_persona(copied_town(tmp_path), profile="qwen2.5-7b")


def test_too_few_rows_say_how_many_are_needed(tmp_path):
    shelf = swift_town(tmp_path)
    write_bytes(shelf.outputs / "corpus" / "world.jsonl", lines_of(world_rows()[:5]))
    with pytest.raises(TrainingError, match=r"gives 5 rows for world, which needs about 8"):
        train_world(shelf, profile="swift")


def test_too_few_steps_say_how_many_rows_would_do(tmp_path):
    shelf = swift_town(tmp_path)
    path = shelf.folder / "recipes" / "swift.toml"
    path.write_text(path.read_text().replace("epochs = 20\nmax_steps = 150", "epochs = 1"), encoding="utf-8")
    write_bytes(shelf.outputs / "corpus" / "world.jsonl", lines_of(world_rows()[:50]))
    with pytest.raises(TrainingError, match=r"needs about 160 \(20 steps of 8 rows, 1 epochs\).*swift\.toml"):
        train_world(shelf, profile="swift")


def test_a_base_model_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    shelf = swift_town(tmp_path)
    path = shelf.folder / "recipes" / "swift.toml"
    text = path.read_text()
    path.write_text(text.replace('"tiny"', '"nobody/no-such-model"'), encoding="utf-8")
    with pytest.raises(TrainingError, match=r"nobody/no-such-model .* Fetch it once with `hf download") as caught:
        train_world(shelf, profile="swift")
    assert "\n" not in str(caught.value)
    path.write_text(text.replace('"tiny"', '"./no/such/folder"'), encoding="utf-8")
    with pytest.raises(TrainingError, match=r"\./no/such/folder .* Set base in the recipe to a folder"):
        train_world(shelf, profile="swift")


@pytest.mark.slow
def test_a_folder_is_a_base_model_like_any_other(tmp_path):
    shelf = swift_town(tmp_path)
    path = shelf.folder / "recipes" / "swift.toml"
    path.write_text(path.read_text().replace('"tiny"', f'"{model_folder(trained_town(), "base")}"'), encoding="utf-8")
    training = read_training(train_world(shelf, profile="swift"))
    assert not training.rehearsal
    assert training.losses == require_model(trained_town(), "world").losses


def test_memory_running_out_names_the_next_smaller_recipe():
    import torch

    said = pytest.raises(TrainingError, match=r"world ran out of memory\. Use profile=qwen2\.5-0\.5b or halve")
    with said, in_one_line("world", smaller="qwen2.5-0.5b"):
        torch.empty(10**15)


def test_a_full_disk_is_one_line():
    with pytest.raises(TrainingError, match="the disk is full"), in_one_line("world"):
        Path("/dev/full").write_text("x")


def test_too_little_room_is_said_before_the_run(tmp_path):
    with pytest.raises(TrainingError, match=r"GB free and the run writes about"):
        require_space(tmp_path, size=1e18)


def test_a_fault_of_the_program_stays_one():
    with pytest.raises(RuntimeError, match=r"^shapes$"), in_one_line("world"):
        raise RuntimeError("shapes")


def test_an_unfinished_checkpoint_is_passed_over(tmp_path):
    for number, state in ((20, "{}"), (100, "{")):
        (tmp_path / f"checkpoint-{number}").mkdir()
        (tmp_path / f"checkpoint-{number}" / "trainer_state.json").write_text(state)
    (tmp_path / "checkpoint-120").mkdir()
    assert last_checkpoint(tmp_path).name == "checkpoint-20"
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint-20"]


def test_a_broken_training_file_is_one_line(tmp_path):
    shelf = town(tmp_path)
    folder = model_folder(shelf, "world")
    folder.mkdir(parents=True)
    (folder / "training.json").write_text("{")
    with pytest.raises(TrainingError, match=r"training\.json cannot be understood .*Delete .* and train again"):
        require_model(shelf, "world")


RUN = "import sys\nfrom pathlib import Path\nfrom extractor.book import Shelf\n" + (
    "from extractor.training.chain import train_persona, train_world\n"
    "shelf = Shelf('town', Path(sys.argv[1]))\n"
    "train_world(shelf, profile='swift')\n"
    "train_persona(shelf, profile='swift')\n"
)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["world", "persona-sft", "persona"])
def test_a_killed_run_goes_on_to_the_same_end(tmp_path, step):
    shelf = swift_town(tmp_path)
    path = shelf.folder / "recipes" / "swift.toml"
    text = path.read_text().replace("max_steps = 100\n", "max_steps = 100\nsave_steps = 20\n")
    path.write_text(
        text.replace("save_steps = 50\n", "save_steps = 20\n").replace("max_steps = 8", "max_steps = 8\nsave_steps = 2")
    )
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)
    work = shelf.outputs / "models" / f".work-{step}"
    while process.poll() is None and not list(work.glob("checkpoint-*/trainer_state.json")):
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not model_folder(shelf, step).exists()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "goes on from step" in done.stderr
    for name in ("world", "persona-sft", "persona"):
        resumed, unbroken = require_model(shelf, name), require_model(trained_town(), name)
        assert resumed.losses == pytest.approx(unbroken.losses, abs=1e-4)
        assert resumed.after == (pytest.approx(unbroken.after, abs=1e-3) if unbroken.after else None)


@pytest.mark.slow
def test_the_rehearsal_of_a_whole_book_takes_about_a_minute_and_two_gigabytes(tmp_path):
    shelf = town(tmp_path)
    rows = world_rows(1000)
    write_bytes(shelf.outputs / "corpus" / "world.jsonl", lines_of(rows))
    write_bytes(shelf.outputs / "corpus" / "persona.jsonl", lines_of(persona_rows(400)))
    code = RUN.replace("swift", "rehearsal") + (
        "from extractor.training.evaluation import evaluate\n"
        "evaluate(shelf)\n"
        "import json, resource, time\n"
        "print(json.dumps([time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    seconds, megabytes = json.loads(done.stdout.splitlines()[-1])
    assert seconds < 150  # of two cores
    assert megabytes < 2000
