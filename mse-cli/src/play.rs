//! `mse play`: a file or a playlist in the headless element.

mod chaos;
mod clock;
mod player;
mod stream;

use crate::playlist::{self, RenditionArguments};
use crate::policies::PolicyArguments;
use crate::resource::Resource;
use anyhow::Result;
use chaos::Chaos;
use clock::Clock;
use player::Player;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use stream::Stream;

/// Exit status where playback stopped before the end.
const STOPPED: u8 = 4;

/// Play a file or an HLS playlist as a player does, without pictures, and print a transcript.
///
/// Segments are appended as they are needed, the media element plays what is buffered, and each
/// event is a line with the time of the clock. The clock is virtual: hours pass in moments, and the
/// same input gives the same transcript. With a real clock, a playlist that is not complete is read
/// again, and the state is shown on the terminal.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    mse play film.mp4\n  \
    mse play main.m3u8 --chaos 7 --preset firefox\n  \
    mse play http://127.0.0.1:8000/live.m3u8 --clock real --seconds 60\n\n\
    Exit status: 0 played to the end, or for --seconds; 1 something cannot be read or is refused; \
    2 wrong use; 4 playback stopped for good.")]
pub(crate) struct Arguments {
    /// Media file, playlist, or http:// address of one
    file: PathBuf,
    /// Clock: virtual or real
    #[arg(long, value_enum, default_value_t = Clock::Virtual)]
    clock: Clock,
    /// Stop after so many seconds of the clock
    #[arg(long)]
    seconds: Option<f64>,
    /// Seconds to buffer ahead of the position
    #[arg(long, default_value_t = 20.0)]
    ahead: f64,
    /// Slow network, outages and little memory, by a seed: the same seed does the same
    #[arg(long, value_name = "SEED")]
    chaos: Option<u64>,
    /// Only the summary
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    rendition: RenditionArguments,
    #[command(flatten)]
    policies: PolicyArguments,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let resource = Resource::of(&arguments.file);
    let streams = if resource.is_playlist() {
        let renditions = playlist::renditions(&resource, &arguments.rendition)?;
        renditions.into_iter().map(|rendition| Stream::of_playlist(rendition, &arguments.rendition)).collect()
    } else {
        vec![Stream::of_file(resource)]
    };
    let mut config = arguments.policies.config()?;
    config.registry = crate::input::registry();
    let chaos = arguments.chaos.map(Chaos::new);
    if chaos.is_some() {
        config.quota = Chaos::quota();
    }
    let out: Box<dyn Write> =
        if arguments.quiet { Box::new(io::sink()) } else { Box::new(BufWriter::new(io::stdout().lock())) };
    let mut player = Player::new(config, streams, arguments.ahead, chaos, out)?;
    let has_stopped = player.play(arguments.clock, arguments.seconds)?;
    let summary = player.finish()?;
    writeln!(io::stdout(), "{summary}")?;
    Ok(if has_stopped { ExitCode::from(STOPPED) } else { ExitCode::SUCCESS })
}
