// mse.hpp: a file in, ranges and the first frames out.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "mse.hpp"

int main(int argc, char **argv)
{
    if (argc != 2 || argv[1][0] == '-') {
        std::puts("usage: wrapper FILE.mp4");
        return argc == 2 ? 0 : 2;
    }
    std::ifstream input(argv[1], std::ios::binary);
    std::vector<std::uint8_t> bytes((std::istreambuf_iterator<char>(input)), std::istreambuf_iterator<char>());
    try {
        const auto engine = mse::Engine::make();
        const auto source = mse::Source::make(engine);
        const auto attachment = source.attach();
        const auto buffer = source.add_buffer("video/mp4");
        int wakes = 0, events = 0;
        source.on_wake([&] { ++wakes; });
        buffer.append(std::move(bytes));
        source.turn([&](const mse_event &event) {
            ++events;
            if (event.type == MSE_EVENT_ERROR)
                std::printf("%s\n", source.describe().c_str());
        });
        attachment.poll([](const mse_event &) {});
        for (const mse_range &range : attachment.buffered())
            std::printf("[%g,%g)\n", range.start, range.end);
        for (const mse::Track &track : buffer.tracks()) {
            auto reader = mse::Reader::open(track);
            mse::Frame frame;
            std::size_t frames = 0, size = 0;
            std::string codec;
            while (reader.read(frame) == MSE_OK) {
                ++frames;
                size += frame.data().size();
                codec = mse::view(mse::info(frame.config()).codec_string);
            }
            std::printf("%s: %zu frames, %zu bytes\n", codec.c_str(), frames, size);
        }
        std::printf("%s\n", wakes > 0 && events > 0 ? "woken" : "never woken");
        source.set_duration(-1);
    } catch (const mse::Exception &exception) {
        std::printf("%s, %s (%s)\n", exception.what(), exception.error().dom_name.c_str(), exception.error().row.c_str());
    }
    return 0;
}
