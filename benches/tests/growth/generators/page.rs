//! Calls that a page can make again and again.

use super::player::{Player, config, frame, ms, shown};
use super::{Generator, Run};
use bytes::Bytes;
use mse::interface::{MediaSource as _, SourceBuffer as _};
use mse::timeline::GapPolicy;
use mse::{AppendMode, Config, ManagedPolicy, MediaTime, Quota, TimeRanges, TimelineConfig};
use mse_core::{CodedFrame, TrackId};
use mse_testkit::{frames, mock};

pub(super) const ALL: &[Generator] = &[
    page("page: slivers", |n| each(n, |player, i| player.frame(i, 1))),
    page("page: slivers, the element polling", |n| heard(n, |player, i| player.frame(i, 1))),
    page("page: islands", |n| each(n, |player, i| player.frame(i * 100, 10))),
    page("page: islands, the element polling", |n| heard(n, |player, i| player.frame(i * 100, 10))),
    page("page: islands in reverse", |n| each(n, |player, i| player.frame((n as i64 - i) * 100, 10))),
    page("page: islands in reverse, the element polling", |n| {
        heard(n, |player, i| player.frame((n as i64 - i) * 100, 10))
    }),
    page("page: islands anywhere", |n| each(n, |player, i| player.frame(scattered(i, n) * 100, 10))),
    page("page: islands anywhere, the element polling", |n| {
        heard(n, |player, i| player.frame(scattered(i, n) * 100, 10))
    }),
    page("page: islands from both ends", |n| {
        let at = |i: i64| if i % 2 == 0 { i } else { 2 * n as i64 - i };
        each(n, |player, i| player.frame(at(i) * 100, 10))
    }),
    page("page: islands that are asked for", |n| {
        each(n, |player, i| {
            player.frame(i * 100, 10);
            let id = player.ids[0];
            player.source.source_buffer(id).unwrap().buffered().unwrap();
        })
    }),
    page("page: islands anywhere that are asked for", |n| {
        each(n, |player, i| {
            player.frame(scattered(i, n) * 100, 10);
            let id = player.ids[0];
            player.source.source_buffer(id).unwrap().buffered().unwrap();
        })
    }),
    page("page: islands of a managed source", |n| managed(n, |player, i| player.frame(i * 100, 10))),
    page("page: islands anywhere of a managed source", |n| {
        managed(n, |player, i| player.frame(scattered(i, n) * 100, 10))
    }),
    page("page: islands of a managed source, the element polling", |n| {
        managed(n, |player, i| {
            player.frame(i * 100, 10);
            player.hear();
        })
    }),
    page("page: islands where gaps are closed", |n| {
        let timeline = TimelineConfig { gap_policy: GapPolicy::Fixed(ms(50)), ..TimelineConfig::default() };
        let mut player = Player::with(Config { timeline, ..config() });
        (0..n as i64).for_each(|i| player.frame(i * 100, 10));
        player
    }),
    page("page: islands where small gaps are played over", |n| {
        let mut player = Player::new();
        player.link.set_small_gap(ms(1000));
        player.play_at(0);
        for i in 0..n as i64 {
            player.frame(i * 100, 10);
            player.hear();
        }
        player
    }),
    page("page: islands in two SourceBuffers, the element polling", |n| {
        let mut player = Player::new();
        let other = player.add(mock::VIDEO);
        player.append_to(other, mock::init(None, &[mock::MockTrack::video(1)]));
        player.play_at(0);
        for i in 0..n as i64 {
            player.frame(i * 100, 10);
            player.append_to(other, mock::segment(&[frame(i * 100, 20, true)]));
            player.hear();
        }
        player
    }),
    page("page: one append of islands", |n| {
        let mut player = Player::new();
        let frames: Vec<CodedFrame> = (0..n as i64).map(|i| frame(i * 100, 10, true)).collect();
        counted(&mut player, n, |player| player.append(mock::segment(&frames)));
        player
    }),
    page("page: one append of islands anywhere", |n| {
        let mut player = Player::new();
        let frames: Vec<CodedFrame> = (0..n as i64).map(|i| frame(scattered(i, n) * 100, 10, true)).collect();
        counted(&mut player, n, |player| player.append(mock::segment(&frames)));
        player
    }),
    page("page: one append of frames in reverse", |n| {
        let mut player = Player::new();
        let frames: Vec<CodedFrame> = (0..n as i64).map(|i| frame((n as i64 - i) * 10, 10, true)).collect();
        counted(&mut player, n, |player| player.append(mock::segment(&frames)));
        player
    }),
    page("page: toggles of a frame", |n| {
        each(n, |player, i| player.frame(0, if i % 2 == 0 { 10 } else { 20 }))
    }),
    page("page: toggles of a frame among islands", |n| {
        let mut player = islands(n);
        for i in 0..n as i64 {
            player.frame(n as i64 / 2 * 100, if i % 2 == 0 { 10 } else { 20 });
        }
        player
    }),
    page("page: toggles of a frame among islands, the element polling", |n| {
        let mut player = islands(n);
        for i in 0..n as i64 {
            player.frame(n as i64 / 2 * 100, if i % 2 == 0 { 10 } else { 20 });
            player.hear();
        }
        player
    }),
    page("page: one append that loses and gains by turns", |n| {
        let mut player = Player::new();
        (0..n as i64).for_each(|i| player.frame(i * 10, 10));
        let toggles = (0..n as i64).flat_map(|i| [frame(i * 10, 2, true), frame(i * 10, 10, true)]);
        let frames: Vec<CodedFrame> = toggles.collect();
        counted(&mut player, n, |player| player.append(mock::segment(&frames)));
        player
    }),
    page("page: one append that shortens every frame", |n| overwritten(n, 5)),
    page("page: overwrites of all", |n| {
        let mut player = Player::new();
        (0..2).for_each(|_| (0..n as i64 / 2).for_each(|i| player.frame(i * 10, 10)));
        player
    }),
    page("page: overwrites of all in one append", |n| overwritten(n, 10)),
    page("page: overwrites by frames half as long", |n| {
        let mut player = Player::new();
        (0..n as i64 / 2).for_each(|i| player.frame(i * 20, 20));
        (0..n as i64 / 2).for_each(|i| player.frame(i * 20 + 5, 5));
        player
    }),
    page("page: overwrites by one long frame", |n| {
        let mut player = Player::new();
        for round in 0..10 {
            (0..n as i64 / 10).for_each(|i| player.frame(i * 10, 10));
            player.frame(0, n as i64 + round);
        }
        player
    }),
    page("page: groups that lose their beginning", |n| {
        let mut player = Player::new();
        for i in 0..n as i64 / 2 {
            let group: Vec<CodedFrame> = (0..20).map(|k| frame(i * 200 + k * 10, 10, k == 0)).collect();
            player.append(mock::segment(&group));
            player.frame(i * 200, 5);
        }
        player
    }),
    page("page: one group of pictures", |n| {
        let mut player = Player::new();
        (0..n as i64).for_each(|i| player.append(mock::segment(&[frame(i * 10, 10, i == 0)])));
        player
    }),
    page("page: one group of pictures that is overwritten from its end", |n| {
        let mut player = Player::new();
        (0..n as i64 / 2).for_each(|i| player.append(mock::segment(&[frame(i * 10, 10, i == 0)])));
        (0..n as i64 / 2).rev().for_each(|i| player.frame(i * 10, 10));
        player
    }),
    page("page: one reordered group over short groups", |n| {
        let mut player = Player::new();
        (0..n as i64).for_each(|i| player.frame(i * 10, 10));
        let shown_at = |i: i64| if i == 0 { 0 } else { (n as i64 - i) * 10 };
        let frames: Vec<CodedFrame> =
            (0..n as i64).map(|i| shown(shown_at(i), i * 10 - n as i64 * 10, 10, i == 0)).collect();
        counted(&mut player, n, |player| player.append(mock::segment(&frames)));
        player
    }),
    page("page: reordered groups over reordered groups", |n| {
        let mut player = Player::new();
        for round in 0..2 {
            for i in 0..n as i64 / 2 {
                let group: Vec<CodedFrame> = [0, 3, 1, 2]
                    .into_iter()
                    .zip(0..)
                    .map(|(at, k)| shown(i * 40 + at * 10 + round, i * 40 + k * 10, 10, k == 0))
                    .collect();
                player.append(mock::segment(&group));
            }
        }
        player
    }),
    page("page: one far timestamp, then slivers", |n| {
        let mut player = Player::new();
        player.append(mock::segment(&[shown(1 << 36, 0, 10, true)]));
        (1..n as i64).for_each(|i| player.frame(i * 10, 10));
        player
    }),
    page("page: one far timestamp in a group, then slivers", |n| {
        let mut player = Player::new();
        player.append(mock::segment(&[
            frame(0, 10, true),
            shown(1 << 36, 10, 10, false),
            frame(20, 10, false),
        ]));
        (1..n as i64).for_each(|i| player.frame(i * 10 + 100, 10));
        player
    }),
    page("page: one far timestamp, then one append of reordered groups", |n| {
        let mut player = Player::new();
        player.append(mock::segment(&[frame(0, 10, true), shown(1 << 36, 10, 10, false)]));
        let frames: Vec<CodedFrame> =
            (0..n as i64).map(|i| shown(i * 10 + 120 - i % 2 * 20, i * 10 + 100, 10, i % 4 == 0)).collect();
        counted(&mut player, n, |player| player.append(mock::segment(&frames)));
        counted(&mut player, 0, |player| player.append(mock::segment(&frames)));
        player
    }),
    page("page: one frame of far duration, then slivers over it", |n| {
        let mut player = Player::new();
        player.frame(0, 1 << 36);
        (1..n as i64).for_each(|i| player.frame(i * 10, 10));
        player
    }),
    page("page: far timestamps in turn with near ones", |n| {
        each(n, |player, i| player.frame(if i % 2 == 0 { i * 10 } else { (1 << 36) + i * 10 }, 10))
    }),
    page("page: sparse pieces with far frames", |n| {
        let mut player = Player::new();
        for i in 0..n as i64 {
            let far = (1 << 34) + i * 100;
            let mut large = frame(i * 100, 50, true);
            large.data = mse_core::FrameData::from(Bytes::from(vec![7; 6000]));
            player.append(mock::segment(&[large, frame(far, 10, true)]));
            player.load.bytes -= 6000;
        }
        player.remove(0, 1 << 34);
        player.load.bytes += 6000 * n as u64;
        player
    }),
    page("page: evictions at each append", |n| {
        let mut player = Player::with(Config { quota: Quota { audio: 0, video: 400, text: 0 }, ..config() });
        (0..n as i64).for_each(|i| {
            player.play_at(i * 10);
            player.frame(i * 10, 10);
        });
        player
    }),
    page("page: evictions of islands", |n| {
        let mut player = Player::with(Config { quota: Quota { audio: 0, video: 400, text: 0 }, ..config() });
        (0..n as i64).for_each(|i| {
            player.play_at(i * 100);
            player.frame(i * 100, 10);
        });
        player
    }),
    page("page: evictions that find nothing among islands", |n| {
        let quota = Quota { audio: 0, video: 4 * n as u64, text: 0 };
        let mut player = Player::with(Config { quota, ..config() });
        (0..n as i64).for_each(|i| player.frame(i * 100, 10));
        let all = TimeRanges::from_range(MediaTime::ZERO, MediaTime::INFINITY);
        let id = player.ids[0];
        player.source.source_buffer(id).unwrap().set_pinned(all);
        (0..n as i64).for_each(|i| player.frame((n as i64 + i) * 100, 10));
        player
    }),
    page("page: evictions among pinned islands", |n| {
        let quota = Quota { audio: 0, video: 4 * n as u64, text: 0 };
        let mut player = Player::with(Config { quota, ..config() });
        let pins: TimeRanges = (0..n as i64).map(|i| (ms(i * 200), ms(i * 200 + 10))).collect();
        let id = player.ids[0];
        player.source.source_buffer(id).unwrap().set_pinned(pins);
        (0..2 * n as i64).for_each(|i| player.frame(i * 100, 10));
        player
    }),
    page("page: memory cleanup of islands", |n| {
        managed(n, |player, i| {
            player.frame(i * 100, 10);
            if i % 100 == 99 {
                player.play_at(i * 100);
                player.source.memory_cleanup();
                player.drain();
            }
        })
    }),
    page("page: removals of every second frame", |n| {
        let mut player = Player::new();
        (0..n as i64).for_each(|i| player.frame(i * 10, 10));
        (0..n as i64 / 2).for_each(|i| player.remove(i * 20, i * 20 + 10));
        player
    }),
    page("page: removals of every second frame, the element polling", |n| {
        let mut player = Player::new();
        (0..n as i64).for_each(|i| player.frame(i * 10, 10));
        player.play_at(0);
        for i in 0..n as i64 / 2 {
            player.remove(i * 20, i * 20 + 10);
            player.hear();
        }
        player
    }),
    page("page: removals of nothing among islands", |n| {
        let mut player = islands(n);
        (0..n as i64).for_each(|i| player.remove(i * 100 + 50, i * 100 + 60));
        player
    }),
    page("page: removals at the start", |n| {
        let mut player = islands(n);
        (0..n as i64).for_each(|i| player.remove(0, i * 100 + 50));
        player
    }),
    page("page: removals of all", |n| {
        each(n, |player, i| {
            player.frame(i * 10, 10);
            if i % 10 == 0 {
                player.remove(0, 1 << 40);
            }
        })
    }),
    page("page: a reader whose data goes", |n| {
        let mut player = Player::new();
        player.frame(0, 10);
        player.open_reader();
        for i in 0..n as i64 {
            player.frame(i * 10, 10);
            player.read();
            player.remove(0, i * 10);
        }
        player
    }),
    page("page: a reader that waits, the element not polling", |n| {
        let mut player = Player::new();
        player.frame(0, 10);
        player.open_reader();
        for i in 1..n as i64 {
            player.read();
            player.frame(i * 10, 10);
        }
        player
    }),
    page("page: a reader among islands", |n| {
        let mut player = islands(n);
        player.open_reader();
        for i in 0..n as i64 {
            player.readers[0].seek(ms(i * 100));
            player.load.ops += 1;
            player.readers[0].read();
            player.readers[0].read();
        }
        player
    }),
    page("page: readers that are opened", |n| {
        let mut player = Player::new();
        (0..10).for_each(|i| player.frame(i * 10, 10));
        for _ in 0..n {
            player.load.ops += 1;
            player.open_reader();
            player.read();
        }
        player
    }),
    page("page: readers that are opened and dropped", |n| {
        let mut player = Player::new();
        (0..10).for_each(|i| player.frame(i * 10, 10));
        for _ in 0..n {
            player.load.ops += 1;
            player.open_reader();
            player.read();
            player.readers.clear();
        }
        player
    }),
    page("page: readers that wait while frames come", |n| {
        let mut player = Player::new();
        player.frame(0, 10);
        for i in 0..n as i64 {
            if i % 10 == 0 && player.readers.len() < 20 {
                player.open_reader();
            }
            player.read();
            player.frame(i * 10, 10);
            player.hear();
        }
        player
    }),
    page("page: SourceBuffers", |n| {
        let mut player = Player::new();
        for _ in 0..n {
            player.add(mock::VIDEO);
        }
        player
    }),
    page("page: SourceBuffers with a track", |n| {
        let mut player = Player::new();
        for _ in 0..n {
            let id = player.add(mock::VIDEO);
            player.append_to(id, mock::init(None, &[mock::MockTrack::video(1)]));
        }
        player
    }),
    page("page: SourceBuffers, the element polling", |n| {
        let mut player = Player::new();
        for _ in 0..n {
            player.add(mock::VIDEO);
            player.hear();
        }
        player
    }),
    page("page: SourceBuffers that come and go", |n| {
        let mut player = Player::new();
        for _ in 0..n {
            let id = player.add(mock::VIDEO);
            player.source.remove_source_buffer(id).unwrap();
            player.drain();
        }
        player
    }),
    page("page: appends to many SourceBuffers", |n| {
        let mut player = Player::new();
        let init = mock::init(None, &[mock::MockTrack::video(1)]);
        for _ in 0..50 {
            let id = player.add(mock::VIDEO);
            player.append_to(id, init.clone());
        }
        for i in 0..n {
            let id = player.ids[i % 50];
            player.append_to(id, mock::segment(&[frame(i as i64 * 10, 10, true)]));
        }
        player
    }),
    page("page: aborts of half a frame", |n| {
        each(n, |player, i| {
            player.append(mock::segment(&[frame(i * 10, 10, true)]).slice(..20));
            let id = player.ids[0];
            player.source.source_buffer(id).unwrap().abort().unwrap();
            player.drain();
        })
    }),
    page("page: aborts among islands", |n| {
        let mut player = islands(n);
        for _ in 0..n {
            player.load.ops += 1;
            let id = player.ids[0];
            player.source.source_buffer(id).unwrap().abort().unwrap();
            player.drain();
        }
        player
    }),
    page("page: changes of type", |n| {
        each(n, |player, i| {
            let id = player.ids[0];
            player.source.source_buffer(id).unwrap().change_type(mock::VIDEO).unwrap();
            player.append(mock::init(None, &[mock::MockTrack::video(1)]));
            player.frame(i * 10, 10);
        })
    }),
    page("page: initialization segments", |n| {
        let init = mock::init(None, &[mock::MockTrack::video(1)]);
        each(n, |player, _| player.append(init.clone()))
    }),
    page("page: initialization segments of other configurations", |n| {
        each(n, |player, i| {
            player.append(mock::init(None, &[mock::MockTrack::video(1).generation(i as u32)]));
            player.frame(i * 10, 10);
        })
    }),
    page("page: initialization segments in one append", |n| {
        let init = mock::init(None, &[mock::MockTrack::video(1)]);
        let mut player = Player::new();
        counted(&mut player, n, |player| player.append(init.repeat(n).into()));
        player
    }),
    page("page: initialization segments of other configurations in one append", |n| {
        let inits = (0..n as u32).flat_map(|i| mock::init(None, &[mock::MockTrack::video(1).generation(i)]));
        let inits: Bytes = inits.collect();
        let mut player = Player::new();
        counted(&mut player, n, |player| player.append(inits));
        player
    }),
    page("page: offsets of timestamps", |n| {
        each(n, |player, i| {
            let id = player.ids[0];
            player.source.source_buffer(id).unwrap().set_timestamp_offset(i as f64).unwrap();
            player.frame(0, 10);
        })
    }),
    page("page: appends in sequence", |n| {
        let mut player = Player::new();
        let id = player.ids[0];
        player.source.source_buffer(id).unwrap().set_mode(AppendMode::Sequence).unwrap();
        (0..n).for_each(|_| player.frame(0, 10));
        player
    }),
    page("page: append windows", |n| {
        each(n, |player, i| {
            let id = player.ids[0];
            player.source.source_buffer(id).unwrap().set_append_window_end(i as f64 + 1.0).unwrap();
            player.frame(i * 10, 10);
        })
    }),
    page("page: frames outside of the append window", |n| {
        let mut player = Player::new();
        let id = player.ids[0];
        player.source.source_buffer(id).unwrap().set_append_window_end(0.001).unwrap();
        let frames: Vec<CodedFrame> = (0..n as i64).map(|i| frame(i * 10, 10, true)).collect();
        counted(&mut player, n, |player| player.append(mock::segment(&frames)));
        player
    }),
    page("page: frames of one time", |n| each(n, |player, _| player.frame(0, 10))),
    page("page: frames of no duration", |n| each(n, |player, i| player.frame(i * 10, 0))),
    page("page: frames of no duration at one time in one append", |n| {
        let mut player = Player::new();
        let frames: Vec<CodedFrame> = (0..n).map(|_| frame(0, 0, false)).collect();
        player.frame(0, 10);
        counted(&mut player, n, |player| player.append(mock::segment(&frames)));
        player
    }),
    page("page: frames that reach over many", |n| {
        let mut player = Player::new();
        let frames: Vec<CodedFrame> = (0..n as i64).map(|i| frame(i * 10, 10_000, i % 10 == 0)).collect();
        counted(&mut player, n, |player| player.append(mock::segment(&frames)));
        player
    }),
    page("page: segments without frames", |n| each(n, |player, _| player.append(mock::segment(&[])))),
    page("page: segments without frames in one append", |n| {
        let mut player = Player::new();
        counted(&mut player, n, |player| player.append(mock::segment(&[]).repeat(n).into()));
        player
    }),
    page("page: losses", |n| each(n, |player, _| player.append(mock::lost(8)))),
    page("page: losses in one append", |n| {
        let mut player = Player::new();
        counted(&mut player, n, |player| player.append(mock::lost(8).repeat(n).into()));
        player
    }),
    page("page: appends of nothing", |n| each(n, |player, _| player.append(Bytes::new()))),
    page("page: appends of one byte", |n| {
        each(n, |player, i| {
            let bytes = mock::segment(&[frame(i * 10, 10, true)]);
            (0..bytes.len()).for_each(|at| player.append(bytes.slice(at..=at)));
        })
    }),
    page("page: a frame of n bytes in appends of one byte", |n| {
        let mut player = Player::new();
        let mut frame = frame(0, 10, true);
        frame.data = mse_core::FrameData::from(Bytes::from(vec![7; n]));
        let bytes = mock::segment(&[frame]);
        (0..bytes.len()).for_each(|at| player.append(bytes.slice(at..=at)));
        player
    }),
    page("page: ends of the stream", |n| {
        each(n, |player, i| {
            player.frame(i * 100, 10);
            player.source.end_of_stream(None).unwrap();
            player.drain();
        })
    }),
    page("page: ends of the stream, the element polling", |n| {
        heard(n, |player, i| {
            player.frame(i * 100, 10);
            player.source.end_of_stream(None).unwrap();
            player.drain();
        })
    }),
    page("page: durations", |n| {
        let mut player = Player::new();
        for i in 0..n {
            player.load.ops += 1;
            player.source.set_duration(i as f64).unwrap();
            player.drain();
        }
        player
    }),
    page("page: seekable ranges, the element not polling", |n| {
        let mut player = Player::new();
        for i in 0..n {
            player.load.ops += 1;
            player.source.set_live_seekable_range(0.0, i as f64).unwrap();
        }
        player
    }),
    page("page: states of the element, the source not polling", |n| {
        let mut player = Player::new();
        for i in 0..n as i64 {
            player.load.ops += 1;
            player.play_at(i);
        }
        player
    }),
    page("page: attaching and detaching", |n| {
        let mut player = Player::new();
        for _ in 0..n {
            player.load.ops += 1;
            player.source.detach();
            player.drain();
            player.link = player.source.attach().unwrap();
        }
        player
    }),
    page("page: sound over sound", |n| {
        let mut player = Player::of(config(), mock::AUDIO);
        player.append(mock::init(None, &[mock::MockTrack::audio(1)]));
        for i in 0..n as i64 {
            let start = if i % 2 == 0 { i * 10 } else { i * 10 - 15 };
            player.frame(start, 20);
        }
        player
    }),
    page("page: 100 tracks", |n| {
        let tracks: Vec<mock::MockTrack> = (1..=100).map(mock::MockTrack::text).collect();
        let mut player = Player::of(config(), "video/x-mse-mock; codecs=\"text\"");
        player.append(mock::init(None, &tracks));
        for i in 0..n as i64 {
            let frame = frames::frame(TrackId(1 + i as u64 % 100), ms(i * 10), ms(i * 10), ms(10), true);
            player.append(mock::segment(&[frame]));
        }
        player
    }),
    page("page: generated timestamps", |n| {
        let mut player = Player::of(config(), mock::GENERATED);
        player.append(mock::init(None, &[mock::MockTrack::audio(1)]));
        (0..n).for_each(|_| player.frame(0, 10));
        player
    }),
    page("page: a trace", |n| {
        let mut player = Player::of(config(), mock::VIDEO);
        player.source.record_trace();
        player.append(mock::init(None, &[mock::MockTrack::video(1)]));
        (0..n as i64).for_each(|i| player.frame(i * 10, 10));
        player
    }),
    page("page: quotas asked for among islands", |n| {
        let mut player = islands(n);
        for _ in 0..10 {
            let id = player.ids[0];
            player.source.source_buffer(id).unwrap().quota();
            player.source.source_buffer(id).unwrap().memory();
            player.source.source_buffer(id).unwrap().would_evict(1);
        }
        player
    }),
];

