#!/usr/bin/env bash
# One would guess that Rust's imageproc turns a picture about its middle: by half a turn the first pixel becomes the last, and nothing else happens.
# rotate_about_center() turns about (width / 2, height / 2) where the first pixel lies at 0, half a pixel to the right of and below the middle: after half a turn all
# lies one pixel to the right and below, the first row and column are the border's, and the last ones are gone; after a quarter one row or column. Its
# rotate_about_center_no_crop(), which takes as much room as is needed, makes 101 x 61 of 100 x 60 by half a turn and spreads each pixel over four, a bright one of
# 200 has 50; by a quarter it makes 61 x 100 and spreads over two, and by three quarters 60 x 100 and all is well.
# It matters where parts that lie the other way round are turned before they are compared with a golden picture: all edges differ by a pixel, and thin scratches have
# a fourth of their contrast. What helps: rotate() about ((width - 1) / 2, (height - 1) / 2), or the image crate's rotate180().
# Versions: imageproc 0.27.0; Rust 1.95.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'EOF'
[package]
name = "turn"
version = "0.1.0"
edition = "2021"

[dependencies]
imageproc = { version = "=0.27.0", default-features = false }
EOF
cat >src/main.rs <<'EOF'
use imageproc::geometric_transformations::{rotate, rotate_about_center, rotate_about_center_no_crop, Border, Interpolation};
use imageproc::image::{imageops::rotate180, GrayImage, Luma};

const BRIGHT: u8 = 200;
const BORDER: u8 = 7;

/// The size, and the bright pixels with their values, to the nearest ten.
fn seen(picture: &GrayImage) -> String {
    let bright = picture.enumerate_pixels().filter(|(_, _, pixel)| pixel[0] > 20);
    let named: Vec<String> = bright.map(|(x, y, pixel)| format!("{} at {x} {y}", (f32::from(pixel[0]) / 10.0).round() * 10.0)).collect();
    format!("{} x {}: {}", picture.width(), picture.height(), named.join(", "))
}

fn main() {
    let mut part = GrayImage::new(100, 60);
    part.put_pixel(45, 20, Luma([BRIGHT]));
    let border = Border::Constant(Luma([0]));
    let mut wrong = false;
    for (degrees, about, whole, right) in [
        (90.0_f32, "100 x 60: 200 at 60 25", "61 x 100: 100 at 40 45, 100 at 41 45", "100 x 60: 200 at 59 25"),
        (180.0, "100 x 60: 200 at 55 40", "101 x 61: 50 at 55 40, 50 at 56 40, 50 at 55 41, 50 at 56 41", "100 x 60: 200 at 54 39"),
        (270.0, "100 x 60: 200 at 40 35", "60 x 100: 200 at 20 55", "100 x 60: 200 at 40 34"),
    ] {
        let radians = degrees.to_radians();
        let turned = seen(&rotate_about_center(&part, radians, Interpolation::Bilinear, border));
        let kept = seen(&rotate_about_center_no_crop(&part, radians, Interpolation::Bilinear, border));
        let middle = seen(&rotate(&part, (49.5, 29.5), radians, Interpolation::Bilinear, border));
        println!("by {degrees} degrees: rotate_about_center {turned}; no_crop {kept}; rotate about 49.5 29.5 {middle}");
        wrong |= turned != about || kept != whole || middle != right;
    }
    let exact = seen(&rotate180(&part));
    println!("by 180 degrees: rotate180 {exact}");
    wrong |= exact != "100 x 60: 200 at 54 39";
    let turned = rotate_about_center(&part, std::f32::consts::PI, Interpolation::Nearest, Border::Constant(Luma([BORDER])));
    let outside = turned.enumerate_pixels().filter(|(_, _, pixel)| pixel[0] == BORDER);
    let (first, all) = outside.fold((0, 0), |(first, all), (x, y, _)| (first + u32::from(x == 0 || y == 0), all + 1));
    println!("by 180 degrees: {first} of {all} pixels of the border are in the first row or column");
    wrong |= first != all || all < 100;
    if wrong {
        println!("changed: other places");
        std::process::exit(1);
    }
}
EOF
cargo run -q
