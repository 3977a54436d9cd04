/* The engine in front of GStreamer: each track is an appsrc, and decodebin finds its decoder. Frames are lent, not copied. */
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>

#include "common.h"

static const char HELP[] =
    "usage: gst_appsrc FILE [--type MIME-TYPE] [--play]\n"
    "\n"
    "Appends FILE a piece at a time and gives the coded frames of each track to a GStreamer pipeline, appsrc ! decodebin. Prints a line for\n"
    "each decoded buffer: track, presentation time in nanoseconds, bytes, MD5, as ffmpeg -f framemd5 has them. Sound before time 0 (the\n"
    "priming of an encoder) is dropped, as a page has it.\n"
    "\n"
    "  --type MIME-TYPE  of FILE; else its name tells\n"
    "  --play            shows and plays instead of printing\n";

enum { PIECE = 65536, MAX_TRACKS = 16, MAX_QUEUED = 4 << 20 };

typedef struct stream {
    mse_reader *reader;
    GstAppSrc *source;
    GstCaps *sunk;       /* what the decoder made last, and in which form */
    GstVideoInfo video;
    int index, ended;
} stream;

static GMutex printing;

static GstBuffer *wrap(gconstpointer data, gsize size, gpointer owner, GDestroyNotify release)
{
    return gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, (gpointer)(guintptr)data, size, 0, size, owner, release);
}

static void free_config(gpointer config)
{
    mse_config_unref(config);
}

static void free_frame(gpointer frame)
{
    mse_frame_unref(frame);
}

/* Vorbis: the three headers of its extradata, apart. */
static void set_stream_headers(GstCaps *caps, mse_config *config, mse_bytes laced)
{
    GValue headers = G_VALUE_INIT, header = G_VALUE_INIT;
    size_t sizes[3] = {0}, at = 1, known = 0;
    for (int i = 0; i < 2; i++) {
        while (at < laced.len && laced.data[at] == 255)
            sizes[i] += laced.data[at++];
        sizes[i] += at < laced.len ? laced.data[at++] : 0;
        known += sizes[i];
    }
    if (known > laced.len - at)
        return;
    sizes[2] = laced.len - at - known;
    g_value_init(&headers, GST_TYPE_ARRAY);
    g_value_init(&header, GST_TYPE_BUFFER);
    for (int i = 0; i < 3; at += sizes[i++]) {
        g_value_take_boxed(&header, wrap(laced.data + at, sizes[i], mse_config_ref(config), free_config));
        gst_value_array_append_value(&headers, &header);
    }
    gst_structure_set_value(gst_caps_get_structure(caps, 0), "streamheader", &headers);
    g_value_unset(&header);
    g_value_unset(&headers);
}

/* Opus: how its streams make channels, as its header says (RFC 7845 section 5.1). */
static GstCaps *opus_caps(mse_bytes head)
{
    GstCaps *caps = gst_caps_new_simple("audio/x-opus", "channel-mapping-family", G_TYPE_INT, head.len > 18 ? head.data[18] : 0, NULL);
    if (head.len < 21 || head.data[18] == 0 || head.len < 21u + head.data[9])
        return caps;
    GValue mapping = G_VALUE_INIT, channel = G_VALUE_INIT;
    g_value_init(&mapping, GST_TYPE_ARRAY);
    g_value_init(&channel, G_TYPE_INT);
    for (int i = 0; i < head.data[9]; i++) {
        g_value_set_int(&channel, head.data[21 + i]);
        gst_value_array_append_value(&mapping, &channel);
    }
    gst_caps_set_simple(caps, "stream-count", G_TYPE_INT, head.data[19], "coupled-count", G_TYPE_INT, head.data[20], NULL);
    gst_structure_take_value(gst_caps_get_structure(caps, 0), "channel-mapping", &mapping);
    return caps;
}

