/* A file through the engine into FFmpeg's decoders: a line with size and MD5 for every decoded frame, as `ffmpeg -f framemd5` has them. */
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
#include <libavutil/imgutils.h>
#include <libavutil/md5.h>
#include <libavutil/pixdesc.h>

#include "common.h"

static const char HELP[] =
    "usage: decode FILE [--type MIME-TYPE] [--threads N] [--packets | --untrimmed]\n"
    "\n"
    "Appends FILE to a SourceBuffer, reads the coded frames of each track, gives them to libavcodec, and prints for each decoded\n"
    "frame: track, presentation time in seconds, bytes, MD5. Pictures are hashed plane by plane without padding; sound as\n"
    "interleaved 32-bit floats, or as 32-bit integers where the codec is lossless.\n"
    "\n"
    "  --type MIME-TYPE  of FILE; by its name if not given\n"
    "  --threads N       threads of each decoder; 1 if not given\n"
    "  --packets         bytes and MD5 of the coded frames instead\n"
    "  --untrimmed       also the sound that priming, padding and edit lists take off\n";

/* What the command line asks for. */
static struct { int threads, packets, untrimmed; } options = {1, 0, 0};

static void print_hash(size_t track, mse_time pts, const uint8_t *data, size_t size)
{
    uint8_t md5[16];
    av_md5_sum(md5, data, size);
    printf("%zu, %.6f, %zu, ", track, mse_time_to_seconds(pts), size);
    for (int i = 0; i < 16; i++)
        printf("%02x", md5[i]);
    printf("\n");
}

static void print_picture(size_t track, const AVFrame *frame)
{
    int size = av_image_get_buffer_size(frame->format, frame->width, frame->height, 1);
    uint8_t *data = size > 0 ? malloc((size_t)size) : NULL;
    if (!data || av_image_copy_to_buffer(data, size, (const uint8_t *const *)frame->data, frame->linesize, frame->format, frame->width, frame->height, 1) < 0) {
        fprintf(stderr, "error: a picture of %dx%d cannot be copied\n", frame->width, frame->height);
        exit(1);
    }
    print_hash(track, frame->pts, data, (size_t)size);
    free(data);
}

/* One sample as the 32 bits that are hashed: an integer of a lossless codec, else a float. */
static uint32_t sample(const AVFrame *frame, int lossless, int channels, int channel, int at)
{
    int planar = av_sample_fmt_is_planar(frame->format);
    const uint8_t *plane = frame->extended_data[planar ? channel : 0];
    size_t index = planar ? (size_t)at : (size_t)at * (size_t)channels + (size_t)channel;
    uint32_t bits;
    int16_t half;
    float scaled;
    switch (av_get_packed_sample_fmt(frame->format)) {
    case AV_SAMPLE_FMT_S16:
        memcpy(&half, plane + 2 * index, 2);
        if (lossless)
            return (uint32_t)(uint16_t)half << 16;
        scaled = (float)half / 32768.0f;
        memcpy(&bits, &scaled, 4);
        return bits;
    case AV_SAMPLE_FMT_S32:
    case AV_SAMPLE_FMT_FLT:
        memcpy(&bits, plane + 4 * index, 4);
        return bits;
    default:
        fprintf(stderr, "error: samples of an unexpected format\n");
        exit(1);
    }
}

static void print_sound(size_t track, const AVFrame *frame, int lossless, int channels)
{
    size_t size = (size_t)frame->nb_samples * (size_t)channels * 4, at = 0;
    uint8_t *data = malloc(size ? size : 1);
    if (!data)
        exit(1);
    for (int i = 0; i < frame->nb_samples; i++)
        for (int channel = 0; channel < channels; channel++) {
            uint32_t bits = sample(frame, lossless, channels, channel, i);
            for (int byte = 0; byte < 4; byte++)
                data[at++] = (uint8_t)(bits >> 8 * byte);
        }
    print_hash(track, frame->pts, data, size);
    free(data);
}

static int can_decode(void *user_data, mse_str codec)
{
    /* What cannot be decoded is told of below, and shown by --packets. */
    (void)user_data;
    (void)codec;
    return 1;
}

static enum AVCodecID codec_id(const mse_config_info *info, const mse_frame_info *first)
{
    if (strcmp(info->codec_string.data, "pcm-s16") == 0)
        return AV_CODEC_ID_PCM_S16LE;
    if (strcmp(info->codec_string.data, "pcm-f32") == 0)
        return AV_CODEC_ID_PCM_F32LE;
    switch (info->codec) {
    case MSE_CODEC_H264: return AV_CODEC_ID_H264;
    case MSE_CODEC_HEVC: return AV_CODEC_ID_HEVC;
    case MSE_CODEC_VP8: return AV_CODEC_ID_VP8;
    case MSE_CODEC_VP9: return AV_CODEC_ID_VP9;
    case MSE_CODEC_AV1: return AV_CODEC_ID_AV1;
    case MSE_CODEC_AAC: return AV_CODEC_ID_AAC;
    case MSE_CODEC_MP3:
        /* All layers are one codec to MIME types; FFmpeg tells them apart. */
        switch (first->size > 1 ? first->data[1] >> 1 & 3 : 1) {
        case 3: return AV_CODEC_ID_MP1;
        case 2: return AV_CODEC_ID_MP2;
        default: return AV_CODEC_ID_MP3;
        }
    case MSE_CODEC_OPUS: return AV_CODEC_ID_OPUS;
    case MSE_CODEC_VORBIS: return AV_CODEC_ID_VORBIS;
    case MSE_CODEC_FLAC: return AV_CODEC_ID_FLAC;
    case MSE_CODEC_ALAC: return AV_CODEC_ID_ALAC;
    case MSE_CODEC_AC3: return AV_CODEC_ID_AC3;
    case MSE_CODEC_EAC3: return AV_CODEC_ID_EAC3;
    default: return AV_CODEC_ID_NONE;
    }
}

