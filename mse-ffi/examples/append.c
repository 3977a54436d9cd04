/* A file through the engine: events as they are dispatched, tracks, and what is buffered. */
#include "common.h"

static const char HELP[] =
    "usage: append FILE [--type MIME-TYPE] [--piece BYTES] [--json]\n"
    "\n"
    "Appends FILE to a SourceBuffer, piece by piece as a page would, and prints the events of the source and of the media element,\n"
    "the tracks, and the buffered ranges.\n"
    "\n"
    "  --type MIME-TYPE  of FILE; by its name if not given\n"
    "  --piece BYTES     of one append; 65536 if not given\n"
    "  --json            the whole state as JSON instead\n";

/* The host's event loop: after every call, until there is nothing left. */
static void turn(mse_source *source, mse_attachment *attachment, int quiet)
{
    mse_event event = MSE_EVENT_INIT;
    for (;;) {
        check(mse_source_run(source, NULL), "mse_source_run");
        if (check(mse_source_next_event(source, &event), "mse_source_next_event") == MSE_AGAIN)
            break;
        if (event.type == MSE_EVENT_ELEMENT_STEP)
            check(mse_attachment_step(attachment, event.id), "mse_attachment_step");
        else if (!quiet)
            printf("%s\n", event.name.data);
    }
    check(mse_attachment_poll(attachment), "mse_attachment_poll");
    while (check(mse_attachment_next_event(attachment, &event), "mse_attachment_next_event") == MSE_OK) {
        if (quiet)
            continue;
        switch (event.type) {
        case MSE_EVENT_ELEMENT_DURATION: printf("element: duration %g\n", event.time); break;
        case MSE_EVENT_ELEMENT_READY_STATE: printf("element: readyState %d\n", event.value); break;
        case MSE_EVENT_ENCRYPTED: printf("element: encrypted, %s, %zu bytes\n", event.name.data, event.data.len); break;
        default: break;
        }
    }
}

static void print_tracks(mse_source_buffer *buffer)
{
    mse_track *track = NULL;
    for (size_t i = 0; mse_source_buffer_track_at(buffer, i, &track) == MSE_OK; i++) {
        mse_track_info info = MSE_TRACK_INFO_INIT;
        mse_config *config = NULL;
        mse_config_info what = MSE_CONFIG_INFO_INIT;
        check(mse_track_get_info(track, &info), "mse_track_get_info");
        check(mse_track_config(track, &config), "mse_track_config");
        check(mse_config_get_info(config, &what), "mse_config_get_info");
        printf("track %s: %s", info.id.data, what.codec_string.data);
        if (what.kind == MSE_KIND_AUDIO)
            printf(", %u Hz, %u channels\n", what.sample_rate, what.channels);
        else
            printf(", %ux%u\n", what.coded_width, what.coded_height);
        mse_config_unref(config);
        mse_track_unref(track);
    }
}

static void print_ranges(const mse_source_buffer *buffer)
{
    size_t count = 0;
    check(mse_source_buffer_buffered(buffer, NULL, 0, &count), "mse_source_buffer_buffered");
    mse_range *ranges = malloc((count + 1) * sizeof *ranges);
    if (!ranges)
        exit(1);
    check(mse_source_buffer_buffered(buffer, ranges, count, &count), "mse_source_buffer_buffered");
    printf("buffered {");
    for (size_t i = 0; i < count; i++)
        printf(" [%g,%g)", ranges[i].start, ranges[i].end);
    printf(" }\n");
    free(ranges);
}

int main(int argc, char **argv)
{
    const char *path = NULL, *type = NULL;
    size_t piece = 65536, size;
    int json = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(HELP, stdout);
            return 0;
        } else if (strcmp(argv[i], "--type") == 0 && i + 1 < argc) {
            type = argv[++i];
        } else if (strcmp(argv[i], "--piece") == 0 && i + 1 < argc) {
            piece = (size_t)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--json") == 0) {
            json = 1;
        } else if (argv[i][0] != '-' && !path) {
            path = argv[i];
        } else {
            fputs(HELP, stderr);
            return 2;
        }
    }
    if (!path || piece == 0) {
        fputs(HELP, stderr);
        return 2;
    }
    uint8_t *data = read_file(path, &size);

    mse_engine *engine = NULL;
    mse_source *source = NULL;
    mse_attachment *attachment = NULL;
    mse_source_buffer *buffer = NULL;
    mse_engine_options options = MSE_ENGINE_OPTIONS_INIT;
    options.flags = MSE_ENGINE_MATROSKA;
    check(mse_engine_new(&options, &engine), "mse_engine_new");
    check(mse_source_new(engine, NULL, &source), "mse_source_new");
    check(mse_source_attach(source, &attachment), "mse_source_attach");
    check(mse_source_add_buffer(source, type ? type : type_of(path), MSE_NUL, &buffer), "mse_source_add_buffer");
    turn(source, attachment, json);
    int failed = 0;
    for (size_t at = 0; at < size && !failed; at += piece) {
        size_t len = size - at < piece ? size - at : piece;
        check(mse_source_buffer_append(buffer, data + at, len), "mse_source_buffer_append");
        turn(source, attachment, json);
        failed = append_failed(buffer, path);
    }
    if (!failed) {
        check(mse_source_end_of_stream(source, MSE_EOS_NONE), "mse_source_end_of_stream");
        turn(source, attachment, json);
    }
    if (json) {
        mse_string *state = NULL;
        check(mse_source_describe(source, &state), "mse_source_describe");
        printf("%s\n", mse_string_data(state, NULL));
        mse_string_unref(state);
    } else if (!failed) {
        print_tracks(buffer);
        print_ranges(buffer);
    }
    mse_source_buffer_unref(buffer);
    mse_attachment_unref(attachment);
    mse_source_unref(source);
    mse_engine_unref(engine);
    free(data);
    return failed;
}