/* Caps of a configuration; NULL for a codec that is not mapped here. */
static GstCaps *caps_of(mse_config *config)
{
    mse_config_info info = MSE_CONFIG_INFO_INIT;
    check(mse_config_get_info(config, &info), "mse_config_get_info");
    int annex_b = info.extradata_kind == MSE_EXTRA_ANNEX_B || info.extradata_kind == MSE_EXTRA_NONE;
    GstCaps *caps = NULL;
    switch (info.codec) {
    case MSE_CODEC_H264: caps = gst_caps_new_simple("video/x-h264", "stream-format", G_TYPE_STRING, annex_b ? "byte-stream" : "avc", "alignment", G_TYPE_STRING, "au", NULL); break;
    case MSE_CODEC_HEVC: caps = gst_caps_new_simple("video/x-h265", "stream-format", G_TYPE_STRING, annex_b ? "byte-stream" : "hvc1", "alignment", G_TYPE_STRING, "au", NULL); break;
    case MSE_CODEC_VP8: return gst_caps_new_empty_simple("video/x-vp8");
    case MSE_CODEC_VP9: return gst_caps_new_simple("video/x-vp9", "alignment", G_TYPE_STRING, "super-frame", NULL);
    case MSE_CODEC_AV1: caps = gst_caps_new_simple("video/x-av1", "stream-format", G_TYPE_STRING, "obu-stream", "alignment", G_TYPE_STRING, "tu", NULL); break;
    case MSE_CODEC_AAC: caps = gst_caps_new_simple("audio/mpeg", "mpegversion", G_TYPE_INT, 4, "stream-format", G_TYPE_STRING, "raw", NULL); break;
    case MSE_CODEC_MP3: caps = gst_caps_new_simple("audio/mpeg", "mpegversion", G_TYPE_INT, 1, "layer", G_TYPE_INT, 3, "parsed", G_TYPE_BOOLEAN, TRUE, NULL); break;
    case MSE_CODEC_OPUS: caps = opus_caps(info.extradata); break;
    case MSE_CODEC_VORBIS: caps = gst_caps_new_empty_simple("audio/x-vorbis"); break;
    case MSE_CODEC_ALAC: caps = gst_caps_new_empty_simple("audio/x-alac"); break;
    case MSE_CODEC_AC3: caps = gst_caps_new_simple("audio/x-ac3", "framed", G_TYPE_BOOLEAN, TRUE, NULL); break;
    case MSE_CODEC_EAC3: caps = gst_caps_new_simple("audio/x-eac3", "framed", G_TYPE_BOOLEAN, TRUE, NULL); break;
    default: fprintf(stderr, "note: no caps for %s: the track is left out\n", info.codec_string.data); return NULL;
    }
    if (info.kind == MSE_KIND_AUDIO && info.sample_rate && info.channels)
        gst_caps_set_simple(caps, "rate", G_TYPE_INT, (int)info.sample_rate, "channels", G_TYPE_INT, (int)info.channels, NULL);
    /* The extradata lives as long as the configuration. Annex B has its parameter sets in the frames. */
    if (info.extradata_kind == MSE_EXTRA_XIPH) {
        set_stream_headers(caps, config, info.extradata);
    } else if (info.extradata.len > 0 && info.extradata_kind != MSE_EXTRA_ANNEX_B && info.codec != MSE_CODEC_MP3 && info.codec != MSE_CODEC_OPUS) {
        GstBuffer *extradata = wrap(info.extradata.data, info.extradata.len, mse_config_ref(config), free_config);
        gst_caps_set_simple(caps, "codec_data", GST_TYPE_BUFFER, extradata, NULL);
        gst_buffer_unref(extradata);
    }
    return caps;
}

/* Rows without the padding that GStreamer puts behind them. */
static gsize sum_picture(GChecksum *md5, const GstVideoInfo *info, GstBuffer *buffer)
{
    GstVideoFrame picture;
    gsize size = 0;
    if (!gst_video_frame_map(&picture, info, buffer, GST_MAP_READ))
        return 0;
    for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES(&picture); plane++) {
        gsize row = (gsize)GST_VIDEO_FRAME_COMP_WIDTH(&picture, plane) * (gsize)GST_VIDEO_FRAME_COMP_PSTRIDE(&picture, plane);
        for (int y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT(&picture, plane); y++, size += row)
            g_checksum_update(md5, (const guchar *)GST_VIDEO_FRAME_PLANE_DATA(&picture, plane) + y * GST_VIDEO_FRAME_PLANE_STRIDE(&picture, plane), (gssize)row);
    }
    gst_video_frame_unmap(&picture);
    return size;
}

