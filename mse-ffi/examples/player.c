/* A window player: the engine's frames through libavcodec onto SDL2, with a sound clock, seeking, and a bar of what is buffered. */
#include <SDL.h>
#include <libavcodec/avcodec.h>

#include "common.h"

static const char HELP[] =
    "usage: player FILE [--type MIME-TYPE] [--screenshot PICTURE.bmp [--at SECONDS]]\n"
    "\n"
    "Space pauses, left and right seek by a second, q ends; what a key did is printed. FILE is appended a piece at a time while it plays; the bar below shows what is\n"
    "buffered (grey) and the position (white). Pictures in YUV 4:2:0 with 8 bits, sound in floats.\n"
    "\n"
    "  --screenshot PICTURE.bmp  writes what the window shows at the end\n"
    "  --at SECONDS              ends there\n";

enum { BAR = 24, PIECE = 65536 };

/* One track and its decoder. */
typedef struct stream {
    mse_reader *reader;
    AVCodecContext *decoder;
    AVFrame *frame;
    int has_frame, ended;
    mse_time drop_before; /* pictures before the target of a seek are decoded and not shown */
} stream;

static struct {
    stream video, sound;
    SDL_AudioDeviceID device;
    mse_time sound_end;   /* where the queued sound ends */
    Uint32 clock_start;   /* without sound: when the clock was at clock_base */
    mse_time clock_base;
    int paused;
} player;

static enum AVCodecID codec_id(int32_t codec)
{
    switch (codec) {
    case MSE_CODEC_H264: return AV_CODEC_ID_H264;
    case MSE_CODEC_HEVC: return AV_CODEC_ID_HEVC;
    case MSE_CODEC_VP8: return AV_CODEC_ID_VP8;
    case MSE_CODEC_VP9: return AV_CODEC_ID_VP9;
    case MSE_CODEC_AV1: return AV_CODEC_ID_AV1;
    case MSE_CODEC_AAC: return AV_CODEC_ID_AAC;
    case MSE_CODEC_MP3: return AV_CODEC_ID_MP3;
    case MSE_CODEC_OPUS: return AV_CODEC_ID_OPUS;
    case MSE_CODEC_VORBIS: return AV_CODEC_ID_VORBIS;
    case MSE_CODEC_AC3: return AV_CODEC_ID_AC3;
    case MSE_CODEC_EAC3: return AV_CODEC_ID_EAC3;
    default: return AV_CODEC_ID_NONE;
    }
}

static AVCodecContext *open_decoder(const mse_config *config)
{
    mse_config_info info = MSE_CONFIG_INFO_INIT;
    check(mse_config_get_info(config, &info), "mse_config_get_info");
    const AVCodec *codec = avcodec_find_decoder(codec_id(info.codec));
    AVCodecContext *decoder = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!decoder) {
        fprintf(stderr, "note: no decoder for %s\n", info.codec_string.data);
        return NULL;
    }
    decoder->pkt_timebase = (AVRational){1, MSE_TIME_BASE};
    decoder->sample_rate = (int)info.sample_rate;
    if (info.channels)
        av_channel_layout_default(&decoder->ch_layout, (int)info.channels);
    if (info.extradata.len > 0) {
        decoder->extradata = av_mallocz(info.extradata.len + AV_INPUT_BUFFER_PADDING_SIZE);
        if (!decoder->extradata)
            exit(1);
        memcpy(decoder->extradata, info.extradata.data, info.extradata.len);
        decoder->extradata_size = (int)info.extradata.len;
    }
    if (avcodec_open2(decoder, codec, NULL) < 0)
        avcodec_free_context(&decoder);
    return decoder;
}

static void free_frame(void *opaque, uint8_t *data)
{
    (void)data;
    mse_frame_unref(opaque);
}

