// A source on one thread, its media element on a second, a decoder on a third: a MediaSourceHandle carries the source's end across.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "mse.h"

namespace {

template <auto Unref>
struct Deleter {
    template <class T>
    void operator()(T *object) const noexcept { Unref(object); }
};
using Engine = std::unique_ptr<mse_engine, Deleter<mse_engine_unref>>;
using Source = std::unique_ptr<mse_source, Deleter<mse_source_unref>>;
using Buffer = std::unique_ptr<mse_source_buffer, Deleter<mse_source_buffer_unref>>;
using Handle = std::unique_ptr<mse_handle, Deleter<mse_handle_unref>>;
using Attachment = std::unique_ptr<mse_attachment, Deleter<mse_attachment_unref>>;
using Track = std::unique_ptr<mse_track, Deleter<mse_track_unref>>;
using Reader = std::unique_ptr<mse_reader, Deleter<mse_reader_unref>>;
using Frame = std::unique_ptr<mse_frame, Deleter<mse_frame_unref>>;

mse_status check(mse_status status, const char *what)
{
    if (status >= 0)
        return status;
    mse_error error = MSE_ERROR_INIT;
    mse_last_error(&error);
    std::fprintf(stderr, "error: %s: %s: %s\n", what, mse_status_name(status), error.message.data);
    std::exit(1);
}

std::atomic<bool> stop{false};
std::atomic<unsigned long> frames_read{0}, appends{0}, events{0}, wakes{0};

void woken(void *) noexcept { ++wakes; }

// The worker: appends the file over and over, and now and then removes or aborts.
void work(mse_source *source, const std::vector<char> &file, unsigned seed)
{
    std::mt19937 random(seed);
    mse_event event = MSE_EVENT_INIT;
    mse_source_buffer *made = nullptr;
    while (!stop && mse_source_ready_state(source) != MSE_OPEN) {
        while (check(mse_source_next_event(source, &event), "mse_source_next_event") == MSE_OK)
            ++events;
        std::this_thread::yield();
    }
    if (stop)
        return;
    check(mse_source_add_buffer(source, "video/mp4", MSE_NUL, &made), "mse_source_add_buffer");
    Buffer buffer(made);
    while (!stop) {
        ++appends;
        check(mse_source_buffer_append(buffer.get(), file.data(), file.size()), "mse_source_buffer_append");
        if (random() % 8 == 0) {
            check(mse_source_buffer_abort(buffer.get()), "mse_source_buffer_abort");
        } else {
            mse_run_options slice = MSE_RUN_OPTIONS_INIT;
            slice.max_bytes = 4096;
            while (check(mse_source_run(source, &slice), "mse_source_run") == MSE_AGAIN && random() % 64 != 0) {
            }
            if (mse_source_buffer_updating(buffer.get()) && random() % 2 == 0)
                check(mse_source_buffer_abort(buffer.get()), "mse_source_buffer_abort");
        }
        check(mse_source_run(source, nullptr), "mse_source_run");
        if (random() % 4 == 0) {
            double start = static_cast<double>(random() % 4);
            check(mse_source_set_duration(source, 10), "mse_source_set_duration");
            check(mse_source_buffer_remove(buffer.get(), start, start + 1), "mse_source_buffer_remove");
            check(mse_source_run(source, nullptr), "mse_source_run");
        }
        while (check(mse_source_next_event(source, &event), "mse_source_next_event") == MSE_OK)
            ++events;
    }
}

// A decoder: reads, and seeks now and then.
void decode(mse_track *track, unsigned seed)
{
    std::mt19937 random(seed);
    mse_reader *made = nullptr;
    if (mse_reader_new(track, nullptr, &made) < 0)
        return;
    Reader reader(made);
    while (!stop) {
        mse_frame *got = nullptr;
        mse_status status = check(mse_reader_read(reader.get(), &got), "mse_reader_read");
        Frame frame(got);
        if (status == MSE_OK) {
            mse_frame_info info = MSE_FRAME_INFO_INIT;
            check(mse_frame_get_info(frame.get(), &info), "mse_frame_get_info");
            if (info.size == 0 || !mse_frame_config(frame.get()))
                std::abort();
            ++frames_read;
        }
        if (status != MSE_OK || random() % 128 == 0)
            check(mse_reader_seek(reader.get(), mse_time_from_seconds(static_cast<double>(random() % 5)), nullptr), "mse_reader_seek");
    }
}

// The media element: carries out the steps, tells where it is, and starts a decoder for each track.
void play(mse_attachment *attachment)
{
    std::vector<std::thread> decoders;
    double time = 0;
    while (!stop) {
        mse_element_state state = MSE_ELEMENT_STATE_INIT;
        state.current_time = time = time < 4 ? time + 0.01 : 0;
        check(mse_attachment_update(attachment, &state), "mse_attachment_update");
        check(mse_attachment_poll(attachment), "mse_attachment_poll");
        mse_event event = MSE_EVENT_INIT;
        while (check(mse_attachment_next_event(attachment, &event), "mse_attachment_next_event") == MSE_OK) {
            ++events;
            if (event.type == MSE_EVENT_ELEMENT_ADD_TRACK && decoders.size() < 4) {
                std::shared_ptr<mse_track> track(mse_track_ref(event.track), mse_track_unref);
                decoders.emplace_back([track, seed = static_cast<unsigned>(decoders.size())] { decode(track.get(), seed); });
            }
        }
        mse_range ranges[4];
        size_t count = 0;
        check(mse_attachment_buffered(attachment, ranges, 4, &count), "mse_attachment_buffered");
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    for (auto &decoder : decoders)
        decoder.join();
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3 || argv[1][0] == '-') {
        std::puts("usage: worker FILE.mp4 [MILLISECONDS]\n\nAppends, plays and decodes on threads of their own, with aborts, removals and seeks.");
        return argc >= 2 && std::string(argv[1]) == "--help" ? 0 : 2;
    }
    std::ifstream input(argv[1], std::ios::binary);
    std::vector<char> file((std::istreambuf_iterator<char>(input)), std::istreambuf_iterator<char>());
    if (file.empty()) {
        std::fprintf(stderr, "error: %s cannot be read\n", argv[1]);
        return 1;
    }
    int milliseconds = argc == 3 ? std::atoi(argv[2]) : 1000;

    mse_engine *engine_made = nullptr;
    mse_source *source_made = nullptr;
    mse_handle *handle_made = nullptr, *carried = nullptr;
    mse_attachment *attached = nullptr;
    check(mse_engine_new(nullptr, &engine_made), "mse_engine_new");
    Engine engine(engine_made);
    check(mse_source_new(engine.get(), nullptr, &source_made), "mse_source_new");
    Source source(source_made);
    check(mse_source_set_wake(source.get(), woken, nullptr, nullptr), "mse_source_set_wake");
    check(mse_source_handle(source.get(), &handle_made), "mse_source_handle");
    Handle handle(handle_made);
    check(mse_handle_transfer(handle.get(), &carried), "mse_handle_transfer");
    Handle transferred(carried);
    check(mse_handle_attach(transferred.get(), &attached), "mse_handle_attach");
    Attachment attachment(attached);
    check(mse_attachment_set_wake(attachment.get(), woken, nullptr, nullptr), "mse_attachment_set_wake");

    std::thread worker([&] { work(source.get(), file, 1); });
    std::thread element([&] { play(attachment.get()); });
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    stop = true;
    worker.join();
    element.join();
    std::printf("%lu appends, %lu events, %lu frames read, %lu wakes\n", appends.load(), events.load(), frames_read.load(), wakes.load());
    return appends > 0 && frames_read > 0 && wakes > 0 ? 0 : 1;
}