static gsize sum_sound(GChecksum *md5, GstBuffer *buffer)
{
    GstMapInfo map;
    if (!gst_buffer_map(buffer, &map, GST_MAP_READ))
        return 0;
    gsize size = map.size;
    g_checksum_update(md5, map.data, (gssize)map.size);
    gst_buffer_unmap(buffer, &map);
    return size;
}

/* A decoded buffer, on a thread of GStreamer. */
static GstFlowReturn decoded(GstAppSink *sink, gpointer user_data)
{
    stream *stream = user_data;
    GstSample *sample = gst_app_sink_pull_sample(sink);
    if (!sample)
        return GST_FLOW_EOS;
    GstBuffer *buffer = gst_sample_get_buffer(sample);
    GstCaps *caps = gst_sample_get_caps(sample);
    int is_video = gst_structure_has_name(gst_caps_get_structure(caps, 0), "video/x-raw");
    if (is_video && (!stream->sunk || !gst_caps_is_equal(stream->sunk, caps)) && gst_video_info_from_caps(&stream->video, caps))
        gst_caps_replace(&stream->sunk, caps);
    GChecksum *md5 = g_checksum_new(G_CHECKSUM_MD5);
    gsize size = is_video ? sum_picture(md5, &stream->video, buffer) : sum_sound(md5, buffer);
    g_mutex_lock(&printing);
    printf("%d, %" G_GINT64_FORMAT ", %" G_GSIZE_FORMAT ", %s\n", stream->index, (gint64)GST_BUFFER_PTS(buffer), size, g_checksum_get_string(md5));
    g_mutex_unlock(&printing);
    g_checksum_free(md5);
    gst_sample_unref(sample);
    return GST_FLOW_OK;
}

/* A pipeline's part for one track. Whether it could be made. */
static int add_stream(GstElement *pipeline, stream *stream, mse_track *track, int kind, int play)
{
    mse_config *config = NULL;
    check(mse_track_config(track, &config), "mse_track_config");
    GstCaps *caps = caps_of(config);
    mse_config_unref(config);
    if (!caps)
        return 0;
    const char *sinks[2][2] = {
        {"appsink name=sink sync=false async=false caps=audio/x-raw,format=F32LE,layout=interleaved", "appsink name=sink sync=false async=false caps=video/x-raw"},
        {"audioresample ! autoaudiosink", "videoconvert ! autovideosink"},
    };
    int is_video = kind == MSE_KIND_VIDEO;
    char *text = g_strdup_printf("appsrc name=source format=time max-bytes=0 ! decodebin ! %s %s", is_video ? "queue !" : "audioconvert !", sinks[play][is_video]);
    GError *error = NULL;
    GstElement *bin = gst_parse_bin_from_description(text, FALSE, &error);
    g_free(text);
    if (!bin) {
        fprintf(stderr, "error: %s; are the plugins of GStreamer installed?\n", error->message);
        exit(1);
    }
    /* A file may begin later than at 0, and have holes: the player goes on behind them. */
    mse_reader_options options = MSE_READER_OPTIONS_INIT;
    options.flags = MSE_READER_JUMP_GAPS;
    check(mse_reader_new(track, &options, &stream->reader), "mse_reader_new");
    stream->source = GST_APP_SRC(gst_bin_get_by_name(GST_BIN(bin), "source"));
    if (!play) {
        GstAppSinkCallbacks callbacks = {0};
        callbacks.new_sample = decoded;
        GstElement *sink = gst_bin_get_by_name(GST_BIN(bin), "sink");
        gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, stream, NULL);
        gst_object_unref(sink);
    }
    gst_app_src_set_caps(stream->source, caps);
    gst_caps_unref(caps);
    gst_bin_add(GST_BIN(pipeline), bin);
    gst_element_sync_state_with_parent(bin);
    return 1;
}

