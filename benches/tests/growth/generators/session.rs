//! Calls of a host beside those of a page: presets, slices of tasks, readers, outputs that wait.

use super::player::{Player, config, frame, ms};
use super::{Generator, Run};
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::{
    Config, MediaTime, MemoryBudget, Output, Preset, TaskState, TimeRanges, TimelineConfig, TrackState,
};
use mse_core::CodedFrame;
use mse_testkit::mock;

pub(super) const ALL: &[Generator] = &[
    page("chromium: slivers", |n| slivers(n, Preset::Chromium)),
    page("firefox: slivers", |n| slivers(n, Preset::Firefox)),
    page("safari: slivers", |n| slivers(n, Preset::Safari)),
    page("letter: slivers", |n| slivers(n, Preset::Letter)),
    page("chromium: islands anywhere, the element polling", |n| islands(n, Preset::Chromium)),
    page("firefox: islands anywhere, the element polling", |n| islands(n, Preset::Firefox)),
    page("safari: islands anywhere, the element polling", |n| islands(n, Preset::Safari)),
    page("letter: islands anywhere, the element polling", |n| islands(n, Preset::Letter)),
    page("chromium: small gaps that come and go", |n| gaps(n, Preset::Chromium)),
    page("firefox: small gaps that come and go", |n| gaps(n, Preset::Firefox)),
    page("safari: small gaps that come and go", |n| gaps(n, Preset::Safari)),
    page("letter: small gaps that come and go", |n| gaps(n, Preset::Letter)),
    page("chromium: overwrites of half of each group", |n| overwrites(n, Preset::Chromium)),
    page("firefox: overwrites of half of each group", |n| overwrites(n, Preset::Firefox)),
    page("safari: overwrites of half of each group", |n| overwrites(n, Preset::Safari)),
    page("letter: overwrites of half of each group", |n| overwrites(n, Preset::Letter)),
    page("page: outputs that nobody takes", |n| {
        let mut player = Player::new();
        for i in 0..n {
            player.load.ops += 1;
            player.source.set_duration(i as f64 + 1.0).unwrap();
        }
        player
    }),
    page("page: states of tracks, the element not polling", |n| {
        let mut player = Player::new();
        let object = player.source.media_tracks().next().unwrap().object;
        for i in 0..n {
            player.load.ops += 1;
            player.source.set_track_state(object, TrackState::Selected(i % 2 == 0)).unwrap();
        }
        player
    }),
    page("page: one append in slices of a byte", |n| {
        let mut player = Player::new();
        let frames: Vec<CodedFrame> = (0..n as i64).map(|i| frame(i * 10, 10, true)).collect();
        sliced(&mut player, &frames, n);
        player
    }),
    page("page: one append of islands anywhere in slices of a byte", |n| {
        let mut player = Player::new();
        let frames: Vec<CodedFrame> = (0..n as i64).map(|i| frame(scattered(i, n) * 100, 10, true)).collect();
        sliced(&mut player, &frames, n);
        player
    }),
    page("page: changes while a task is out", |n| {
        let mut player = Player::new();
        let id = player.ids[0];
        let frames: Vec<CodedFrame> = (0..10).map(|i| frame(i * 10, 10, true)).collect();
        let appended = player.source.source_buffer(id).unwrap().append_buffer(mock::segment(&frames));
        appended.unwrap();
        let mut tasks = Vec::new();
        while let Some(output) = player.source.poll_output() {
            tasks.extend(if let Output::Task(task) = output { Some(task) } else { None });
        }
        for i in 0..n {
            player.load.ops += 1;
            let mut buffer = player.source.source_buffer(id).unwrap();
            buffer.abort().unwrap();
            buffer.set_append_window_end(i as f64 + 1.0).unwrap();
            while player.source.poll_output().is_some() {}
        }
        for mut task in tasks {
            while task.run(1 << 20) == TaskState::More {}
            player.source.finish_task(task);
        }
        player.drain();
        player
    }),
    page("page: seeks of a reader anywhere among islands", |n| {
        let mut player = of_islands(n);
        player.open_reader();
        for i in 0..n as i64 {
            player.load.ops += 1;
            player.readers[0].seek(ms(scattered(i, n) * 100));
            player.readers[0].read();
            player.readers[0].read();
        }
        player
    }),
    page("page: seeks of a reader in one long group", |n| {
        let mut player = Player::new();
        (0..n as i64).for_each(|i| player.append(mock::segment(&[frame(i * 10, 10, i % 50 == 0)])));
        player.open_reader();
        for i in 0..n as i64 {
            player.load.ops += 1;
            player.readers[0].seek(ms(scattered(i, n) % n as i64 * 10));
            player.readers[0].read();
            player.readers[0].read();
        }
        player
    }),
    page("page: a reader whose group is overwritten", |n| {
        let mut player = Player::new();
        (0..n as i64).for_each(|i| player.append(mock::segment(&[frame(i * 10, 10, i % 10 == 0)])));
        player.open_reader();
        for i in 0..n as i64 / 10 {
            player.readers[0].read();
            player.append(mock::segment(&[frame(i * 100 + 50, 10, true), frame(i * 100 + 60, 40, false)]));
            player.readers[0].read();
        }
        player
    }),
    page("page: causes of gaps", |n| {
        let mut player = of_islands(n);
        (0..n as i64 / 2).for_each(|i| player.remove(i * 200, i * 200 + 10));
        player.open_reader();
        for i in 0..n as i64 {
            player.load.ops += 1;
            std::hint::black_box(player.readers[0].gap_at(ms(i * 100 + 5)));
            std::hint::black_box(player.readers[0].buffered_after(ms(i * 100 + 5)));
        }
        player
    }),
    page("page: pins that change", |n| {
        let mut player = of_islands(n);
        let id = player.ids[0];
        for i in 0..n as i64 {
            player.load.ops += 1;
            let pins = TimeRanges::from_range(ms(i * 100), ms(i * 100 + 10));
            player.source.source_buffer(id).unwrap().set_pinned(pins);
        }
        player
    }),
    page("page: a budget that is full", |n| {
        let memory_budget = Some(MemoryBudget::new(60_000));
        let mut player = Player::with(Config { memory_budget, ..config() });
        for i in 0..n as i64 {
            player.play_at(i * 10);
            player.frame(i * 10, 10);
        }
        player
    }),
    page("page: a budget that is full of what is ahead", |n| {
        let memory_budget = Some(MemoryBudget::new(60_000));
        let mut player = Player::with(Config { memory_budget, ..config() });
        (0..n as i64).for_each(|i| player.frame((2 * n as i64 - i) * 100, 10));
        player
    }),
    page("page: memory that is kept and taken", |n| {
        let timeline = TimelineConfig { keep_freed: true, ..TimelineConfig::default() };
        let mut player = Player::with(Config { timeline, ..config() });
        for i in 0..n as i64 {
            player.frame(i % 50 * 10, 10);
            if i % 10 == 0 {
                let id = player.ids[0];
                drop(player.source.source_buffer(id).unwrap().take_freed());
            }
        }
        player
    }),
    page("page: frames before the beginning of time", |n| {
        let mut player = Player::new();
        (0..n as i64).for_each(|i| player.frame(i * 10 - n as i64 * 20, 10));
        player
    }),
    page("page: frames at the end of time", |n| {
        let mut player = Player::new();
        let end = MediaTime::MAX.flicks() / (MediaTime::TICKS_PER_SECOND / 1000);
        (0..n as i64).for_each(|i| player.frame(end - (n as i64 - i) * 10, 10));
        player
    }),
    page("page: frames that all end at one time", |n| {
        let mut player = Player::new();
        (0..n as i64).for_each(|i| player.frame(i, 2 * n as i64 - i));
        player
    }),
    page("page: groups inside of groups", |n| {
        let mut player = Player::new();
        for i in 0..n as i64 / 2 {
            let (start, end) = (i, 4 * n as i64 - i);
            player.append(mock::segment(&[frame(start, 1, true), frame(end, 1, false)]));
        }
        player
    }),
    page("page: the duration goes down over islands", |n| {
        let mut player = of_islands(n);
        for i in 0..n as i64 {
            player.load.ops += 1;
            let end = (n as i64 - i) * 100;
            player.remove(end - 100, 1 << 40);
            let _ = player.source.set_duration((end - 50) as f64 / 1000.0);
            player.drain();
        }
        player
    }),
];

