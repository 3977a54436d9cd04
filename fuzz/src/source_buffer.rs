//! The whole SourceBuffer by operations: each byte is one, with the bytes behind it as arguments.

use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{AppendMode, Config, MediaSource, MediaTime, Output, Read, TaskState};

const FILES: [&[u8]; 5] = [
    include_bytes!("../../media/h264-dash-chunks.mp4"),
    include_bytes!("../../media/opus-discard.webm"),
    include_bytes!("../../media/aac-audio.mp4"),
    include_bytes!("../../media/mpeg25.mp3"),
    include_bytes!("../../media/aac.ts"),
];
const TYPES: [&str; 5] = ["video/mp4", "audio/webm", "audio/mp4", "audio/mpeg", "video/mp2t"];

pub(crate) fn check(data: &[u8]) {
    let mut bytes = data.iter().copied();
    let mut next = move || bytes.next();
    let which = usize::from(next().unwrap_or(0)) % TYPES.len();
    let mut file = FILES[which];
    let mut source = MediaSource::new(Config::default());
    let Ok(mut link) = source.attach() else { return };
    let Ok(id) = source.add_source_buffer(TYPES[which]) else { return };
    while let Some(operation) = next() {
        let argument = f64::from(next().unwrap_or(0)) / 16.0;
        let count = usize::from(next().unwrap_or(1)) * 16;
        let Some(mut buffer) = source.source_buffer(id) else { break };
        match operation % 16 {
            0..=4 => {
                let (piece, rest) = file.split_at(count.min(file.len()));
                file = rest;
                let mut piece = piece.to_vec();
                if operation & 0x80 != 0
                    && let Some(byte) = piece.get_mut(argument as usize)
                {
                    *byte ^= operation;
                }
                let _ = buffer.append_buffer(Bytes::from(piece));
            }
            5 => file = FILES[which],
            6 => drop(buffer.abort()),
            7 => drop(buffer.remove(argument, argument + count as f64 / 64.0)),
            8 => drop(buffer.set_timestamp_offset(argument - 4.0)),
            9 => {
                let mode = if count & 16 == 0 { AppendMode::Segments } else { AppendMode::Sequence };
                let _ = buffer.set_mode(mode);
            }
            10 => drop(buffer.set_append_window_end(argument + 0.1)),
            11 => drop(buffer.change_type(TYPES[count / 16 % TYPES.len()])),
            12 => drop(source.end_of_stream(None)),
            13 => drop(source.set_duration(argument)),
            14 => {
                let key = source.media_tracks().next().map(|track| track.key);
                if let Some(mut reader) = key.and_then(|key| link.open_reader(key)) {
                    reader.seek(MediaTime::from_seconds(argument));
                    let mut frames = Vec::new();
                    for _ in 0..count {
                        let read = reader.read_frames(count % 5, &mut frames);
                        assert_eq!(read, frames.drain(..).count());
                        if matches!(reader.read(), Read::NeedData | Read::EndOfStream) {
                            break;
                        }
                    }
                }
            }
            _ => {}
        }
        drain(&mut source, count);
        let Some(buffer) = source.source_buffer(id) else { break };
        if let Ok(ranges) = buffer.buffered() {
            let list: Vec<_> = ranges.iter().collect();
            assert!(list.iter().all(|range| range.start < range.end), "{ranges}");
            assert!(list.windows(2).all(|pair| pair[0].end < pair[1].start), "{ranges}");
        }
    }
}

/// Everything queued; tasks in slices, and now and then not to their end.
fn drain(source: &mut MediaSource, budget: usize) {
    while let Some(output) = source.poll_output() {
        if let Output::Task(mut task) = output {
            while task.run(budget.max(64)) == TaskState::More {}
            source.finish_task(task);
        }
    }
}