/* Whether enough waits to be decoded: that paces reading, and through it the appends. */
static int is_full(const stream *stream)
{
    return !stream->ended && gst_app_src_get_current_level_bytes(stream->source) >= MAX_QUEUED;
}

/* Gives the pipeline the frames that can be read now. */
static void feed(stream *stream)
{
    mse_frame *frame = NULL;
    mse_status status = MSE_RESYNC;
    if (stream->ended)
        return;
    while (!stream->ended && !is_full(stream) && (status = check(mse_reader_read(stream->reader, &frame), "mse_reader_read"), status == MSE_OK || status == MSE_RESYNC)) {
        if (status == MSE_RESYNC)
            continue;
        mse_frame_info info = MSE_FRAME_INFO_INIT;
        check(mse_frame_get_info(frame, &info), "mse_frame_get_info");
        if (info.flags & MSE_FRAME_NEW_CONFIG) {
            GstCaps *caps = caps_of(mse_frame_config(frame));
            stream->ended = !caps;
            if (caps) {
                gst_app_src_set_caps(stream->source, caps);
                gst_caps_unref(caps);
            }
        }
        if (!stream->ended) {
            GstBuffer *buffer = wrap(info.data, info.size, mse_frame_ref(frame), free_frame);
            /* GStreamer has no time before 0. */
            int is_presented = !(info.flags & MSE_FRAME_DECODE_ONLY);
            if (is_presented && info.pts >= 0)
                GST_BUFFER_PTS(buffer) = (GstClockTime)mse_time_to_ns(info.pts);
            if (is_presented && info.dts >= 0)
                GST_BUFFER_DTS(buffer) = (GstClockTime)mse_time_to_ns(info.dts);
            if (is_presented)
                GST_BUFFER_DURATION(buffer) = (GstClockTime)mse_time_to_ns(info.duration);
            else
                GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DECODE_ONLY);
            if (!(info.flags & MSE_FRAME_KEY))
                GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
            if (info.flags & MSE_FRAME_DISCONTINUITY)
                GST_BUFFER_FLAG_SET(buffer, GST_BUFFER_FLAG_DISCONT);
            stream->ended = gst_app_src_push_buffer(stream->source, buffer) != GST_FLOW_OK;
        }
        mse_frame_unref(frame);
    }
    if (status == MSE_END || stream->ended) {
        gst_app_src_end_of_stream(stream->source);
        stream->ended = 1;
    }
}

/* Waits for the pipeline to fail or, where that is asked for, to end. Whether it failed. */
static int pipeline_failed(GstElement *pipeline, GstClockTime timeout, GstMessageType or_end)
{
    GstBus *bus = gst_element_get_bus(pipeline);
    GstMessage *message = gst_bus_timed_pop_filtered(bus, timeout, GST_MESSAGE_ERROR | or_end);
    gst_object_unref(bus);
    if (!message)
        return 0;
    int failed = GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR;
    if (failed) {
        GError *error = NULL;
        gst_message_parse_error(message, &error, NULL);
        fprintf(stderr, "error: %s: %s\n", GST_OBJECT_NAME(message->src), error->message);
        g_error_free(error);
    }
    gst_message_unref(message);
    return failed;
}

/* Tells the engine where playback is: what lies behind may go when room is needed. */
static void tell_position(GstElement *pipeline, mse_attachment *attachment)
{
    gint64 now = 0;
    mse_element_state state = MSE_ELEMENT_STATE_INIT;
    if (gst_element_query_position(pipeline, GST_FORMAT_TIME, &now) && now >= 0)
        state.current_time = (double)now / GST_SECOND;
    check(mse_attachment_update(attachment, &state), "mse_attachment_update");
}

