#!/usr/bin/env bash
# One would guess that BoofCV's FDistort gives values between those of the picture, where it holds floats too, and leaves each place where it was.
# With BICUBIC it cuts everything off at 0 and 255: a 12-bit frame of 500 to 3000 is 255 all over, and heights of -5 to 10 mm lose what lies below 0. BILINEAR
# and NEAREST_NEIGHBOR do not. scaleExt() puts the first pixels' centres on each other, not their corners: column 10 of a quarter of the picture is
# column 40, where AverageDownSampleOps has the mean of 40 to 43. It says no word.
# It matters where frames, depths or anomaly maps are brought to another size in Java: a test with 8-bit pictures is right, and of the line's frames all are
# white, and all scores above 255 tie; found defects lie 1.5 pixels beside. What helps: AverageDownSampleOps, and BILINEAR to enlarge.
# Versions: BoofCV 1.1.7; Java 17, Maven.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'EOF'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>resize</groupId>
  <artifactId>resize</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.boofcv</groupId>
      <artifactId>boofcv-ip</artifactId>
      <version>1.1.7</version>
    </dependency>
  </dependencies>
</project>
EOF
mvn -q -B -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=lib >maven.log
cat >Resize.java <<'EOF'
import boofcv.abst.distort.FDistort;
import boofcv.alg.filter.misc.AverageDownSampleOps;
import boofcv.alg.interpolate.InterpolationType;
import boofcv.alg.misc.ImageStatistics;
import boofcv.struct.image.GrayF32;

public class Resize {
    static final int WIDTH = 64, HEIGHT = 32;

    public static void main(String[] arguments) {
        GrayF32 frame = new GrayF32(WIDTH, HEIGHT), heights = new GrayF32(WIDTH, HEIGHT), edge = new GrayF32(WIDTH, HEIGHT);
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                frame.set(x, y, 500 + 2500f * x / (WIDTH - 1));
                heights.set(x, y, -5 + 15f * x / (WIDTH - 1));
                edge.set(x, y, x);
            }
        boolean wrong = false;
        for (InterpolationType how : new InterpolationType[] {InterpolationType.NEAREST_NEIGHBOR, InterpolationType.BILINEAR, InterpolationType.BICUBIC}) {
            GrayF32 smallFrame = new GrayF32(WIDTH / 2, HEIGHT / 2), smallHeights = new GrayF32(WIDTH / 2, HEIGHT / 2);
            new FDistort(frame, smallFrame).scaleExt().interp(how).apply();
            new FDistort(heights, smallHeights).scaleExt().interp(how).apply();
            float low = ImageStatistics.min(smallFrame), high = ImageStatistics.max(smallFrame);
            float deep = ImageStatistics.min(smallHeights), tall = ImageStatistics.max(smallHeights);
            System.out.printf("%-16s: 12-bit frame of 500 to 3000: %.0f to %.0f; heights of -5 to 10: %.1f to %.1f%n", how, low, high, deep, tall);
            boolean cut = low == 255 && high == 255 && deep == 0;
            wrong |= cut != (how == InterpolationType.BICUBIC) || !cut && (low != 500 || high < 2900 || deep > -4.9);
        }
        GrayF32 scaled = new GrayF32(WIDTH / 4, HEIGHT / 4), averaged = new GrayF32(WIDTH / 4, HEIGHT / 4);
        new FDistort(edge, scaled).scaleExt().interp(InterpolationType.BILINEAR).apply();
        AverageDownSampleOps.down(edge, averaged);
        System.out.printf("column 10 of a quarter is column %.1f by scaleExt, %.1f by AverageDownSampleOps%n", scaled.get(10, 4), averaged.get(10, 4));
        if (wrong || scaled.get(10, 4) != 40 || averaged.get(10, 4) != 41.5) {
            System.out.println("changed: other values or places");
            System.exit(1);
        }
    }
}
EOF
javac -cp 'lib/*' Resize.java
java -cp 'lib/*:.' Resize