static AVCodecContext *open_decoder(const mse_config *config, const mse_frame_info *first, mse_time *delay)
{
    mse_config_info info = MSE_CONFIG_INFO_INIT;
    check(mse_config_get_info(config, &info), "mse_config_get_info");
    const AVCodec *codec = avcodec_find_decoder(codec_id(&info, first));
    if (!codec) {
        fprintf(stderr, "note: libavcodec has no decoder for %s\n", info.codec_string.data);
        return NULL;
    }
    AVCodecContext *decoder = avcodec_alloc_context3(codec);
    if (!decoder)
        exit(1);
    *delay = info.codec_delay;
    decoder->thread_count = options.threads;
    /* The engine's own ticks are a time base that FFmpeg takes exactly. */
    decoder->pkt_timebase = (AVRational){1, MSE_TIME_BASE};
    decoder->sample_rate = (int)info.sample_rate;
    if (info.channels)
        av_channel_layout_default(&decoder->ch_layout, (int)info.channels);
    if (options.untrimmed)
        decoder->flags2 |= AV_CODEC_FLAG2_SKIP_MANUAL;
    decoder->width = (int)info.coded_width;
    decoder->height = (int)info.coded_height;
    decoder->bits_per_coded_sample = (int)info.bits_per_sample;
    if (info.extradata.len > 0) {
        /* Zeros follow, as FFmpeg wants them. */
        decoder->extradata = av_mallocz(info.extradata.len + AV_INPUT_BUFFER_PADDING_SIZE);
        if (!decoder->extradata)
            exit(1);
        memcpy(decoder->extradata, info.extradata.data, info.extradata.len);
        decoder->extradata_size = (int)info.extradata.len;
    }
    if (avcodec_open2(decoder, codec, NULL) < 0) {
        fprintf(stderr, "error: the decoder of %s does not open\n", info.codec_string.data);
        exit(1);
    }
    return decoder;
}

static void receive(AVCodecContext *decoder, size_t track)
{
    AVFrame *frame = av_frame_alloc();
    while (frame && avcodec_receive_frame(decoder, frame) == 0) {
        if (decoder->codec_type == AVMEDIA_TYPE_VIDEO)
            print_picture(track, frame);
        else
            print_sound(track, frame, (decoder->codec_descriptor->props & AV_CODEC_PROP_LOSSLESS) != 0, frame->ch_layout.nb_channels);
        av_frame_unref(frame);
    }
    av_frame_free(&frame);
}

/* The decoder's last reference to a frame's bytes is the engine's. It may go on a thread of the decoder. */
static void free_frame(void *opaque, uint8_t *data)
{
    (void)data;
    mse_frame_unref(opaque);
}

static void put32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

/* Lends a frame to libavcodec: no byte is copied. `delay` is what of the decoder's first output is no sound (WEBM-20). */
static void decode(AVCodecContext *decoder, size_t track, mse_frame *frame, const mse_frame_info *info, mse_time delay)
{
    /* Where the first frame is trimmed, that is the same sound. */
    mse_time skip_start = info->discard_start > delay ? info->discard_start : delay;
    AVPacket *packet = av_packet_alloc();
    if (!packet)
        exit(1);
    packet->buf = av_buffer_create((uint8_t *)(uintptr_t)info->data, info->size + info->padding, free_frame, mse_frame_ref(frame), AV_BUFFER_FLAG_READONLY);
    packet->data = (uint8_t *)(uintptr_t)info->data;
    packet->size = (int)info->size;
    packet->pts = info->pts;
    packet->dts = info->dts;
    packet->duration = info->duration;
    if (info->flags & MSE_FRAME_KEY)
        packet->flags |= AV_PKT_FLAG_KEY;
    if (!options.untrimmed && decoder->codec_type == AVMEDIA_TYPE_AUDIO && (skip_start > 0 || info->discard_end > 0)) {
        uint8_t *skip = av_packet_new_side_data(packet, AV_PKT_DATA_SKIP_SAMPLES, 10);
        if (!skip)
            exit(1);
        memset(skip, 0, 10);
        put32(skip, (uint32_t)mse_time_to_ticks(skip_start, (uint32_t)decoder->sample_rate));
        put32(skip + 4, (uint32_t)mse_time_to_ticks(info->discard_end, (uint32_t)decoder->sample_rate));
    }
    /* A frame that a decoder refuses is its affair: ffmpeg goes on with the next one too. */
    if (avcodec_send_packet(decoder, packet) < 0)
        fprintf(stderr, "note: track %zu: a frame was not decoded\n", track);
    av_packet_free(&packet);
    receive(decoder, track);
}

