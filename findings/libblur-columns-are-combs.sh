#!/usr/bin/env bash
# One would guess that fast_gaussian() of Rust's libblur makes a spot round and wider and leaves it where it is, with 8 bits as
# with 16, and on each processor.
# With AVX2, which it uses by default where there is any, 8 bits are wrong along columns: of a spot of 5 x 5 with radius 1, which changes nothing without AVX2,
# rows are left out and put below: it is a comb that lies 1.75 pixels lower and has lost a fifth; with radius 3 it lies 1.15 lower, with two summits. Rows are right, and so
# are 16 bits and floats. Without AVX2 it is right; without SSE too, radius 10 gives four times the light. fast_gaussian_next() moves all by half a pixel up and to the
# left where the radius is even. gaussian_box_blur() has 1.4 pixels for each sigma from 0.5 to 1.5, and 3.5 for 2 and 3.
# It matters where frames are smoothed before edges are measured or differences are taken: a picture on the developer's laptop and one at the line differ by more than a
# pixel, by processor alone. What helps: gaussian_blur(), or the features without "avx".
# Versions: libblur 0.24.0 (0.22 and 0.23 too); Rust 1.95, x86-64.
set -euo pipefail
grep -q avx2 /proc/cpuinfo || { echo "this processor has no AVX2"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir src
cat >src/main.rs <<'EOF'
use libblur::*;

const WIDTH: usize = 101;
const HEIGHT: usize = 81;

fn measured<T: Copy + Into<f64>>(pixels: &[T]) -> [f64; 4] {
    let (mut sum, mut x, mut y, mut square) = (0.0, 0.0, 0.0, 0.0);
    for (at, &value) in pixels.iter().enumerate() {
        let (value, column, row): (f64, f64, f64) = (value.into(), (at % WIDTH) as f64, (at / WIDTH) as f64);
        (sum, x, y, square) = (sum + value, x + value * column, y + value * row, square + value * column * column);
    }
    [x / sum - 40.0, y / sum - 30.0, sum / 5000.0, (square / sum - (x / sum).powi(2)).sqrt()]
}

fn spot(side: usize, grey: u16) -> Vec<u16> {
    let near = |place: usize, middle: usize| place.abs_diff(middle) <= side / 2;
    (0..WIDTH * HEIGHT).map(|at| if near(at % WIDTH, 40) && near(at / WIDTH, 30) { grey } else { 0 }).collect()
}

fn main() {
    let wanted = std::env::args().nth(1).unwrap();
    let (edge, one, plane) = (EdgeMode2D::new(EdgeMode::Clamp), ThreadingPolicy::Single, FastBlurChannels::Plane);
    let mut wrong = false;
    let mut due: Vec<(u32, [f64; 3])> = vec![(1, [0.0, 0.0, 1.0]), (3, [0.0, 0.0, 1.01]), (5, [0.0, 0.0, 1.01])];
    if wanted == "default" {
        due = vec![(1, [0.0, 1.75, 0.8]), (3, [0.0, 1.15, 0.97]), (5, [0.0, 0.77, 1.01])];
    }
    if wanted == "none" {
        due.push((10, [7.72, 7.72, 4.24]));
    }
    for (radius, due) in due {
        let mut pixels: Vec<u8> = spot(5, 200).iter().map(|&value| value as u8).collect();
        let mut picture = BlurImageMut::borrow(&mut pixels, WIDTH as u32, HEIGHT as u32, plane);
        fast_gaussian(&mut picture, AnisotropicRadius::new(radius), one, edge).unwrap();
        drop(picture);
        let seen = measured(&pixels);
        println!("{wanted}: fast_gaussian, radius {radius}: {:.2} to the right, {:.2} down, {:.2} of the light", seen[0], seen[1], seen[2]);
        if radius == 3 && wanted == "default" {
            let column: Vec<u8> = (24..38).map(|y| pixels[y * WIDTH + 40]).collect();
            println!("  down the middle: {column:?}");
        }
        wrong |= (0..3).any(|k| (seen[k] - due[k]).abs() > 0.02);
    }
    if wanted == "default" {
        for (radius, due) in [(2, -0.5), (3, 0.0), (8, -0.5)] {
            let mut pixels = spot(5, 200);
            let mut picture = BlurImageMut::borrow(&mut pixels, WIDTH as u32, HEIGHT as u32, plane);
            fast_gaussian_next_u16(&mut picture, AnisotropicRadius::new(radius), one, edge).unwrap();
            drop(picture);
            let seen = measured(&pixels);
            println!("fast_gaussian_next_u16, radius {radius}: {:.2} to the right, {:.2} down", seen[0], seen[1]);
            wrong |= (seen[0] - due).abs() > 0.03 || (seen[1] - due).abs() > 0.03;
        }
        for (sigma, due) in [(0.5, 1.41), (1.0, 1.41), (1.5, 1.41), (2.0, 3.46), (3.0, 3.46)] {
            let (point, mut pixels) = (spot(1, 60000), vec![0u16; WIDTH * HEIGHT]);
            let picture = BlurImage::borrow(&point, WIDTH as u32, HEIGHT as u32, plane);
            let mut result = BlurImageMut::borrow(&mut pixels, WIDTH as u32, HEIGHT as u32, plane);
            let asked = CLTParameters { x_sigma: sigma, y_sigma: sigma };
            gaussian_box_blur_u16(&picture, &mut result, asked, one).unwrap();
            drop(result);
            let seen = measured(&pixels)[3];
            println!("gaussian_box_blur_u16, sigma {sigma}: {seen:.2}");
            wrong |= (seen - due).abs() > 0.02;
        }
    }
    if wrong {
        println!("changed: other places, light or widths");
        std::process::exit(1);
    }
}
EOF
export CARGO_TARGET_DIR=$work/target
for features in default sse none; do
  case $features in
    default) chosen='' ;;
    sse) chosen=', default-features = false, features = ["sse"]' ;;
    none) chosen=', default-features = false' ;;
  esac
  cat >Cargo.toml <<EOF
[package]
name = "combs"
version = "0.1.0"
edition = "2021"

[dependencies]
libblur = { version = "=0.24.0"$chosen }
EOF
  cargo run -q -- $features
done
