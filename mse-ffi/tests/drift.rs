//! The header is written by hand, and cannot drift: the compiler compares its prototypes with those
//! of the Rust functions, sizes and places of all fields with those of the Rust structs, and the
//! linker's view with its list of functions.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod c;

use c::{compiles, library, output, root};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;

fn header() -> String {
    std::fs::read_to_string(root().join("include/mse.h")).unwrap()
}

/// Declarations of the exported functions, from their Rust source.
fn declarations() -> String {
    let mut config =
        cbindgen::Config { language: cbindgen::Language::C, no_includes: true, ..Default::default() };
    config.usize_is_size_t = true;
    config.style = cbindgen::Style::Type;
    config.export.item_types = vec![cbindgen::ItemType::Functions];
    let mut text = Vec::new();
    let bindings = cbindgen::Builder::new().with_crate(root()).with_config(config).generate().unwrap();
    bindings.write(&mut text);
    String::from_utf8(text).unwrap()
}

/// Both in one translation unit: gcc and clang refuse prototypes that differ.
fn agrees(declarations: &str) -> Result<(), String> {
    compiles("gcc", &["-std=c11"], &format!("#include \"mse.h\"\n{declarations}"))
}

#[test]
fn prototypes_are_those_of_the_functions() {
    let declarations = declarations();
    assert!(declarations.matches("mse_").count() > 140, "{declarations}");
    agrees(&declarations).unwrap();
    // The check bites.
    for (from, to) in [
        (
            "mse_source_set_duration(mse_source *source, double seconds)",
            "mse_source_set_duration(mse_source *source, float seconds)",
        ),
        ("mse_status mse_source_run(", "int64_t mse_source_run("),
        ("mse_reader_unref(mse_reader *reader)", "mse_reader_unref(const mse_reader *reader)"),
        ("uint32_t mse_version(void)", "uint32_t mse_version(int major)"),
    ] {
        assert!(declarations.contains(from), "{from}\n{declarations}");
        assert!(agrees(&declarations.replace(from, to)).is_err(), "{to}");
    }
}

/// The functions that the header declares.
fn declared() -> BTreeSet<String> {
    let header = header();
    let names = header.lines().filter(|line| line.starts_with("MSE_API ")).map(|line| {
        let name = line.split('(').next().unwrap().rsplit([' ', '*']).next().unwrap();
        name.to_owned()
    });
    names.collect()
}

#[test]
fn the_library_exports_what_the_header_declares_and_no_more() {
    let symbols =
        output(Command::new("nm").args(["--defined-only", "--extern-only", "--format=posix"]).arg(library()));
    let exported: BTreeSet<String> = symbols
        .lines()
        .filter_map(|line| line.split_once(" T "))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.starts_with("mse_"))
        .collect();
    assert_eq!(declared(), exported);
    assert!(declared().len() > 140);
}

/// `misuse.c` calls every function with NULL, but for those that take nothing that could be wrong.
#[test]
fn every_function_is_used_wrongly() {
    let misuse = std::fs::read_to_string(root().join("examples/misuse.c")).unwrap();
    let harmless = ["mse_version", "mse_version_string", "mse_status_dom_name"];
    for name in declared() {
        assert!(misuse.contains(&format!("{name}(")) || harmless.contains(&name.as_str()), "{name}");
    }
}

macro_rules! layout {
    ($text:ident, $($name:ident { $($field:ident $(= $in_c:literal)?),* $(,)? })*) => { $(
        let name = stringify!($name);
        writeln!($text, "_Static_assert(sizeof({name}) == {}, \"{name}\");", size_of::<mse_ffi::abi::$name>()).unwrap();
        $(
            let field = [$($in_c,)? stringify!($field)][0];
            let offset = std::mem::offset_of!(mse_ffi::abi::$name, $field);
            writeln!($text, "_Static_assert(offsetof({name}, {field}) == {offset}, \"{name}.{field}\");").unwrap();
        )*
    )* };
}

