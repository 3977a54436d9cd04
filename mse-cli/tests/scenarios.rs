//! Every scenario in `tests/scenarios` gives the trace that lies beside it. `UPDATE_TRACES=1`
//! writes the traces anew.

#![allow(clippy::unwrap_used, reason = "a test may")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    files
}

/// Frames leave a piece as soon as a byte of it is dead; every frame is copied; some of both; and
/// what is the default.
const STORAGES: [&[&str]; 4] = [
    &["--storage=small_piece=0,copied_piece=0,sparse_percent=100,dead_bytes=0", "--max-block-frames=1"],
    &["--storage=small_piece=1000000,copied_piece=1,sparse_percent=100,dead_bytes=0", "--max-block-frames=2"],
    &["--storage=small_piece=64,copied_piece=100,sparse_percent=70,dead_bytes=10", "--max-block-frames=5"],
    &[],
];

fn run(scenario: &Path, storage: &[&str]) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_mse")).arg("run").args(storage).arg(scenario).output().unwrap();
    assert!(output.status.success(), "{}: {}", scenario.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_scenario_gives_its_trace_wherever_frames_rest() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 20);
    let update = std::env::var_os("UPDATE_TRACES").is_some();
    for scenario in scenarios {
        let file = scenario.with_extension("trace.jsonl");
        if update {
            std::fs::write(&file, run(&scenario, &[])).unwrap();
            continue;
        }
        let expected = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}; `just traces` writes it", file.display()));
        for storage in STORAGES {
            let trace = run(&scenario, storage);
            for (expected, found) in expected.lines().zip(trace.lines()) {
                assert_eq!(found, expected, "{} {storage:?}", scenario.display());
            }
            assert_eq!(trace.lines().count(), expected.lines().count(), "{}", scenario.display());
        }
    }
}

#[test]
fn every_step_leaves_one_record_with_the_members_of_the_format() {
    for scenario in scenarios() {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&scenario).unwrap()).unwrap();
        let records: Vec<Value> =
            run(&scenario, &[]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let steps = file["steps"].as_array().unwrap();
        assert_eq!(records.len(), steps.len(), "{}", scenario.display());
        for (index, (step, record)) in steps.iter().zip(&records).enumerate() {
            assert_eq!(record["step"].as_u64(), Some(index as u64));
            assert_eq!(record["do"], step["do"]);
            for member in ["error", "events", "readyState", "duration", "sb", "element"] {
                assert!(record.get(member).is_some(), "{member} in {record}");
            }
            for member in ["buffered", "seekable", "readyState", "error"] {
                assert!(record["element"].get(member).is_some(), "{member} in {record}");
            }
        }
    }
}

/// Every input of every scenario, recorded, replays to the same outputs; and the replay's own
/// recording is the same file.
#[test]
fn a_recorded_trace_of_every_scenario_replays_to_identical_outputs() {
    let folder = std::env::temp_dir().join(format!("mse-traces-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for scenario in scenarios() {
        let file = folder.join("recorded");
        let mse = || Command::new(env!("CARGO_BIN_EXE_mse"));
        let recorded = mse().arg("run").arg("--record").arg(&file).arg(&scenario).output().unwrap();
        assert!(recorded.status.success(), "{}", scenario.display());
        let [tiny, .., default] = STORAGES;
        let mut replayed = Vec::new();
        for storage in [tiny, default] {
            let output = mse().arg("run").args(storage).arg(&file).output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{} {storage:?}: {error}", scenario.display());
            replayed.push(output.stdout);
        }
        assert!(replayed[0] == replayed[1], "{}", scenario.display());
        let replayed = &replayed[0];
        assert!(replayed.split(|&byte| byte == b'\n').count() > 5, "{}", scenario.display());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