/* Gives one coded frame to the decoder. Whether there was one. */
static int feed(stream *stream)
{
    mse_frame *frame = NULL;
    mse_status status = check(mse_reader_read(stream->reader, &frame), "mse_reader_read");
    if (status == MSE_END && !stream->ended) {
        stream->ended = 1;
        return stream->decoder && avcodec_send_packet(stream->decoder, NULL) == 0;
    }
    if (status != MSE_OK)
        return status == MSE_RESYNC;
    mse_frame_info info = MSE_FRAME_INFO_INIT;
    check(mse_frame_get_info(frame, &info), "mse_frame_get_info");
    if (info.flags & MSE_FRAME_NEW_CONFIG) {
        avcodec_free_context(&stream->decoder);
        stream->decoder = open_decoder(mse_frame_config(frame));
    } else if (stream->decoder && info.flags & MSE_FRAME_DISCONTINUITY) {
        avcodec_flush_buffers(stream->decoder);
    }
    AVPacket *packet = av_packet_alloc();
    if (packet && stream->decoder) {
        packet->buf = av_buffer_create((uint8_t *)(uintptr_t)info.data, info.size + info.padding, free_frame, mse_frame_ref(frame), AV_BUFFER_FLAG_READONLY);
        packet->data = (uint8_t *)(uintptr_t)info.data;
        packet->size = (int)info.size;
        packet->pts = info.pts;
        packet->dts = info.dts;
        packet->duration = info.duration;
        (void)avcodec_send_packet(stream->decoder, packet);
    }
    av_packet_free(&packet);
    mse_frame_unref(frame);
    return 1;
}

/* The next decoded frame in stream->frame, if one can be had now. */
static int decode(stream *stream)
{
    while (stream->reader && !stream->has_frame) {
        if (stream->decoder && avcodec_receive_frame(stream->decoder, stream->frame) == 0)
            stream->has_frame = stream->frame->pts + stream->frame->pkt_duration > stream->drop_before;
        else if (!feed(stream))
            return 0;
    }
    return stream->has_frame;
}

static mse_time position(void)
{
    if (player.device) {
        Uint32 queued = SDL_GetQueuedAudioSize(player.device);
        AVCodecContext *decoder = player.sound.decoder;
        int64_t samples = decoder ? (int64_t)queued / (4 * decoder->ch_layout.nb_channels) : 0;
        return player.sound_end - (decoder ? samples * (MSE_TIME_BASE / decoder->sample_rate) : 0);
    }
    return player.paused ? player.clock_base : player.clock_base + (mse_time)(SDL_GetTicks() - player.clock_start) * (MSE_TIME_BASE / 1000);
}

/* Keeps a quarter of a second of sound queued. */
static void play_sound(void)
{
    while (decode(&player.sound)) {
        AVFrame *frame = player.sound.frame;
        int channels = frame->ch_layout.nb_channels;
        if (!player.device) {
            SDL_AudioSpec wanted = {0};
            wanted.freq = frame->sample_rate;
            wanted.format = AUDIO_F32SYS;
            wanted.channels = (Uint8)channels;
            wanted.samples = 1024;
            if (frame->format != AV_SAMPLE_FMT_FLTP || !(player.device = SDL_OpenAudioDevice(NULL, 0, &wanted, NULL, 0))) {
                fprintf(stderr, "note: no sound\n");
                mse_reader_unref(player.sound.reader);
                player.sound.reader = NULL;
                return;
            }
            SDL_PauseAudioDevice(player.device, player.paused);
        }
        if (SDL_GetQueuedAudioSize(player.device) > (Uint32)(frame->sample_rate * channels))
            return;
        float *samples = malloc((size_t)(frame->nb_samples * channels) * sizeof *samples);
        if (!samples)
            exit(1);
        for (int i = 0; i < frame->nb_samples; i++)
            for (int channel = 0; channel < channels; channel++)
                samples[i * channels + channel] = ((const float *)(void *)frame->extended_data[channel])[i];
        SDL_QueueAudio(player.device, samples, (Uint32)(frame->nb_samples * channels) * 4);
        free(samples);
        player.sound_end = frame->pts + (mse_time)frame->nb_samples * (MSE_TIME_BASE / frame->sample_rate);
        player.sound.has_frame = 0;
    }
}

static void seek(mse_time target)
{
    target = target < 0 ? 0 : target;
    stream *streams[] = {&player.video, &player.sound};
    for (int i = 0; i < 2; i++) {
        streams[i]->has_frame = streams[i]->ended = 0;
        streams[i]->drop_before = target;
        if (streams[i]->reader)
            check(mse_reader_seek(streams[i]->reader, target, NULL), "mse_reader_seek");
        if (streams[i]->decoder)
            avcodec_flush_buffers(streams[i]->decoder);
    }
    if (player.device)
        SDL_ClearQueuedAudio(player.device);
    player.sound_end = player.clock_base = target;
    player.clock_start = SDL_GetTicks();
    printf("seeks %.3f\n", mse_time_to_seconds(target));
}