#[test]
fn structs_have_the_layout_of_the_header() {
    let mut text = String::from("#include \"mse.h\"\n");
    layout! { text,
        mse_str { data, len }
        mse_bytes { data, len }
        mse_range { start, end }
        mse_error { struct_size, status, message, dom_name, row, code, path, byte_offset, track_id, quota, requested }
        mse_engine_options { struct_size, flags, memory_limit, video_quota, audio_quota, text_quota, max_header_size, max_frame_size, max_tracks, max_source_buffers, max_source_buffers_of_a_kind, max_sample_entries, max_runs, max_resync }
        mse_log_record { struct_size, level, message, row, source_id, buffer_id }
        mse_memory_info { struct_size, sources, payload, retained, bookkeeping, limit }
        mse_codec_info { struct_size, codec, kind, reserved, text }
        mse_policies { struct_size, gap_policy, hidden_gap, append_window, discontinuity, discontinuity_scope, open_groups, tail_tolerance, reader_late_start, reader_small_gap, late_start, small_gap, enough_ahead, waits_for_seek, eviction, keep_behind, keep_ahead, audio_quota, video_quota, text_quota, max_source_buffers, max_source_buffers_of_a_kind, types, coverage, backwards_key_frames, removed_tails, ended_ranges, seek_pre_roll, frame_overhead, frame_order, generated_offsets, stream_starts, offset_precision, closing_events, late_source_buffers, empty_ends, duration_growth, segment_starts, picture_durations, stored_trims, last_blocks, transport_streams }
        mse_source_options { struct_size, flags, managed_low, managed_high, managed_keep_behind, managed_keep_ahead, hidden_gap, user_data }
        mse_eviction_request { struct_size, reserved, needed, current_time, duration, buffered, buffered_count }
        mse_quota_info { struct_size, reserved, used, capacity, evictable, retained, bookkeeping }
        mse_receipt_info { struct_size, initialization_segments, media_segments, failed, append, bytes, frames_in, frames_dropped, frames_replaced, bytes_evicted, new_duration, highest_end, dropped_count, inband_event_count, undeclared_codec_count, losses, bytes_lost, loss_count, left_out_count }
        mse_loss { struct_size, reserved, offset, bytes, track_id, code, row, path, detail }
        mse_left_out_track { struct_size, reserved, number, format, path, reason }
        mse_awaited { struct_size, reserved, offset, have, need, what }
        mse_dropped_frame { struct_size, track_index, pts, dts, duration, row, reason }
        mse_inband_event { struct_size, id, scheme_id_uri, value, track_id, pts, duration, data }
        mse_run_options { struct_size, flags, max_bytes }
        mse_event { struct_size, flags, r#type = "type", target, value, status, id, buffer, track, time, name, data, added, added_count, removed, removed_count }
        mse_element_state { struct_size, flags, current_time, ready_state, reserved }
        mse_track_info { struct_size, kind, state, track_index, object_id, buffer_id, id, kind_name, label, language }
        mse_cue { struct_size, reserved, start, end, id, settings, text }
        mse_config_info { struct_size, flags, kind, codec, codec_string, extradata_kind, nal_length_size, extradata, extradata_format, timescale, sample_rate, channels, bits_per_sample, codec_delay, seek_preroll, channel_mask, cicp_layout, coded_width, coded_height, display_width, display_height, pixel_aspect_width, pixel_aspect_height, rotation, primaries, transfer, matrix, full_range, mastering_primaries, mastering_white, mastering_max_luminance, mastering_min_luminance, max_cll, max_fall, dolby_vision_profile, dolby_vision_level, projection, scheme, crypt_blocks, skip_blocks, default_key_id, reserved }
        mse_reader_options { struct_size, flags, padding, reserved }
        mse_frame_info { struct_size, flags, data, size, padding, timescale, pts, dts, duration, discard_start, discard_end, side_data_count, track_id }
        mse_subsample { clear_bytes, protected_bytes }
        mse_frame_crypto { struct_size, scheme, key_id, iv, crypt_blocks, skip_blocks, subsamples, subsample_count }
        mse_decoder_config { struct_size, kind, codec, sample_rate, channels, coded_width, coded_height, display_aspect_width, display_aspect_height, description }
        mse_encoded_chunk { struct_size, flags, kind, reserved, timestamp, duration, data }
        mse_demux_track { struct_size, kind, track_id, timescale, sample_rate, channels, width, height, reserved, codec, language, label, extradata }
        mse_demux_frame { struct_size, flags, track_id, pts, dts, duration, discard_start, discard_end, data }
        mse_demuxer_vtable { struct_size, flags, name, mime_types, supports, create, push, flush, reset, destroy }
    }
    compiles("gcc", &["-std=c11"], &text).unwrap();
    // Every struct of the header is here, with every field: the assertions count them.
    let structs =
        header().matches("typedef struct mse_").count() - header().matches(" mse_demux_sink;").count();
    assert!(text.matches("sizeof(").count() + OPAQUE >= structs, "{structs}");
}

/// Handles, which have no layout.
const OPAQUE: usize = 15;

#[test]
fn constants_have_the_values_of_the_header() {
    let mut text = String::from("#include \"mse.h\"\n");
    let source = std::fs::read_to_string(root().join("src/header.rs")).unwrap();
    let mut count = 0;
    for line in source.lines().filter_map(|line| line.strip_prefix("pub const MSE_")) {
        let (name, value) = line.split_once(": ").unwrap();
        let value = value.split_once(" = ").unwrap().1.trim_end_matches(';').replace('_', "");
        if value.contains("::") {
            continue;
        }
        writeln!(text, "_Static_assert(MSE_{name} == {value}, \"MSE_{name}\");").unwrap();
        count += 1;
    }
    assert!(count > 150, "{count}");
    compiles("gcc", &["-std=c11"], &text).unwrap();
}
