//! The simulation and the model together: deterministic, within the invariants, and rich enough to
//! be worth running.

#![allow(clippy::unwrap_used)]

use mse_core::{MediaTime, TrackKind};
use mse_testkit::model_source::ModelSource;
use mse_testkit::simulation::{Engine, Observation, Operation, Simulation, compare, minimize};

fn model(mime: &str) -> ModelSource {
    ModelSource::new(mime).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_script() {
    let script = |seed| Simulation::new(seed, 40).to_string();
    assert_eq!(script(3), script(3));
    assert_ne!(script(3), script(4));
    assert!(script(3).starts_with("{\"scenario\":1,\"name\":\"simulation, seed 3\""));
}

#[test]
fn the_model_agrees_with_itself() {
    for seed in 0..20 {
        let simulation = Simulation::new(seed, 60);
        let (mut left, mut right) = (model(simulation.mime), model(simulation.mime));
        compare(&simulation, &mut left, &mut right).unwrap();
    }
}

#[test]
fn the_invariants_hold_after_every_operation() {
    for seed in 0..190 {
        let simulation = Simulation::new(seed, 60);
        let mut source = model(simulation.mime);
        for (index, operation) in simulation.operations.iter().enumerate() {
            source.apply(operation);
            if let Err(broken) = invariants(&source) {
                panic!("{broken}\n{}", simulation.prefix(index + 1));
            }
        }
    }
}

fn invariants(source: &ModelSource) -> Result<(), &'static str> {
    let check = |holds: bool, row| if holds { Ok(()) } else { Err(row) };
    let buffer = &source.buffer;
    for track in &buffer.tracks {
        for gop in &track.gops {
            let (first, rest) = gop.frames.split_first().ok_or("a group of pictures is never empty")?;
            check(first.frame.is_random_access_point && first.pts() == gop.start, "INV-4")?;
            check(rest.iter().all(|stored| !stored.frame.is_random_access_point), "INV-4")?;
            check(gop.frames.is_sorted_by_key(|stored| stored.arrival), "INV-4")?;
        }
        check(track.frames().all(|stored| stored.pts() >= MediaTime::ZERO), "CFP-39")?;
        let ranges = track.ranges();
        let covered = |time: MediaTime| ranges.iter().any(|range| range.contains(time));
        let shown = |stored: &&mse_testkit::model::ModelFrame| stored.frame.duration > MediaTime::ZERO;
        check(track.frames().filter(shown).all(|stored| covered(stored.pts())), "INV-5")?;
        let highest = track.highest_end_timestamp.unwrap_or(MediaTime::ZERO);
        let mut buffered = buffer.buffered(false);
        if track.kind != TrackKind::Text {
            buffered = buffered.difference(&ranges);
            check(buffered.is_empty(), "INV-6")?;
        }
        // A discontinuity that lowers the group end timestamp unsets these first.
        check(track.last_decode_timestamp.is_none() || buffer.group_end_timestamp >= highest, "INV-12")?;
    }
    let duration = MediaTime::from_seconds(source.duration);
    check(source.duration.is_nan() || duration >= buffer.highest_end(), "INV-7")
}

#[test]
fn the_simulation_reaches_every_kind_of_outcome() {
    let (mut frames, mut ranges, mut errors, mut reads, mut changes) = (0, 0, 0, 0, 0);
    let mut exceptions = std::collections::BTreeMap::new();
    let mut appends = 0;
    for seed in 0..190 {
        let simulation = Simulation::new(seed, 60);
        let mut source = model(simulation.mime);
        for operation in &simulation.operations {
            let seen = source.apply(operation);
            appends += usize::from(matches!(operation, Operation::Append { .. }));
            frames += seen.tracks.iter().map(|track| track.frames.len()).sum::<usize>();
            ranges += seen.buffered.as_ref().map_or(0, mse_core::TimeRanges::len);
            errors += usize::from(seen.append_error);
            reads += seen.reads.iter().flatten().count();
            changes += seen.reads.iter().flatten().filter(|read| *read == "C").count();
            if let Some(name) = seen.exception {
                *exceptions.entry(name.as_str()).or_insert(0) += 1;
            }
        }
    }
    let operations = 190 * 60;
    println!("{appends} appends, {errors} errors, {reads} reads, {changes} changes, {exceptions:?}");
    println!("mean frames {}, mean ranges x100 {}", frames / operations, ranges * 100 / operations);
    assert!(frames / operations > 20, "buffers hold frames");
    assert!(ranges * 10 > operations * 15, "buffers have gaps");
    assert!(errors * 5 < appends && errors > 100, "some appends fail");
    assert!(reads > 10_000 && changes > 100);
    for name in ["InvalidStateError", "NotSupportedError", "TypeError", "NotFoundError"] {
        assert!(name == "NotFoundError" || exceptions.contains_key(name), "{name}");
    }
}

/// A model that sees an offset move whenever the mode is set.
struct Faulty(ModelSource);

impl Engine for Faulty {
    fn apply(&mut self, operation: &Operation) -> Observation {
        let mut seen = self.0.apply(operation);
        if matches!(operation, Operation::Mode(_)) && seen.exception.is_none() {
            seen.timestamp_offset += 1.0;
        }
        seen
    }
}

#[test]
fn a_difference_is_found_and_made_small() {
    let engines = |mime: &'static str| -> (Box<dyn Engine>, Box<dyn Engine>) {
        (Box::new(model(mime)), Box::new(Faulty(model(mime))))
    };
    let simulation = Simulation::new(11, 200);
    let (mut left, mut right) = engines(simulation.mime);
    let difference = compare(&simulation, left.as_mut(), right.as_mut()).unwrap_err();
    let smallest = minimize(*difference, engines);
    assert_eq!(smallest.field, "timestampOffset");
    assert_eq!(smallest.simulation.operations.len(), 1);
    assert!(
        smallest.to_string().starts_with("seed 11: after operation 1 the engines differ in timestampOffset")
    );
}