/* The buffered ranges and the position, over the width of the window. */
static void draw_bar(SDL_Renderer *renderer, const mse_attachment *attachment, int width, int height, mse_time now)
{
    mse_range ranges[64];
    size_t count = 0;
    check(mse_attachment_buffered(attachment, ranges, 64, &count), "mse_attachment_buffered");
    double duration = mse_attachment_duration(attachment);
    if (!(duration > 0 && duration < 1e9))
        duration = count > 0 ? ranges[count - 1].end : 1;
    SDL_SetRenderDrawColor(renderer, 40, 40, 40, 255);
    SDL_RenderFillRect(renderer, &(SDL_Rect){0, height - BAR, width, BAR});
    SDL_SetRenderDrawColor(renderer, 130, 130, 130, 255);
    for (size_t i = 0; i < count && i < 64; i++) {
        int from = (int)(ranges[i].start / duration * width), to = (int)(ranges[i].end / duration * width);
        SDL_RenderFillRect(renderer, &(SDL_Rect){from, height - BAR + 6, to - from, BAR - 12});
    }
    SDL_SetRenderDrawColor(renderer, 255, 255, 255, 255);
    SDL_RenderFillRect(renderer, &(SDL_Rect){(int)(mse_time_to_seconds(now) / duration * width) - 1, height - BAR + 2, 3, BAR - 4});
}

static void save(SDL_Renderer *renderer, int width, int height, const char *path)
{
    SDL_Surface *surface = SDL_CreateRGBSurfaceWithFormat(0, width, height, 32, SDL_PIXELFORMAT_ARGB8888);
    if (!surface || SDL_RenderReadPixels(renderer, NULL, SDL_PIXELFORMAT_ARGB8888, surface->pixels, surface->pitch) < 0 || SDL_SaveBMP(surface, path) < 0) {
        fprintf(stderr, "error: %s: %s\n", path, SDL_GetError());
        exit(1);
    }
    SDL_FreeSurface(surface);
}