const fn page(name: &'static str, run: fn(usize) -> Player) -> Generator {
    Generator { name, run: Run::Page(run) }
}

fn each(n: usize, mut step: impl FnMut(&mut Player, i64)) -> Player {
    let mut player = Player::new();
    (0..n as i64).for_each(|i| step(&mut player, i));
    player
}

/// The same with an element beyond HAVE_NOTHING that is polled after each step.
fn heard(n: usize, mut step: impl FnMut(&mut Player, i64)) -> Player {
    let mut player = Player::new();
    player.play_at(0);
    for i in 0..n as i64 {
        step(&mut player, i);
        player.hear();
    }
    player
}

fn managed(n: usize, mut step: impl FnMut(&mut Player, i64)) -> Player {
    let mut player = Player::with(Config { managed: Some(ManagedPolicy::default()), ..config() });
    (0..n as i64).for_each(|i| step(&mut player, i));
    player
}

/// Ranges of one frame each.
fn islands(n: usize) -> Player {
    each(n, |player, i| player.frame(i * 100, 10))
}

/// Work that counts as so many calls.
fn counted(player: &mut Player, n: usize, work: impl FnOnce(&mut Player)) {
    work(player);
    player.load.ops += n as u64;
}

/// All numbers below n, in no order.
fn scattered(i: i64, n: usize) -> i64 {
    let n = n.next_power_of_two() as i64;
    i * 0x9E37_79B1 % n
}

/// As many frames of 10 as `n`, each written over by one of another duration, all in one append.
fn overwritten(n: usize, duration: i64) -> Player {
    let mut player = Player::new();
    (0..n as i64).for_each(|i| player.frame(i * 10, 10));
    let frames: Vec<CodedFrame> = (0..n as i64).map(|i| frame(i * 10, duration, true)).collect();
    counted(&mut player, n, |player| player.append(mock::segment(&frames)));
    player
}
