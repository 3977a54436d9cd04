/* Wrong use of every kind that a library can see: each ends in the status that mse.h says, none in a crash. */
#include <math.h>
#include <pthread.h>

#include "common.h"

static int failures, checks;

static void expect(int holds, const char *what)
{
    checks++;
    if (!holds) {
        failures++;
        printf("wrong: %s\n", what);
    }
}

static void status(const char *what, mse_status got, mse_status wanted)
{
    checks++;
    if (got != wanted) {
        failures++;
        printf("wrong: %s: %s instead of %s\n", what, mse_status_name(got), mse_status_name(wanted));
    }
}

/* Every function, with NULL and 0 for all it takes. */
static void nulls(void)
{
    mse_str nothing = {NULL, 0};
    (void)mse_has_feature(NULL);
    (void)mse_string_data(NULL, NULL);
    mse_string_unref(NULL);
    status("mse_engine_new_abi of NULL", mse_engine_new_abi(MSE_VERSION, NULL, NULL), MSE_E_ARGUMENT);
    (void)mse_engine_ref(NULL);
    mse_engine_unref(NULL);
    status("mse_engine_set_log of NULL", mse_engine_set_log(NULL, 0, NULL, NULL, NULL), MSE_E_ARGUMENT);
    status("mse_engine_get_memory of NULL", mse_engine_get_memory(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_engine_set_memory_limit of NULL", mse_engine_set_memory_limit(NULL, 0), MSE_E_ARGUMENT);
    status("mse_engine_trim of NULL", mse_engine_trim(NULL), MSE_E_ARGUMENT);
    status("mse_policies_preset of NULL", mse_policies_preset(MSE_PRESET_WEB, NULL), MSE_E_ARGUMENT);
    status("mse_engine_set_policies of NULL", mse_engine_set_policies(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_engine_get_policies of NULL", mse_engine_get_policies(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_get_policies of NULL", mse_source_get_policies(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_engine_set_types of NULL", mse_engine_set_types(NULL, NULL, 0), MSE_E_ARGUMENT);
    status("mse_mime_parse of NULL", mse_mime_parse(NULL, 0, NULL), MSE_E_ARGUMENT);
    (void)mse_mime_ref(NULL);
    mse_mime_unref(NULL);
    (void)mse_mime_essence(NULL);
    status("mse_mime_codec of NULL", mse_mime_codec(NULL, 0, NULL), MSE_E_ARGUMENT);
    (void)mse_mime_codec_count(NULL);
    status("mse_engine_set_can_decode of NULL", mse_engine_set_can_decode(NULL, NULL, NULL, NULL), MSE_E_ARGUMENT);
    (void)mse_engine_is_type_supported(NULL, NULL, 0);
    status("mse_source_new of NULL", mse_source_new(NULL, NULL, NULL), MSE_E_ARGUMENT);
    (void)mse_source_ref(NULL);
    mse_source_unref(NULL);
    (void)mse_source_id(NULL);
    (void)mse_source_user_data(NULL);
    (void)mse_source_ready_state(NULL);
    (void)mse_source_duration(NULL);
    status("mse_source_set_duration of NULL", mse_source_set_duration(NULL, 0), MSE_E_ARGUMENT);
    status("mse_source_add_buffer of NULL", mse_source_add_buffer(NULL, NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_source_remove_buffer of NULL", mse_source_remove_buffer(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_end_of_stream of NULL", mse_source_end_of_stream(NULL, 0), MSE_E_ARGUMENT);
    status("mse_source_set_live_seekable_range of NULL", mse_source_set_live_seekable_range(NULL, 0, 0), MSE_E_ARGUMENT);
    status("mse_source_clear_live_seekable_range of NULL", mse_source_clear_live_seekable_range(NULL), MSE_E_ARGUMENT);
    (void)mse_source_is_managed(NULL);
    (void)mse_source_streaming(NULL);
    status("mse_source_buffer_at of NULL", mse_source_buffer_at(NULL, 0, 0, NULL), MSE_E_ARGUMENT);
    status("mse_source_memory_cleanup of NULL", mse_source_memory_cleanup(NULL), MSE_E_ARGUMENT);
    status("mse_source_set_quota of NULL", mse_source_set_quota(NULL, 0, 0, 0), MSE_E_ARGUMENT);
    status("mse_source_set_eviction_policy of NULL", mse_source_set_eviction_policy(NULL, 0, 0, 0), MSE_E_ARGUMENT);
    status("mse_source_set_eviction_callback of NULL", mse_source_set_eviction_callback(NULL, NULL, NULL, NULL), MSE_E_ARGUMENT);
    (void)mse_source_buffer_ref(NULL);
    mse_source_buffer_unref(NULL);
    (void)mse_source_buffer_id(NULL);
    mse_source_buffer_set_user_data(NULL, NULL);
    (void)mse_source_buffer_user_data(NULL);
    (void)mse_source_buffer_is_removed(NULL);
    (void)mse_source_buffer_updating(NULL);
    (void)mse_source_buffer_mode(NULL);
    status("mse_source_buffer_set_mode of NULL", mse_source_buffer_set_mode(NULL, 0), MSE_E_ARGUMENT);
    (void)mse_source_buffer_timestamp_offset(NULL);
    status("mse_source_buffer_set_timestamp_offset of NULL", mse_source_buffer_set_timestamp_offset(NULL, 0), MSE_E_ARGUMENT);
    (void)mse_source_buffer_append_window(NULL);
    status("mse_source_buffer_set_append_window_start of NULL", mse_source_buffer_set_append_window_start(NULL, 0), MSE_E_ARGUMENT);
    status("mse_source_buffer_set_append_window_end of NULL", mse_source_buffer_set_append_window_end(NULL, 0), MSE_E_ARGUMENT);
    status("mse_source_buffer_buffered of NULL", mse_source_buffer_buffered(NULL, NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_source_buffer_append of NULL", mse_source_buffer_append(NULL, NULL, 0), MSE_E_ARGUMENT);
    status("mse_source_buffer_append_lent of NULL", mse_source_buffer_append_lent(NULL, NULL, 0, NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_buffer_abort of NULL", mse_source_buffer_abort(NULL), MSE_E_ARGUMENT);
    status("mse_source_buffer_remove of NULL", mse_source_buffer_remove(NULL, 0, 0), MSE_E_ARGUMENT);
    status("mse_source_buffer_change_type of NULL", mse_source_buffer_change_type(NULL, NULL, 0), MSE_E_ARGUMENT);
    status("mse_source_buffer_track_at of NULL", mse_source_buffer_track_at(NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_source_buffer_get_quota of NULL", mse_source_buffer_get_quota(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_buffer_drop_freed of NULL", mse_source_buffer_drop_freed(NULL), MSE_E_ARGUMENT);
    status("mse_source_buffer_set_quota of NULL", mse_source_buffer_set_quota(NULL, 0, 0, 0), MSE_E_ARGUMENT);
    status("mse_source_buffer_would_evict of NULL", mse_source_buffer_would_evict(NULL, 0, NULL, 0, NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_buffer_set_pinned of NULL", mse_source_buffer_set_pinned(NULL, NULL, 0), MSE_E_ARGUMENT);
    status("mse_source_buffer_receipt of NULL", mse_source_buffer_receipt(NULL, NULL), MSE_E_ARGUMENT);
    (void)mse_receipt_ref(NULL);
    mse_receipt_unref(NULL);
    status("mse_receipt_get_info of NULL", mse_receipt_get_info(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_receipt_error of NULL", mse_receipt_error(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_receipt_dropped of NULL", mse_receipt_dropped(NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_receipt_inband_event of NULL", mse_receipt_inband_event(NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_receipt_undeclared_codec of NULL", mse_receipt_undeclared_codec(NULL, 0, NULL, NULL, NULL), MSE_E_ARGUMENT);
    status("mse_receipt_loss of NULL", mse_receipt_loss(NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_receipt_left_out of NULL", mse_receipt_left_out(NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_receipt_awaited of NULL", mse_receipt_awaited(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_receipt_evicted of NULL", mse_receipt_evicted(NULL, NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_receipt_json of NULL", mse_receipt_json(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_run of NULL", mse_source_run(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_take_task of NULL", mse_source_take_task(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_task_run of NULL", mse_task_run(NULL, 0), MSE_E_ARGUMENT);
    (void)mse_task_ref(NULL);
    mse_task_unref(NULL);
    status("mse_source_next_event of NULL", mse_source_next_event(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_set_wake of NULL", mse_source_set_wake(NULL, NULL, NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_attach of NULL", mse_source_attach(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_handle of NULL", mse_source_handle(NULL, NULL), MSE_E_ARGUMENT);
    (void)mse_handle_ref(NULL);
    mse_handle_unref(NULL);
    status("mse_handle_transfer of NULL", mse_handle_transfer(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_handle_assign of NULL", mse_handle_assign(NULL), MSE_E_ARGUMENT);
    (void)mse_handle_is_detached(NULL);
    status("mse_handle_attach of NULL", mse_handle_attach(NULL, NULL), MSE_E_ARGUMENT);
    (void)mse_attachment_ref(NULL);
    mse_attachment_unref(NULL);
    status("mse_attachment_detach of NULL", mse_attachment_detach(NULL), MSE_E_ARGUMENT);
    status("mse_attachment_update of NULL", mse_attachment_update(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_attachment_poll of NULL", mse_attachment_poll(NULL), MSE_E_ARGUMENT);
    status("mse_attachment_step of NULL", mse_attachment_step(NULL, 0), MSE_E_ARGUMENT);
    status("mse_attachment_next_event of NULL", mse_attachment_next_event(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_attachment_set_wake of NULL", mse_attachment_set_wake(NULL, NULL, NULL, NULL), MSE_E_ARGUMENT);
    (void)mse_attachment_ready_state(NULL);
    (void)mse_attachment_duration(NULL);
    status("mse_attachment_buffered of NULL", mse_attachment_buffered(NULL, NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_attachment_seekable of NULL", mse_attachment_seekable(NULL, NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_attachment_set_enough_ahead of NULL", mse_attachment_set_enough_ahead(NULL, 0), MSE_E_ARGUMENT);
    status("mse_attachment_adopt_policies of NULL", mse_attachment_adopt_policies(NULL), MSE_E_ARGUMENT);
    status("mse_attachment_set_late_start of NULL", mse_attachment_set_late_start(NULL, 0), MSE_E_ARGUMENT);
    status("mse_attachment_set_small_gap of NULL", mse_attachment_set_small_gap(NULL, 0), MSE_E_ARGUMENT);
    status("mse_attachment_playable of NULL", mse_attachment_playable(NULL, NULL, 0, NULL), MSE_E_ARGUMENT);
    (void)mse_track_ref(NULL);
    mse_track_unref(NULL);
    status("mse_track_get_info of NULL", mse_track_get_info(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_track_set_state of NULL", mse_track_set_state(NULL, 0), MSE_E_ARGUMENT);
    status("mse_track_config of NULL", mse_track_config(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_track_cues of NULL", mse_track_cues(NULL, NULL), MSE_E_ARGUMENT);
    (void)mse_cues_ref(NULL);
    mse_cues_unref(NULL);
    (void)mse_cues_count(NULL);
    status("mse_cues_get of NULL", mse_cues_get(NULL, 0, NULL), MSE_E_ARGUMENT);
    (void)mse_cues_next_change(NULL, 0);
    (void)mse_config_ref(NULL);
    mse_config_unref(NULL);
    status("mse_config_get_info of NULL", mse_config_get_info(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_reader_new of NULL", mse_reader_new(NULL, NULL, NULL), MSE_E_ARGUMENT);
    mse_reader_unref(NULL);
    status("mse_reader_seek of NULL", mse_reader_seek(NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_reader_read of NULL", mse_reader_read(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_reader_read_many of NULL", mse_reader_read_many(NULL, NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_reader_gap of NULL", mse_reader_gap(NULL, NULL, NULL, NULL), MSE_E_ARGUMENT);
    (void)mse_frame_ref(NULL);
    mse_frame_unref(NULL);
    status("mse_frame_get_info of NULL", mse_frame_get_info(NULL, NULL), MSE_E_ARGUMENT);
    (void)mse_frame_config(NULL);
    status("mse_frame_get_crypto of NULL", mse_frame_get_crypto(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_frame_side_data of NULL", mse_frame_side_data(NULL, 0, NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_add_buffer_for_config of NULL", mse_source_add_buffer_for_config(NULL, NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_buffer_append_chunks of NULL", mse_source_buffer_append_chunks(NULL, NULL, 0, NULL), MSE_E_ARGUMENT);
    status("mse_source_buffer_change_type_for_config of NULL", mse_source_buffer_change_type_for_config(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_demux_init_segment of NULL", mse_demux_init_segment(NULL, NULL, 0, 0, 0), MSE_E_ARGUMENT);
    status("mse_demux_media_segment_start of NULL", mse_demux_media_segment_start(NULL), MSE_E_ARGUMENT);
    status("mse_demux_frame_ready of NULL", mse_demux_frame_ready(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_demux_media_segment_end of NULL", mse_demux_media_segment_end(NULL), MSE_E_ARGUMENT);
    status("mse_demux_lost of NULL", mse_demux_lost(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_demux_left_out of NULL", mse_demux_left_out(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_demux_fail of NULL", mse_demux_fail(NULL, nothing, 0, nothing), MSE_E_ARGUMENT);
    status("mse_engine_register_demuxer of NULL", mse_engine_register_demuxer(NULL, NULL, NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_describe of NULL", mse_source_describe(NULL, NULL), MSE_E_ARGUMENT);
    status("mse_source_record_trace of NULL", mse_source_record_trace(NULL), MSE_E_ARGUMENT);
    status("mse_source_take_trace of NULL", mse_source_take_trace(NULL, NULL), MSE_E_ARGUMENT);
}

static void destroyed(void *user_data)
{
    ++*(int *)user_data;
}

/* Whatever is wrong, an out handle is NULL afterwards. */
static void handles_out(void)
{
    void *handle;
#define OUT(call) (handle = &failures, expect((call) < 0 && handle == NULL, #call))
    OUT(mse_source_new(NULL, NULL, (mse_source **)&handle));
    OUT(mse_source_add_buffer(NULL, "video/mp4", MSE_NUL, (mse_source_buffer **)&handle));
    OUT(mse_source_buffer_at(NULL, 0, 0, (mse_source_buffer **)&handle));
    OUT(mse_source_buffer_track_at(NULL, 0, (mse_track **)&handle));
    OUT(mse_source_buffer_receipt(NULL, (mse_receipt **)&handle));
    OUT(mse_source_take_task(NULL, (mse_task **)&handle));
    OUT(mse_source_attach(NULL, (mse_attachment **)&handle));
    OUT(mse_source_handle(NULL, (mse_handle **)&handle));
    OUT(mse_handle_transfer(NULL, (mse_handle **)&handle));
    OUT(mse_handle_attach(NULL, (mse_attachment **)&handle));
    OUT(mse_track_config(NULL, (mse_config **)&handle));
    OUT(mse_track_cues(NULL, (mse_cues **)&handle));
    OUT(mse_reader_new(NULL, NULL, (mse_reader **)&handle));
    OUT(mse_reader_read(NULL, (mse_frame **)&handle));
    OUT(mse_receipt_json(NULL, (mse_string **)&handle));
    OUT(mse_source_describe(NULL, (mse_string **)&handle));
    OUT(mse_source_take_trace(NULL, (mse_string **)&handle));
    OUT(mse_source_add_buffer_for_config(NULL, NULL, (mse_source_buffer **)&handle));
    OUT(mse_mime_parse(NULL, 0, (mse_mime **)&handle));
#undef OUT
}

static void structs(void)
{
    struct { mse_engine_options known; uint64_t unknown; } longer;
    mse_engine *engine = NULL;
    memset(&longer, 0, sizeof longer);
    longer.known.struct_size = sizeof longer;
    status("a longer struct of zeros", mse_engine_new(&longer.known, &engine), MSE_OK);
    mse_engine_unref(engine);
    longer.unknown = 1;
    status("a longer struct with something unknown", mse_engine_new(&longer.known, &engine), MSE_E_ABI);
    expect(engine == NULL, "out is NULL after a failure");
    mse_engine_options options = MSE_ENGINE_OPTIONS_INIT;
    options.flags = 1u << 31;
    status("unknown flags", mse_engine_new(&options, &engine), MSE_E_ABI);
    options.flags = 0;
    static const uint32_t sizes[] = {0, 1, 3, 5000, UINT32_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        options.struct_size = sizes[i];
        status("a struct_size that is none", mse_engine_new(&options, &engine), MSE_E_ABI);
    }
    options.struct_size = 4;
    status("a struct of nothing but its size", mse_engine_new(&options, &engine), MSE_OK);
    mse_engine_unref(engine);
    status("a newer header", mse_engine_new_abi(MSE_VERSION_ENCODE(0, 99, 0), NULL, &engine), MSE_E_ABI);
    status("another major version", mse_engine_new_abi(MSE_VERSION_ENCODE(9, 0, 0), NULL, &engine), MSE_E_ABI);
}

static void outputs(mse_source *source)
{
    struct { mse_event event; uint64_t guard; } place;
    memset(&place, 0x5a, sizeof place);
    place.event.struct_size = 16;
    mse_status got = mse_source_next_event(source, &place.event);
    expect(got == MSE_OK || got == MSE_AGAIN, "a short output struct");
    expect(((unsigned char *)&place)[16] == 0x5a, "of an output struct only struct_size bytes are written");
    expect(place.event.struct_size == 16, "struct_size stays");
    place.event.struct_size = 0;
    status("an output struct without a size", mse_source_next_event(source, &place.event), MSE_E_ABI);
}

static void text(mse_engine *engine, mse_source *source)
{
    mse_source_buffer *buffer = (mse_source_buffer *)&failures;
    status("a type that is none", mse_source_add_buffer(source, "nonsense", MSE_NUL, &buffer), MSE_E_NOT_SUPPORTED);
    expect(buffer == NULL, "out is NULL after a failure");
    status("an empty type", mse_source_add_buffer(source, "", MSE_NUL, &buffer), MSE_E_TYPE);
    status("text that is not UTF-8", mse_source_add_buffer(source, "video/\xff", MSE_NUL, &buffer), MSE_E_ARGUMENT);
    status("text of a huge length", mse_source_add_buffer(source, "video/mp4", (size_t)1 << 40, &buffer), MSE_E_ARGUMENT);
    expect(mse_engine_is_type_supported(engine, "video/mp4; codecs=\"avc1.64001f\"", MSE_NUL) == 1, "isTypeSupported");
    expect(mse_engine_is_type_supported(engine, NULL, 4) == 0, "isTypeSupported of NULL");
    mse_mime *mime = NULL;
    mse_codec_info codec = MSE_CODEC_INFO_INIT;
    status("a MIME type", mse_mime_parse("audio/mp4; codecs=\"mp4a.40.2, what\"", MSE_NUL, &mime), MSE_OK);
    expect(mse_mime_codec_count(mime) == 2, "two codecs");
    status("a codec that nobody knows", mse_mime_codec(mime, 1, &codec), MSE_OK);
    expect(codec.codec == MSE_CODEC_UNKNOWN && strcmp(codec.text.data, "what") == 0, "an unknown codec has its text");
    status("a codec past the end", mse_mime_codec(mime, 2, &codec), MSE_E_NOT_FOUND);
    mse_mime_unref(mime);
}

static void values(mse_source *source, mse_source_buffer *buffer)
{
    status("a duration of NaN", mse_source_set_duration(source, NAN), MSE_E_TYPE);
    status("a negative duration", mse_source_set_duration(source, -1), MSE_E_TYPE);
    status("an offset of infinity", mse_source_buffer_set_timestamp_offset(buffer, INFINITY), MSE_E_TYPE);
    status("a negative offset", mse_source_buffer_set_timestamp_offset(buffer, -1), MSE_OK);
    status("a mode that is none", mse_source_buffer_set_mode(buffer, 7), MSE_E_ARGUMENT);
    status("an end of stream that is none", mse_source_end_of_stream(source, 7), MSE_E_TYPE);
    status("a window that ends where it begins", mse_source_buffer_set_append_window_end(buffer, 0), MSE_E_TYPE);
    status("a policy that is none", mse_source_set_eviction_policy(source, 9, 0, 0), MSE_E_ARGUMENT);
    status("a track past the end", mse_source_buffer_track_at(buffer, 99, &(mse_track *){NULL}), MSE_E_NOT_FOUND);
    status("a buffer past the end", mse_source_buffer_at(source, 0, 99, &(mse_source_buffer *){NULL}), MSE_E_NOT_FOUND);
    status("data of NULL", mse_source_buffer_append(buffer, NULL, 5), MSE_E_ARGUMENT);
    status("data of a length that is none", mse_source_buffer_append(buffer, "x", SIZE_MAX), MSE_E_ARGUMENT);
    mse_range backwards = {2, 1};
    status("a pinned range that ends before it starts", mse_source_buffer_set_pinned(buffer, &backwards, 1), MSE_E_ARGUMENT);
    mse_time time = 1;
    status("a timescale of 0", mse_time_from_ticks(1, 0, &time), MSE_E_ARGUMENT);
    status("a time beyond all", mse_time_from_ticks(INT64_MAX, 1, &time), MSE_E_ARGUMENT);
    expect(time == MSE_TIME_NONE, "no time");
    expect(mse_time_to_ticks(MSE_TIME_BASE, 0) == 0 && mse_time_to_ticks(MSE_TIME_BASE, 90000) == 90000, "ticks");
    expect(isnan(mse_time_to_seconds(MSE_TIME_NONE)) && mse_time_from_seconds(NAN) == MSE_TIME_NONE, "NaN is no time");
    expect(mse_time_to_ns(mse_time_from_ns(1000000000)) == 1000000000, "nanoseconds come back");
}

/* destroy comes once, also when the call fails. */
static void callbacks(mse_engine *engine, mse_source *source, mse_source_buffer *buffer)
{
    int count = 0;
    status("a wake of no source", mse_source_set_wake(NULL, destroyed, &count, destroyed), MSE_E_ARGUMENT);
    expect(count == 1, "destroy comes when the call fails");
    status("a release of no buffer", mse_source_buffer_append_lent(NULL, "x", 1, destroyed, &count), MSE_E_ARGUMENT);
    expect(count == 2, "release comes when the call fails");
    status("a policy", mse_source_set_eviction_callback(source, NULL, &count, destroyed), MSE_OK);
    expect(count == 3, "destroy comes at once without a function");
    mse_demuxer_vtable table;
    memset(&table, 0, sizeof table);
    table.struct_size = sizeof table;
    status("a demuxer without functions", mse_engine_register_demuxer(engine, &table, &count, destroyed), MSE_E_ARGUMENT);
    expect(count == 4, "destroy comes when the demuxer is refused");
    status("lent bytes", mse_source_buffer_append_lent(buffer, "\0\0\0\4moov", 8, destroyed, &count), MSE_OK);
    status("an append while one runs", mse_source_buffer_append(buffer, "x", 1), MSE_E_INVALID_STATE);
    mse_error error = MSE_ERROR_INIT;
    mse_last_error(&error);
    expect(strcmp(error.dom_name, "InvalidStateError") == 0 && error.row.len > 0, "the last error has name and row");
    status("run", mse_source_run(source, NULL), MSE_OK);
    mse_receipt *receipt = NULL;
    status("a receipt", mse_source_buffer_receipt(buffer, &receipt), MSE_OK);
    status("why it failed", mse_receipt_error(receipt, &error), MSE_OK);
    expect(error.status == MSE_E_PARSE && error.code.len > 0 && error.message.len > 0, "a parse error has code and message");
    mse_receipt_unref(receipt);
}

/* Callbacks that call back: refused, since a lock may be held; references may be dropped. */
static struct {
    mse_engine *engine;
    mse_source *source;
    mse_source_buffer *buffer;
    mse_attachment *attachment; /* one reference for the callbacks to drop */
    mse_demux_sink *kept;
    int asked;
} inside;

static void call_back(void)
{
    mse_event event = MSE_EVENT_INIT;
    mse_string *string = (mse_string *)&failures;
    size_t count;
    inside.asked++;
    status("next_event in a callback", mse_source_next_event(inside.source, &event), MSE_E_REENTRANT);
    status("run in a callback", mse_source_run(inside.source, NULL), MSE_E_REENTRANT);
    status("append in a callback", mse_source_buffer_append(inside.buffer, "x", 1), MSE_E_REENTRANT);
    status("buffered in a callback", mse_source_buffer_buffered(inside.buffer, NULL, 0, &count), MSE_E_REENTRANT);
    status("describe in a callback", mse_source_describe(inside.source, &string), MSE_E_REENTRANT);
    expect(string == NULL, "out is NULL after a refusal");
    expect(mse_source_ready_state(inside.source) == MSE_CLOSED, "getters answer with nothing in a callback");
    status("memory in a callback", mse_engine_trim(inside.engine), MSE_E_REENTRANT);
    mse_source_unref(mse_source_ref(inside.source));
    mse_attachment_unref(inside.attachment);
    inside.attachment = NULL;
}

static void wake_calls_back(void *unused)
{
    (void)unused;
    call_back();
}

static void log_calls_back(void *unused, const mse_log_record *record)
{
    (void)unused;
    expect(record->message.len > 0, "a record has a message");
    call_back();
}

static int can_decode_calls_back(void *unused, mse_str codec)
{
    mse_mime *mime = NULL;
    (void)unused;
    call_back();
    status("a MIME type in a callback", mse_mime_parse("video/mp4", MSE_NUL, &mime), MSE_OK);
    mse_mime_unref(mime);
    return codec.len > 0;
}

static size_t evict_calls_back(void *unused, const mse_eviction_request *request, mse_range *ranges, size_t cap)
{
    (void)unused;
    (void)ranges;
    call_back();
    return request->needed > 0 && cap > 0 ? SIZE_MAX : 0; /* more ranges than there is room for */
}

static mse_status create_calls_back(void *unused, const mse_mime *type, void **state)
{
    (void)unused;
    (void)type;
    *state = NULL;
    call_back();
    return MSE_OK;
}

static mse_status push_calls_back(void *state, mse_demux_sink *sink, const uint8_t *data, size_t len, size_t *consumed)
{
    (void)state;
    (void)data;
    call_back();
    mse_demux_frame frame = MSE_DEMUX_FRAME_INIT;
    status("a frame of no track", mse_demux_frame_ready(sink, &frame), MSE_E_ARGUMENT);
    status("a segment of no tracks", mse_demux_init_segment(sink, NULL, 0, 0, 0), MSE_E_ARGUMENT);
    inside.kept = sink;
    *consumed = len + 1000; /* more than there was */
    return MSE_OK;
}

static void release_calls_back(void *unused)
{
    (void)unused;
    call_back();
}

static void destroy_calls_back(void *state)
{
    (void)state;
    call_back();
}

static void calls_back(const char *path)
{
    size_t size;
    uint8_t *data = read_file(path, &size);
    static const char *const types[] = {"video/x-misuse", NULL};
    mse_demuxer_vtable table;
    memset(&table, 0, sizeof table);
    table.struct_size = sizeof table;
    table.mime_types = types;
    table.create = create_calls_back;
    table.push = push_calls_back;
    table.destroy = destroy_calls_back;
    mse_engine_options options = MSE_ENGINE_OPTIONS_INIT;
    options.audio_quota = options.text_quota = 1;
    options.video_quota = size;
    mse_source_buffer *other = NULL;
    status("an engine", mse_engine_new(&options, &inside.engine), MSE_OK);
    status("a log", mse_engine_set_log(inside.engine, MSE_LOG_DEBUG, log_calls_back, NULL, NULL), MSE_OK);
    status("capabilities", mse_engine_set_can_decode(inside.engine, can_decode_calls_back, NULL, destroy_calls_back), MSE_OK);
    status("a demuxer", mse_engine_register_demuxer(inside.engine, &table, NULL, destroy_calls_back), MSE_OK);
    status("a source", mse_source_new(inside.engine, NULL, &inside.source), MSE_OK);
    status("a policy", mse_source_set_eviction_callback(inside.source, evict_calls_back, NULL, destroy_calls_back), MSE_OK);
    status("a wake", mse_source_set_wake(inside.source, wake_calls_back, NULL, destroy_calls_back), MSE_OK);
    mse_attachment *attachment = NULL;
    status("attached", mse_source_attach(inside.source, &attachment), MSE_OK);
    inside.attachment = mse_attachment_ref(attachment);
    status("a wake of the element", mse_attachment_set_wake(attachment, wake_calls_back, NULL, NULL), MSE_OK);
    status("a buffer", mse_source_add_buffer(inside.source, "video/mp4; codecs=\"avc1.64001f\"", MSE_NUL, &inside.buffer), MSE_OK);
    status("a buffer of the demuxer", mse_source_add_buffer(inside.source, "video/x-misuse", MSE_NUL, &other), MSE_OK);
    status("an append", mse_source_buffer_append_lent(inside.buffer, data, size, release_calls_back, NULL), MSE_OK);
    status("run", mse_source_run(inside.source, NULL), MSE_OK);
    status("an append without room", mse_source_buffer_append(inside.buffer, data, size), MSE_E_QUOTA);
    for (int i = 0; i < 2; i++) {
        status("an append to the demuxer", mse_source_buffer_append(other, "xx", 2), MSE_OK);
        status("run", mse_source_run(inside.source, NULL), MSE_OK);
    }
    status("a sink that was kept", mse_demux_media_segment_start(inside.kept), MSE_E_ARGUMENT);
    expect(inside.asked > 8, "the callbacks came");
    expect(mse_source_ready_state(inside.source) == MSE_OPEN, "the source is as before");
    status("removed", mse_source_remove_buffer(inside.source, other), MSE_OK);
    status("no more wakes", mse_source_set_wake(inside.source, NULL, NULL, NULL), MSE_OK);
    mse_source_buffer_unref(other);
    mse_attachment_unref(attachment);
    mse_source *source = inside.source;
    mse_engine *engine = inside.engine;
    mse_source_buffer *buffer = inside.buffer;
    inside.source = NULL;
    inside.engine = NULL;
    inside.buffer = NULL;
    mse_source_unref(source);
    mse_source_buffer_unref(buffer);
    mse_engine_unref(engine);
    free(data);
}

static void *wrong_thread(void *reader)
{
    mse_frame *frame = NULL;
    mse_status got = mse_reader_read(reader, &frame);
    expect(got == MSE_E_REENTRANT || got >= 0, "a reader on two threads");
    mse_frame_unref(frame);
    return NULL;
}

/* Frames that are read many at a time are those that are read one by one. */
static void runs_of_frames(mse_track *track)
{
    mse_reader *one = NULL, *many = NULL;
    status("a reader", mse_reader_new(track, NULL, &one), MSE_OK);
    status("another", mse_reader_new(track, NULL, &many), MSE_OK);
    mse_frame *run[7], *frame = NULL;
    size_t count = 0, frames = 0;
    mse_status end, end_of_runs;
    while ((end_of_runs = mse_reader_read_many(many, run, 7, &count)) == MSE_OK) {
        for (size_t i = 0; i < count; i++) {
            mse_frame_info a = MSE_FRAME_INFO_INIT, b = MSE_FRAME_INFO_INIT;
            status("a frame as of a run", mse_reader_read(one, &frame), MSE_OK);
            status("what it is", mse_frame_get_info(frame, &a), MSE_OK);
            status("what that of the run is", mse_frame_get_info(run[i], &b), MSE_OK);
            expect(a.pts == b.pts && a.dts == b.dts && a.duration == b.duration && a.flags == b.flags, "a frame of a run has its times and flags");
            expect(a.size == b.size && memcmp(a.data, b.data, a.size) == 0, "a frame of a run has its bytes");
            mse_frame_unref(frame);
            mse_frame_unref(run[i]);
            frames++;
        }
    }
    end = mse_reader_read(one, &frame);
    expect(frames > 7 && end == end_of_runs, "both end alike");
    mse_reader_unref(one);
    mse_reader_unref(many);
}

static void readers(mse_engine *engine, const char *path)
{
    size_t size;
    uint8_t *data = read_file(path, &size);
    mse_source *source = NULL;
    mse_attachment *attachment = NULL;
    mse_source_buffer *buffer = NULL, *other = NULL;
    mse_track *track = NULL;
    mse_reader *reader = NULL;
    mse_frame *frame = NULL;
    status("a source", mse_source_new(engine, NULL, &source), MSE_OK);
    status("attached", mse_source_attach(source, &attachment), MSE_OK);
    status("attached twice", mse_source_attach(source, &(mse_attachment *){NULL}), MSE_E_INVALID_STATE);
    status("a buffer", mse_source_add_buffer(source, type_of(path), MSE_NUL, &buffer), MSE_OK);
    status("an append", mse_source_buffer_append(buffer, data, size), MSE_OK);
    status("run", mse_source_run(source, NULL), MSE_OK);
    status("a track", mse_source_buffer_track_at(buffer, 0, &track), MSE_OK);
    status("a state that it cannot have", mse_track_set_state(track, 7), MSE_E_ARGUMENT);
    mse_reader_options options = MSE_READER_OPTIONS_INIT;
    options.padding = 1u << 30;
    status("a huge padding", mse_reader_new(track, &options, &reader), MSE_E_ARGUMENT);
    status("a reader", mse_reader_new(track, NULL, &reader), MSE_OK);
    status("a seek to no time", mse_reader_seek(reader, MSE_TIME_NONE, NULL), MSE_E_ARGUMENT);
    mse_time start, end;
    int32_t cause;
    status("no gap was met", mse_reader_gap(reader, &start, &end, &cause), MSE_E_NOT_FOUND);
    size_t count = 7;
    status("room for no frame", mse_reader_read_many(reader, NULL, 0, &count), MSE_E_ARGUMENT);
    runs_of_frames(track);
    pthread_t thread;
    if (pthread_create(&thread, NULL, wrong_thread, reader) == 0) {
        wrong_thread(reader);
        pthread_join(thread, NULL);
    }
    status("a frame", mse_reader_read(reader, &frame), MSE_OK);
    mse_frame_crypto crypto = MSE_FRAME_CRYPTO_INIT;
    status("crypto of a clear frame", mse_frame_get_crypto(frame, &crypto), MSE_E_NOT_FOUND);
    status("side data past the end", mse_frame_side_data(frame, 0, &(uint64_t){0}, &(mse_bytes){NULL, 0}), MSE_E_NOT_FOUND);
    /* What was buffered goes from under the reader. */
    status("the duration", mse_source_set_duration(source, 100), MSE_OK);
    status("a removal", mse_source_buffer_remove(buffer, 0, 100), MSE_OK);
    status("run", mse_source_run(source, NULL), MSE_OK);
    mse_frame *next = NULL;
    status("what was removed", mse_reader_read(reader, &next), MSE_RESYNC);
    status("is told once", mse_reader_read(reader, &next), MSE_AGAIN);
    status("why", mse_reader_gap(reader, &start, &end, &cause), MSE_OK);
    expect(cause == MSE_GAP_REMOVED && end == MSE_TIME_INFINITY, "it was removed, and nothing follows");
    /* Stale objects. */
    status("removed", mse_source_remove_buffer(source, buffer), MSE_OK);
    status("removed twice", mse_source_remove_buffer(source, buffer), MSE_E_NOT_FOUND);
    status("an append to a removed buffer", mse_source_buffer_append(buffer, data, 1), MSE_E_INVALID_STATE);
    expect(mse_source_buffer_is_removed(buffer) == 1, "it knows that it is removed");
    status("detached", mse_attachment_detach(attachment), MSE_OK);
    status("detached twice", mse_attachment_detach(attachment), MSE_E_INVALID_STATE);
    status("polled when detached", mse_attachment_poll(attachment), MSE_E_INVALID_STATE);
    mse_attachment_unref(attachment);
    status("a buffer of a closed source", mse_source_add_buffer(source, "video/mp4", MSE_NUL, &other), MSE_E_INVALID_STATE);
    mse_source_unref(source);
    status("a buffer whose source is gone", mse_source_buffer_append(buffer, data, 1), MSE_E_INVALID_STATE);
    expect(isnan(mse_source_buffer_timestamp_offset(buffer)), "its getters answer with nothing");
    status("a track whose source is gone", mse_reader_new(track, NULL, &(mse_reader *){NULL}), MSE_E_INVALID_STATE);
    mse_frame_info info = MSE_FRAME_INFO_INIT;
    status("a frame outlives all", mse_frame_get_info(frame, &info), MSE_OK);
    expect(info.size > 0 && info.data[0] == info.data[0], "with its bytes");
    mse_reader_unref(reader);
    mse_frame_unref(frame);
    mse_track_unref(track);
    mse_source_buffer_unref(buffer);
    free(data);
}

/* What a source leaves that is gone before its handle is attached: an attachment with nothing in it (WRK-9). */
static void without_source(mse_engine *engine)
{
    mse_source *source = NULL;
    mse_handle *own = NULL, *handle = NULL;
    mse_attachment *attachment = NULL;
    mse_event event = MSE_EVENT_INIT;
    mse_range range;
    size_t count = 1;
    status("a source", mse_source_new(engine, NULL, &source), MSE_OK);
    status("its handle", mse_source_handle(source, &own), MSE_OK);
    status("on its way", mse_handle_transfer(own, &handle), MSE_OK);
    mse_source_unref(source);
    status("a source's own handle goes with it", mse_handle_attach(own, &attachment), MSE_E_INVALID_STATE);
    status("attached to a source that is gone", mse_handle_attach(handle, &attachment), MSE_OK);
    status("polled", mse_attachment_poll(attachment), MSE_OK);
    status("no event", mse_attachment_next_event(attachment, &event), MSE_AGAIN);
    status("what is buffered", mse_attachment_buffered(attachment, &range, 1, &count), MSE_OK);
    expect(count == 0, "nothing is buffered");
    status("what is seekable", mse_attachment_seekable(attachment, &range, 1, &count), MSE_OK);
    expect(count == 0, "nothing is seekable");
    expect(isnan(mse_attachment_duration(attachment)), "no duration");
    status("attached once more", mse_handle_attach(handle, &(mse_attachment *){NULL}), MSE_E_INVALID_STATE);
    mse_attachment_unref(attachment);
    mse_handle_unref(handle);
    mse_handle_unref(own);
}

int main(int argc, char **argv)
{
    if (argc != 2 || argv[1][0] == '-') {
        fputs("usage: misuse FILE\n\nUses the library wrongly in every way that it can see; FILE is some clear media.\n", argc == 2 ? stdout : stderr);
        return argc == 2 ? 0 : 2;
    }
    nulls();
    handles_out();
    structs();
    mse_engine *engine = NULL;
    mse_source *source = NULL, *closed = NULL;
    mse_attachment *attachment = NULL;
    mse_source_buffer *buffer = NULL;
    status("an engine", mse_engine_new(NULL, &engine), MSE_OK);
    status("a source", mse_source_new(engine, NULL, &closed), MSE_OK);
    status("a closed source", mse_source_end_of_stream(closed, MSE_EOS_NONE), MSE_E_INVALID_STATE);
    expect(isnan(mse_source_duration(closed)), "its duration is NaN");
    status("a source", mse_source_new(engine, NULL, &source), MSE_OK);
    status("attached", mse_source_attach(source, &attachment), MSE_OK);
    outputs(source);
    text(engine, source);
    status("a buffer", mse_source_add_buffer(source, "video/mp4", MSE_NUL, &buffer), MSE_OK);
    status("a buffer of another source", mse_source_remove_buffer(closed, buffer), MSE_E_NOT_FOUND);
    values(source, buffer);
    callbacks(engine, source, buffer);
    readers(engine, argv[1]);
    without_source(engine);
    calls_back(argv[1]);
    mse_source_buffer_unref(buffer);
    mse_attachment_unref(attachment);
    mse_source_unref(source);
    mse_source_unref(closed);
    mse_engine_unref(engine);
    printf("%d of %d checks hold\n", checks - failures, checks);
    return failures != 0;
}