int main(int argc, char **argv)
{
    const char *path = NULL, *type = NULL, *picture = NULL;
    double at = 1e300;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(HELP, stdout);
            return 0;
        } else if (strcmp(argv[i], "--type") == 0 && i + 1 < argc) {
            type = argv[++i];
        } else if (strcmp(argv[i], "--screenshot") == 0 && i + 1 < argc) {
            picture = argv[++i];
        } else if (strcmp(argv[i], "--at") == 0 && i + 1 < argc) {
            at = atof(argv[++i]);
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
    size_t size, appended = 0;
    uint8_t *data = read_file(path, &size);
    if (SDL_Init(SDL_INIT_VIDEO) < 0) {
        fprintf(stderr, "error: %s\n", SDL_GetError());
        return 1;
    }
    (void)SDL_InitSubSystem(SDL_INIT_AUDIO);

    mse_engine *engine = NULL;
    mse_source *source = NULL;
    mse_attachment *attachment = NULL;
    mse_source_buffer *buffer = NULL;
    check(mse_engine_new(NULL, &engine), "mse_engine_new");
    check(mse_source_new(engine, NULL, &source), "mse_source_new");
    check(mse_source_attach(source, &attachment), "mse_source_attach");
    check(mse_source_add_buffer(source, type ? type : type_of(path), MSE_NUL, &buffer), "mse_source_add_buffer");
    player.video.frame = av_frame_alloc();
    player.sound.frame = av_frame_alloc();
    player.clock_start = SDL_GetTicks();

    SDL_Window *window = NULL;
    SDL_Renderer *renderer = NULL;
    SDL_Texture *texture = NULL;
    int width = 0, height = 0, quit = 0, failed = 0;
    mse_time shown = -1;
    while (!quit && !failed) {
        if (appended < size) {
            size_t len = size - appended < PIECE ? size - appended : PIECE;
            check(mse_source_buffer_append(buffer, data + appended, len), "mse_source_buffer_append");
            appended += len;
        } else if (mse_source_ready_state(source) == MSE_OPEN && !mse_source_buffer_updating(buffer)) {
            check(mse_source_end_of_stream(source, MSE_EOS_NONE), "mse_source_end_of_stream");
        }
        mse_event event = MSE_EVENT_INIT;
        do
            check(mse_source_run(source, NULL), "mse_source_run");
        while (check(mse_source_next_event(source, &event), "mse_source_next_event") == MSE_OK);
        failed = append_failed(buffer, path);

        mse_element_state state = MSE_ELEMENT_STATE_INIT;
        mse_time now = position();
        state.current_time = mse_time_to_seconds(now);
        check(mse_attachment_update(attachment, &state), "mse_attachment_update");
        check(mse_attachment_poll(attachment), "mse_attachment_poll");
        while (check(mse_attachment_next_event(attachment, &event), "mse_attachment_next_event") == MSE_OK) {
            mse_track_info info = MSE_TRACK_INFO_INIT;
            mse_reader_options options = MSE_READER_OPTIONS_INIT;
            options.padding = AV_INPUT_BUFFER_PADDING_SIZE;
            options.flags = MSE_READER_JUMP_GAPS;
            if (event.type != MSE_EVENT_ELEMENT_ADD_TRACK)
                continue;
            check(mse_track_get_info(event.track, &info), "mse_track_get_info");
            stream *stream = info.kind == MSE_KIND_VIDEO ? &player.video : info.kind == MSE_KIND_AUDIO ? &player.sound : NULL;
            if (stream && !stream->reader)
                check(mse_reader_new(event.track, &options, &stream->reader), "mse_reader_new");
        }

        play_sound();
        now = position();
        while (decode(&player.video) && (player.video.frame->pts <= now || shown < 0)) {
            AVFrame *frame = player.video.frame;
            if (!window) {
                width = frame->width < 480 ? frame->width * 3 : frame->width;
                height = (frame->width < 480 ? frame->height * 3 : frame->height) + BAR;
                window = SDL_CreateWindow(path, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, width, height, 0);
                renderer = window ? SDL_CreateRenderer(window, -1, 0) : NULL;
            }
            if (renderer && !texture)
                texture = SDL_CreateTexture(renderer, SDL_PIXELFORMAT_IYUV, SDL_TEXTUREACCESS_STREAMING, frame->width, frame->height);
            if (!texture || frame->format != AV_PIX_FMT_YUV420P) {
                fprintf(stderr, "error: this picture cannot be shown: %s\n", SDL_GetError());
                return 1;
            }
            SDL_UpdateYUVTexture(texture, NULL, frame->data[0], frame->linesize[0], frame->data[1], frame->linesize[1], frame->data[2], frame->linesize[2]);
            shown = frame->pts;
            player.video.has_frame = 0;
            if (mse_time_to_seconds(shown) >= at)
                break;
        }
        for (SDL_Event key; SDL_PollEvent(&key);) {
            if (key.type == SDL_QUIT)
                quit = 1;
            if (key.type != SDL_KEYDOWN)
                continue;
            switch (key.key.keysym.sym) {
            case SDLK_q: quit = 1; break;
            case SDLK_LEFT: seek(position() - MSE_TIME_BASE); break;
            case SDLK_RIGHT: seek(position() + MSE_TIME_BASE); break;
            case SDLK_SPACE:
                player.clock_base = now;
                player.clock_start = SDL_GetTicks();
                player.paused = !player.paused;
                printf("%s %.3f\n", player.paused ? "paused at" : "goes on at", mse_time_to_seconds(now));
                if (player.device)
                    SDL_PauseAudioDevice(player.device, player.paused);
                break;
            default: break;
            }
        }
        if (player.video.ended && !player.video.has_frame && !decode(&player.video) && (!player.device || SDL_GetQueuedAudioSize(player.device) == 0))
            quit = 1;
        if (renderer) {
            SDL_RenderClear(renderer);
            SDL_RenderCopy(renderer, texture, NULL, &(SDL_Rect){0, 0, width, height - BAR});
            draw_bar(renderer, attachment, width, height, position());
            quit = quit || mse_time_to_seconds(shown) >= at;
            if (picture && quit) {
                save(renderer, width, height, picture);
                printf("shows %.3f\n", mse_time_to_seconds(shown));
            }
            SDL_RenderPresent(renderer);
        }
        SDL_Delay(5);
    }

    stream *streams[] = {&player.video, &player.sound};
    for (int i = 0; i < 2; i++) {
        mse_reader_unref(streams[i]->reader);
        avcodec_free_context(&streams[i]->decoder);
        av_frame_free(&streams[i]->frame);
    }
    mse_source_buffer_unref(buffer);
    mse_attachment_unref(attachment);
    mse_source_unref(source);
    mse_engine_unref(engine);
    SDL_Quit();
    free(data);
    return failed;
}
