#!/usr/bin/env bash
# One would guess that GaussianBlur of Rust's zune-imageprocs leaves a spot where it is and all its light, and smooths by the sigma that it is told; and that Rotate by
# 180 degrees, the only angle which its documentation says to work, turns a picture by half a turn.
# Three means in each direction stand for the Gaussian, and each moves all by a pixel to the left and up: a spot lies 3 pixels beside in both directions, with each sigma. Each
# mean reaches as far to both sides as it should be wide: sigma 1 is 3.5, 2 is 5.5, 5 is 11.5, and 0.5 is 1.4. 8 bits are cut off to whole greys six times: a
# spot of 5 x 5 has lost 8 % of its light after sigma 1, 25 % after 3 and half after 5; 16 bits keep it. BoxBlur(1) and Median(1) do nothing. Rotate(180) puts the rows
# upside down and leaves each row as it is: a mirror image.
# It matters where spots are smoothed before they are found or measured, or a smooth background is taken off: the background lies 3 pixels beside the picture, so that
# each edge and scratch has a bright and a dark side; a mirrored part differs from its master everywhere. What helps: the blur() and rotate180() of image.
# Versions: zune-imageprocs 0.5.1, zune-image 0.5.0, zune-core 0.5.1; Rust 1.95.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >Cargo.toml <<'EOF'
[package]
name = "spots"
version = "0.1.0"
edition = "2021"

[dependencies]
zune-core = "=0.5.1"
zune-image = { version = "=0.5.0", default-features = false }
zune-imageprocs = "=0.5.1"
EOF
cat >src/main.rs <<'EOF'
use zune_core::colorspace::ColorSpace;
use zune_image::{image::Image, traits::OperationsTrait};
use zune_imageprocs::{box_blur::BoxBlur, gaussian_blur::GaussianBlur, median::Median, rotate::Rotate};

const WIDE: usize = 200;
const HIGH: usize = 150;
const AT: (usize, usize) = (100, 75);

/// The sum, the place and the standard deviation along rows, of a picture that is dark but for one spot.
fn spot(values: &[f64]) -> (f64, f64, f64, f64) {
    let sum: f64 = values.iter().sum();
    let mean = |of: &dyn Fn(usize) -> f64| values.iter().enumerate().map(|(at, value)| value * of(at)).sum::<f64>() / sum;
    let x = mean(&|at| (at % WIDE) as f64);
    let y = mean(&|at| (at / WIDE) as f64);
    let wide = mean(&|at| ((at % WIDE) as f64 - x).powi(2)).sqrt();
    (sum, x, y, wide)
}

fn square<T: Copy>(dark: T, bright: T, side: usize) -> Vec<T> {
    let near = |place: usize, middle: usize| place + side / 2 >= middle && place <= middle + side / 2;
    (0..WIDE * HIGH).map(|at| if near(at % WIDE, AT.0) && near(at / WIDE, AT.1) { bright } else { dark }).collect()
}

fn main() {
    let mut right = true;
    for (sigma, due, kept) in [(0.5_f32, 1.41, 0.98), (1.0, 3.46, 0.92), (2.0, 5.48, 0.83), (3.0, 7.48, 0.75), (5.0, 11.5, 0.50)] {
        let (mut coarse, mut fine) = (Image::from_u8(&square(0, 250, 5), WIDE, HIGH, ColorSpace::Luma), Image::from_u16(&square(0, 60000, 5), WIDE, HIGH, ColorSpace::Luma));
        GaussianBlur::new(sigma).execute(&mut coarse).unwrap();
        GaussianBlur::new(sigma).execute(&mut fine).unwrap();
        let eight: Vec<f64> = coarse.flatten_frames::<u8>()[0].iter().map(|value| f64::from(*value)).collect();
        let sixteen: Vec<f64> = fine.flatten_frames::<u16>()[0].iter().map(|value| f64::from(*value)).collect();
        let ((sum, x, y, _), (all, left, top, wide)) = (spot(&eight), spot(&sixteen));
        let sigma_seen = (wide * wide - 2.0).sqrt(); // 2 is the variance of 5 pixels
        println!(
            "sigma {sigma}: moved by {:.2}, {:.2} with 8 bits and {:.2}, {:.2} with 16; sigma is {sigma_seen:.2}; {:.0} % of the light left with 8 bits, {:.0} % with 16",
            x - AT.0 as f64, y - AT.1 as f64, left - AT.0 as f64, top - AT.1 as f64, sum / 62.5, all / 15000.0
        );
        right &= [x - AT.0 as f64, y - AT.1 as f64, left - AT.0 as f64, top - AT.1 as f64].iter().all(|moved| (moved + 3.0).abs() < 0.1);
        right &= (sigma_seen - due).abs() < 0.1 && (sum / 6250.0 - kept).abs() < 0.02 && (all / 1.5e6 - 1.0).abs() < 0.02;
    }
    for (name, filter) in [("BoxBlur(1)", Box::new(BoxBlur::new(1)) as Box<dyn OperationsTrait>), ("Median(1)", Box::new(Median::new(1)))] {
        let mut picture = Image::from_u8(&square(100, 250, 1), WIDE, HIGH, ColorSpace::Luma);
        filter.execute(&mut picture).unwrap();
        let same = picture.flatten_frames::<u8>()[0] == square(100, 250, 1);
        println!("{name} of a pixel of 250 on 100: {}", if same { "nothing has changed" } else { "changed" });
        right &= same;
    }
    let mut turned = Image::from_u8(&[1, 2, 3, 4, 5, 6], 3, 2, ColorSpace::Luma);
    Rotate::new(180.0).execute(&mut turned).unwrap();
    let pixels = &turned.flatten_frames::<u8>()[0];
    println!("1 2 3 / 4 5 6 by half a turn: {} {} {} / {} {} {}", pixels[0], pixels[1], pixels[2], pixels[3], pixels[4], pixels[5]);
    right &= pixels[..] == [4, 5, 6, 1, 2, 3];
    if !right {
        println!("changed: other places");
        std::process::exit(1);
    }
}
EOF
CARGO_TARGET_DIR="$work/target" cargo run --quiet --release
