//! Policies through `mse.h`: each field of each preset is there, comes back, and reaches the
//! source.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod c;

use mse::{Config, PolicyValue, Preset};
use std::fmt::Write as _;

/// Fields of `mse_policies` by the name of the policy; those of other names belong to the one
/// before.
const FIELDS: [(&str, &str); 41] = [
    ("gap_policy", "gap_policy"),
    ("", "hidden_gap"),
    ("coverage", "coverage"),
    ("backwards_key_frames", "backwards_key_frames"),
    ("removed_tails", "removed_tails"),
    ("ended_ranges", "ended_ranges"),
    ("append_window", "append_window"),
    ("seek_pre_roll", "seek_pre_roll"),
    ("discontinuity", "discontinuity"),
    ("discontinuity_scope", "discontinuity_scope"),
    ("tail_tolerance", "tail_tolerance"),
    ("open_groups", "open_groups"),
    ("frame_order", "frame_order"),
    ("generated_offsets", "generated_offsets"),
    ("stream_starts", "stream_starts"),
    ("offset_precision", "offset_precision"),
    ("reader_late_start", "reader_late_start"),
    ("reader_small_gap", "reader_small_gap"),
    ("late_start", "late_start"),
    ("small_gap", "small_gap"),
    ("enough_ahead", "enough_ahead"),
    ("waits_for_seek", "waits_for_seek"),
    ("audio_quota", "audio_quota"),
    ("video_quota", "video_quota"),
    ("text_quota", "text_quota"),
    ("frame_overhead", "frame_overhead"),
    ("eviction", "eviction"),
    ("", "keep_behind"),
    ("", "keep_ahead"),
    ("max_source_buffers", "max_source_buffers"),
    ("max_source_buffers_of_a_kind", "max_source_buffers_of_a_kind"),
    ("closing_events", "closing_events"),
    ("late_source_buffers", "late_source_buffers"),
    ("empty_ends", "empty_ends"),
    ("duration_growth", "duration_growth"),
    ("segment_starts", "segment_starts"),
    ("picture_durations", "picture_durations"),
    ("stored_trims", "stored_trims"),
    ("last_blocks", "last_blocks"),
    ("transport_streams", "transport_streams"),
    ("types", "types"),
];

/// The value that C has for a policy; `None` for a word.
fn in_c(value: &PolicyValue) -> Option<f64> {
    match value {
        PolicyValue::Number(number) => Some(*number),
        PolicyValue::Flag(flag) => Some(f64::from(u8::from(*flag))),
        PolicyValue::Text(_) => None,
    }
}

#[test]
fn every_policy_is_a_field() {
    let named: Vec<&str> = FIELDS.iter().map(|(policy, _)| *policy).filter(|name| !name.is_empty()).collect();
    let policies: Vec<&str> = Config::default().policies().map(|(name, _)| name).collect();
    assert_eq!(named, policies);
}