static void drain(AVCodecContext **decoder, size_t track)
{
    if (*decoder) {
        (void)avcodec_send_packet(*decoder, NULL);
        receive(*decoder, track);
    }
    avcodec_free_context(decoder);
}

static void read_track(mse_track *track, size_t index)
{
    mse_reader_options how = MSE_READER_OPTIONS_INIT;
    how.padding = options.packets ? 0 : AV_INPUT_BUFFER_PADDING_SIZE;
    how.flags = MSE_READER_JUMP_GAPS;
    mse_reader *reader = NULL;
    mse_status opened = mse_reader_new(track, &how, &reader);
    if (opened == MSE_E_NOT_FOUND) /* captions have cues, and no frames */
        return;
    check(opened, "mse_reader_new");
    AVCodecContext *decoder = NULL;
    mse_frame *frame = NULL;
    int usable = 1;
    mse_time delay = 0;
    mse_status status;
    while ((status = check(mse_reader_read(reader, &frame), "mse_reader_read")) == MSE_OK || status == MSE_RESYNC) {
        if (status == MSE_RESYNC)
            continue;
        mse_frame_info info = MSE_FRAME_INFO_INIT;
        check(mse_frame_get_info(frame, &info), "mse_frame_get_info");
        if (options.packets) {
            print_hash(index, info.pts, info.data, info.size);
        } else {
            if (info.flags & MSE_FRAME_NEW_CONFIG) {
                drain(&decoder, index);
                decoder = open_decoder(mse_frame_config(frame), &info, &delay);
                usable = decoder != NULL;
            }
            /* What is decoded first is not the start of the stream. */
            if (info.flags & MSE_FRAME_DECODE_ONLY)
                delay = 0;
            if (usable)
                decode(decoder, index, frame, &info, delay);
            delay = 0;
        }
        mse_frame_unref(frame);
    }
    drain(&decoder, index);
    mse_reader_unref(reader);
}

int main(int argc, char **argv)
{
    const char *path = NULL, *type = NULL;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(HELP, stdout);
            return 0;
        } else if (strcmp(argv[i], "--type") == 0 && i + 1 < argc) {
            type = argv[++i];
        } else if (strcmp(argv[i], "--threads") == 0 && i + 1 < argc) {
            options.threads = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--packets") == 0) {
            options.packets = 1;
        } else if (strcmp(argv[i], "--untrimmed") == 0) {
            options.untrimmed = 1;
        } else if (argv[i][0] != '-' && !path) {
            path = argv[i];
        } else {
            fputs(HELP, stderr);
            return 2;
        }
    }
    if (!path || options.threads < 1) {
        fputs(HELP, stderr);
        return 2;
    }
    av_log_set_level(AV_LOG_ERROR);
    size_t size;
    uint8_t *data = read_file(path, &size);

    mse_engine *engine = NULL;
    mse_source *source = NULL;
    mse_attachment *attachment = NULL;
    mse_source_buffer *buffer = NULL;
    mse_engine_options engine_options = MSE_ENGINE_OPTIONS_INIT;
    mse_source_options source_options = MSE_SOURCE_OPTIONS_INIT;
    engine_options.flags = MSE_ENGINE_MATROSKA;
    /* Priming lies before time 0, where the append window begins: the decoder needs it, the listener does not. */
    source_options.flags = MSE_SOURCE_TRIM_AUDIO;
    check(mse_engine_new(&engine_options, &engine), "mse_engine_new");
    check(mse_engine_set_can_decode(engine, can_decode, NULL, NULL), "mse_engine_set_can_decode");
    check(mse_source_new(engine, &source_options, &source), "mse_source_new");
    check(mse_source_attach(source, &attachment), "mse_source_attach");
    check(mse_source_add_buffer(source, type ? type : type_of(path), MSE_NUL, &buffer), "mse_source_add_buffer");
    if (options.untrimmed) /* what lies before time 0 comes into the append window */
        check(mse_source_buffer_set_timestamp_offset(buffer, 1.0), "mse_source_buffer_set_timestamp_offset");
    check(mse_source_buffer_append(buffer, data, size), "mse_source_buffer_append");
    check(mse_source_run(source, NULL), "mse_source_run");
    int failed = append_failed(buffer, path);
    if (!failed) {
        check(mse_source_end_of_stream(source, MSE_EOS_NONE), "mse_source_end_of_stream");
        mse_track *track = NULL;
        for (size_t i = 0; mse_source_buffer_track_at(buffer, i, &track) == MSE_OK; i++) {
            read_track(track, i);
            mse_track_unref(track);
        }
    }
    mse_source_buffer_unref(buffer);
    mse_attachment_unref(attachment);
    mse_source_unref(source);
    mse_engine_unref(engine);
    free(data);
    return failed;
}
