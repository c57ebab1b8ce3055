#!/usr/bin/env bash
# One would guess that resize() of Rust's image gives values between those of the map, also where it holds 32-bit floats, and thumbnail() the means of blocks.
# For floats resize() cuts everything off at 0 and 1, with each filter, Nearest too: heights of -5 to 10.75 become 0 and 1. So do filter3x3(), brighten() and
# contrast(). thumbnail() adds 0.5 to each mean, for 8 bits' rounding, so that a plain map of 3 becomes 3.5. blur(), unsharpen() and a resize() to the same
# size, which copies, are right, and so is fast_image_resize.
# It matters for heights, depths and anomaly maps, which go above 1 and below 0: a deep dent and a shallow one are alike, and all scores above 1 tie; with
# thumbnail() each score is 0.5 too high. Maps of 0 to 1, as tests have them, are right with resize(). What helps: fast_image_resize, or maps divided before.
# Versions: image 0.25.10, fast_image_resize 6.1.0; Rust 1.95.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'EOF'
[package]
name = "maps"
version = "0.1.0"
edition = "2021"

[dependencies]
image = { version = "=0.25.10", default-features = false }
fast_image_resize = "=6.1.0"
EOF
cat >src/main.rs <<'EOF'
use fast_image_resize as fast;
use image::{imageops, imageops::FilterType, ImageBuffer, Luma};

type Map = ImageBuffer<Luma<f32>, Vec<f32>>;

fn range(values: &[f32]) -> (f32, f32) {
    (values.iter().copied().fold(f32::MAX, f32::min), values.iter().copied().fold(f32::MIN, f32::max))
}

fn by_fast(map: &Map, side: u32) -> Vec<f32> {
    let bytes = map.as_raw().iter().flat_map(|value| value.to_ne_bytes()).collect();
    let from = fast::images::Image::from_vec_u8(map.width(), map.height(), bytes, fast::PixelType::F32).unwrap();
    let mut to = fast::images::Image::new(side, side, fast::PixelType::F32);
    let how = fast::ResizeOptions::new().resize_alg(fast::ResizeAlg::Convolution(fast::FilterType::Bilinear));
    fast::Resizer::new().resize(&from, &mut to, &how).unwrap();
    to.buffer().chunks(4).map(|bytes| f32::from_ne_bytes(bytes.try_into().unwrap())).collect()
}

fn main() {
    let heights: Map = ImageBuffer::from_fn(64, 64, |x, _| Luma([-5.0 + x as f32 * 0.25]));
    let plain: Map = ImageBuffer::from_pixel(64, 64, Luma([3.0]));
    let unit: Map = ImageBuffer::from_fn(64, 64, |x, _| Luma([0.1 + x as f32 * 0.01]));
    println!("heights {:?}", range(&heights));
    let (mut cut, mut right) = (true, true);
    for filter in [FilterType::Nearest, FilterType::Triangle, FilterType::CatmullRom, FilterType::Lanczos3] {
        let (small, large) = (imageops::resize(&heights, 32, 32, filter), imageops::resize(&heights, 128, 128, filter));
        println!("resize {filter:?}: to half {:?}, to twice {:?}", range(&small), range(&large));
        cut &= range(&small) == (0.0, 1.0) && range(&large) == (0.0, 1.0);
    }
    let same = imageops::filter3x3(&heights, &[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    println!("filter3x3 {:?}, brighten by 0 {:?}", range(&same), range(&imageops::brighten(&heights, 0)));
    cut &= range(&same) == (0.0, 1.0) && range(&imageops::brighten(&heights, 0)) == (0.0, 1.0);
    let thumbnail = imageops::thumbnail(&plain, 32, 32);
    println!("thumbnail of a plain map of 3 {:?}", range(&thumbnail));
    cut &= range(&thumbnail) == (3.5, 3.5);
    let blurred = imageops::blur(&heights, 1.5);
    println!("blur {:?}, fast_image_resize {:?}", range(&blurred), range(&by_fast(&heights, 32)));
    right &= range(&blurred).1 > 10.0 && range(&by_fast(&heights, 32)).1 > 10.0 && range(&by_fast(&plain, 32)) == (3.0, 3.0);
    let between = imageops::resize(&unit, 32, 32, FilterType::Triangle);
    let off = between.iter().zip(by_fast(&unit, 32)).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
    println!("a map of 0.10 to 0.73: resize and fast_image_resize differ by {off:.0e}");
    right &= off < 1e-5;
    if !cut || !right {
        println!("changed: other values");
        std::process::exit(1);
    }
}
EOF
CARGO_TARGET_DIR="$work/target" cargo run --quiet --release
