/* What a call through the C ABI costs: nanoseconds, the best of several rounds. */
#define _POSIX_C_SOURCE 199309L
#include <time.h>

#include "common.h"

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv)
{
    enum { ROUNDS = 5 };
    int calls = argc == 3 ? atoi(argv[2]) : 1000000;
    if (argc < 2 || argc > 3 || argv[1][0] == '-' || calls < 1) {
        fputs("usage: call_cost FILE [CALLS]\n\nTimes getters, ranges and reading frames of FILE, each called CALLS times.\n", argc == 2 ? stdout : stderr);
        return argc == 2 ? 0 : 2;
    }
    size_t size;
    uint8_t *data = read_file(argv[1], &size);
    mse_engine *engine = NULL;
    mse_source *source = NULL;
    mse_attachment *attachment = NULL;
    mse_source_buffer *buffer = NULL;
    mse_track *track = NULL;
    mse_reader *reader = NULL;
    check(mse_engine_new(NULL, &engine), "mse_engine_new");
    check(mse_source_new(engine, NULL, &source), "mse_source_new");
    check(mse_source_attach(source, &attachment), "mse_source_attach");
    check(mse_source_add_buffer(source, type_of(argv[1]), MSE_NUL, &buffer), "mse_source_add_buffer");
    check(mse_source_buffer_append(buffer, data, size), "mse_source_buffer_append");
    check(mse_source_run(source, NULL), "mse_source_run");
    check(mse_source_buffer_track_at(buffer, 0, &track), "mse_source_buffer_track_at");
    check(mse_reader_new(track, NULL, &reader), "mse_reader_new");

    double version = 1e30, updating = 1e30, buffered = 1e30, frames = 1e30, many = 1e30;
    long sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now(), took;
        for (int i = 0; i < calls; i++)
            sum += (long)mse_version();
        if ((took = (now() - start) / calls) < version)
            version = took;
        start = now();
        for (int i = 0; i < calls; i++)
            sum += mse_source_buffer_updating(buffer);
        if ((took = (now() - start) / calls) < updating)
            updating = took;
        start = now();
        for (int i = 0; i < calls; i++) {
            mse_range range;
            size_t count;
            sum += mse_source_buffer_buffered(buffer, &range, 1, &count);
        }
        if ((took = (now() - start) / calls) < buffered)
            buffered = took;
        mse_frame *frame = NULL;
        long read = 0;
        start = now();
        while (read < calls / 10) {
            while (mse_reader_read(reader, &frame) == MSE_OK) {
                read++;
                mse_frame_unref(frame);
            }
            check(mse_reader_seek(reader, 0, NULL), "mse_reader_seek");
        }
        if ((took = (now() - start) / (double)read) < frames)
            frames = took;
        mse_frame *run[64];
        size_t count = 0;
        read = 0;
        start = now();
        while (read < calls / 10) {
            while (mse_reader_read_many(reader, run, 64, &count) == MSE_OK) {
                read += (long)count;
                for (size_t i = 0; i < count; i++)
                    mse_frame_unref(run[i]);
            }
            check(mse_reader_seek(reader, 0, NULL), "mse_reader_seek");
        }
        if ((took = (now() - start) / (double)read) < many)
            many = took;
    }
    printf("mse_version %.1f ns, mse_source_buffer_updating %.1f ns, mse_source_buffer_buffered %.1f ns, mse_reader_read with unref %.1f ns, 64 by mse_reader_read_many %.1f ns each (%ld)\n",
        version, updating, buffered, frames, many, sum & 1);
    mse_reader_unref(reader);
    mse_track_unref(track);
    mse_source_buffer_unref(buffer);
    mse_attachment_unref(attachment);
    mse_source_unref(source);
    mse_engine_unref(engine);
    free(data);
    return 0;
}