int main(int argc, char **argv)
{
    const char *path = NULL, *type = NULL;
    int play = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(HELP, stdout);
            return 0;
        } else if (strcmp(argv[i], "--type") == 0 && i + 1 < argc) {
            type = argv[++i];
        } else if (strcmp(argv[i], "--play") == 0) {
            play = 1;
        } else if (argv[i][0] != '-' && !path) {
            path = argv[i];
        } else {
            fputs(HELP, stderr);
            return 2;
        }
    }
    if (!path) {
        fputs(HELP, stderr);
        return 2;
    }
    gst_init(NULL, NULL);
    size_t size, appended = 0;
    uint8_t *data = read_file(path, &size);

    mse_engine_options engine_options = MSE_ENGINE_OPTIONS_INIT;
    engine_options.flags = MSE_ENGINE_MATROSKA;
    mse_engine *engine = NULL;
    mse_source *source = NULL;
    mse_attachment *attachment = NULL;
    mse_source_buffer *buffer = NULL;
    check(mse_engine_new(&engine_options, &engine), "mse_engine_new");
    check(mse_source_new(engine, NULL, &source), "mse_source_new");
    check(mse_source_attach(source, &attachment), "mse_source_attach");
    check(mse_source_add_buffer(source, type ? type : type_of(path), MSE_NUL, &buffer), "mse_source_add_buffer");

    GstElement *pipeline = gst_pipeline_new("player");
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    stream streams[MAX_TRACKS + 1];
    memset(streams, 0, sizeof streams);
    int tracks = 0, seen = 0, failed = 0;
    for (int over = 0, full = 0; !over && !failed;) {
        if (full) {
            full = 0;
            failed = pipeline_failed(pipeline, 10 * GST_MSECOND, GST_MESSAGE_UNKNOWN);
        } else if (appended < size) {
            size_t len = size - appended < PIECE ? size - appended : PIECE;
            mse_status status = mse_source_buffer_append(buffer, data + appended, len);
            full = status == MSE_E_QUOTA; /* until more was played */
            if (!full) {
                check(status, "mse_source_buffer_append");
                appended += len;
            }
        } else if (mse_source_ready_state(source) == MSE_OPEN) {
            check(mse_source_end_of_stream(source, MSE_EOS_NONE), "mse_source_end_of_stream");
        }
        mse_event event = MSE_EVENT_INIT;
        do
            check(mse_source_run(source, NULL), "mse_source_run");
        while (check(mse_source_next_event(source, &event), "mse_source_next_event") == MSE_OK);
        failed |= append_failed(buffer, path) || pipeline_failed(pipeline, 0, GST_MESSAGE_UNKNOWN);
        tell_position(pipeline, attachment);
        check(mse_attachment_poll(attachment), "mse_attachment_poll");
        while (check(mse_attachment_next_event(attachment, &event), "mse_attachment_next_event") == MSE_OK) {
            mse_track_info info = MSE_TRACK_INFO_INIT;
            if (event.type != MSE_EVENT_ELEMENT_ADD_TRACK)
                continue;
            check(mse_track_get_info(event.track, &info), "mse_track_get_info");
            stream *stream = &streams[tracks];
            stream->index = seen++;
            if (info.kind != MSE_KIND_TEXT && tracks < MAX_TRACKS)
                tracks += add_stream(pipeline, stream, event.track, info.kind, play);
        }
        over = mse_source_ready_state(source) == MSE_ENDED;
        for (int i = 0; i < tracks; i++) {
            feed(&streams[i]);
            full |= is_full(&streams[i]);
            over &= streams[i].ended;
        }
    }
    failed = failed || tracks == 0 || pipeline_failed(pipeline, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS);

    gst_element_set_state(pipeline, GST_STATE_NULL);
    for (int i = 0; i < tracks; i++) {
        mse_reader_unref(streams[i].reader);
        gst_object_unref(streams[i].source);
        gst_caps_replace(&streams[i].sunk, NULL);
    }
    gst_object_unref(pipeline);
    mse_source_buffer_unref(buffer);
    mse_attachment_unref(attachment);
    mse_source_unref(source);
    mse_engine_unref(engine);
    free(data);
    return failed;
}
