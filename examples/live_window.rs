//! A live stream in a window of fixed length: segments come for ever, what is old goes, memory
//! stays flat.
//!
//! `cargo run --release -p mse --example live_window -- media/h264-aac.mp4`
//!
//! The file is appended again and again, each time behind the last by `timestampOffset`, and read
//! by a decoder a track. When the quota is reached, what lies more than 30 s behind the position
//! goes.

use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{Config, ElementState, EvictionPolicy, FrameReader, MediaSource, MediaTime, Quota, Read};

const ROUNDS: u32 = 1_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: live_window FILE")?;
    let bytes = Bytes::from(std::fs::read(file)?);
    let config = Config {
        eviction: EvictionPolicy::KeepWindow {
            behind: MediaTime::from_seconds(30.0),
            ahead: MediaTime::from_seconds(60.0),
        },
        // Bytes of coded frames; about two minutes of `media/h264-aac.mp4`.
        quota: Quota { video: 600_000, audio: 600_000, text: 0 },
        ..Config::default()
    };
    let mut source = MediaSource::new(config);
    let mut link = source.attach()?;
    let id = source.add_source_buffer("video/mp4")?;
    source.set_duration(f64::INFINITY)?;

    let mut readers: Vec<FrameReader> = Vec::new();
    let (mut offset, mut frames, mut most) = (0.0, 0_u64, 0);
    for round in 0..ROUNDS {
        let mut buffer = source.source_buffer(id).ok_or("the source is open")?;
        buffer.set_timestamp_offset(offset)?;
        // An append larger than the free room evicts first; the player's position says what may go.
        let current_time = MediaTime::from_seconds((offset - 2.0_f64).max(0.0));
        link.update(ElementState { current_time, ..ElementState::default() });
        buffer.append_buffer(bytes.clone())?;
        source.run_inline();
        while source.poll_output().is_some() {}

        let buffer = source.source_buffer(id).ok_or("the source is open")?;
        if let Some(error) = &buffer.receipt().error {
            return Err(error.clone().into());
        }
        if readers.is_empty() {
            for track in buffer.tracks() {
                readers.push(link.open_reader(track.key).ok_or("a track has a track buffer")?);
            }
            for reader in &mut readers {
                reader.seek(MediaTime::ZERO);
            }
        }
        frames += readers.iter_mut().map(read_all).sum::<u64>();
        let held = source.source_buffer(id).ok_or("the source is open")?;
        most = most.max(held.quota().used);
        let buffered = held.buffered()?;
        offset = buffered.iter().last().map_or(0.0, |range| range.end.to_seconds());
        if (round + 1) % 250 == 0 {
            println!(
                "{:>6.0} s: {frames} frames read, {} bytes held, buffered {buffered}",
                offset,
                held.quota().used
            );
        }
    }
    println!("never more than {most} bytes");
    Ok(())
}

/// Takes what a decoder would, and says how many frames that were.
fn read_all(reader: &mut FrameReader) -> u64 {
    let mut frames = 0;
    loop {
        match reader.read() {
            Read::Frame(_) => frames += 1,
            Read::DescriptionChanged(_) => {}
            _ => return frames,
        }
    }
}
