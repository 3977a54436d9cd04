/* A byte stream format in C: lines of text as frames. "lines" begins a stream, then every line is a frame of one second. An empty line is
 * told as lost, and the second track that each stream is said to have as left out. */
#include "common.h"

typedef struct lines {
    int begun;
    int64_t next;
} lines;

static mse_status create(void *user_data, const mse_mime *type, void **state)
{
    (void)type;
    ++*(int *)user_data;
    *state = calloc(1, sizeof(lines));
    return *state ? MSE_OK : MSE_E_NO_MEMORY;
}

static mse_str text(const char *words)
{
    mse_str str = {words, strlen(words)};
    return str;
}

static mse_status lose(mse_demux_sink *sink, size_t offset)
{
    mse_loss loss = MSE_LOSS_INIT;
    loss.offset = offset; /* within the bytes given to push() */
    loss.bytes = 1;
    loss.track_id = 1;
    loss.path = text("line");
    loss.detail = text("an empty line is no frame");
    return mse_demux_lost(sink, &loss);
}

static mse_status begin(lines *self, mse_demux_sink *sink)
{
    mse_demux_track track = MSE_DEMUX_TRACK_INIT;
    track.kind = MSE_KIND_VIDEO;
    track.track_id = 1;
    track.timescale = 1;
    track.width = 320;
    track.height = 200;
    track.codec.data = "vp8";
    track.codec.len = 3;
    self->begun = 1;
    mse_left_out_track notes = MSE_LEFT_OUT_TRACK_INIT;
    notes.number = 2;
    notes.format = text("notes");
    notes.path = text("line[0]");
    notes.reason = text("notes are not read");
    mse_status status = mse_demux_left_out(sink, &notes);
    if (status < 0)
        return status;
    status = mse_demux_init_segment(sink, &track, 1, 0, 0);
    return status < 0 ? status : mse_demux_media_segment_start(sink);
}

static mse_status push(void *state, mse_demux_sink *sink, const uint8_t *data, size_t len, size_t *consumed)
{
    lines *self = state;
    const uint8_t *end;
    while ((end = memchr(data + *consumed, '\n', len - *consumed)) != NULL) {
        const uint8_t *line = data + *consumed;
        size_t size = (size_t)(end - line);
        mse_status status;
        if (!self->begun) {
            static const char message[] = "the stream does not begin with \"lines\"", path[] = "line[0]";
            mse_str why = {message, sizeof message - 1}, where = {path, sizeof path - 1};
            if (size != 5 || memcmp(line, "lines", 5) != 0)
                return mse_demux_fail(sink, why, *consumed, where);
            status = begin(self, sink);
        } else if (size == 0) {
            status = lose(sink, *consumed);
        } else {
            mse_demux_frame frame = MSE_DEMUX_FRAME_INIT;
            frame.flags = MSE_FRAME_KEY;
            frame.track_id = 1;
            frame.pts = frame.dts = self->next++;
            frame.duration = 1;
            frame.data.data = line; /* a part of what came in: not copied */
            frame.data.len = size;
            status = mse_demux_frame_ready(sink, &frame);
        }
        if (status < 0)
            return status;
        *consumed += size + 1;
    }
    return MSE_OK;
}

static void reset(void *state, int32_t reason)
{
    (void)state;
    (void)reason;
}

static void destroy_lines(void *state)
{
    free(state);
}

static void format_gone(void *user_data)
{
    printf("%d demuxers were made\n", *(int *)user_data);
}

static void append(mse_source *source, mse_source_buffer *buffer, const char *text)
{
    check(mse_source_buffer_append(buffer, text, strlen(text)), "mse_source_buffer_append");
    check(mse_source_run(source, NULL), "mse_source_run");
    mse_receipt *receipt = NULL;
    mse_loss loss = MSE_LOSS_INIT;
    mse_left_out_track track = MSE_LEFT_OUT_TRACK_INIT;
    check(mse_source_buffer_receipt(buffer, &receipt), "mse_source_buffer_receipt");
    for (size_t index = 0; mse_receipt_loss(receipt, index, &loss) == MSE_OK; ++index)
        printf("%d byte lost at byte %d in %.*s: %.*s\n", (int)loss.bytes, (int)loss.offset, (int)loss.path.len, loss.path.data,
               (int)loss.detail.len, loss.detail.data);
    for (size_t index = 0; mse_receipt_left_out(receipt, index, &track) == MSE_OK; ++index)
        printf("track %d is left out: %.*s\n", (int)track.number, (int)track.reason.len, track.reason.data);
    mse_receipt_unref(receipt);
}

int main(void)
{
    static const char *const types[] = {"video/x-lines", NULL};
    int made = 0;
    mse_demuxer_vtable table;
    memset(&table, 0, sizeof table);
    table.struct_size = sizeof table;
    table.name = "lines";
    table.mime_types = types;
    table.create = create;
    table.push = push;
    table.reset = reset;
    table.destroy = destroy_lines;

    mse_engine *engine = NULL;
    mse_source *source = NULL;
    mse_attachment *attachment = NULL;
    mse_source_buffer *buffer = NULL;
    check(mse_engine_new(NULL, &engine), "mse_engine_new");
    check(mse_engine_register_demuxer(engine, &table, &made, format_gone), "mse_engine_register_demuxer");
    printf("video/x-lines is %ssupported\n", mse_engine_is_type_supported(engine, "video/x-lines", MSE_NUL) ? "" : "not ");
    check(mse_source_new(engine, NULL, &source), "mse_source_new");
    check(mse_source_attach(source, &attachment), "mse_source_attach");
    check(mse_source_add_buffer(source, "video/x-lines", MSE_NUL, &buffer), "mse_source_add_buffer");
    append(source, buffer, "lin");
    append(source, buffer, "es\none\ntw");
    append(source, buffer, "o\n\nthree\n");

    mse_range range = {0, 0};
    size_t count = 0;
    check(mse_source_buffer_buffered(buffer, &range, 1, &count), "mse_source_buffer_buffered");
    printf("%zu range: [%g,%g)\n", count, range.start, range.end);
    mse_track *track = NULL;
    mse_reader *reader = NULL;
    mse_frame *frame = NULL;
    check(mse_source_buffer_track_at(buffer, 0, &track), "mse_source_buffer_track_at");
    check(mse_reader_new(track, NULL, &reader), "mse_reader_new");
    while (check(mse_reader_read(reader, &frame), "mse_reader_read") == MSE_OK) {
        mse_frame_info info = MSE_FRAME_INFO_INIT;
        check(mse_frame_get_info(frame, &info), "mse_frame_get_info");
        printf("%g: %.*s\n", mse_time_to_seconds(info.pts), (int)info.size, (const char *)info.data);
        mse_frame_unref(frame);
    }
    mse_reader_unref(reader);
    mse_track_unref(track);
    mse_source_buffer_unref(buffer);

    check(mse_source_add_buffer(source, "video/x-lines", MSE_NUL, &buffer), "mse_source_add_buffer");
    append(source, buffer, "other\n");
    append_failed(buffer, "the second stream");
    mse_source_buffer_unref(buffer);
    mse_attachment_unref(attachment);
    mse_source_unref(source);
    mse_engine_unref(engine);
    return 0;
}
