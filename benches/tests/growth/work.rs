//! Instructions of each generator at each size, by valgrind.

use crate::count::{self, Job, Told};
use crate::generators::{Generator, Run};
use crate::measure::Way;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// Instructions that the smallest size takes at least, if it is not as large as may be.
const MEASURABLE: u64 = 400_000;
/// Instructions that the smallest size takes at most, if it is not as small as may be.
const TOO_MANY: u64 = 10_000_000;
/// Factor by which sizes grow where work seems to grow faster than they: what is bounded, such as
/// the search of a frame of 64 KiB, has come to its bound by then.
const LARGER: usize = 8;
/// Instructions beyond which that is not asked.
const LONG_ENOUGH: u64 = 150_000_000;
/// Instructions of a byte at the largest size below which nothing is asked of the exponent: bytes
/// are copied as fast.
const CHEAP: f64 = 6.0;
/// The most by which work may grow faster than the input: it is w · n^1.15 or less.
pub(crate) const EXPONENT: f64 = 1.15;
/// The same for the last doubling alone, in which a bounded factor may end.
const LAST: f64 = 1.35;
/// Bytes of the run in pieces.
pub(crate) const POLLED_BYTES: usize = 16 << 10;
/// Time after which a run counts as one that never ends, on any machine.
const NEVER: Duration = Duration::from_secs(600);

/// Counted instructions of a run.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Counted {
    pub(crate) n: usize,
    pub(crate) instructions: u64,
    pub(crate) told: Told,
}

impl Counted {
    /// Instructions of a byte or call.
    pub(crate) fn each(&self) -> f64 {
        self.instructions as f64 / self.told.weight.max(1) as f64
    }
}

/// Counts of a generator.
#[derive(Clone, Default, Debug)]
pub(crate) struct Counts {
    /// At n, 2 n, 4 n and 8 n; of a claim, at each claim.
    pub(crate) sizes: Vec<Counted>,
    /// The same in a SourceBuffer.
    pub(crate) in_source_buffer: Vec<Counted>,
    /// 16 KiB in pieces of 1 KiB.
    pub(crate) in_pieces: Option<Counted>,
}

/// Counts of all generators; an error if there is nothing to count with, or a run did not end.
pub(crate) fn of(chosen: &[Generator]) -> Result<Vec<Option<Counts>>, String> {
    let all = crate::generators::all();
    let index = |generator: &Generator| all.iter().position(|other| other.name == generator.name).unwrap();
    let first: Vec<Job> = chosen
        .iter()
        .filter(|generator| first_size(generator).is_some())
        .map(|generator| Job {
            generator: index(generator),
            way: Way::Alone,
            n: first_size(generator).unwrap().0,
        })
        .collect();
    let found = counted(&all, &first)?;
    let mut jobs: Vec<Job> = Vec::new();
    for generator in chosen {
        let index = index(generator);
        let found = first.iter().zip(&found).find(|(job, _)| job.generator == index).map(|(_, found)| found);
        jobs.extend(jobs_of(generator, index, found));
    }
    let counts = counted(&all, &jobs)?;
    let mut by_job: Vec<(Job, Counted)> = jobs.into_iter().zip(counts).collect();
    let steep: Vec<Job> = by_job.chunk_by(|(a, _), (b, _)| a.is_like(b)).flat_map(larger).collect();
    let counts = counted(&all, &steep)?;
    by_job.retain(|(job, _)| !steep.iter().any(|larger| larger.is_like(job)));
    by_job.extend(steep.into_iter().zip(counts));
    let of_one = |generator: &Generator| {
        let index = index(generator);
        let mut counts = Counts::default();
        for (job, counted) in by_job.iter().filter(|(job, _)| job.generator == index) {
            match job.way {
                Way::Alone => counts.sizes.push(*counted),
                Way::SourceBuffer => counts.in_source_buffer.push(*counted),
                Way::Pieces => counts.in_pieces = Some(*counted),
            }
        }
        Some(counts)
    };
    Ok(chosen.iter().map(of_one).collect())
}

/// The size of the first run, by which the others are chosen, and the largest for n; none of a
/// claim.
fn first_size(generator: &Generator) -> Option<(usize, usize)> {
    match generator.run {
        Run::Claim(..) => None,
        Run::Text(_) => Some((500, 500)),
        Run::Page(_) => Some((64, 1 << 10)),
        Run::Bytes(..) | Run::Pieces(..) => Some((4096, 1 << 17)),
    }
}

fn jobs_of(generator: &Generator, index: usize, first: Option<&Counted>) -> Vec<Job> {
    let job = |way, n| Job { generator: index, way, n };
    let (Some((_, most)), Some(first)) = (first_size(generator), first) else {
        return [8, 12, 16, 20, 24, 28, 31, 32].map(|bits| job(Way::Alone, (1_usize << bits) - 1)).to_vec();
    };
    let mut n = first.n;
    let mut instructions = first.instructions.max(1);
    while instructions < MEASURABLE && n < most {
        (n, instructions) = (n * 2, instructions * 2);
    }
    while instructions > TOO_MANY && n > 8 {
        (n, instructions) = (n / 4, instructions / 4);
    }
    let sizes = [1, 2, 4, 8].map(|factor| n * factor);
    let mut jobs = sizes.map(|n| job(Way::Alone, n)).to_vec();
    if matches!(generator.run, Run::Bytes(..)) {
        jobs.extend(sizes.map(|n| job(Way::SourceBuffer, n)));
        jobs.push(job(Way::Pieces, POLLED_BYTES));
    }
    jobs
}

