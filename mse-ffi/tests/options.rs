//! Options of hosts in `mse.h` reach the engine.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod c;

/// Appends FILE to a source with OPTIONS, then runs STEPS.
fn with(name: &str, file: &str, options: &str, steps: &str) -> String {
    let main = format!(
        "size_t size, count; uint8_t *data = read_file(\"{file}\", &size); mse_range r[8];
         mse_engine *engine; mse_source *source; mse_attachment *attachment; mse_source_buffer *buffer;
         mse_source_options options = MSE_SOURCE_OPTIONS_INIT; {options}
         check(mse_engine_new(NULL, &engine), \"engine\");
         check(mse_source_new(engine, &options, &source), \"source\");
         check(mse_source_attach(source, &attachment), \"attach\");
         check(mse_source_add_buffer(source, type_of(\"{file}\"), MSE_NUL, &buffer), \"buffer\");
         check(mse_source_buffer_append(buffer, data, size), \"append\");
         check(mse_source_run(source, NULL), \"run\");
         check(mse_attachment_poll(attachment), \"poll\");
         {steps}
         (void)r; (void)count; free(data); mse_source_buffer_unref(buffer); mse_attachment_unref(attachment);
         mse_source_unref(source); mse_engine_unref(engine);"
    );
    c::prints(name, &main)
}

#[test]
fn media_that_begins_late_is_playable_from_0_when_the_host_allows_it() {
    let show = "check(mse_attachment_playable(attachment, r, 8, &count), \"playable\");
                printf(\"%zu from %.3f\\n\", count, r[0].start);";
    let steps = format!(
        "{show} check(mse_attachment_set_late_start(attachment, 1), \"late\"); {show}
         printf(\"%d\\n\", mse_attachment_set_late_start(attachment, -1));"
    );
    // Its pictures begin at 7 ms.
    assert_eq!(with("late", "vp9-opus.webm", "", &steps), "1 from 0.007\n1 from 0.000\n-1\n");
}

#[test]
fn a_small_gap_is_playable_when_the_host_allows_it_and_buffered_shows_it() {
    let show = "check(mse_attachment_playable(attachment, r, 8, &count), \"playable\"); printf(\"%zu \", count);
                check(mse_attachment_buffered(attachment, r, 8, &count), \"buffered\"); printf(\"%zu\\n\", count);";
    let steps = format!(
        "check(mse_source_buffer_remove(buffer, 1, 2), \"remove\"); check(mse_source_run(source, NULL), \"run\");
         {show} check(mse_attachment_set_small_gap(attachment, 1.5), \"gap\"); {show}
         printf(\"%d\\n\", mse_attachment_set_small_gap(attachment, -1));"
    );
    assert_eq!(with("small-gap", "h264-video.mp4", "", &steps), "2 2\n1 2\n-1\n");
}

#[test]
fn gaps_show_as_the_host_wants_them() {
    let file = "h264-video.mp4";
    // The file again, behind a gap of a second.
    let steps = "check(mse_source_buffer_set_timestamp_offset(buffer, 5), \"offset\");
                 check(mse_source_buffer_append(buffer, data, size), \"append\"); check(mse_source_run(source, NULL), \"run\");
                 check(mse_source_buffer_buffered(buffer, r, 8, &count), \"buffered\"); printf(\"%zu\\n\", count);";
    assert_eq!(with("again-standard", file, "", steps), "2\n");
    assert_eq!(with("again-hidden", file, "options.hidden_gap = 5;", steps), "1\n");
    // A second is taken out of the middle: what the host removed shows whatever is hidden.
    let steps = "check(mse_source_buffer_remove(buffer, 1, 2), \"remove\"); check(mse_source_run(source, NULL), \"run\");
                 check(mse_source_buffer_buffered(buffer, r, 8, &count), \"buffered\"); printf(\"%zu\\n\", count);";
    assert_eq!(with("gap-standard", file, "", steps), "2\n");
    assert_eq!(with("gap-hidden", file, "options.hidden_gap = 5;", steps), "2\n");
    assert_eq!(with("gap-shown", file, "options.hidden_gap = -1;", steps), "2\n");
}

#[test]
fn the_memory_of_frames_that_go_waits_for_a_host_that_asks_to_keep_it() {
    let show = "check(mse_source_buffer_get_quota(buffer, &quota), \"quota\");
                printf(\"%d%d \", quota.used != 0, quota.retained != 0);";
    let steps = format!(
        "mse_quota_info quota = MSE_QUOTA_INFO_INIT; {show}
         check(mse_source_buffer_remove(buffer, 0, 4), \"remove\"); check(mse_source_run(source, NULL), \"run\");
         {show} check(mse_source_buffer_drop_freed(buffer), \"drop\"); {show}"
    );
    let file = "h264-video.mp4";
    assert_eq!(with("freed-at-once", file, "", &steps), "11 00 00 ");
    let keep = "options.flags = MSE_SOURCE_KEEP_FREED;";
    assert_eq!(with("freed-later", file, keep, &steps), "11 01 00 ");
}

#[test]
fn a_receipt_names_what_was_evicted_for_its_append() {
    let steps = "mse_receipt *receipt; mse_receipt_info info = MSE_RECEIPT_INFO_INIT;
        check(mse_source_set_quota(source, size + size / 2, 0, 0), \"quota\");
        check(mse_source_set_eviction_policy(source, MSE_EVICT_KEEP_WINDOW, 0, 0), \"policy\");
        check(mse_source_buffer_set_timestamp_offset(buffer, 100), \"offset\");
        for (int round = 0; round < 2; round++) {
            check(mse_source_buffer_append(buffer, data, size), \"append\"); check(mse_source_run(source, NULL), \"run\");
            check(mse_source_buffer_receipt(buffer, &receipt), \"receipt\");
            check(mse_receipt_get_info(receipt, &info), \"info\");
            check(mse_receipt_evicted(receipt, r, 8, &count), \"evicted\");
            printf(\"%d %zu %.0f..%.0f \", info.bytes_evicted > 0, count, r[0].start, r[0].end);
            mse_receipt_unref(receipt);
            check(mse_source_set_quota(source, 100 * size, 0, 0), \"quota\"); r[0].start = r[0].end = 0;
        }";
    // The group at the position stays.
    assert_eq!(with("evicted", "h264-video.mp4", "", steps), "1 1 1..3 0 0 0..0 ");
}

#[test]
fn every_limit_of_a_host_reaches_the_parsers() {
    // File, zeros in front of it, field, value, and the error that its append ends in.
    let rows = [
        ("h264-aac.mp4", 0, "max_header_size", 0, ""),
        ("h264-aac.mp4", 0, "max_header_size", 1, "isobmff.header-too-large"),
        ("h264-aac.mp4", 0, "max_frame_size", 1, "isobmff.sample-too-large"),
        ("h264-aac.mp4", 0, "max_tracks", 1, "isobmff.too-many-tracks"),
        ("h264-aac.mp4", 0, "max_tracks", 2, ""),
        // Two track fragments with a run each.
        ("h264-aac.mp4", 0, "max_runs", 3, "isobmff.too-many-runs"),
        ("h264-aac.mp4", 0, "max_runs", 4, ""),
        ("cenc-clear-lead.mp4", 0, "max_sample_entries", 1, "isobmff.too-many-sample-entries"),
        ("cenc-clear-lead.mp4", 0, "max_sample_entries", 2, ""),
        ("h264-aac.ts", 1000, "max_resync", 0, ""),
        ("h264-aac.ts", 1000, "max_resync", 999, "mp2t.sync-lost"),
        ("h264-aac.ts", 1000, "max_resync", 1000, ""),
    ];
    let list: String = rows
        .iter()
        .map(|(file, zeros, field, value, _)| {
            format!("{{ \"{file}\", {zeros}, {{ .struct_size = sizeof(mse_engine_options), .{field} = {value} }} }},\n")
        })
        .collect();
    let main = format!(
        "struct row {{ const char *file; size_t zeros; mse_engine_options options; }};
         static const struct row rows[] = {{ {list} }};
         for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {{
             size_t size, zeros = rows[i].zeros; uint8_t *data = read_file(rows[i].file, &size);
             uint8_t *all = calloc(1, zeros + size); memcpy(all + zeros, data, size);
             mse_engine *engine; mse_source *source; mse_attachment *attachment; mse_source_buffer *buffer;
             mse_receipt *receipt; mse_error error = MSE_ERROR_INIT;
             check(mse_engine_new(&rows[i].options, &engine), \"engine\");
             check(mse_source_new(engine, NULL, &source), \"source\");
             check(mse_source_attach(source, &attachment), \"attach\");
             check(mse_source_add_buffer(source, type_of(rows[i].file), MSE_NUL, &buffer), \"buffer\");
             check(mse_source_buffer_append(buffer, all, zeros + size), \"append\");
             check(mse_source_run(source, NULL), \"run\");
             check(mse_source_buffer_receipt(buffer, &receipt), \"receipt\");
             check(mse_receipt_error(receipt, &error), \"error\");
             printf(\"%.*s\\n\", (int)error.code.len, error.code.data ? error.code.data : \"\");
             free(data); free(all); mse_receipt_unref(receipt); mse_source_buffer_unref(buffer);
             mse_attachment_unref(attachment); mse_source_unref(source); mse_engine_unref(engine);
         }}"
    );
    let printed = c::prints("limits", &main);
    let found: Vec<&str> = printed.lines().collect();
    let expected: Vec<&str> = rows.iter().map(|row| row.4).collect();
    assert_eq!(found, expected);
}
