/* Reads all packets of a file by libavformat and throws them away: nanoseconds of a processor from opening to the end, and how many there were. */
#include <libavformat/avformat.h>
#include <stdio.h>
#include <time.h>

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv) {
    AVFormatContext *file = NULL;
    AVPacket *packet = av_packet_alloc();
    long long packets = 0, start = now();
    if (argc != 2 || !packet || avformat_open_input(&file, argv[1], NULL, NULL) < 0) {
        fprintf(stderr, "usage: demux FILE, of a format that libavformat knows\n");
        return 1;
    }
    while (av_read_frame(file, packet) >= 0) {
        packets++;
        av_packet_unref(packet);
    }
    printf("%lld ns %lld packets\n", now() - start, packets);
    av_packet_free(&packet);
    avformat_close_input(&file);
    return 0;
}
