// station.cpp - libalfa in C++: handles that free themselves, errors as exceptions, BGR frames as OpenCV has
// them, one line of JSON a frame.
//
//     c++ -std=c++17 examples/station.cpp $(pkg-config --cflags --libs alfa) -o station
//     ./station $(pkg-config --variable=models alfa)/alfa-tiny part.bank 1280 1024 < frames.bgr
#include <alfa.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace
{

template <auto free_it> struct Free {
    template <typename T> void operator()(T *handle) const
    {
        free_it(handle);
    }
};
using Model = std::unique_ptr<alfa_model, Free<alfa_model_free>>;
using Bank = std::unique_ptr<alfa_bank, Free<alfa_bank_free>>;
using Detector = std::unique_ptr<alfa_detector, Free<alfa_detector_free>>;
using Image = std::unique_ptr<alfa_image, Free<alfa_image_free>>;
using Result = std::unique_ptr<alfa_result, Free<alfa_result_free>>;
using Text = std::unique_ptr<char, Free<alfa_free>>;

// open<Model>(alfa_model_open, path, nullptr): the handle, or an exception with what the library says.
template <typename Handle, typename Function, typename... Arguments>
Handle open(Function function, Arguments... arguments)
{
    typename Handle::pointer handle = nullptr;
    alfa_error err;
    if (function(&handle, arguments..., &err) != ALFA_OK)
        throw std::runtime_error(*err.source ? std::string(err.source) + ": " + err.message : err.message);
    return Handle(handle);
}

Image image_of(const std::vector<unsigned char> &pixels, int width, int height)
{
    alfa_frame frame = ALFA_FRAME_INIT;
    frame.format = ALFA_FRAME_BGR8;
    frame.width = width;
    frame.height = height;
    frame.pixels = pixels.data();
    return open<Image>(alfa_image_from_frame, &frame);
}

void run(const char *model_path, const char *bank_path, int width, int height)
{
    // Members are freed in reverse: the detector before the bank and the model that it uses.
    const Model model = open<Model>(alfa_model_open, model_path, nullptr);
    const Bank bank = open<Bank>(alfa_bank_load, bank_path);
    const Detector detector = open<Detector>(alfa_detector_open_bank, model.get(), bank.get(), nullptr);
    std::vector<unsigned char> pixels(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    while (std::fread(pixels.data(), pixels.size(), 1, stdin) == 1) {
        const Image image = image_of(pixels, width, height);
        const Result result = open<Result>(alfa_detector_run, detector.get(), image.get());
        std::cout << open<Text>(alfa_result_json, result.get(), nullptr).get() << std::endl;
    }
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 5) {
        std::cerr << "usage: station MODEL BANK WIDTH HEIGHT < FRAMES\n";
        return 2;
    }
    try {
        run(argv[1], argv[2], std::atoi(argv[3]), std::atoi(argv[4]));
    } catch (const std::exception &problem) {
        std::cerr << "station: " << problem.what() << '\n';
        return 1;
    }
}
