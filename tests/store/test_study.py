from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from manyhands.config import Config, config_to_toml, make_structures
from manyhands.errors import ConfigError, StudyBusyError, StudyError
from manyhands.store import (
    Study,
    VolumeRecord,
    create_study,
    ensure_annotator,
    find_annotators,
    find_volumes,
    open_study,
    structure_names,
)


def test_a_study_is_a_folder_with_everything_in_it(study: Study) -> None:
    names = sorted(path.name for path in study.folder.iterdir())

    assert names == ["manyhands.db", "manyhands.lock", "manyhands.toml", "results", "volumes"]


def test_what_was_put_in_is_there_when_it_is_opened_again(
    study: Study, volume: VolumeRecord
) -> None:
    with open_study(study.folder) as again, again.reading() as connection:
        assert again.config == study.config
        assert find_volumes(connection) == (volume,)


def test_a_folder_may_have_any_name(tmp_path: Path, study: Study) -> None:
    folder = tmp_path / "Müller's 100% ?#& study"
    create_study(folder, study.config).close()

    assert (folder / "manyhands.db").is_file()


def test_a_study_is_made_once(study: Study) -> None:
    with pytest.raises(StudyError, match="is a study already"):
        create_study(study.folder, study.config)


def test_an_init_that_was_killed_before_its_end_is_done_again(study: Study) -> None:
    (study.folder / "manyhands.toml").unlink()

    with create_study(study.folder, study.config) as again, again.reading() as connection:
        assert structure_names(connection) == {1: "liver", 2: "spleen"}


def test_a_folder_that_is_no_study_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"manyhands\.toml: not found. Is this a study?"):
        open_study(tmp_path)


def test_a_study_without_its_database_is_not_opened_as_if_it_were_empty(study: Study) -> None:
    (study.folder / "manyhands.db").unlink()

    with pytest.raises(StudyError, match=r"manyhands\.db: missing"):
        open_study(study.folder)


def test_a_structure_added_to_the_configuration_is_known_from_then_on(study: Study) -> None:
    more = replace(study.config, structures=make_structures(("liver", "spleen", "aorta")))
    (study.folder / "manyhands.toml").write_text(config_to_toml(more))

    with open_study(study.folder) as again, again.reading() as connection:
        assert structure_names(connection) == {1: "liver", 2: "spleen", 3: "aorta"}


def test_a_structure_that_changed_its_meaning_is_refused(study: Study) -> None:
    swapped = Config(structures=make_structures(("spleen", "liver")))
    (study.folder / "manyhands.toml").write_text(config_to_toml(swapped))

    with pytest.raises(StudyError, match="structure 1 of this study is 'liver'"):
        open_study(study.folder)


def test_one_works_and_the_other_still_reads(study: Study, volume: VolumeRecord) -> None:
    with open_study(study.folder) as other, study.working("segment"):
        with other.reading() as connection:
            assert find_volumes(connection) == (volume,)
        with pytest.raises(StudyBusyError, match="'segment' is at work"), other.working("run"):
            pytest.fail("two work at once")


def test_a_step_inside_a_step_keeps_the_lock_to_the_end(study: Study) -> None:
    with open_study(study.folder) as other, study.working("run"):
        with study.working("segment"):
            pass
        with pytest.raises(StudyBusyError, match="'run' is at work"), other.working("evaluate"):
            pytest.fail("two work at once")


def test_half_written_files_of_a_killed_process_are_cleared_away(study: Study) -> None:
    part = study.results_folder / "labels" / ".case01.nii.gz.abc.part"
    part.parent.mkdir()
    part.write_bytes(b"half")
    (part.parent / "case01.nii.gz").write_bytes(b"whole")
    (study.folder / ".manyhands.toml.abc.part").write_bytes(b"half")

    with study.working("segment"):
        assert not list(study.folder.glob("*.part"))
        assert [path.name for path in part.parent.iterdir()] == ["case01.nii.gz"]


def test_a_kill_in_the_middle_of_a_transaction_leaves_nothing_of_it(study: Study) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from manyhands.store import ensure_annotator, open_study\n"
        "with open_study(Path(sys.argv[1])) as study, study.writing() as connection:\n"
        "    ensure_annotator(connection, 'half'); print('written', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(study.folder)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        child.kill()

    with open_study(study.folder) as again, again.writing() as connection:
        assert [annotator.name for annotator in find_annotators(connection)] == ["ann"]
        ensure_annotator(connection, "whole")


def test_settings_are_read_anew_with_new_structures(study: Study) -> None:
    path = study.folder / "manyhands.toml"
    text = path.read_text().replace("stride = 1", "stride = 3")
    path.write_text(text + '\n[[structures]]\nstructure_id = 3\nname = "aorta"\n')
    study.reload()

    assert study.config.stride == 3
    with study.reading() as connection:
        assert structure_names(connection) == {1: "liver", 2: "spleen", 3: "aorta"}


def test_settings_that_are_wrong_leave_the_study_as_it_was(study: Study) -> None:
    path = study.folder / "manyhands.toml"
    path.write_text(path.read_text().replace('name = "liver"', 'name = "lung"'))
    with pytest.raises(StudyError, match="ids and names stay as they were"):
        study.reload()

    assert study.config.structure("liver").structure_id == 1