const fn page(name: &'static str, run: fn(usize) -> Player) -> Generator {
    Generator { name, run: Run::Page(run) }
}

/// A source with the choices of a preset, and room for everything.
fn of(preset: Preset) -> Player {
    let Config { quota, max_source_buffers, max_source_buffers_of_a_kind, can_decode, registry, .. } =
        config();
    let mut player = Player::with(Config {
        quota,
        max_source_buffers,
        max_source_buffers_of_a_kind,
        can_decode,
        registry,
        types: None,
        ..Config::preset(preset)
    });
    player.link.adopt_policy();
    player
}

fn slivers(n: usize, preset: Preset) -> Player {
    let mut player = of(preset);
    player.play_at(0);
    for i in 0..n as i64 {
        player.frame(i, 1);
        player.hear();
    }
    player
}

fn islands(n: usize, preset: Preset) -> Player {
    let mut player = of(preset);
    player.play_at(0);
    for i in 0..n as i64 {
        player.frame(scattered(i, n) * 100, 10);
        player.hear();
    }
    player
}

/// Gaps of 50 ms, one after the other closed and opened again.
fn gaps(n: usize, preset: Preset) -> Player {
    let mut player = of(preset);
    player.play_at(0);
    (0..n as i64).for_each(|i| player.frame(i * 100, 50));
    for i in 0..n as i64 / 2 {
        player.frame(i * 100 + 50, 50);
        player.hear();
        player.remove(i * 100 + 50, i * 100 + 100);
        player.hear();
    }
    player
}

fn overwrites(n: usize, preset: Preset) -> Player {
    let mut player = of(preset);
    let group = |at: i64| (0..10).map(move |k| frame(at + k * 10, 10, k == 0));
    for i in 0..n as i64 / 2 {
        player.append(mock::segment(&group(i * 100).collect::<Vec<_>>()));
    }
    for i in 0..n as i64 / 2 {
        player.append(mock::segment(&group(i * 100 + 50).collect::<Vec<_>>()));
    }
    player
}

/// Ranges of one frame each.
fn of_islands(n: usize) -> Player {
    let mut player = Player::new();
    (0..n as i64).for_each(|i| player.frame(i * 100, 10));
    player
}

/// One append of these frames, in slices of the smallest budget.
fn sliced(player: &mut Player, frames: &[CodedFrame], n: usize) {
    let id = player.ids[0];
    player.source.source_buffer(id).unwrap().append_buffer(mock::segment(frames)).unwrap();
    while let Some(output) = player.source.poll_output() {
        if let Output::Task(mut task) = output {
            while task.run(1) == TaskState::More {}
            player.source.finish_task(task);
        }
    }
    player.load.ops += n as u64;
    player.load.items += n as u64;
    player.load.bytes += mock::segment(frames).len() as u64;
}

/// All numbers below n, in no order.
fn scattered(i: i64, n: usize) -> i64 {
    let n = n.next_power_of_two() as i64;
    i * 0x9E37_79B1 % n
}