#[test]
fn every_field_of_every_preset_comes_back() {
    let mut show = String::new();
    for (_, field) in FIELDS {
        write!(show, "printf(\"%.17g \", (double)p.{field});").unwrap();
    }
    let main = format!(
        "mse_engine *engine; mse_source *source;
         for (int preset = 0; preset < 5; preset++) {{
             mse_policies p = MSE_POLICIES_INIT, q = MSE_POLICIES_INIT;
             check(mse_policies_preset(preset, &p), \"preset\");
             {show} printf(\"\\n\");
             check(mse_engine_new(NULL, &engine), \"engine\");
             check(mse_engine_set_policies(engine, &p), \"set\");
             check(mse_engine_get_policies(engine, &q), \"get\");
             if (memcmp(&p, &q, sizeof p)) printf(\"engine %d differs\\n\", preset);
             check(mse_source_new(engine, NULL, &source), \"source\");
             check(mse_source_get_policies(source, &q), \"get of the source\");
             if (memcmp(&p, &q, sizeof p)) printf(\"source %d differs\\n\", preset);
             mse_source_unref(source); mse_engine_unref(engine);
         }}"
    );
    let printed = c::prints("presets", &main);
    let mut lines = printed.lines();
    for preset in Preset::ALL {
        let config = Config::preset(preset);
        let values: Vec<f64> =
            lines.next().unwrap().split_whitespace().map(|text| text.parse().unwrap()).collect();
        for ((policy, _), value) in FIELDS.iter().zip(&values) {
            let Some((_, wanted)) = config.policies().find(|(name, _)| name == policy) else { continue };
            if let Some(wanted) = in_c(&wanted).filter(|_| *policy != "gap_policy") {
                let wanted = if policy.starts_with("max_") { wanted.min(u32::MAX.into()) } else { wanted };
                assert!((value - wanted).abs() <= f64::EPSILON, "{preset} {policy}: {value} {wanted}");
            }
        }
    }
    assert_eq!(lines.next(), None);
}

/// Each field, changed by itself, comes back changed; what it does not take changes nothing.
#[test]
fn every_field_can_be_set_and_says_what_it_does_not_take() {
    let mut steps = String::new();
    for (field, good, bad) in [
        ("append_window", "2", "3"),
        ("append_window", "0", "-1"),
        ("seek_pre_roll", "0", "2"),
        ("discontinuity", "1", "2"),
        ("discontinuity_scope", "1", "2"),
        ("open_groups", "2", "3"),
        ("tail_tolerance", "0.5", "-1"),
        ("reader_late_start", "0.5", "strtod(\"nan\", NULL)"),
        ("reader_small_gap", "0.5", "-1"),
        ("late_start", "0.5", "-1"),
        ("small_gap", "0.5", "strtod(\"nan\", NULL)"),
        ("enough_ahead", "0.5", "-1"),
        ("waits_for_seek", "0", "2"),
        ("eviction", "MSE_EVICT_KEEP_WINDOW", "MSE_EVICT_CALLBACK"),
        ("audio_quota", "7", ""),
        ("video_quota", "7", ""),
        ("text_quota", "7", ""),
        ("frame_overhead", "7", ""),
        ("max_source_buffers", "UINT32_MAX", ""),
        ("max_source_buffers_of_a_kind", "7", ""),
        ("types", "MSE_TYPES_SAFARI", "5"),
        ("gap_policy", "MSE_GAPS_FIXED", "4"),
        ("gap_policy", "MSE_GAPS_FRAME_STARTS", "-1"),
        ("coverage", "1", "2"),
        ("backwards_key_frames", "1", "2"),
        ("removed_tails", "2", "3"),
        ("ended_ranges", "2", "3"),
        ("frame_order", "1", "2"),
        ("generated_offsets", "1", "2"),
        ("stream_starts", "1", "2"),
        ("offset_precision", "1", "2"),
        ("closing_events", "2", "3"),
        ("late_source_buffers", "1", "2"),
        ("empty_ends", "1", "2"),
        ("duration_growth", "1", "2"),
        ("segment_starts", "1", "2"),
        ("picture_durations", "1", "2"),
        ("stored_trims", "1", "2"),
        ("last_blocks", "1", "3"),
        ("transport_streams", "1", "2"),
        ("hidden_gap", "0.5", "-1"),
    ] {
        // Some fields count with another one only.
        let with = if field == "hidden_gap" { "p.gap_policy = MSE_GAPS_FIXED;" } else { "" };
        write!(
            steps,
            "check(mse_policies_preset(MSE_PRESET_WEB, &p), \"preset\"); {with} p.{field} = {good};
             check(mse_engine_set_policies(engine, &p), \"{field}\");
             check(mse_engine_get_policies(engine, &q), \"get\");
             if (memcmp(&p, &q, sizeof p)) printf(\"{field} does not come back\\n\");
"
        )
        .unwrap();
        if !bad.is_empty() {
            write!(
                steps,
                "p.{field} = {bad}; printf(\"%d\", mse_engine_set_policies(engine, &p));
                 check(mse_engine_get_policies(engine, &p), \"get\");
                 if (memcmp(&p, &q, sizeof p)) printf(\"{field} changed something\\n\");
"
            )
            .unwrap();
        }
    }
    let main = format!(
        "mse_engine *engine; mse_policies p = MSE_POLICIES_INIT, q = MSE_POLICIES_INIT;
         check(mse_engine_new(NULL, &engine), \"engine\"); {steps}
         printf(\"%d\\n\", mse_policies_preset(5, &p)); mse_engine_unref(engine);"
    );
    assert_eq!(c::prints("fields", &main), "-1".repeat(36) + "\n");
}

#[test]
fn types_of_a_preset_and_of_a_table_are_refused_everywhere() {
    let main =
        "mse_engine *engine; mse_source *source; mse_attachment *attachment; mse_source_buffer *buffer;
         mse_policies p = MSE_POLICIES_INIT;
         const char *types[] = {\"video/mp4\", \"audio/mpeg\", \"video/mp4; codecs=\\\"avc1.42E01E\\\"\"};
         for (int round = 0; round < 6; round++) {
             check(mse_engine_new(NULL, &engine), \"engine\");
             if (round < 5) {
                 check(mse_policies_preset(round, &p), \"preset\");
                 check(mse_engine_set_policies(engine, &p), \"set\");
             } else {
                 printf(\"%d \", mse_engine_set_types(engine, \"video/mp4 sometimes\", MSE_NUL));
                 check(mse_engine_set_types(engine, \"video/mp4 required avc1.42####\", MSE_NUL), \"types\");
                 check(mse_engine_get_policies(engine, &p), \"get\");
                 printf(\"%d \", p.types == MSE_TYPES_TABLE && !mse_engine_set_policies(engine, &p));
             }
             check(mse_source_new(engine, NULL, &source), \"source\");
             check(mse_source_attach(source, &attachment), \"attach\");
             check(mse_source_run(source, NULL), \"run\");
             for (int i = 0; i < 3; i++) {
                 printf(\"%d\", mse_engine_is_type_supported(engine, types[i], MSE_NUL));
                 if (mse_source_add_buffer(source, types[i], MSE_NUL, &buffer) == MSE_OK) {
                     printf(\"+ \"); mse_source_buffer_unref(buffer);
                 } else printf(\"- \");
             }
             printf(\"\\n\");
             check(mse_attachment_adopt_policies(attachment), \"adopt\");
             mse_attachment_unref(attachment); mse_source_unref(source); mse_engine_unref(engine);
         }";
    assert_eq!(
        c::prints("types", main),
        "1+ 1+ 1+ \n1+ 1+ 1+ \n0- 1+ 1+ \n1+ 0- 1+ \n1+ 1+ 1+ \n-1 1 0- 0- 1+ \n"
    );
}
