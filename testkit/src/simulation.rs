//! Seeded random use of a MediaSource with one SourceBuffer, applied to two implementations that
//! must agree.
//!
//! [`Simulation::new`] makes the operations of a seed; [`compare`] applies them to two [`Engine`]s,
//! usually a [`ModelSource`](crate::model_source::ModelSource) and the engine under test, and gives
//! the first difference, which prints the seed and the operations so far as a scenario file;
//! [`minimize`] leaves out what is not needed to see a difference.
//!
//! ```
//! use mse_testkit::model_source::ModelSource;
//! use mse_testkit::simulation::{Simulation, compare};
//!
//! let simulation = Simulation::new(7, 50);
//! let mut model = ModelSource::new(simulation.mime).unwrap();
//! let mut engine = ModelSource::new(simulation.mime).unwrap(); // the engine, in a test of the engine
//! if let Err(difference) = compare(&simulation, &mut model, &mut engine) {
//!     panic!("{difference}");
//! }
//! ```

mod generator;
mod groups;
mod observation;
mod operation;

pub use observation::{Observation, TrackObservation};
pub use operation::{Operation, Piece};

use std::fmt;

/// A MediaSource, attached, with one SourceBuffer: the model or the engine under test.
pub trait Engine {
    /// Applies an operation, runs everything that it queued, and looks.
    fn apply(&mut self, operation: &Operation) -> Observation;
}

/// The operations of a seed.
#[derive(Clone, PartialEq, Debug)]
pub struct Simulation {
    /// Seed of the random numbers.
    pub seed: u64,
    /// The type to `addSourceBuffer` with.
    pub mime: &'static str,
    /// Operations in their order.
    pub operations: Vec<Operation>,
}

impl Simulation {
    /// `count` operations.
    pub fn new(seed: u64, count: usize) -> Self {
        let (mime, operations) = generator::generate(seed, count);
        Self { seed, mime, operations }
    }

    /// The first `count` operations.
    #[must_use]
    pub fn prefix(&self, count: usize) -> Self {
        let operations = self.operations.iter().take(count).cloned().collect();
        Self { operations, ..*self }
    }

    fn without(&self, index: usize) -> Self {
        let mut shorter = self.clone();
        shorter.operations.remove(index);
        shorter
    }
}

impl fmt::Display for Simulation {
    /// A scenario file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mime = self.mime.replace('"', "\\\"");
        writeln!(f, r#"{{"scenario":1,"name":"simulation, seed {}","media":{{}},"steps":["#, self.seed)?;
        write!(f, r#"{{"do":"addSourceBuffer","sb":"s","type":"{mime}"}}"#)?;
        for operation in &self.operations {
            write!(f, ",\n{operation}")?;
        }
        f.write_str("\n]}")
    }
}

/// First disagreement of two engines.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// The operations up to and with the one that shows it.
    pub simulation: Simulation,
    /// Name of the field that differs, from [`Observation::fields`].
    pub field: String,
    /// The first engine's value.
    pub left: String,
    /// The second engine's value.
    pub right: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seed, count) = (self.simulation.seed, self.simulation.operations.len());
        writeln!(f, "seed {seed}: after operation {count} the engines differ in {}", self.field)?;
        writeln!(f, "  left:  {}\n  right: {}\n{}", self.left, self.right, self.simulation)
    }
}

impl std::error::Error for Difference {}

/// Applies the operations to both engines until their observations differ.
pub fn compare(
    simulation: &Simulation,
    left: &mut dyn Engine,
    right: &mut dyn Engine,
) -> Result<(), Box<Difference>> {
    for (index, operation) in simulation.operations.iter().enumerate() {
        let (left, right) = (left.apply(operation), right.apply(operation));
        if let Some((field, left, right)) = first_difference(&left, &right) {
            return Err(Box::new(Difference {
                simulation: simulation.prefix(index + 1),
                field,
                left,
                right,
            }));
        }
    }
    Ok(())
}

/// Leaves out operations, the last first, as long as new engines still differ; gives the shortest
/// difference found.
pub fn minimize(
    difference: Difference,
    mut new_engines: impl FnMut(&'static str) -> (Box<dyn Engine>, Box<dyn Engine>),
) -> Difference {
    let mut shortest = difference;
    loop {
        let before = shortest.simulation.operations.len();
        let mut index = before;
        while index > 0 {
            index -= 1;
            if index >= shortest.simulation.operations.len() {
                continue;
            }
            let shorter = shortest.simulation.without(index);
            let (mut left, mut right) = new_engines(shorter.mime);
            if let Err(smaller) = compare(&shorter, left.as_mut(), right.as_mut()) {
                shortest = *smaller;
            }
        }
        if shortest.simulation.operations.len() == before {
            return shortest;
        }
    }
}

fn first_difference(left: &Observation, right: &Observation) -> Option<(String, String, String)> {
    let (left, right) = (left.fields(), right.fields());
    let missing = |fields: &[(String, String)], index| fields.get(index).cloned().unwrap_or_default();
    (0..left.len().max(right.len())).find_map(|index| {
        let (left, right) = (missing(&left, index), missing(&right, index));
        (left != right).then_some((left.0, left.1, right.1))
    })
}