/// Larger sizes of runs that seem to grow faster than they should.
fn larger(runs: &[(Job, Counted)]) -> Vec<Job> {
    let counts: Vec<Counted> = runs.iter().map(|(_, counted)| *counted).collect();
    let is_long = counts.iter().any(|counted| counted.instructions > LONG_ENOUGH);
    if counts.len() != 4 || is_long || slope(&counts) <= EXPONENT {
        return Vec::new();
    }
    runs.iter().map(|(job, _)| Job { n: job.n * LARGER, ..*job }).collect()
}

/// The slope of work over input where both are logarithms: of all sizes, or of the last doubling if
/// that is steeper by far.
pub(crate) fn slope(sizes: &[Counted]) -> f64 {
    if sizes.last().is_some_and(|last| last.each() < CHEAP) {
        return 1.0;
    }
    let point = |counted: &Counted| {
        ((counted.told.weight.max(1) as f64).ln(), (counted.instructions.max(1) as f64).ln())
    };
    let points: Vec<(f64, f64)> = sizes.iter().map(point).collect();
    let [.., (x, y), (last_x, last_y)] = points[..] else { return f64::INFINITY };
    let count = points.len() as f64;
    let (mean_x, mean_y) =
        points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (above, below) = points.iter().fold((0.0, 0.0), |(above, below), (x, y)| {
        (above + (x - mean_x) * (y - mean_y), below + (x - mean_x) * (x - mean_x))
    });
    let last = if last_x - x < 0.3 { 0.0 } else { (last_y - y) / (last_x - x) - (LAST - EXPONENT) };
    // Inputs of one size, whatever was asked for, take what they take.
    if below < 0.1 { 0.0 } else { (above / below).max(last) }
}

/// Counts all runs, some processes side by side.
fn counted(all: &[Generator], jobs: &[Job]) -> Result<Vec<Counted>, String> {
    let processes = std::thread::available_parallelism().map_or(1, usize::from).min(jobs.len().max(1));
    let folder = tempfolder();
    let mut running = Vec::new();
    for process in 0..processes {
        let share: Vec<Job> = jobs.iter().skip(process).step_by(processes).copied().collect();
        running.push(Process::start(folder.join(process.to_string()), share)?);
    }
    let mut parts = Vec::new();
    for process in running {
        parts.push(process.counts(all)?.into_iter());
    }
    let _ = fs::remove_dir_all(folder);
    Ok((0..jobs.len()).map(|index| parts[index % processes].next().unwrap_or_default()).collect())
}

fn tempfolder() -> PathBuf {
    std::env::temp_dir().join(format!("mse-growth-{}", std::process::id()))
}

/// A process of valgrind with its share of the runs.
struct Process {
    child: Child,
    lines: Receiver<String>,
    folder: PathBuf,
    jobs: Vec<Job>,
}

impl Process {
    fn start(folder: PathBuf, jobs: Vec<Job>) -> Result<Self, String> {
        let io = |error| format!("{}: {error}", folder.display());
        fs::create_dir_all(&folder).map_err(io)?;
        let list = folder.join("list");
        fs::write(&list, jobs.iter().map(Job::line).collect::<String>()).map_err(io)?;
        let mut child = Command::new("valgrind")
            .args(["--tool=callgrind", "--dump-line=no", "--zero-before=*growth_count_begins*"])
            .arg("--dump-after=*growth_counted*")
            .arg(format!("--callgrind-out-file={}", folder.join("out").display()))
            .arg("--")
            .arg(std::env::current_exe().map_err(io)?)
            .env(count::LIST, &list)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("instructions are counted by valgrind, which does not run: {error}"))?;
        let (sender, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok(Self { child, lines, folder, jobs })
    }

    fn counts(mut self, all: &[Generator]) -> Result<Vec<Counted>, String> {
        let mut counts = Vec::new();
        for (job, part) in self.jobs.iter().zip(1..) {
            let told = self.lines.recv_timeout(NEVER).ok().and_then(|line| Told::parse(&line));
            let Some(told) = told else {
                let _ = self.child.kill();
                return Err(format!("{} at {} ({:?}) does not end", all[job.generator].name, job.n, job.way));
            };
            let instructions = total(&self.folder.join(format!("out.{part}")))
                .ok_or_else(|| format!("valgrind wrote no count of {}", all[job.generator].name))?;
            counts.push(Counted { n: job.n, instructions, told });
        }
        let _ = self.child.wait();
        Ok(counts)
    }
}

/// Instructions that a file of callgrind says in all. The file goes.
fn total(path: &Path) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let _ = fs::remove_file(path);
    text.lines().find_map(|line| line.strip_prefix("totals: "))?.trim().parse().ok()
}
